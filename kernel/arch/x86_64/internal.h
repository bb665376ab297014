/* What the files of the x86_64 port offer each other. */
#ifndef X86_64_INTERNAL_H
#define X86_64_INTERNAL_H

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <stddef.h>
#include <x86/x86.h>

/* Flags that user mode may choose: arithmetic, TF, DF, NT, RF, AC, ID. Bit 1 and IF are always set. */
#define RFLAGS_USER  UINT64_C(0x254dd5)
#define RFLAGS_FIXED UINT64_C(0x202)

/* A segment of its own for each CPU. */
struct x86_tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
} __attribute__((packed));

/* GS's base in the kernel. */
struct x86_cpu {
    _Alignas(128) struct cpu *self;
    uint64_t stack; /* as in struct arch_cpu */
    uint64_t gdt[8];
    _Alignas(128) struct x86_tss tss;
};

/* entry.S, boot.S: code that is taken by address, and its bounds. */
extern char entry_syscall[], trap_stubs[], interrupt_stubs[], interrupt_window_end[], trampoline[], trampoline_end[];
extern uint64_t boot_gdt[3];
extern char boot_gdt_end[];

/* cpu.c */
void idt_init(void);

/* window.c */
uint64_t *x86_kernel_root(void);

/* context.c */
void frame_dump(const struct x86_frame *frame);

/* trap.c: from entry.S */
struct arch_context *trap_from_user(struct arch_context *context);
void trap_from_kernel(const struct x86_frame *frame);
/* Where the kernel was when it trapped, NULL if it did not: the backtrace starts there. */
extern const struct x86_frame *x86_fault_frame;

#endif
