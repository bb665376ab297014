/* What the files of the 64-bit PowerPC port offer each other. */
#ifndef PPC64_INTERNAL_H
#define PPC64_INTERNAL_H

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <ppc/ppc.h>
#include <stddef.h>

/* User mode: interrupts on, precise floating-point exceptions. Nothing of it is the thread's choice. */
#define MSR_KERNEL (UINT64_C(1) << MSR_SF_BIT | MSR_ME | MSR_IR | MSR_DR | MSR_RI | (PPC_LITTLE ? MSR_LE : 0))
#define MSR_USER   (MSR_KERNEL | MSR_EE | MSR_PR | MSR_FE0 | MSR_FE1)
#define MSR_UNITS  (MSR_FP | MSR_VEC | MSR_VSX)

/* entry.S, boot.S: code that is taken by address, and its bounds. */
extern const char interrupt_window_end[], boot_secondary_entry[], vectors_start[], vectors_end[];
extern char boot_stacks[ENNEAD_CPUS_MAX][STACK_BYTES], fatal_stack[FATAL_STACK_BYTES];

/* cpu.c: from boot.S */
_Noreturn void ppc_boot(void);
_Noreturn void ppc_boot_cpu(unsigned id);

/* window.c: translation on, on a CPU that starts. */
void window_init_cpu(void);
/* The hardware's root of an identifier that is a CPU's. */
uint64_t *window_user_root(uint64_t process);

/* Process identifiers: the kernel's is 0; another has no tables; each CPU has some of its own. */
#define PROCESS_NONE 1u
static inline uint64_t ppc_first_process(unsigned cpu)
{
    return (uint64_t)PROCESSES_PER_CPU * (cpu + 1);
}

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
