/* What drivers/arm/mmu.c and drivers/arm/radix.h need of an ISA: its translations, identifiers, TLB and caches.
 * Interrupts off. */
#ifndef ARM_MMU_H
#define ARM_MMU_H

#include <arm/arm.h>

/* What the kernel may not run, and what nobody may. */
#define PTE_PXN (UINT64_C(1) << 53)
#define PTE_UXN (UINT64_C(1) << 54)
/* What keeps the kernel from running it. */
#define PTE_KERNEL_NX (PTE_PXN | PTE_UXN)

#define ARM_ROOT_ENTRIES 4u

/* drivers/arm/mmu.c: on each CPU, from cpu_init(). */
void arm_mmu_init_cpu(struct arch_cpu *cpu);
/* A root without entries, where no space is active. */
uint64_t *arm_no_user_tables(void);

/* Identifiers are numbers up to this one. */
static inline ennead_word arm_asid_mask(void)
{
    return 0xff;
}

static inline void arm_set_tables(uint64_t root, uint64_t asid)
{
    ARM_WRITE64(0, c2, root | asid << 48);
    arm_isb();
}

static inline uint64_t arm_tables(void)
{
    uint64_t tables;
    __asm__ volatile("mrrc p15, 0, %Q0, %R0, c2" : "=r"(tables));
    return tables;
}

/* All of an entry at once, and not before what was stored before it. */
static inline void arm_store_entry(uint64_t *entry, uint64_t value)
{
    __asm__ volatile("dmb ishst; strd %1, %H1, %0" : "=Q"(*entry) : "r"(value) : "memory");
}

/* Tables were changed: before walkers see what follows. */
static inline void arm_tables_changed(void)
{
    __asm__ volatile("dsb ishst" ::: "memory");
}

/* Translations forgotten on this CPU, complete after arm_tlb_done(); the first on all CPUs, under any identifier. */
static inline void arm_forget_everywhere(uint64_t va)
{
    ARM_WRITE32(0, c8, c3, 3, va & ~UINT64_C(4095));
    __asm__ volatile("dsb ish" ::: "memory");
}

static inline void arm_forget_page(uint64_t asid, uint64_t va)
{
    ARM_WRITE32(0, c8, c7, 1, (va & ~UINT64_C(4095)) | asid);
}

static inline void arm_forget_space(uint64_t asid)
{
    ARM_WRITE32(0, c8, c7, 2, asid);
}

static inline void arm_forget_all(void)
{
    ARM_WRITE32(0, c8, c7, 0, 0);
}

static inline void arm_tlb_done(void)
{
    __asm__ volatile("dsb nsh; isb" ::: "memory");
}

/*
 * What the page holds is in memory, and no instruction of what it held before is in a cache of any CPU, nor a branch
 * predicted by it.
 */
static inline void arm_make_coherent(char *page)
{
    uint32_t type = ARM_READ32(0, c0, c0, 1);
    uint32_t data_line = 4u << (type >> 16 & 0xf), line = 4u << (type & 0xf);
    bool by_address = (type >> 14 & 3) == 3; /* as the cache is found by physical addresses */

    for (uint32_t i = 0; i < 4096; i += data_line)
        ARM_WRITE32(0, c7, c11, 1, page + i);
    __asm__ volatile("dsb ish" ::: "memory");
    for (uint32_t i = 0; by_address && i < 4096; i += line)
        ARM_WRITE32(0, c7, c5, 1, page + i);
    if (!by_address)
        ARM_WRITE32(0, c7, c1, 0, 0);
    ARM_WRITE32(0, c7, c1, 6, 0);
    __asm__ volatile("dsb ish; isb" ::: "memory");
}

#endif
