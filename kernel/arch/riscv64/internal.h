/* What the files of the riscv64 port offer each other. */
#ifndef RISCV64_INTERNAL_H
#define RISCV64_INTERNAL_H

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <riscv/riscv.h>
#include <stddef.h>

/* entry.S, boot.S: code that is taken by address, and its bounds. */
extern const char entry_trap[], interrupt_window_end[], boot_secondary_entry[];
extern const char probe_load[], probe_end[], probe_failed[];
extern char boot_stacks[ENNEAD_CPUS_MAX][STACK_BYTES];
extern uint64_t kernel_root[512];
extern unsigned riscv_starting; /* the number of the CPU that is being started */

/* cpu.c: from boot.S */
_Noreturn void riscv_boot(uint64_t hart, uint64_t device_tree);
_Noreturn void riscv_boot_cpu(unsigned id);
/* CPU `id` forgets what instructions it fetched before this returns. */
void riscv_fence_other(unsigned id);

/* mmu.c */
void mmu_init_cpu(struct arch_cpu *cpu);

/* context.c */
void fpu_init_cpu(struct arch_cpu *cpu);
void frame_dump(const struct riscv_frame *frame);

/* trap.c: from entry.S */
struct arch_context *trap_from_user(struct arch_context *context);
void trap_from_kernel(struct riscv_frame *frame);
/* Where the kernel was when it trapped, NULL if it did not: the backtrace starts there. */
extern const struct riscv_frame *riscv_fault_frame;

#endif
