/* Kernel objects: operations, pools, regions. */
#include "../harness/harness.h"

static const struct {
    unsigned type;
    uint32_t price;
} makeable[] = {{ENNEAD_TYPE_SPACE, ENNEAD_PRICE_SPACE},
                {ENNEAD_TYPE_THREAD, ENNEAD_PRICE_THREAD},
                {ENNEAD_TYPE_ENDPOINT, ENNEAD_PRICE_ENDPOINT},
                {ENNEAD_TYPE_NOTIFICATION, ENNEAD_PRICE_NOTIFICATION},
                {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_PRICE_SCHED_CONTEXT}};
#define MAKEABLE (sizeof makeable / sizeof makeable[0])

TEST(every_object_describes_itself, CLAUSES("OBJ-1", "OBJ-2", "OBJ-3"))
{
    for (unsigned i = 0; i < MAKEABLE; i++) {
        unsigned type = makeable[i].type;
        uint32_t slot = make(type);
        if (type == ENNEAD_TYPE_ENDPOINT)
            continue;
        struct ennead_msg msg = ipc(slot, ENNEAD_CALL, ENNEAD_TAG(type, 0, 0, 0), 0, 0, 0, 0);
        CHECK_OK(ennead_outcome(&msg));
        CHECK_IS(ennead_get(&msg, 0), type);
        CHECK_IS(ennead_get(&msg, 1), ENNEAD_ABI_VERSION);
        CHECK(ennead_get(&msg, 2) != 0);
        CHECK_IS(operate(slot, type + 1, 0, 0, 0), ENNEAD_INVALID_OP);
        CHECK_IS(operate(slot, type, 200, 0, 0), ENNEAD_INVALID_OP);
    }
    uint32_t weak = derive(harness.pool, READ, 0);
    CHECK_IS(pool_make(weak, ENNEAD_TYPE_ENDPOINT, 0, new_slot()), ENNEAD_DENIED);
    uint32_t thread = make(ENNEAD_TYPE_THREAD);
    CHECK_IS(thread_bind(thread, 0, harness.pool), ENNEAD_TYPE);
    CHECK_IS(thread_bind(thread, 0, new_slot()), ENNEAD_INVALID_CAP);
    CHECK_IS(thread_bind(thread, 0, derive(ENNEAD_ROOT_SPACE, READ, 0)), ENNEAD_DENIED);
    CHECK_IS(operate(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, 0, 0), ENNEAD_TYPE);
}

TEST(send_does_it_without_an_answer, CLAUSES("OBJ-5"))
{
    uint32_t slot = make(ENNEAD_TYPE_NOTIFICATION);
    uint64_t bits;
    uint32_t tag = ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_SIGNAL, ENNEAD_FIELDS(1), 0);
    CHECK_OK(ipc(slot, ENNEAD_SEND, tag, 6, 0, 0, 0).status);
    CHECK_OK(notification_poll(slot, &bits));
    CHECK_IS(bits, 6);
}

TEST(what_is_made_needs_a_window, CLAUSES("OBJ-4", "OBJ-7"))
{
    uint64_t had = pool_free(harness.pool);
    CHECK_IS(operate(harness.pool, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, ENNEAD_TYPE_ENDPOINT, 0), ENNEAD_WINDOW);
    CHECK_IS(operate(harness.pool, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, ENNEAD_TYPE_POOL, 14), ENNEAD_WINDOW);
    CHECK_IS(pool_free(harness.pool), had);
    uint32_t slot = make(ENNEAD_TYPE_ENDPOINT), other = derive(slot, ALL, 0);
    CHECK_IS(pool_make(harness.pool, ENNEAD_TYPE_ENDPOINT, 0, slot), ENNEAD_OCCUPIED);
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, slot));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, other), ENNEAD_TYPE_NONE);
    CHECK_IS(pool_free(harness.pool), had);
}

TEST(prices_are_exact, CLAUSES("POL-1", "POL-3"))
{
    for (unsigned i = 0; i < MAKEABLE; i++) {
        uint64_t had = pool_free(harness.pool);
        uint32_t slot = make(makeable[i].type);
        CHECK_IS(had - pool_free(harness.pool), makeable[i].price);
        CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, slot));
        CHECK_IS(pool_free(harness.pool), had);
    }
}

TEST(an_exhausted_pool_says_what_is_missing, CLAUSES("POL-2", "POL-4"))
{
    uint32_t small = make_from(harness.pool, ENNEAD_TYPE_POOL, 12), slot = new_slot();
    struct pool_describe_out fresh, after;
    CHECK_OK(pool_describe(small, &fresh));
    CHECK(fresh.size == 4096 && fresh.free <= fresh.size - 1152);
    ennead_word words[ENNEAD_BUFFER(2)] = {0};
    ennead_put(words, 0, ENNEAD_TYPE_SPACE);
    ennead_window_caps(slot, 1);
    struct ennead_msg msg =
        ennead_call(small, ENNEAD_TAG(ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, ENNEAD_FIELDS(2), 0), words);
    CHECK_IS(ennead_outcome(&msg), ENNEAD_NO_MEMORY);
    CHECK(ennead_get(&msg, 0) > 0 && ennead_get(&msg, 0) <= ENNEAD_PRICE_SPACE);
    while (pool_make(small, ENNEAD_TYPE_ENDPOINT, 0, new_slot()) == ENNEAD_OK)
        continue;
    CHECK_OK(pool_revoke(small));
    CHECK_OK(pool_describe(small, &after));
    CHECK_IS(after.free, fresh.free);
    CHECK_IS(after.largest, fresh.largest);
    CHECK_IS(pool_make(harness.pool, ENNEAD_TYPE_POOL, 11, slot), ENNEAD_INVALID_ARG);
    CHECK_IS(pool_make(harness.pool, ENNEAD_TYPE_POOL, 31, slot), ENNEAD_INVALID_ARG);
    CHECK_IS(pool_make(harness.pool, ENNEAD_TYPE_REGION, 0, slot), ENNEAD_INVALID_ARG);
    CHECK_IS(pool_make(harness.pool, 99, 0, slot), ENNEAD_INVALID_ARG);
}

TEST(destroying_a_pool_takes_all_inside, CLAUSES("POL-5", "POL-6"))
{
    uint64_t had = pool_free(harness.pool);
    uint32_t outer = make_from(harness.pool, ENNEAD_TYPE_POOL, 18), inner = make_from(outer, ENNEAD_TYPE_POOL, 14);
    uint32_t endpoint = make_from(inner, ENNEAD_TYPE_ENDPOINT, 0), given = derive(outer, ALL, 0), region = new_slot();
    uint32_t through = make_from(given, ENNEAD_TYPE_ENDPOINT, 0);
    CHECK_OK(region_carve(harness.ram, 0, 4096, outer, region));
    CHECK_IS(pool_destroy(given), ENNEAD_DENIED);
    CHECK_OK(pool_revoke(given));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, through), ENNEAD_TYPE_NONE);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, endpoint), ENNEAD_TYPE_ENDPOINT);
    CHECK_OK(pool_destroy(outer));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, endpoint), ENNEAD_TYPE_NONE);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, region), ENNEAD_TYPE_NONE);
    CHECK_IS(pool_free(harness.pool), had);
}

TEST(memory_comes_back_zero, CLAUSES("POL-7", "REG-5"))
{
    uint64_t mine = map_ram(0, 16, READ | WRITE);
    for (uint64_t at = 0; at < 65536; at += 8)
        *(volatile uint64_t *)(uintptr_t)(mine + at) = UINT64_MAX;
    CHECK_OK(space_unmap(ENNEAD_ROOT_SPACE, mine));
    uint32_t region = new_slot(), pool = new_slot();
    CHECK_OK(region_carve(harness.ram, 0, 65536, harness.pool, region));
    CHECK_OK(region_make_pool(region, pool));
    CHECK_IS(region_map(region, 0, 12, READ, 0, new_range(12), 12), ENNEAD_BUSY);
    (void)make_from(pool, ENNEAD_TYPE_THREAD, 0);
    CHECK_OK(pool_destroy(pool));
    mine = new_range(16);
    CHECK_OK(region_map(region, 0, 16, READ, 0, mine, 16));
    for (uint64_t at = 0; at < 65536; at += 8)
        CHECK_IS(*(volatile uint64_t *)(uintptr_t)(mine + at), 0);
    CHECK_IS(region_make_pool(region, new_slot()), ENNEAD_BUSY);
    CHECK_IS(region_make_pool(io_region("debug"), new_slot()), ENNEAD_TYPE);
}

TEST(regions_are_carved_where_nothing_is, CLAUSES("REG-1", "REG-2", "REG-3"))
{
    uint32_t child = new_slot(), other = new_slot();
    uint64_t value;
    CHECK_IS(region_carve(harness.ram, 100, 4096, harness.pool, child), ENNEAD_ALIGNMENT);
    CHECK_IS(region_carve(harness.ram, RAM_BYTES, 4096, harness.pool, child), ENNEAD_RANGE);
    CHECK_IS(region_carve(harness.ram, UINT64_MAX - 4095, 8192, harness.pool, child), ENNEAD_RANGE);
    CHECK_OK(region_carve(harness.ram, 8192, 8192, harness.pool, child));
    CHECK_IS(region_carve(harness.ram, 4096, 8192, harness.pool, other), ENNEAD_BUSY);
    CHECK_IS(region_load(harness.ram, 8192, 4, &value), ENNEAD_BUSY);
    CHECK_IS(region_store(harness.ram, 8192, 4, 0), ENNEAD_BUSY);
    CHECK_IS(region_map(harness.ram, 8192, 12, READ, 0, new_range(12), 12), ENNEAD_BUSY);
    uint64_t mine = map_ram(65536, 12, READ);
    CHECK_IS(region_carve(harness.ram, 65536, 4096, harness.pool, other), ENNEAD_BUSY);
    CHECK_OK(space_unmap(ENNEAD_ROOT_SPACE, mine));
    CHECK_OK(region_carve(harness.ram, 65536, 4096, harness.pool, other));
    CHECK_OK(region_revoke(harness.ram));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, other), ENNEAD_TYPE_NONE);
}

TEST(load_and_store, CLAUSES("REG-6", "REG-7", "REG-4"))
{
    uint64_t value;
    uint32_t reads = derive(harness.ram, READ, 0);
    CHECK_OK(region_store(harness.ram, 16, 8, UINT64_C(0x1122334455667788)));
    CHECK_OK(region_load(harness.ram, 16, 8, &value));
    CHECK_IS(value, UINT64_C(0x1122334455667788));
    CHECK_IS(region_load(harness.ram, 16, 3, &value), ENNEAD_INVALID_ARG);
    CHECK_IS(region_load(harness.ram, 17, 2, &value), ENNEAD_ALIGNMENT);
    CHECK_IS(region_load(harness.ram, RAM_BYTES, 1, &value), ENNEAD_RANGE);
    CHECK_IS(region_load(harness.ram, UINT64_MAX - 7, 8, &value), ENNEAD_RANGE);
    CHECK_IS(region_store(reads, 16, 8, 0), ENNEAD_DENIED);
    CHECK_IS(region_load(derive(harness.ram, WRITE, 0), 16, 8, &value), ENNEAD_DENIED);
    CHECK_IS(region_map(io_region("debug"), 0, 12, READ, 0, new_range(12), 12), ENNEAD_TYPE);
    CHECK_IS(region_carve(io_region("debug"), 0, 4096, harness.pool, new_slot()), ENNEAD_TYPE);
    uint64_t at = new_range(12), base, order, rights;
    CHECK_OK(region_map(reads, 0, 12, READ | WRITE, 0, at, 12));
    CHECK_OK(space_map_info(ENNEAD_ROOT_SPACE, at, &base, &order, &rights));
    CHECK_IS(rights, READ);
}

TEST(cache_and_physical_addresses, CLAUSES("REG-8", "REG-9", "REG-10"))
{
    uint64_t address, second;
    uint32_t region = new_slot(), given;
    CHECK_OK(region_phys(harness.ram, 0, &address));
    CHECK_OK(region_phys(harness.ram, 8192, &second));
    CHECK_IS(second, address + 8192);
    CHECK_IS(region_phys(derive(harness.ram, READ | WRITE | CONTROL, 0), 0, &address), ENNEAD_DENIED);
    CHECK_OK(region_carve(harness.ram, 0, 8192, harness.pool, region));
    CHECK_OK(region_set_cache(region, ENNEAD_CACHE_UNCACHED));
    uint64_t mine = new_range(12);
    CHECK_OK(region_map(region, 0, 12, READ | WRITE, 0, mine, 12));
    *(volatile uint32_t *)(uintptr_t)mine = 3;
    CHECK_IS(region_set_cache(region, ENNEAD_CACHE_NORMAL), ENNEAD_BUSY);
    given = derive(region, ALL, 0);
    mine = new_range(12);
    CHECK_OK(region_map(given, 4096, 12, READ, 0, mine, 12));
    uint32_t child = derive(given, ALL, 0);
    CHECK_OK(region_revoke(given));
    CHECK_IS(space_unmap(ENNEAD_ROOT_SPACE, mine), ENNEAD_NOT_FOUND);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, child), ENNEAD_TYPE_NONE);
}

GROUP(objects, RUN(every_object_describes_itself), RUN(send_does_it_without_an_answer),
      RUN(what_is_made_needs_a_window), RUN(prices_are_exact), RUN(an_exhausted_pool_says_what_is_missing),
      RUN(destroying_a_pool_takes_all_inside), RUN(memory_comes_back_zero), RUN(regions_are_carved_where_nothing_is),
      RUN(load_and_store), RUN(cache_and_physical_addresses));
