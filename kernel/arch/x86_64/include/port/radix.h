/* Entries of x86's four levels of page tables, and the TLB, for drivers/radix.c. */
#ifndef PORT_RADIX_H
#define PORT_RADIX_H

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <x86/x86.h>

#define RADIX_LEVELS       4u
#define RADIX_USER_ENTRIES 256u
#define RADIX_PAGES_AROUND 16u

#define PTE_NX      (UINT64_C(1) << 63)
#define PTE_ADDRESS UINT64_C(0x000ffffffffff000)

/* window.c */
bool x86_have_huge_pages(void);

static inline unsigned radix_largest(const struct mmu_mapping *mapping)
{
    (void)mapping;
    return x86_have_huge_pages() ? 30 : 21;
}

static inline bool radix_is_table(uint64_t entry)
{
    return (entry & (PTE_PRESENT | PTE_LARGE)) == PTE_PRESENT;
}

static inline uint64_t radix_next_leaf(uint64_t leaf)
{
    return leaf + 4096;
}

static inline uint64_t radix_table(uint64_t phys)
{
    return phys | PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_A;
}

static inline uint64_t radix_address(uint64_t entry)
{
    return entry & PTE_ADDRESS;
}

static inline uint64_t radix_leaf(uint64_t phys, const struct mmu_mapping *mapping, unsigned order)
{
    uint64_t entry = phys | PTE_PRESENT | PTE_USER | PTE_A | PTE_D;

    entry |= order > 12 ? PTE_LARGE : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_WRITE ? PTE_WRITE : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_EXECUTE ? 0 : PTE_NX;
    entry |= mapping->cache == ENNEAD_CACHE_NORMAL ? 0 : PTE_PCD | PTE_PWT;
    return entry;
}

/* Stores are seen in order. */
static inline void radix_set(uint64_t *entry, uint64_t value, ennead_word va)
{
    (void)va;
    *entry = value;
}

static inline void radix_clear(uint64_t *entry)
{
    *entry = 0;
}

/* ---- the TLB: it holds the space that is active, without a name ---- */

static inline ennead_word radix_name(const struct arch_mmu *mmu)
{
    return READ_CR(3) == mmu->cr3;
}

static inline void radix_forget_page(ennead_word name, ennead_word va, unsigned order)
{
    (void)order;
    (void)name;
    invlpg(va);
}

static inline void radix_forget_space(ennead_word name)
{
    (void)name;
    mmu_flush_cpu();
}

static inline void radix_forgotten(void)
{
}

static inline void radix_linked(const struct arch_mmu *mmu)
{
    (void)mmu;
}

/* A page may have been there that allowed less. */
static inline void radix_entered(const struct arch_mmu *mmu, ennead_word va, unsigned order, bool is_far)
{
    (void)order;
    (void)is_far;
    if (radix_name(mmu) != 0)
        invlpg(va);
}

#endif
