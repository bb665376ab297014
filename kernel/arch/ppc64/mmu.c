/*
 * The TLB, and what drivers/radix.c, which has the tables, asks of it. The hardware's roots are of 64 KiB, and have no
 * more than one entry for user addresses: each CPU has one, whose entry is the table that a space calls its root.
 *
 * Invariant: M1  a CPU's process identifier is its own, and what its TLB holds under it is of the space that it is in:
 * it forgets all of that when it goes to another.
 */
#include "../../platform/drivers/radix.h"
#include "internal.h"
#include <port/radix.h>

#define ALL_OF_PROCESS 0x400u /* instead of an address */
#define TLB_SETS       128u
#define SET            0x1000u /* from one set to the next */

static inline __attribute__((always_inline)) void forget_set(uint64_t set, uint64_t process)
{
    __asm__ volatile(".machine push; .machine power9; tlbiel %0, %1, 0, 1, 1; .machine pop" ::"r"(ALL_OF_PROCESS + set),
                     "r"(process)
                     : "memory");
}

/* Of the TLB and of what the walker keeps of tables. With every switch of spaces: four sets for each jump. */
void mmu_flush_cpu(void)
{
    uint64_t process = ppc_process_of(this_arch_cpu());

    __asm__ volatile("ptesync" ::: "memory");
    __asm__ volatile(".machine push; .machine power9; tlbiel %0, %1, 2, 1, 1; .machine pop" ::"r"(ALL_OF_PROCESS),
                     "r"(process)
                     : "memory");
    for (uint64_t set = 0; set < TLB_SETS * SET; set += 4 * SET) {
        forget_set(set, process);
        forget_set(set + SET, process);
        forget_set(set + 2 * SET, process);
        forget_set(set + 3 * SET, process);
    }
    __asm__ volatile("ptesync; isync" ::: "memory");
}

/* Instruction caches follow what is stored; what was fetched ahead does not. */
void radix_make_coherent(const struct arch_mmu *mmu, uint64_t phys, unsigned order)
{
    (void)mmu;
    (void)order;
    __asm__ volatile("sync; icbi 0, %0; sync; isync" ::"r"(phys_to_virt(phys)) : "memory");
}

/* The kernel's addresses are another process's. */
void radix_start_root(struct arch_mmu *mmu)
{
    (void)mmu;
}

static void use(struct arch_cpu *cpu, const uint64_t *root)
{
    if (cpu->root == root)
        return;
    cpu->root = root;
    *window_user_root(cpu->id) = root ? radix_table(virt_to_phys(root)) : 0;
    mmu_flush_cpu();
}

void mmu_init_cpu(struct arch_cpu *cpu)
{
    WRITE_SPR(SPR_PID, ppc_process_of(cpu) >> 32);
    mmu_flush_cpu();
}

void mmu_activate(struct arch_mmu *mmu)
{
    use(this_arch_cpu(), mmu ? mmu->root : NULL);
}

void mmu_retire(struct arch_mmu *mmu)
{
    if (this_arch_cpu()->root == mmu->root)
        mmu_activate(NULL);
    mmu->root = NULL;
}
