/*
 * Radix trees of page tables: see radix.h. The cache of translations of one space, made of the pages that it was given.
 *
 * Invariants: a table is linked at most once, or is on the free list and zero but for its link. An entry that is not a
 * leaf restricts nothing. Empty tables stay linked until they are recycled.
 */
#include "radix.h"
#include <port/radix.h>
#include <stddef.h>

#define ENTRIES_LOG2 9u
#define ENTRIES      (1u << ENTRIES_LOG2)
#define LAST_ORDER   12u
#define ROOT_ORDER   (LAST_ORDER + ENTRIES_LOG2 * (RADIX_LEVELS - 1u))
#define FORGET_ALL   8u /* rather than so many pages, forget the whole space */

/* Bytes that one entry of a table of this order reaches. */
static ennead_word reach(unsigned order)
{
    return (ennead_word)1 << order;
}

static uint64_t *entry_of(uint64_t *table, unsigned order, ennead_word va)
{
    return &table[va >> order & (ENTRIES - 1)];
}

static bool is_table(uint64_t entry, unsigned order)
{
    return order > LAST_ORDER && radix_is_table(entry);
}

static uint64_t *table_of(uint64_t entry)
{
    return phys_to_virt(radix_address(entry));
}

static void free_table(struct arch_mmu *mmu, uint64_t *table)
{
    table[0] = (uintptr_t)mmu->free;
    mmu->free = table;
    mmu->free_count++;
}

static uint64_t *take_table(struct arch_mmu *mmu)
{
    uint64_t *table = mmu->free;
    mmu->free = (uint64_t *)(uintptr_t)table[0];
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
    radix_start_root(mmu);
    mmu_add_tables(mmu, (char *)tables + 4096, pages - 1);
}

unsigned mmu_free_tables(const struct arch_mmu *mmu)
{
    return mmu->free_count;
}

/* An entry of `table` that points to a table, other than `keep`; NULL if there is none. */
static uint64_t *find_table(struct arch_mmu *mmu, uint64_t *table, unsigned order, const uint64_t *keep)
{
    unsigned last = order == ROOT_ORDER ? RADIX_USER_ENTRIES : ENTRIES;

    for (unsigned i = 0; i < last; i++) {
        uint64_t *entry = &table[(mmu->hand + i) % last];
        if (entry != keep && is_table(*entry, order))
            return entry;
    }
    return NULL;
}

/*
 * Unlink a table that has no tables below it and is not on the way to `va`; there is one if none is free, because the
 * space has more than a path's worth. Searches at most a path of tables and clears one, which walkers of this CPU have
 * forgotten before.
 */
static void recycle_table(struct arch_mmu *mmu, ennead_word va)
{
    uint64_t *table = mmu->root;
    uint64_t *victim = NULL;
    unsigned order = ROOT_ORDER;

    mmu->hand++;
    while (!victim) {
        uint64_t *on_path = entry_of(table, order, va);
        victim = find_table(mmu, table, order, on_path);
        if (!victim) {
            ASSERT(is_table(*on_path, order));
            table = table_of(*on_path);
        }
        order -= ENTRIES_LOG2;
    }
    for (uint64_t *below; (below = find_table(mmu, table_of(*victim), order, NULL)) != NULL; order -= ENTRIES_LOG2)
        victim = below;
    table = table_of(*victim);
    radix_clear(victim);
    mmu_flush_cpu();
    __builtin_memset(table, 0, 4096);
    free_table(mmu, table);
}

/* Of the largest page around `va` within the mapping, physically aligned. */
static unsigned largest_order(const struct mmu_mapping *mapping, ennead_word va)
{
    ennead_word last = mapping->base + (reach(mapping->order_log2) - 1);

    for (unsigned order = radix_largest(mapping); order > LAST_ORDER; order -= ENTRIES_LOG2) {
        ennead_word size = reach(order), start = va & ~(size - 1);
        ennead_word phys = (ennead_word)mapping->phys + (start - mapping->base);
        if (start >= mapping->base && start + (size - 1) <= last && (phys & (size - 1)) == 0)
            return order;
    }
    return LAST_ORDER;
}

static void enter_leaf(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping, unsigned order,
                       uint64_t *entry)
{
    uint64_t phys = mapping->phys + ((va & ~(reach(order) - 1)) - mapping->base);
    bool is_code = (mapping->rights & ENNEAD_RIGHT_EXECUTE) != 0;
    bool is_far = is_code && phys >= mmu_window_end();

    if (is_code && !is_far)
        radix_make_coherent(mmu, phys, order);
    radix_set(entry, radix_leaf(phys, mapping, order), va);
    radix_entered(mmu, va, order, is_far);
}

/*
 * A table where a large page would fit stays, and is filled with smaller ones: unlinking it would need a shootdown.
 * Other CPUs may hold a recycled table in their walkers' caches: it is not used before the caller has shot down the
 * space, and comes back.
 */
bool mmu_fill(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping)
{
    unsigned wanted = largest_order(mapping, va), order = ROOT_ORDER;
    uint64_t *entry = entry_of(mmu->root, order, va);

    while (order > wanted || is_table(*entry, order)) {
        if (!is_table(*entry, order)) {
            if (!mmu->free) {
                recycle_table(mmu, va);
                return false;
            }
            radix_set(entry, radix_table(virt_to_phys(take_table(mmu))), va);
            radix_linked(mmu);
        }
        order -= ENTRIES_LOG2;
        entry = entry_of(table_of(*entry), order, va);
    }
    enter_leaf(mmu, va, mapping, order, entry);
    return true;
}

/* One entry of any table is a step. A large page that is only partly in the range goes whole: this is a cache. */
bool mmu_drop(struct arch_mmu *mmu, ennead_word *va, ennead_word last)
{
    ennead_word name = radix_name(mmu);
    unsigned dropped = 0, steps = ENTRIES;
    ennead_word at = *va;
    bool done;

    ASSERT(last < PORT_USER_END);
    do {
        unsigned order = ROOT_ORDER;
        uint64_t *entry = entry_of(mmu->root, order, at);
        while (is_table(*entry, order)) {
            order -= ENTRIES_LOG2;
            entry = entry_of(table_of(*entry), order, at);
        }
        if (*entry != 0) {
            radix_clear(entry);
            if (name != 0 && dropped++ < FORGET_ALL)
                radix_forget_page(name, at, order);
        }
        at |= reach(order) - 1;
        done = at >= last;
        at++;
    } while (!done && --steps > 0);
    *va = at;
    if (dropped > FORGET_ALL)
        radix_forget_space(name);
    if (dropped > 0)
        radix_forgotten();
    return done;
}
