/* What the files of the AArch64 port offer each other. */
#ifndef AARCH64_INTERNAL_H
#define AARCH64_INTERNAL_H

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arm/mmu.h>
#include <stddef.h>

/* boot.S */
extern char boot_stacks[ENNEAD_CPUS_MAX][STACK_BYTES];

/* context.c */
void frame_dump(const struct arm_frame *frame);

/* trap.c: from entry.S */
struct arch_context *trap_from_user(struct arch_context *context);
_Noreturn void trap_from_kernel(const struct arm_frame *frame, uint64_t vector);
/* Where the kernel was when it trapped, NULL if it did not: the backtrace starts there. */
extern const struct arm_frame *arm_fault_frame;

#endif
