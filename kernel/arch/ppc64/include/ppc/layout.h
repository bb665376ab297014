/*
 * Numbers that assembly and C share: the layout of contexts and per-CPU data, addresses, bits of registers.
 * cpu.c checks the offsets against the structures.
 */
#ifndef PPC_LAYOUT_H
#define PPC_LAYOUT_H

/* struct arch_context, which begins with struct ppc_frame */
#define FRAME_GPR(n) ((n)*8)
#define FRAME_PC     256
#define FRAME_CR     264
#define FRAME_LR     272
#define FRAME_CTR    280
#define FRAME_XER    288
#define FRAME_MSR    296
#define FRAME_BYTES  304
#define CTX_FULL     304
#define CTX_TAG      308
#define CTX_TARGET   312
#define CTX_WORDS    320
#define CTX_STATUS   352
#define CTX_BADGE    356

/* struct arch_cpu */
#define CPU_CONTEXT   8
#define CPU_STACK     16
#define CPU_MSR       24
#define CPU_VECTOR    32
#define CPU_R11       40
#define CPU_R12       48
#define CPU_CR        56
#define CPU_GRANULE   64 /* what a store that fails is made to */
#define CPU_TOC       72
#define CPU_PRIORITY  80
#define CPU_BYTES     120
#define CPU_NOT_PLAIN (CPU_BYTES + 8) /* behind it: see <arch/cpu.h> */

/* The window is physical memory from 0 on. The loader puts the image where it is linked for. */
#define WINDOW_BASE  0xc000000000000000
#define WINDOW_GIB   512
#define IMAGE_PHYS   0x400000
#define IMAGE_LOADED 0xc000000000400000
/* Vectors as linked; the processor takes them where they are copied to, with translation on. */
#define VECTORS_LINKED 0x400000
#define VECTORS_PHYS   0x4000
#define VECTORS_BYTES  0x2000

#define STACK_BYTES       0x3000 /* one CPU's: a guard page and two pages of stack */
#define FATAL_STACK_BYTES 0x2000
#define FRAME_LEAST       112 /* what a function may expect above its frame */
#define ROOT_BYTES        0x10000
#define PROCESSES_PER_CPU 8 /* identifiers, each with a root */

#define VECTOR_DATA             0x300
#define VECTOR_DATA_SEGMENT     0x380
#define VECTOR_FETCH            0x400
#define VECTOR_FETCH_SEGMENT    0x480
#define VECTOR_EXTERNAL         0x500
#define VECTOR_ALIGNMENT        0x600
#define VECTOR_PROGRAM          0x700
#define VECTOR_NO_FPU           0x800
#define VECTOR_DECREMENTER      0x900
#define VECTOR_SYSTEM_CALL      0xc00
#define VECTOR_TRACE            0xd00
#define VECTOR_NO_VECTOR        0xf20
#define VECTOR_NO_VECTOR_SCALAR 0xf40
#define VECTOR_NO_FACILITY      0xf60

#define MSR_SF_BIT 63
#define MSR_VEC    0x2000000
#define MSR_VSX    0x800000
#define MSR_EE     0x8000
#define MSR_PR     0x4000
#define MSR_FP     0x2000
#define MSR_ME     0x1000
#define MSR_FE0    0x0800
#define MSR_FE1    0x0100
#define MSR_IR     0x0020
#define MSR_DR     0x0010
#define MSR_RI     0x0002
#define MSR_LE     0x0001

#define SPR_XER    1
#define SPR_LR     8
#define SPR_CTR    9
#define SPR_DSISR  18
#define SPR_DAR    19
#define SPR_DEC    22
#define SPR_SRR0   26
#define SPR_SRR1   27
#define SPR_PID    48
#define SPR_FSCR   153
#define SPR_UAMOR  157
#define SPR_VRSAVE 256
#define SPR_SPRG0  272 /* struct arch_cpu of this CPU */
#define SPR_SPRG1  273 /* r13 of who was interrupted */
#define SPR_SPRG3  275 /* user mode reads it */
#define SPR_MMCR0  795
#define SPR_PPR    896

/*
 * For assembly: goes on in the byte order that the code is in. In the other one the first word is a branch over the
 * second; the eight that follow are in that order, and turn it (bcl, mflr r10, mfmsr r11, xori, addi, mtsrr0, mtsrr1,
 * rfid).
 */
#define TURN_WORDS 0x05009f42, 0xa602487d, 0xa600607d, 0x01006b69, 0x1c004a39, 0xa6035a7d, 0xa6037b7d, 0x2400004c

#endif
