/*
 * The cache of translations of one space: x86's four levels of tables, made of the pages that the space was
 * given. Functions of <arch/mmu.h>; window.c has the kernel's half.
 *
 * Invariants: a table is linked at most once, or is on the free list and zero but for its link. An entry
 * that is not a leaf is always user, writable, executable: only leaves restrict. Empty tables stay linked
 * until they are recycled.
 */
#include "internal.h"

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_A)
#define ROOT_LEVEL  3

/* Bytes that one entry of a table of this level reaches; level 0 is the last. */
static uint64_t reach(unsigned level)
{
    return UINT64_C(4096) << 9 * level;
}

static uint64_t *entry_of(uint64_t *table, unsigned level, uint64_t va)
{
    return &table[va >> (12 + 9 * level) & 511];
}

static bool is_table(uint64_t entry, unsigned level)
{
    return level > 0 && (entry & PTE_PRESENT) && !(entry & PTE_LARGE);
}

static uint64_t *table_of(uint64_t entry)
{
    return phys_to_virt(entry & PTE_ADDRESS);
}

static bool is_active(const struct arch_mmu *mmu)
{
    return this_arch_cpu()->root == virt_to_phys(mmu->root);
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
    mmu->root[256] = x86_kernel_root()[256];
    mmu->root[511] = x86_kernel_root()[511];
    mmu_add_tables(mmu, (char *)tables + 4096, pages - 1);
}

unsigned mmu_free_tables(const struct arch_mmu *mmu)
{
    return mmu->free_count;
}

/* An entry of `table` that points to a table, other than `keep`; NULL if there is none. */
static uint64_t *find_table(struct arch_mmu *mmu, uint64_t *table, unsigned level, const uint64_t *keep)
{
    unsigned last = level == ROOT_LEVEL ? 256 : 512;

    for (unsigned i = 0; i < last; i++) {
        uint64_t *entry = &table[(mmu->hand + i) % last];
        if (entry != keep && is_table(*entry, level))
            return entry;
    }
    return NULL;
}

/*
 * Unlink a table that has no tables below it and is not on the way to `va`; there is one if none is free,
 * because the space has a path's worth. Searches at most three tables and clears one.
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

    for (unsigned level = x86_have_huge_pages() ? 2 : 1; level > 0; level--) {
        uint64_t size = reach(level);
        uint64_t start = va & ~(size - 1);
        if (start >= mapping->base && start + (size - 1) <= last &&
            (mapping->phys + (start - mapping->base)) % size == 0)
            return level;
    }
    return 0;
}

static uint64_t leaf(const struct mmu_mapping *mapping, uint64_t va, unsigned level)
{
    uint64_t start = va & ~(reach(level) - 1);
    uint64_t entry = mapping->phys + (start - mapping->base);

    entry |= PTE_PRESENT | PTE_USER | PTE_A | PTE_D;
    entry |= level > 0 ? PTE_LARGE : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_WRITE ? PTE_WRITE : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_EXECUTE ? 0 : PTE_NX;
    entry |= mapping->cache == ENNEAD_CACHE_NORMAL ? 0 : PTE_PCD | PTE_PWT;
    return entry;
}

/*
 * A table where a large page would fit stays, and is filled with smaller ones: unlinking it would need a
 * shootdown. Other CPUs may hold a recycled table in their paging-structure caches: it is not used before
 * the caller has shot down the space, and comes back.
 */
bool mmu_fill(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping)
{
    unsigned wanted = largest_level(mapping, va);
    uint64_t *table = mmu->root;

    for (unsigned level = ROOT_LEVEL;; level--) {
        uint64_t *entry = entry_of(table, level, va);
        if (level <= wanted && !is_table(*entry, level)) {
            *entry = leaf(mapping, va, level);
            break;
        }
        if (!is_table(*entry, level)) {
            if (!mmu->free) {
                recycle_table(mmu, va);
                return false;
            }
            *entry = virt_to_phys(take_table(mmu)) | TABLE_FLAGS;
        }
        table = table_of(*entry);
    }
    if (is_active(mmu))
        invlpg(va);
    return true;
}

/* One entry of any table is a step. A large page that is only partly in the range goes whole: this is a cache. */
bool mmu_drop(struct arch_mmu *mmu, ennead_word *va, ennead_word last)
{
    bool active = is_active(mmu);

    for (unsigned steps = 0; steps < 512; steps++) {
        uint64_t *table = mmu->root;
        unsigned level = ROOT_LEVEL;
        uint64_t *entry = entry_of(table, level, *va);
        while (is_table(*entry, level)) {
            table = table_of(*entry);
            entry = entry_of(table, --level, *va);
        }
        if (*entry & PTE_PRESENT) {
            *entry = 0;
            if (active)
                invlpg(*va);
        }
        ennead_word end = *va | (reach(level) - 1);
        *va = end + 1;
        if (end >= last || *va >= PORT_USER_END)
            return true;
    }
    return false;
}

static void load_root(const uint64_t *root)
{
    uint64_t phys = virt_to_phys(root);
    struct arch_cpu *cpu = this_arch_cpu();

    if (cpu->root == phys)
        return;
    cpu->root = phys;
    WRITE_CR(3, phys);
}

void mmu_activate(struct arch_mmu *mmu)
{
    load_root(mmu ? mmu->root : x86_kernel_root());
}

void mmu_flush_cpu(void)
{
    WRITE_CR(3, READ_CR(3));
}

void mmu_retire(struct arch_mmu *mmu)
{
    if (is_active(mmu))
        mmu_activate(NULL);
    mmu->root = NULL;
}
