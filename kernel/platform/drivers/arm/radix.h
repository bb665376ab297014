/*
 * Entries of Arm's page tables of 64 bits, in the format that AArch64 and 32-bit processors with large physical
 * addresses share, and the TLB, for drivers/radix.c. <arm/mmu.h> has what differs.
 */
#ifndef ARM_RADIX_H
#define ARM_RADIX_H

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arm/mmu.h>

#define RADIX_LEVELS       3u
#define RADIX_USER_ENTRIES ((unsigned)(PORT_USER_END >> 30))
#define RADIX_PAGES_AROUND 16u

#define PTE_ADDRESS UINT64_C(0x0000fffffffff000)
#define TABLE_FLAGS (PTE_VALID | PTE_TABLE)

/* Where 32 bits do not reach, instructions are made coherent by a user's address, page by page. */
static inline unsigned radix_largest(const struct mmu_mapping *mapping)
{
    return mapping->rights & ENNEAD_RIGHT_EXECUTE ? 12 : 30;
}

static inline bool radix_is_table(uint64_t entry)
{
    return (entry & TABLE_FLAGS) == TABLE_FLAGS;
}

static inline uint64_t radix_next_leaf(uint64_t leaf)
{
    return leaf + 4096;
}

static inline uint64_t radix_table(uint64_t phys)
{
    return phys | TABLE_FLAGS;
}

static inline uint64_t radix_address(uint64_t entry)
{
    return entry & PTE_ADDRESS;
}

static inline uint64_t radix_leaf(uint64_t phys, const struct mmu_mapping *mapping, unsigned order)
{
    uint64_t entry = phys | PTE_VALID | PTE_SHARED | PTE_AF | PTE_OWN | PTE_PXN;

    entry |= order == 12 ? PTE_TABLE : 0;
    entry |= mapping->rights & (ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE) ? PTE_USER : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_WRITE ? 0 : PTE_RO;
    entry |= mapping->rights & ENNEAD_RIGHT_EXECUTE ? 0 : PTE_UXN;
    entry |= mapping->cache == ENNEAD_CACHE_NORMAL   ? PTE_NORMAL
             : mapping->cache == ENNEAD_CACHE_DEVICE ? PTE_DEVICE
                                                     : PTE_NOT_CACHED;
    return entry;
}

static inline void radix_clear(uint64_t *entry)
{
    arm_store_entry(entry, 0);
    arm_tables_changed();
}

/* mmu.c: see M3 there. */
void arm_change_entry(uint64_t *entry, uint64_t value, ennead_word va);

static inline void radix_set(uint64_t *entry, uint64_t value, ennead_word va)
{
    arm_change_entry(entry, value, va);
}

/* ---- the TLB: names are identifiers ---- */

extern ennead_word arm_asids; /* identifiers are numbers up to this one */

static inline ennead_word radix_name(const struct arch_mmu *mmu)
{
    const struct arch_cpu *cpu = this_arch_cpu();
    const struct arch_mmu_name *name = &mmu->name[cpu->id];
    return name->generation == cpu->generation ? (ennead_word)(name->tables >> 48) : 0;
}

/* Is this CPU in the space? */
static inline bool arm_is_loaded(const struct arch_mmu *mmu)
{
    return arm_tables() == mmu->name[this_arch_cpu()->id].tables;
}

static inline void radix_forget_page(ennead_word name, ennead_word va, unsigned order)
{
    (void)order;
    arm_forget_page(name, va);
}

static inline void radix_forget_space(ennead_word name)
{
    arm_forget_space(name);
}

static inline void radix_forgotten(void)
{
    arm_tlb_done();
}

/* mmu.c: see M4 there. */
void arm_make_page_coherent(void *page);

static inline void radix_linked(const struct arch_mmu *mmu)
{
    (void)mmu;
}

/* User mode on 32 bits has no means of its own to make instructions coherent: see M4 in mmu.c. */
static inline void radix_entered(const struct arch_mmu *mmu, ennead_word va, unsigned order, bool is_far)
{
    (void)order;
    arm_isb();
    if (is_far && arm_is_loaded(mmu))
        arm_make_page_coherent((void *)(va & ~(ennead_word)4095));
}

#endif
