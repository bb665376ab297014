/* What the files of the 32-bit Arm port offer each other. */
#ifndef ARM_INTERNAL_H
#define ARM_INTERNAL_H

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arm/mmu.h>
#include <stddef.h>

/* boot.S, entry.S */
extern char boot_stacks[ENNEAD_CPUS_MAX][STACK_BYTES];
extern const char vectors[];

/* context.c */
void context_dump_all(const struct arch_context *context);

/* trap.c: from entry.S */
struct arch_context *trap_from_user(struct arch_context *context, unsigned vector);
_Noreturn void trap_from_kernel(const struct arch_context *frame, unsigned mode);
/* Where the kernel was when it trapped, NULL if it did not: the backtrace starts there. */
extern const struct arch_context *arm_fault_frame;

#endif
