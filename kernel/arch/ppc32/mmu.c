/*
 * The cache of translations of one space: a root and tables made of the pages that the space was given, which the
 * handler of TLB misses (entry.S) enters into TLB0, tagged by address-space identifiers. Functions of <arch/mmu.h>.
 *
 * Invariants:
 *   M1  a table is in the root at most once, or is on the free list and zero but for its link, or is `unlinked`.
 *   M2  what TLB0 of a CPU holds under a space's tag is in its tables, or was since that CPU last forgot it.
 *   M3  identifier 0 is nobody's: no entry of TLB0 has it. An identifier is given to one space in a generation, and a
 *       CPU that begins a new generation forgets all of TLB0. Identifiers of dead spaces wait for that.
 */
#include "internal.h"

#define ROOT_ENTRIES  1024u
#define TABLE_ENTRIES 512u
#define TABLE_REACH   (TABLE_ENTRIES * 4096u)
#define BYTES_AROUND  0x10000u /* that a fault enters together */
#define FLUSH_ALL     4u       /* rather than so many pages, forget the whole space */

/* Bounds of what is done in one go. */
#define ENTRIES_AT_ONCE 8u
#define CLEAR_AT_ONCE   512u

struct entry_words {
    uint32_t mas3;  /* page and rights; 0: none */
    uint32_t other; /* attributes of MAS2; what MAS7 holds, above 8 bits */
};

static uint32_t no_tables[ROOT_ENTRIES]; /* stays zero */

static struct entry_words *table_of(const struct arch_mmu *mmu, ennead_word va)
{
    return (struct entry_words *)mmu->root[va / TABLE_REACH];
}

static struct entry_words *entry_of(struct entry_words *table, ennead_word va)
{
    return &table[va / 4096 % TABLE_ENTRIES];
}

static void free_table(struct arch_mmu *mmu, uint32_t *table)
{
    table[0] = (uint32_t)mmu->free;
    mmu->free = table;
    mmu->free_count++;
}

static uint32_t *take_table(struct arch_mmu *mmu)
{
    uint32_t *table = mmu->free;
    mmu->free = (uint32_t *)table[0];
    mmu->free_count--;
    table[0] = 0;
    return table;
}

void mmu_add_tables(struct arch_mmu *mmu, void *tables, unsigned pages)
{
    for (unsigned i = 0; i < pages; i++)
        free_table(mmu, (uint32_t *)((char *)tables + (size_t)i * 4096));
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

/* ---- this CPU's TLB0 ---- */

/* The identifier under which this CPU may hold the space's translations; 0: it holds none. */
static uint32_t pid_of(const struct arch_mmu *mmu)
{
    const struct arch_cpu *cpu = this_arch_cpu();
    uint64_t tag = mmu->tag[cpu->id];
    return (tag ^ cpu->next_tag) > PPC_PID_MASK ? 0 : (uint32_t)tag & PPC_PID_MASK;
}

/* An e500v2 has no instruction to forget a page on this CPU alone: its entry is found, and made invalid. */
static void forget_entry(ennead_word va)
{
    __asm__ volatile("tlbsx 0, %0; isync" ::"r"(va) : "memory");
    uint32_t found = READ_SPR(SPR_MAS1);
    if (found & MAS1_VALID) {
        WRITE_SPR(SPR_MAS1, found & ~MAS1_VALID);
        __asm__ volatile("tlbwe; isync" ::: "memory");
    }
}

static void forget_page(uint32_t pid, ennead_word va)
{
    WRITE_SPR(SPR_MAS6, pid << 16);
    if (is_e500v2())
        forget_entry(va);
    else
        __asm__ volatile("tlbilxva 0, %0; isync" ::"r"(va) : "memory");
}

void mmu_flush_cpu(void)
{
    __asm__ volatile("sync; isync" ::: "memory");
    WRITE_SPR(SPR_MMUCSR0, MMUCSR0_TLB0);
    for (uint32_t busy = MMUCSR0_TLB0; busy != 0;)
        busy = READ_SPR(SPR_MMUCSR0) & MMUCSR0_TLB0;
    __asm__ volatile("isync" ::: "memory");
}

static void forget_space(uint32_t pid)
{
    if (is_e500v2()) {
        mmu_flush_cpu();
        return;
    }
    WRITE_SPR(SPR_MAS6, pid << 16);
    __asm__ volatile("tlbilxpid; isync" ::: "memory");
}

static uint32_t new_pid(struct arch_mmu *mmu, struct arch_cpu *cpu)
{
    if ((++cpu->next_tag & PPC_PID_MASK) == 0) {
        cpu->next_tag++;
        mmu_flush_cpu();
    }
    mmu->tag[cpu->id] = cpu->next_tag;
    return (uint32_t)cpu->next_tag & PPC_PID_MASK;
}

static void use(struct arch_cpu *cpu, const uint32_t *root, uint32_t pid)
{
    cpu->root = root;
    WRITE_SPR(SPR_PID, pid);
    __asm__ volatile("isync" ::: "memory");
}

BOOT_ONLY void mmu_init_cpu(struct arch_cpu *cpu)
{
    cpu->tag_at = cpu->id * sizeof(uint64_t);
    cpu->next_tag = PPC_PID_MASK + 1; /* a tag of zero is of no generation */
    WRITE_SPR(SPR_MAS4, MAS1_4K | MAS2_COHERENT);
    if (!is_e500v2())
        WRITE_SPR(SPR_MAS5, 0);
    use(cpu, no_tables, 0);
    mmu_flush_cpu();
}

void mmu_activate(struct arch_mmu *mmu)
{
    struct arch_cpu *cpu = this_arch_cpu();

    if (!mmu) {
        use(cpu, no_tables, 0);
        return;
    }
    uint32_t pid = pid_of(mmu);
    use(cpu, mmu->root, pid != 0 ? pid : new_pid(mmu, cpu));
}

void mmu_retire(struct arch_mmu *mmu)
{
    if (this_arch_cpu()->root == mmu->root)
        mmu_activate(NULL);
    mmu->root = NULL;
}

/* ---- tables ---- */

/* Take away a table other than that of `va`: there is one if none is free, as the space has at least a path's worth. */
static void search_step(struct arch_mmu *mmu, ennead_word va)
{
    unsigned keep = va / TABLE_REACH;

    for (unsigned steps = ENTRIES_AT_ONCE; steps > 0; steps--) {
        mmu->hand = (mmu->hand + 1) % ROOT_ENTRIES;
        if (mmu->hand == keep || mmu->root[mmu->hand] == 0)
            continue;
        mmu->unlinked = (uint32_t *)mmu->root[mmu->hand];
        mmu->cleared = 0;
        mmu->root[mmu->hand] = 0;
        mmu_flush_cpu();
        return;
    }
}

/* Once other CPUs have forgotten it too: the table is cleared, and free in the end. */
static void clear_step(struct arch_mmu *mmu)
{
    __builtin_memset((char *)mmu->unlinked + mmu->cleared, 0, CLEAR_AT_ONCE);
    mmu->cleared += CLEAR_AT_ONCE;
    if (mmu->cleared < 4096)
        return;
    free_table(mmu, mmu->unlinked);
    mmu->unlinked = NULL;
}

static void recycle_step(struct arch_mmu *mmu, ennead_word va)
{
    if (mmu->unlinked)
        clear_step(mmu);
    else
        search_step(mmu, va);
}

/* What the page holds is in memory, and no instruction of what it held before is in the cache. */
static void make_coherent(uint64_t phys)
{
    char *page = phys_to_virt(phys);
    unsigned line = is_e500v2() ? 32 : 64;

    for (unsigned i = 0; i < 4096; i += line)
        __asm__ volatile("dcbst 0, %0" ::"r"(page + i) : "memory");
    __asm__ volatile("sync" ::: "memory");
    for (unsigned i = 0; i < 4096; i += line)
        __asm__ volatile("icbi 0, %0" ::"r"(page + i) : "memory");
    __asm__ volatile("sync; isync" ::: "memory");
}

static uint32_t rights_of(unsigned rights)
{
    return (rights & ENNEAD_RIGHT_READ ? MAS3_UR : 0) | (rights & ENNEAD_RIGHT_WRITE ? MAS3_UW : 0) |
           (rights & ENNEAD_RIGHT_EXECUTE ? MAS3_UX : 0);
}

/* The handler of misses on another CPU reads the first word first: it is written last. */
static void enter(struct entry_words *entry, uint64_t phys, const struct mmu_mapping *mapping)
{
    entry->other = (mapping->cache == ENNEAD_CACHE_NORMAL ? MAS2_COHERENT : MAS2_DEVICE) | (uint32_t)(phys >> 32) << 8;
    __atomic_store_n(&entry->mas3, (uint32_t)phys | rights_of(mapping->rights), __ATOMIC_RELEASE);
}

/*
 * The pages around one that are in the same mapping, and table, and not entered yet: the handler of misses finds them.
 * They are data, as code would have to be made coherent.
 */
static void enter_around(struct entry_words *table, ennead_word va, const struct mmu_mapping *mapping)
{
    ennead_word last = mapping->base + (((ennead_word)1 << mapping->order_log2) - 1);
    ennead_word from = va & ~(BYTES_AROUND - 1), to = from + (BYTES_AROUND - 1);

    from = from > mapping->base ? from : mapping->base;
    to = to < last ? to : last;
    for (ennead_word pages = (to - from) / 4096 + 1; pages > 0; pages--, from += 4096) {
        struct entry_words *entry = entry_of(table, from);
        if (entry->mas3 == 0)
            enter(entry, mapping->phys + (from - mapping->base), mapping);
    }
}

bool mmu_fill(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping)
{
    uint64_t phys = (mapping->phys + (va - mapping->base)) & ~UINT64_C(4095);
    uint32_t pid = pid_of(mmu);

    if (mmu->root[va / TABLE_REACH] == 0) {
        if (!mmu->free) {
            recycle_step(mmu, va);
            return false;
        }
        mmu->root[va / TABLE_REACH] = (uint32_t)take_table(mmu);
    }
    if (mapping->rights & ENNEAD_RIGHT_EXECUTE && window_holds(phys))
        make_coherent(phys);
    if (!(mapping->rights & ENNEAD_RIGHT_EXECUTE) && mapping->order_log2 > PORT_PAGE_LOG2)
        enter_around(table_of(mmu, va), va, mapping);
    enter(entry_of(table_of(mmu, va), va), phys, mapping);
    if (pid != 0)
        forget_page(pid, va);
    return true;
}

/* Of one table at a time. */
bool mmu_drop(struct arch_mmu *mmu, ennead_word *va, ennead_word last)
{
    struct entry_words *table = table_of(mmu, *va);
    ennead_word end = *va | ((table ? ENTRIES_AT_ONCE * 4096u : TABLE_REACH) - 1);
    uint32_t pid = pid_of(mmu);
    unsigned dropped = 0;

    end = end < last ? end : last;
    for (ennead_word at = *va; table && at <= end; at += 4096) {
        struct entry_words *entry = entry_of(table, at);
        if (entry->mas3 == 0)
            continue;
        entry->mas3 = 0;
        if (pid != 0 && dropped++ < FLUSH_ALL)
            forget_page(pid, at);
    }
    if (dropped > FLUSH_ALL)
        forget_space(pid);
    *va = end + 1;
    return end == last;
}
