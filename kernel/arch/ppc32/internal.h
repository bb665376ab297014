/* What the files of the 32-bit PowerPC port offer each other. */
#ifndef PPC32_INTERNAL_H
#define PPC32_INTERNAL_H

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <ppc/ppc.h>
#include <stddef.h>

/* entry.S, boot.S: code that is taken by address, and its bounds. */
extern const char cpu_wait_sleep[], interrupt_window_end[], boot_secondary_entry[];
void cpu_sleep(void);
void cpu_doze(uint32_t msr); /* returns with interrupts off, as the other does */
extern char boot_stacks[ENNEAD_CPUS_MAX][STACK_BYTES], fatal_stack[8192];

/*
 * An e500v2: no FPU but a unit of signal processing, which stays off; no instructions that wait and that
 * forget translations of this CPU alone; few entries in TLB1.
 */
static inline bool is_e500v2(void)
{
    return READ_SPR(SPR_PVR) >> 16 == 0x8021;
}

/* cpu.c: from boot.S */
_Noreturn void ppc_boot(uint32_t device_tree, unsigned id);

/* window.c: is memory that users may have at this address in the window? */
bool window_holds(uint64_t phys);
/* window.c: the entries of TLB1 beyond those of boot.S, on a CPU that starts. */
void window_init_cpu(void);

/* mmu.c */
void mmu_init_cpu(struct arch_cpu *cpu);

/* context.c */
void frame_dump(const struct ppc_frame *frame);

/* trap.c: from entry.S */
struct arch_context *trap_from_user(struct arch_context *context, unsigned vector);
void trap_from_kernel(struct ppc_frame *frame, unsigned vector);
/* Where the kernel was when it trapped, NULL if it did not: the backtrace starts there. */
extern const struct ppc_frame *ppc_fault_frame;

#endif
