/* What the files of the port offer each other, and the port and its boards. */
#ifndef SKELETON_INTERNAL_H
#define SKELETON_INTERNAL_H

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <stddef.h>
#include <stdint.h>

#define STACK_BYTES 4096

/* cpu.c: from boot.S */
_Noreturn void skeleton_boot(void);
_Noreturn void skeleton_boot_cpu(unsigned id);

/* trap.c: from entry.S */
struct arch_context *trap_from_user(struct arch_context *context);
void trap_from_kernel(void);

#endif
