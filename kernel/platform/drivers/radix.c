/*
 * Radix trees of page tables: see radix.h. The cache of translations of one space, made of the pages that it was given.
 *
 * Invariants: a table is linked at most once, or is on the free list and zero but for its link, or is `unlinked`. An
 * entry that is not a leaf restricts nothing. Empty tables stay linked until they are recycled.
 */
#include "radix.h"
#include <port/radix.h>
#include <stddef.h>

#define ENTRIES_LOG2 9u
#define ENTRIES      (1u << ENTRIES_LOG2)
#define LAST_ORDER   12u
#define ROOT_ORDER   (LAST_ORDER + ENTRIES_LOG2 * (RADIX_LEVELS - 1u))
#define FORGET_ALL   4u /* rather than so many pages, forget the whole space */

/* Bounds of what is done in one go. */
#define ENTRIES_AT_ONCE 8u
#define CLEAR_AT_ONCE   512u

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

/* The entry around `va` that points to no table, its order, and the one that points to its table (NULL: the root's). */
static uint64_t *last_entry(const struct arch_mmu *mmu, ennead_word va, unsigned *order, uint64_t **link)
{
    uint64_t *entry = entry_of(mmu->root, ROOT_ORDER, va);

    *link = NULL;
    for (*order = ROOT_ORDER; is_table(*entry, *order); entry = entry_of(table_of(*entry), *order, va)) {
        *order -= ENTRIES_LOG2;
        *link = entry;
    }
    return entry;
}

/* ---- a table for something else: in steps, as whoever waits for it faults again ---- */

static bool is_within(ennead_word va, ennead_word first, unsigned order)
{
    return ((va ^ first) & ~(reach(order) - 1)) == 0;
}

/* Take the table that `link` points to away. Walkers of this CPU forget it; it is cleared by later steps. */
static void unlink_table(struct arch_mmu *mmu, uint64_t *link)
{
    mmu->unlinked = table_of(*link);
    mmu->cleared = 0;
    radix_clear(link);
    mmu_flush_cpu();
}

static void clear_step(struct arch_mmu *mmu)
{
    __builtin_memset((char *)mmu->unlinked + mmu->cleared, 0, CLEAR_AT_ONCE);
    mmu->cleared += CLEAR_AT_ONCE;
    if (mmu->cleared < 4096)
        return;
    free_table(mmu, mmu->unlinked);
    mmu->unlinked = NULL;
}

/*
 * Look at some entries from `hand` on. A table that has come to its end, has no tables below it and is not on the way
 * to `va` is unlinked: from `bare` to `hand` there are none. Such a table exists if none is free, as the space has more
 * than a path's worth.
 */
static void search_step(struct arch_mmu *mmu, ennead_word va)
{
    unsigned order, steps = ENTRIES_AT_ONCE;
    uint64_t *link;
    uint64_t *entry = last_entry(mmu, mmu->hand, &order, &link);
    unsigned last = link ? ENTRIES : RADIX_USER_ENTRIES, at = mmu->hand >> order & (ENTRIES - 1);
    ennead_word first = link ? mmu->hand & ~(reach(order + ENTRIES_LOG2) - 1) : 0;

    if (order == LAST_ORDER)
        at = last;
    for (; at < last && steps > 0 && !is_table(*entry, order); steps--, at++)
        entry++;
    mmu->hand = first + (ennead_word)at * reach(order);
    if (at < last)
        return;
    if (!link)
        mmu->hand = mmu->bare = 0;
    else if (!is_within(va, first, order + ENTRIES_LOG2) && (order == LAST_ORDER || mmu->bare <= first))
        unlink_table(mmu, link);
    else
        mmu->bare = mmu->hand;
}

static void recycle_step(struct arch_mmu *mmu, ennead_word va)
{
    if (mmu->unlinked)
        clear_step(mmu);
    else
        search_step(mmu, va);
}

/* Of the largest page around `va` within the mapping, physically aligned. */
static unsigned largest_order(const struct mmu_mapping *mapping, ennead_word va)
{
    ennead_word last = mapping->base + (reach(mapping->order_log2) - 1);

    if (mapping->order_log2 < LAST_ORDER + ENTRIES_LOG2)
        return LAST_ORDER;
    for (unsigned order = radix_largest(mapping); order > LAST_ORDER; order -= ENTRIES_LOG2) {
        ennead_word size = reach(order), start = va & ~(size - 1);
        ennead_word phys = (ennead_word)mapping->phys + (start - mapping->base);
        if (start >= mapping->base && start + (size - 1) <= last && (phys & (size - 1)) == 0)
            return order;
    }
    return LAST_ORDER;
}

/*
 * The pages around one that are in the same mapping and not entered yet: whoever touches one will touch more. They are
 * data, as code would have to be made coherent.
 */
static void enter_around(ennead_word va, const struct mmu_mapping *mapping, uint64_t *entry)
{
    ennead_word last = mapping->base + (reach(mapping->order_log2) - 1),
                size = (ennead_word)RADIX_PAGES_AROUND << LAST_ORDER;
    ennead_word from = va & ~(size - 1), to = from + (size - 1);
    from = from > mapping->base ? from : mapping->base;
    to = to < last ? to : last;
    uint64_t leaf = radix_leaf(mapping->phys + (from - mapping->base), mapping, LAST_ORDER);
    uint64_t *end = entry + ((to >> LAST_ORDER) - (va >> LAST_ORDER));
    for (uint64_t *at = entry - ((va >> LAST_ORDER) - (from >> LAST_ORDER)); at <= end; at++) {
        if (*at == 0 && at != entry)
            radix_add(at, leaf);
        leaf = radix_next_leaf(leaf);
    }
}

static inline void enter_leaf(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping, unsigned order,
                              uint64_t *entry)
{
    uint64_t phys = mapping->phys + ((va & ~(reach(order) - 1)) - mapping->base);
    bool is_code = (mapping->rights & ENNEAD_RIGHT_EXECUTE) != 0;
    bool is_far = is_code && phys >= mmu_window_end();

    if (is_code && !is_far)
        radix_make_coherent(mmu, phys, order);
    if (RADIX_PAGES_AROUND > 1 && !is_code && order == LAST_ORDER && mapping->order_log2 > LAST_ORDER)
        enter_around(va, mapping, entry);
    radix_set(entry, radix_leaf(phys, mapping, order), va);
    radix_entered(mmu, va, order, is_far);
}

/* The entry of a page in a table of the smallest ones, NULL: there is none around it. */
static inline uint64_t *page_entry(const struct arch_mmu *mmu, ennead_word va)
{
    uint64_t *entry = entry_of(mmu->root, ROOT_ORDER, va);

#pragma GCC unroll 4
    for (unsigned order = ROOT_ORDER; order > LAST_ORDER; order -= ENTRIES_LOG2) {
        if (!radix_is_table(*entry))
            return NULL;
        entry = entry_of(table_of(*entry), order - ENTRIES_LOG2, va);
    }
    return entry;
}

/*
 * Link tables down to where the page is as large as it may be. Other CPUs may hold a recycled table in their walkers'
 * caches: it is not cleared or used before the caller has shot down the space, and comes back.
 */
static __attribute__((noinline)) bool link_tables(struct arch_mmu *mmu, ennead_word va,
                                                  const struct mmu_mapping *mapping)
{
    unsigned wanted = largest_order(mapping, va), order;
    uint64_t *link, *entry = last_entry(mmu, va, &order, &link);

    while (order > wanted) {
        if (!mmu->free) {
            recycle_step(mmu, va);
            return false;
        }
        mmu->bare = mmu->hand;
        radix_set(entry, radix_table(virt_to_phys(take_table(mmu))), va);
        radix_linked(mmu);
        order -= ENTRIES_LOG2;
        entry = entry_of(table_of(*entry), order, va);
    }
    enter_leaf(mmu, va, mapping, order, entry);
    return true;
}

/* A table where a large page would fit stays, and is filled with smaller ones: unlinking it would need a shootdown. */
bool mmu_fill(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping)
{
    uint64_t *entry = page_entry(mmu, va);

    if (!entry)
        return link_tables(mmu, va, mapping);
    enter_leaf(mmu, va, mapping, LAST_ORDER, entry);
    return true;
}

/*
 * A large page that is only partly in the range goes whole: this is a cache. What forgets the space takes long enough
 * to be a step of its own, so that all is done when the next one finds nothing left.
 */
bool mmu_drop(struct arch_mmu *mmu, ennead_word *va, ennead_word last)
{
    ennead_word name = radix_name(mmu);
    unsigned dropped = 0, order = 0, steps = ENTRIES_AT_ONCE;
    uint64_t *link, *entry = NULL;
    ennead_word at = *va;
    bool done;

    ASSERT(last < PORT_USER_END);
    if (at > last)
        return true;
    do {
        if (!entry || (at >> order & (ENTRIES - 1)) == 0 || is_table(*++entry, order))
            entry = last_entry(mmu, at, &order, &link);
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
    return done && dropped <= FORGET_ALL;
}
