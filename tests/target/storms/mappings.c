/* Mappings by the thousand, and pages by the hundred. */
#include "storms.h"

#define MAPPINGS   10000u
#define GROW_PAGES 16u

static void grow(uint32_t space, unsigned table, unsigned pages)
{
    for (unsigned i = 0; i < pages; i += GROW_PAGES)
        CHECK_OK(space_grow(space, table, GROW_PAGES));
}

/* All of one page, side by side in a space of its own. */
static uint32_t map_many(uint64_t page)
{
    uint32_t pool = storm_pool(), space = make_from(pool, ENNEAD_TYPE_SPACE, 0);
    grow(space, ENNEAD_TABLE_ENTRIES, MAPPINGS / ENNEAD_ENTRIES_PER_PAGE);
    for (unsigned i = 0; i < MAPPINGS; i++)
        CHECK_OK(give_item(space, OTHER_FREE + i * PAGE, ennead_item_page(page, 12, 0, READ)));
    return space;
}

static bool is_mapped(uint32_t space, uint64_t address)
{
    uint64_t base, order_log2, rights;
    return space_map_info(space, address, &base, &order_log2, &rights) == ENNEAD_OK && base == address;
}

TEST(ten_thousand_mappings_revoked, CLAUSES("SPC-3", "END-2"))
{
    uint64_t page = map_ram(0, 12, READ | WRITE);
    uint32_t space = map_many(page);
    CHECK(is_mapped(space, OTHER_FREE + (MAPPINGS - 1) * PAGE));
    noise_start();
    disturb();
    CHECK_OK(space_revoke_map(ENNEAD_ROOT_SPACE, page));
    noise_end();
    CHECK(!is_mapped(space, OTHER_FREE));
    CHECK(!is_mapped(space, OTHER_FREE + (MAPPINGS - 1) * PAGE));
}

TEST(a_space_with_ten_thousand_mappings_destroyed, CLAUSES("SPC-9"))
{
    uint64_t page = map_ram(0, 12, READ | WRITE);
    uint32_t space = map_many(page);
    noise_start();
    disturb();
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, space));
    noise_end();
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, space), ENNEAD_TYPE_NONE);
}

/* In pages of the smallest size, as the RAM is not aligned as they are, and each of them entered. */
TEST(flexpages_dropped, CLAUSES("SPC-4"))
{
    noise_start();
    for (unsigned order = 12; order <= 22; order++) {
        uint64_t base = map_ram(PAGE, order, READ | WRITE);
        for (uint64_t at = 0; at < UINT64_C(1) << order; at += PAGE)
            *(volatile uint32_t *)(uintptr_t)(base + at) = order;
        disturb();
        CHECK_OK(space_unmap(ENNEAD_ROOT_SPACE, base));
    }
    noise_end();
}

/* More tables than the space has: each is taken from others that need it again. */
TEST(more_tables_than_there_are, CLAUSES("SPC-4"))
{
    uint64_t base[24];
    noise_start();
    for (unsigned i = 0; i < sizeof base / sizeof base[0]; i++) {
        base[i] = new_range(21);
        CHECK_OK(region_map(harness.ram, i * PAGE, 12, READ | WRITE, 0, base[i], 12));
    }
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < sizeof base / sizeof base[0]; i++) {
            volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)base[i];
            CHECK(round == 0 || *word == i);
            *word = i;
        }
    }
    noise_end();
}

TEST(tables_that_grow, CLAUSES("SPC-6"))
{
    uint32_t pool = storm_pool(), space = make_from(pool, ENNEAD_TYPE_SPACE, 0);
    noise_start();
    disturb();
    for (unsigned table = ENNEAD_TABLE_SLOTS; table <= ENNEAD_TABLE_PAGES; table++)
        CHECK_OK(space_grow(space, table, GROW_PAGES));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, space));
    noise_end();
}

GROUP(mappings, RUN(ten_thousand_mappings_revoked), RUN(a_space_with_ten_thousand_mappings_destroyed),
      RUN(flexpages_dropped), RUN(more_tables_than_there_are), RUN(tables_that_grow));
