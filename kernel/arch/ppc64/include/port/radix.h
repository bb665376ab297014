/*
 * Entries of radix page tables, which are big-endian always, and the TLB, for drivers/radix.c. A root has one entry in
 * the hardware's.
 */
#ifndef PORT_RADIX_H
#define PORT_RADIX_H

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <ppc/ppc.h>

#define RADIX_LEVELS       3u
#define RADIX_USER_ENTRIES 512u
#define RADIX_PAGES_AROUND 16u

#define PTE_VALID      UINT64_C(0x8000000000000000)
#define PTE_LEAF       UINT64_C(0x4000000000000000)
#define PTE_REFERENCED UINT64_C(0x100)
#define PTE_CHANGED    UINT64_C(0x080)
#define PTE_DEVICE     UINT64_C(0x020) /* not cached, guarded */
#define PTE_PRIVILEGED UINT64_C(0x008)
#define PTE_READ       UINT64_C(0x004)
#define PTE_WRITE      UINT64_C(0x002)
#define PTE_EXECUTE    UINT64_C(0x001)
#define TABLE_LOG2     UINT64_C(9) /* of how many entries the table has */

/* Beside the address of a page that the TLB is to forget; nothing: 4 KiB. */
#define SIZE_2M UINT64_C(0x20)
#define SIZE_1G UINT64_C(0x40)

static inline unsigned radix_largest(const struct mmu_mapping *mapping)
{
    (void)mapping;
    return 30;
}

static inline bool radix_is_table(uint64_t entry)
{
    return (entry & ppc_be64(PTE_VALID | PTE_LEAF)) == ppc_be64(PTE_VALID);
}

static inline uint64_t radix_next_leaf(uint64_t leaf)
{
    return ppc_be64(ppc_be64(leaf) + 4096);
}

static inline uint64_t radix_table(uint64_t phys)
{
    return ppc_be64(PTE_VALID | phys | TABLE_LOG2);
}

static inline uint64_t radix_address(uint64_t entry)
{
    return ppc_be64(entry) & UINT64_C(0x01fffffffffff000);
}

static inline uint64_t radix_leaf(uint64_t phys, const struct mmu_mapping *mapping, unsigned order)
{
    uint64_t entry = PTE_VALID | PTE_LEAF | PTE_REFERENCED | PTE_CHANGED | phys;

    (void)order;
    entry |= mapping->rights & ENNEAD_RIGHT_READ ? PTE_READ : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_WRITE ? PTE_READ | PTE_WRITE : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_EXECUTE ? PTE_EXECUTE : 0;
    entry |= mapping->cache == ENNEAD_CACHE_NORMAL ? 0 : PTE_DEVICE;
    return ppc_be64(entry);
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

/* ---- the TLB: names are process identifiers ---- */

/* mmu.c: all that this CPU's TLB holds of it. */
void ppc_forget_process(uint64_t process);

static inline ennead_word radix_name(const struct arch_mmu *mmu)
{
    const struct arch_cpu *cpu = this_arch_cpu();
    const struct arch_mmu_name *name = ppc_name(cpu, mmu, false);
    return name->generation == cpu->generation ? name->process : 0;
}

/* The instruction is told how large the page is. */
static inline void radix_forget_page(ennead_word name, ennead_word va, unsigned order)
{
    uint64_t size = order == 12 ? 0 : order == 21 ? SIZE_2M : SIZE_1G;
    uint64_t page = (va & ~((UINT64_C(1) << order) - 1)) | size;

    __asm__ volatile("ptesync; .machine push; .machine power9; tlbiel %0, %1, 0, 1, 1; .machine pop" ::"r"(page),
                     "r"(name << 32)
                     : "memory");
}

static inline void radix_forget_space(ennead_word name)
{
    ppc_forget_process(name);
}

static inline void radix_forgotten(void)
{
    __asm__ volatile("ptesync" ::: "memory");
}

static inline void radix_linked(const struct arch_mmu *mmu)
{
    (void)mmu;
}

static inline void radix_entered(const struct arch_mmu *mmu, ennead_word va, unsigned order, bool is_far)
{
    ennead_word name = radix_name(mmu);

    (void)is_far;
    if (name == 0)
        return;
    radix_forget_page(name, va, order);
    radix_forgotten();
}

#endif
