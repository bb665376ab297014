/* Entries of Sv39's page tables, and the TLB, for drivers/radix.c. */
#ifndef PORT_RADIX_H
#define PORT_RADIX_H

#include <arch/cpu.h>
#include <arch/mmu.h>

#define RADIX_LEVELS       3u
#define RADIX_USER_ENTRIES 256u
/* A TLB may hold that there was nothing, page by page: only the one that is missed is worth a fence. */
#define RADIX_PAGES_AROUND 1u

static inline unsigned radix_largest(const struct mmu_mapping *mapping)
{
    (void)mapping;
    return 30;
}

static inline bool radix_is_table(uint64_t entry)
{
    return (entry & (PTE_V | PTE_R | PTE_W | PTE_X)) == PTE_V;
}

static inline uint64_t radix_next_leaf(uint64_t leaf)
{
    return leaf + (4096 >> 2);
}

static inline uint64_t radix_table(uint64_t phys)
{
    return phys >> 2 | PTE_V;
}

static inline uint64_t radix_address(uint64_t entry)
{
    return entry >> 10 << 12;
}

/* There is no page that can be written and not read. What kind of memory it is, the hardware knows by its address. */
static inline uint64_t radix_leaf(uint64_t phys, const struct mmu_mapping *mapping, unsigned order)
{
    uint64_t entry = phys >> 2 | PTE_V | PTE_U | PTE_A | PTE_D;

    (void)order;
    entry |= mapping->rights & ENNEAD_RIGHT_READ ? PTE_R : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_WRITE ? PTE_R | PTE_W : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_EXECUTE ? PTE_X : 0;
    return entry;
}

static inline void radix_set(uint64_t *entry, uint64_t value, ennead_word va)
{
    (void)va;
    __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static inline void radix_clear(uint64_t *entry)
{
    *entry = 0;
}

/* ---- the TLB: names are identifiers below the mode of the register of tables, which is not 0 ---- */

#define ASID_SHIFT 44

extern uint64_t riscv_asid_mask; /* those bits of an identifier that the hardware has, on all CPUs */

static inline ennead_word radix_name(const struct arch_mmu *mmu)
{
    const struct arch_cpu *cpu = this_arch_cpu();
    const struct arch_mmu_name *name = riscv_name(cpu, mmu, false);
    return name->generation == cpu->next_tag >> 16 ? name->tables >> ASID_SHIFT : 0;
}

static inline void radix_forget_page(ennead_word name, ennead_word va, unsigned order)
{
    (void)order;
    __asm__ volatile("sfence.vma %0, %1" ::"r"(va), "r"(name & riscv_asid_mask) : "memory");
}

static inline void radix_forget_space(ennead_word name)
{
    __asm__ volatile("sfence.vma zero, %0" ::"r"(name & riscv_asid_mask) : "memory");
}

static inline void radix_forgotten(void)
{
}

/* A fence with an address orders what was written to its leaf, and to nothing above. */
static inline void radix_linked(const struct arch_mmu *mmu)
{
    ennead_word name = radix_name(mmu);

    if (name != 0)
        radix_forget_space(name);
}

/* That there was nothing may be remembered too. */
static inline void radix_entered(const struct arch_mmu *mmu, ennead_word va, unsigned order, bool is_far)
{
    ennead_word name = radix_name(mmu);

    (void)is_far;
    if (name != 0)
        radix_forget_page(name, va, order);
}

#endif
