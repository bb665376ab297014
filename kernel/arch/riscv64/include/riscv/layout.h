/*
 * Numbers that assembly and C share: the layout of contexts and per-CPU data, addresses, bits of registers.
 * cpu.c checks the offsets against the structures.
 */
#ifndef RISCV_LAYOUT_H
#define RISCV_LAYOUT_H

/* struct riscv_frame, which ends where struct arch_context begins, from there: register n at its number, the pc in the
 * place of x0 */
#define FRAME_BYTES 256
#define FRAME_PC    (-FRAME_BYTES)
#define FRAME_X(n)  ((n)*8 - FRAME_BYTES)

/* struct arch_context */
#define CTX_FULL   0
#define CTX_TAG    4
#define CTX_TARGET 8
#define CTX_WORDS  16
#define CTX_STATUS 48
#define CTX_BADGE  52

/* struct arch_cpu */
#define CPU_CONTEXT   8
#define CPU_STACK     16
#define CPU_T0        24
#define CPU_GRANULE   32 /* what a store that fails is made to */
#define CPU_BYTES     80
#define CPU_NOT_PLAIN (CPU_BYTES + 8) /* behind it: see <arch/cpu.h> */

/*
 * Virtual addresses. The upper half of Sv39 is the kernel's: physical memory from 0 on, and once more, from the start
 * of RAM on, the image as it is linked.
 */
#define DIRECT_BASE   0xffffffc000000000
#define DIRECT_ROOT   256 /* its first entry in the root */
#define DIRECT_GIB    254
#define KERNEL_OFFSET 0xffffffff00000000
#define KERNEL_BASE   0xffffffff80000000
#define KERNEL_ROOT   510

#define STACK_BYTES       0x2000 /* one CPU's: a guard page and a page of stack */
#define FATAL_STACK_BYTES 0x2000

#define PTE_V 0x01
#define PTE_R 0x02
#define PTE_W 0x04
#define PTE_X 0x08
#define PTE_U 0x10
#define PTE_G 0x20
#define PTE_A 0x40
#define PTE_D 0x80
/* The kernel's own pages. */
#define PTE_TEXT     (PTE_V | PTE_R | PTE_X | PTE_G | PTE_A)
#define PTE_CONSTANT (PTE_V | PTE_R | PTE_G | PTE_A)
#define PTE_DATA     (PTE_V | PTE_R | PTE_W | PTE_G | PTE_A | PTE_D)

#define CAUSE_USER_CALL 8
#define STATUS_SIE      0x2
#define SIP_SOFTWARE    0x2 /* pending; allowed, in SIE */
#define SATP_SV39       0x8000000000000000

/* Of the supervisor binary interface: extension and function. */
#define SBI_HSM       0x48534d
#define SBI_HSM_START 0
#define SBI_HSM_STOP  1

#endif
