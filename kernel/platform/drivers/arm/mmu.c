/*
 * The cache of translations of one space on Arm: tables of 64-bit entries, in the format that AArch64 and 32-bit
 * processors with large physical addresses share, made of the pages that the space was given. Functions of
 * <arch/mmu.h>; the port's window.c has the kernel's half, <arm/mmu.h> what differs.
 *
 * Invariants:
 *   M1  a table is linked at most once, or is on the free list and zero but for its link. Entries that are not leaves
 *       restrict nothing. Empty tables stay linked until they are recycled.
 *   M2  what a CPU's TLB holds under a space's identifier is in its tables, or was since that CPU last forgot it. A
 *       space's entries are all of its own identifier; none is global.
 *   M3  identifier 0 is nobody's: it is used with empty tables only. An identifier is given to one space in a
 *       generation, on one CPU, and a CPU that begins a new generation forgets all. Identifiers of dead spaces wait for
 *       that.
 *   M4  an entry that is valid changes only by way of an invalid one that no TLB holds.
 *   M5  a page that user mode may execute is a leaf of the last level: its instructions are made coherent with it, in
 * the window, or, where 32 bits do not reach, at its user's address: user mode there has no means of its own.
 */
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arm/mmu.h>
#include <stddef.h>

#define ENTRIES      512u
#define ROOT_LEVEL   2u
#define ADDRESS      UINT64_C(0x0000fffffffff000)
#define TABLE_FLAGS  (PTE_VALID | PTE_TABLE)
#define ROOT_ENTRIES ((unsigned)(PORT_USER_END >> 30))
#define FLUSH_ALL    8u /* rather than so many pages, forget the whole space */

static uint64_t asid_mask;

/* Bytes that one entry of a table of this level reaches; level 0 is the last. */
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
    return level > 0 && (entry & TABLE_FLAGS) == TABLE_FLAGS;
}

static uint64_t *table_of(uint64_t entry)
{
    return phys_to_virt(entry & ADDRESS);
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
    mmu_add_tables(mmu, (char *)tables + 4096, pages - 1);
}

unsigned mmu_free_tables(const struct arch_mmu *mmu)
{
    return mmu->free_count;
}

/* ---- this CPU's TLB ---- */

static struct arch_cpu *this_arch_cpu(void)
{
    return (struct arch_cpu *)this_cpu();
}

/* The identifier under which this CPU may hold the space's translations; 0: it holds none. */
static uint64_t asid_of(const struct arch_mmu *mmu)
{
    const struct arch_cpu *cpu = this_arch_cpu();
    uint64_t tag = mmu->tag[cpu->id];
    return (tag ^ cpu->next_tag) > asid_mask ? 0 : tag & asid_mask;
}

static uint64_t new_asid(struct arch_mmu *mmu, struct arch_cpu *cpu)
{
    if ((++cpu->next_tag & asid_mask) == 0) {
        cpu->next_tag++;
        mmu_flush_cpu();
    }
    mmu->tag[cpu->id] = cpu->next_tag;
    return cpu->next_tag & asid_mask;
}

static void use(struct arch_cpu *cpu, uint64_t *root, uint64_t asid)
{
    cpu->root = root;
    arm_set_tables(virt_to_phys(root), asid);
}

void arm_mmu_init_cpu(struct arch_cpu *cpu)
{
    asid_mask = arm_asid_mask();
    cpu->next_tag = asid_mask + 1; /* a tag of zero is of no generation */
    use(cpu, arm_no_user_tables(), 0);
    mmu_flush_cpu();
}

void mmu_activate(struct arch_mmu *mmu)
{
    struct arch_cpu *cpu = this_arch_cpu();

    if (!mmu) {
        use(cpu, arm_no_user_tables(), 0);
        return;
    }
    uint64_t asid = asid_of(mmu);
    use(cpu, mmu->root, asid != 0 ? asid : new_asid(mmu, cpu));
}

void mmu_flush_cpu(void)
{
    arm_tables_changed();
    arm_forget_all();
    arm_tlb_done();
}

void mmu_retire(struct arch_mmu *mmu)
{
    if (this_arch_cpu()->root == mmu->root)
        mmu_activate(NULL);
    mmu->root = NULL;
}

/* ---- tables ---- */

/* An entry of `table` that points to a table, other than `keep`; NULL if there is none. */
static uint64_t *find_table(struct arch_mmu *mmu, uint64_t *table, unsigned level, const uint64_t *keep)
{
    unsigned last = level == ROOT_LEVEL ? ROOT_ENTRIES : ENTRIES;

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
static void recycle_table(struct arch_mmu *mmu, ennead_word va)
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
    mmu_flush_cpu();
    __builtin_memset(table, 0, 4096);
    free_table(mmu, table);
}

/* The largest page around `va` within the mapping, physically aligned. */
static unsigned largest_level(const struct mmu_mapping *mapping, ennead_word va)
{
    uint64_t last = mapping->base + ((uint64_t)1 << mapping->order_log2) - 1;
    unsigned level = mapping->rights & ENNEAD_RIGHT_EXECUTE ? 0 : ROOT_LEVEL;

    for (; level > 0; level--) {
        uint64_t size = reach(level);
        uint64_t start = va & ~(size - 1);
        if (start >= mapping->base && start + (size - 1) <= last &&
            (mapping->phys + (start - mapping->base)) % size == 0)
            return level;
    }
    return 0;
}

static uint64_t leaf(const struct mmu_mapping *mapping, ennead_word va, unsigned level)
{
    uint64_t start = va & ~(reach(level) - 1);
    uint64_t entry = mapping->phys + (start - mapping->base);

    entry |= PTE_VALID | PTE_SHARED | PTE_AF | PTE_OWN | PTE_PXN;
    entry |= level == 0 ? PTE_TABLE : 0;
    entry |= mapping->rights & (ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE) ? PTE_USER : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_WRITE ? 0 : PTE_RO;
    entry |= mapping->rights & ENNEAD_RIGHT_EXECUTE ? 0 : PTE_UXN;
    entry |= mapping->cache == ENNEAD_CACHE_NORMAL   ? PTE_NORMAL
             : mapping->cache == ENNEAD_CACHE_DEVICE ? PTE_DEVICE
                                                     : PTE_NOT_CACHED;
    return entry;
}

static void set_entry(uint64_t *entry, uint64_t value, ennead_word va)
{
    if (*entry == value)
        return;
    if (*entry & PTE_VALID) {
        *entry = 0;
        arm_tables_changed();
        arm_forget_everywhere(va);
    }
    *entry = value;
    arm_tables_changed();
}

/*
 * A table where a large page would fit stays, and is filled with smaller ones: unlinking it would need a
 * shootdown. Other CPUs may hold a recycled table in their caches of walks: it is not used before
 * the caller has shot down the space, and comes back.
 */
bool mmu_fill(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping)
{
    unsigned wanted = largest_level(mapping, va), level = ROOT_LEVEL;
    uint64_t *entry = entry_of(mmu->root, level, va);

    while (level > wanted || is_table(*entry, level)) {
        if (!is_table(*entry, level)) {
            if (!mmu->free) {
                recycle_table(mmu, va);
                return false;
            }
            set_entry(entry, virt_to_phys(take_table(mmu)) | TABLE_FLAGS, va);
        }
        level--;
        entry = entry_of(table_of(*entry), level, va);
    }
    uint64_t value = leaf(mapping, va, level);
    bool in_window = (value & ADDRESS) < mmu_window_end();
    if (mapping->rights & ENNEAD_RIGHT_EXECUTE && in_window)
        arm_make_coherent(phys_to_virt(value & ADDRESS));
    set_entry(entry, value, va);
    arm_isb();
    if (mapping->rights & ENNEAD_RIGHT_EXECUTE && !in_window && this_arch_cpu()->root == mmu->root)
        arm_make_coherent((char *)(va & ~(ennead_word)4095));
    return true;
}

/* One entry of any table is a step. A large page that is only partly in the range goes whole: this is a cache. */
bool mmu_drop(struct arch_mmu *mmu, ennead_word *va, ennead_word last)
{
    uint64_t asid = asid_of(mmu);
    unsigned dropped = 0;
    bool done = false;

    for (unsigned steps = 0; steps < ENTRIES && !done; steps++) {
        unsigned level = ROOT_LEVEL;
        uint64_t *entry = entry_of(mmu->root, level, *va);
        while (is_table(*entry, level)) {
            level--;
            entry = entry_of(table_of(*entry), level, *va);
        }
        if (*entry & PTE_VALID) {
            *entry = 0;
            arm_tables_changed();
            if (asid != 0 && dropped++ < FLUSH_ALL)
                arm_forget_page(asid, *va);
        }
        ennead_word end = *va | (ennead_word)(reach(level) - 1);
        *va = end + 1;
        done = end >= last || *va >= PORT_USER_END;
    }
    if (dropped > FLUSH_ALL)
        arm_forget_space(asid);
    if (dropped > 0)
        arm_tlb_done();
    return done;
}
