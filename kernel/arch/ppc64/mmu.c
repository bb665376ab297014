/*
 * The TLB: process identifiers, and what drivers/radix.c, which has the tables, asks of it. The hardware's roots are of
 * 64 KiB, and have no more than one entry for user addresses: each identifier has one, whose entry is the table that a
 * space calls its root.
 *
 * Invariants:
 *   M1  what the TLB of a CPU holds under a space's identifier is in its tables, or was since that CPU last forgot it.
 *   M2  an identifier is of one CPU, which gives it to one space in a generation, and forgets all when it begins a new
 *       one. Those of dead spaces wait for that. PROCESS_NONE has no tables.
 */
#include "../../platform/drivers/radix.h"
#include "internal.h"
#include <port/radix.h>

#define ALL_OF_PROCESS 0x400u /* instead of an address */
#define ALL            0x800u
#define TLB_SETS       128u
#define SET            0x1000u /* from one set to the next */

static inline __attribute__((always_inline)) void forget_set(uint64_t what, uint64_t process)
{
    __asm__ volatile(".machine push; .machine power9; tlbiel %0, %1, 0, 1, 1; .machine pop" ::"r"(what), "r"(process)
                     : "memory");
}

/* Of the TLB and of what the walker keeps of tables. Four sets for each jump. */
static void forget(uint64_t what, uint64_t process)
{
    __asm__ volatile("ptesync" ::: "memory");
    __asm__ volatile(".machine push; .machine power9; tlbiel %0, %1, 2, 1, 1; .machine pop" ::"r"(what), "r"(process)
                     : "memory");
    for (uint64_t set = what; set < what + TLB_SETS * SET; set += 4 * SET) {
        forget_set(set, process);
        forget_set(set + SET, process);
        forget_set(set + 2 * SET, process);
        forget_set(set + 3 * SET, process);
    }
    __asm__ volatile("ptesync; isync" ::: "memory");
}

void mmu_flush_cpu(void)
{
    forget(ALL, 0);
}

void ppc_forget_process(uint64_t process)
{
    forget(ALL_OF_PROCESS, process << 32);
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

/* Is complete when user mode goes on. */
static void use(uint64_t process)
{
    WRITE_SPR(SPR_PID, process);
}

/* No space is loaded while all is forgotten: a walker might take more of it, under an identifier that will be
 * another's. */
static void begin_generation(struct arch_cpu *cpu)
{
    cpu->generation++;
    cpu->next_process = ppc_first_process(cpu->id);
    use(PROCESS_NONE);
    __asm__ volatile("isync" ::: "memory");
    mmu_flush_cpu();
}

static uint64_t new_process(struct arch_mmu *mmu, struct arch_cpu *cpu)
{
    if (cpu->next_process == ppc_first_process(cpu->id + 1))
        begin_generation(cpu);
    uint64_t process = cpu->next_process++;
    *window_user_root(process) = radix_table(virt_to_phys(mmu->root));
    radix_forgotten();
    mmu->name[cpu->id] = (struct arch_mmu_name){cpu->generation, process};
    return process;
}

/* A generation of zero is none. */
BOOT_ONLY void mmu_init_cpu(struct arch_cpu *cpu)
{
    cpu->name_at = cpu->id * sizeof(struct arch_mmu_name);
    begin_generation(cpu);
}

void mmu_activate(struct arch_mmu *mmu)
{
    struct arch_cpu *cpu = this_arch_cpu();

    if (!mmu) {
        use(PROCESS_NONE);
        return;
    }
    uint64_t process = radix_name(mmu);
    use(process != 0 ? process : new_process(mmu, cpu));
}

void mmu_retire(struct arch_mmu *mmu)
{
    if (READ_SPR(SPR_PID) == mmu->name[this_arch_cpu()->id].process)
        mmu_activate(NULL);
    mmu->root = NULL;
}
