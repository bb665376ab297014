/* What drivers/arm/mmu.c and drivers/arm/radix.h need of an ISA: its translations, identifiers, TLB and caches.
 * Interrupts off. */
#ifndef ARM_MMU_H
#define ARM_MMU_H

#include <arm/arm.h>

/* What user mode may not run, and what the kernel may not. */
#define PTE_PXN (UINT64_C(1) << 53)
#define PTE_UXN (UINT64_C(1) << 54)
/* What keeps the kernel from running it. */
#define PTE_KERNEL_NX PTE_PXN

#define ARM_ROOT_ENTRIES 512u

/* drivers/arm/mmu.c: on each CPU, from cpu_init(). */
void arm_mmu_init_cpu(struct arch_cpu *cpu);
/* A root without entries, where no space is active. */
uint64_t *arm_no_user_tables(void);

/* Identifiers are numbers up to this one. */
static inline ennead_word arm_asid_mask(void)
{
    return ARM_READ(tcr_el1) >> TCR_ASID16 & 1 ? 0xffff : 0xff;
}

static inline void arm_set_tables(uint64_t root, uint64_t asid)
{
    ARM_WRITE(ttbr0_el1, root | asid << 48);
    arm_isb();
}

static inline uint64_t arm_tables(void)
{
    return ARM_READ(ttbr0_el1);
}

/* All of an entry at once, and not before what was stored before it. */
static inline void arm_store_entry(uint64_t *entry, uint64_t value)
{
    __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

/* Tables were changed: before walkers see what follows. */
static inline void arm_tables_changed(void)
{
    __asm__ volatile("dsb ishst" ::: "memory");
}

/* Translations forgotten on this CPU, complete after arm_tlb_done(); the first on all CPUs, under any identifier. */
static inline void arm_forget_everywhere(uint64_t va)
{
    __asm__ volatile("tlbi vaae1is, %0; dsb ish" ::"r"(va >> 12 & UINT64_C(0xfffffffffff)) : "memory");
}

static inline void arm_forget_page(uint64_t asid, uint64_t va)
{
    __asm__ volatile("tlbi vae1, %0" ::"r"(asid << 48 | (va >> 12 & UINT64_C(0xfffffffffff))) : "memory");
}

static inline void arm_forget_space(uint64_t asid)
{
    __asm__ volatile("tlbi aside1, %0" ::"r"(asid << 48) : "memory");
}

static inline void arm_forget_all(void)
{
    __asm__ volatile("tlbi vmalle1" ::: "memory");
}

static inline void arm_tlb_done(void)
{
    __asm__ volatile("dsb nsh; isb" ::: "memory");
}

/* What the page holds is in memory, and no instruction of what it held before is in a cache of any CPU. */
static inline void arm_make_coherent(char *page)
{
    uint64_t type = ARM_READ(ctr_el0);
    uint64_t data_line = UINT64_C(4) << (type >> 16 & 0xf), line = UINT64_C(4) << (type & 0xf);
    bool by_address = (type >> 14 & 3) == 3; /* as the cache is found by physical addresses */

    for (uint64_t i = 0; i < 4096; i += data_line)
        __asm__ volatile("dc cvau, %0" ::"r"(page + i) : "memory");
    __asm__ volatile("dsb ish" ::: "memory");
    for (uint64_t i = 0; by_address && i < 4096; i += line)
        __asm__ volatile("ic ivau, %0" ::"r"(page + i) : "memory");
    if (!by_address)
        __asm__ volatile("ic ialluis" ::: "memory");
    __asm__ volatile("dsb ish; isb" ::: "memory");
}

#endif
