/*
 * Numbers that assembly and C share: the layout of contexts and per-CPU data, addresses, bits of registers and of
 * translations. cpu.c checks the offsets against the structures.
 */
#ifndef ARM_LAYOUT_H
#define ARM_LAYOUT_H

/* struct arch_context: pc and psr as the instructions SRS and RFE have them */
#define CTX_R0     20
#define CTX_TLS    56
#define CTX_R9     72
#define CTX_PC     96
#define CTX_PSR    100
#define CTX_FULL   104
#define CTX_STATUS 108
#define CTX_BYTES  112

/* struct arch_cpu, and what is behind it: see <arch/cpu.h> */
#define CPU_STACK     4
#define CPU_CURRENT   40
#define CPU_NOT_PLAIN (CPU_CURRENT + 4)

/* Virtual addresses: the window is physical memory from the start of RAM to its limit; device registers above. */
#define WINDOW_BASE   0x80000000
#define WINDOW_OFFSET 0x40000000 /* from physical to virtual */
#define WINDOW_LIMIT  0x80000000 /* physical */
#define DEVICE_BASE   0xc0000000
#define RAM_BASE      0x40000000 /* physical: the image lies in its first 2 MiB */
#define STACK_BYTES   0x3000     /* one CPU's: a page with nothing in it, and two of stack */

/* Physical: the first GiB holds devices, the second the image; before window_init() there is nothing else. */
#define BOOT_WINDOW_END 0x80000000

/* Translations, the same in both formats of 64 bits. */
#define PTE_VALID      0x001
#define PTE_TABLE      0x002 /* or a page, in a table of the last level */
#define PTE_NORMAL     0x000 /* indices of MAIR */
#define PTE_DEVICE     0x004
#define PTE_NOT_CACHED 0x008
#define PTE_USER       0x040
#define PTE_RO         0x080
#define PTE_SHARED     0x300
#define PTE_AF         0x400
#define PTE_OWN        0x800 /* of one address space identifier */
#define MAIR           0x4404ff

#define TTBCR 0xb5003501 /* long descriptors, 2 GiB for users, cached and shared walks */
#define SCTLR 0xc5187d

#define MODE_MASK  0x1f
#define MODE_SVC   0x13
#define MODE_HYP   0x1a
#define PSR_USER   0x50 /* nothing of it is the thread's choice but what context.c says */
#define PSR_THUMB  0x20
#define PSR_MASKED 0x1d3

/* What a vector says that it is. */
#define VECTOR_UNDEFINED 1
#define VECTOR_FETCH     3
#define VECTOR_DATA      4

#endif
