/*
 * Radix trees of page tables: see radix.h. The cache of translations of one space, made of the pages that it was given.
 *
 * Invariants: a table is linked at most once, or is on the free list and zero but for its link. An entry that is not a
 * leaf restricts nothing. Empty tables stay linked until they are recycled.
 */
#include "radix.h"
#include <port/radix.h>
#include <stddef.h>

#define ENTRIES    512u
#define ROOT_LEVEL (RADIX_LEVELS - 1u)
#define FORGET_ALL 8u /* rather than so many pages, forget the whole space */

/* Bytes that one entry of a table of this level reaches. */
static uint64_t reach(unsigned level)
{
    return UINT64_C(4096) << 9 * level;
}

static uint64_t *entry_of(uint64_t *table, unsigned level, uint64_t va)
{
    return &table[va >> (12 + 9 * level) & (ENTRIES - 1)];
}

static bool is_table(uint64_t entry, unsigned level)
{
    return level > 0 && entry != 0 && !radix_is_leaf(entry);
}

static uint64_t *table_of(uint64_t entry)
{
    return phys_to_virt(radix_address(entry));
}

static void free_table(struct arch_mmu *mmu, uint64_t *table)
{
    table[0] = (uint64_t)mmu->free;
    mmu->free = table;
    mmu->free_count++;
}

static uint64_t *take_table(struct arch_mmu *mmu)
{
    uint64_t *table = mmu->free;
    mmu->free = (uint64_t *)table[0];
    mmu->free_count--;
    table[0] = 0;
    return table;
}

void mmu_add_tables(struct arch_mmu *mmu, void *tables, unsigned pages)
{
    for (unsigned i = 0; i < pages; i++)
        free_table(mmu, (uint64_t *)((char *)tables + (size_t)i * 4096));
}

void mmu_init_space(struct arch_mmu *mmu, void *tables, unsigned pages)
{
    ASSERT(pages >= PORT_TABLE_PATH);
    *mmu = (struct arch_mmu){.root = tables};
    radix_share_kernel(tables);
    mmu_add_tables(mmu, (char *)tables + 4096, pages - 1);
}

unsigned mmu_free_tables(const struct arch_mmu *mmu)
{
    return mmu->free_count;
}

/* An entry of `table` that points to a table, other than `keep`; NULL if there is none. */
static uint64_t *find_table(struct arch_mmu *mmu, uint64_t *table, unsigned level, const uint64_t *keep)
{
    unsigned last = level == ROOT_LEVEL ? RADIX_USER_ENTRIES : ENTRIES;

    for (unsigned i = 0; i < last; i++) {
        uint64_t *entry = &table[(mmu->hand + i) % last];
        if (entry != keep && is_table(*entry, level))
            return entry;
    }
    return NULL;
}

/*
 * Unlink a table that has no tables below it and is not on the way to `va`; there is one if none is free, because the
 * space has more than a path's worth. Searches at most a path of tables and clears one.
 */
static void recycle_table(struct arch_mmu *mmu, uint64_t va)
{
    uint64_t *table = mmu->root;
    uint64_t *victim = NULL;
    unsigned level = ROOT_LEVEL;

    mmu->hand++;
    while (!victim) {
        uint64_t *on_path = entry_of(table, level, va);
        victim = find_table(mmu, table, level, on_path);
        if (!victim) {
            ASSERT(is_table(*on_path, level));
            table = table_of(*on_path);
        }
        level--;
    }
    for (uint64_t *below; (below = find_table(mmu, table_of(*victim), level, NULL)) != NULL; level--)
        victim = below;
    table = table_of(*victim);
    *victim = 0;
    __builtin_memset(table, 0, 4096);
    free_table(mmu, table);
    mmu_flush_cpu();
}

/* The largest page around `va` within the mapping, physically aligned. */
static unsigned largest_level(const struct mmu_mapping *mapping, uint64_t va)
{
    uint64_t last = mapping->base + ((uint64_t)1 << mapping->order_log2) - 1;

    for (unsigned level = RADIX_LARGEST; level > 0; level--) {
        uint64_t size = reach(level);
        uint64_t start = va & ~(size - 1);
        if (start >= mapping->base && start + (size - 1) <= last &&
            (mapping->phys + (start - mapping->base)) % size == 0)
            return level;
    }
    return 0;
}

static uint64_t leaf(const struct arch_mmu *mmu, const struct mmu_mapping *mapping, uint64_t va, unsigned level)
{
    uint64_t start = va & ~(reach(level) - 1);
    uint64_t phys = mapping->phys + (start - mapping->base);

    if (mapping->rights & ENNEAD_RIGHT_EXECUTE && phys < mmu_window_end())
        radix_make_coherent(mmu, phys, reach(level));
    return radix_leaf(phys, mapping, level);
}

/*
 * A table where a large page would fit stays, and is filled with smaller ones: unlinking it would need a shootdown.
 * Other CPUs may hold a recycled table in their walkers' caches: it is not used before the caller has shot down the
 * space, and comes back.
 */
bool mmu_fill(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping)
{
    unsigned wanted = largest_level(mapping, va);
    uint64_t *table = mmu->root;

    for (unsigned level = ROOT_LEVEL;; level--) {
        uint64_t *entry = entry_of(table, level, va);
        if (level <= wanted && !is_table(*entry, level)) {
            __atomic_store_n(entry, leaf(mmu, mapping, va, level), __ATOMIC_RELEASE);
            break;
        }
        if (!is_table(*entry, level)) {
            if (!mmu->free) {
                recycle_table(mmu, va);
                return false;
            }
            __atomic_store_n(entry, radix_table(virt_to_phys(take_table(mmu))), __ATOMIC_RELEASE);
        }
        table = table_of(*entry);
    }
    radix_forget_page(mmu, va);
    return true;
}

/* One entry of any table is a step. A large page that is only partly in the range goes whole: this is a cache. */
bool mmu_drop(struct arch_mmu *mmu, ennead_word *va, ennead_word last)
{
    unsigned dropped = 0;
    bool done = false;

    for (unsigned steps = 0; steps < ENTRIES && !done; steps++) {
        uint64_t *table = mmu->root;
        unsigned level = ROOT_LEVEL;
        uint64_t *entry = entry_of(table, level, *va);
        while (is_table(*entry, level)) {
            table = table_of(*entry);
            entry = entry_of(table, --level, *va);
        }
        if (*entry != 0) {
            *entry = 0;
            if (dropped++ < FORGET_ALL)
                radix_forget_page(mmu, *va);
        }
        ennead_word end = *va | (reach(level) - 1);
        *va = end + 1;
        done = end >= last || *va >= PORT_USER_END;
    }
    if (dropped > FORGET_ALL)
        radix_forget_space(mmu);
    return done;
}
