/*
 * Numbers that assembly and C share: the layout of contexts and per-CPU data, addresses, bits of registers.
 * cpu.c checks the offsets against the structures.
 */
#ifndef PPC_LAYOUT_H
#define PPC_LAYOUT_H

/* struct arch_context, which begins with struct ppc_frame */
#define FRAME_GPR(n) ((n)*4)
#define FRAME_PC     128
#define FRAME_CR     132
#define FRAME_LR     136
#define FRAME_CTR    140
#define FRAME_XER    144
#define FRAME_MSR    148
#define FRAME_BYTES  152
#define CTX_FULL     152
#define CTX_WORDS    156 /* and the tag and the target behind them */
#define CTX_STATUS   180
#define CTX_BADGE    184

/* struct arch_cpu */
#define CPU_CONTEXT 4
#define CPU_ROOT    8
#define CPU_MSR     12
#define CPU_VECTOR  16
#define CPU_R12     20
#define CPU_CR      24
#define CPU_GRANULE 28 /* what a store that fails is made to */

/* Virtual addresses. The window is physical memory from 0 on; each CPU's stack is at the same address on each. */
#define WINDOW_BASE  0xc0000000
#define WINDOW_BYTES 0x20000000
#define DEVICE_BASE  0xe0000000
#define STACK_BASE   0xf8000000
#define STACK_BYTES  0x1000 /* one TLB entry; nothing is mapped around it */

/* Interrupt vectors as the kernel numbers them: n of IVORn. */
#define VECTOR_CRITICAL      0
#define VECTOR_MACHINE_CHECK 1
#define VECTOR_DATA          2
#define VECTOR_INSTRUCTION   3
#define VECTOR_EXTERNAL      4
#define VECTOR_ALIGNMENT     5
#define VECTOR_PROGRAM       6
#define VECTOR_NO_FPU        7
#define VECTOR_SYSTEM_CALL   8
#define VECTOR_NO_UNIT       9
#define VECTOR_DECREMENTER   10
#define VECTOR_FIXED_TIMER   11
#define VECTOR_WATCHDOG      12
#define VECTOR_DATA_MISS     13
#define VECTOR_FETCH_MISS    14
#define VECTOR_DEBUG         15
#define VECTOR_OTHER         32 /* and above */

#define MSR_WE  0x40000
#define MSR_CE  0x20000
#define MSR_EE  0x8000
#define MSR_PR  0x4000
#define MSR_FP  0x2000
#define MSR_ME  0x1000
#define MSR_FE0 0x0800
#define MSR_FE1 0x0100
/* User mode: interrupts on, precise floating-point exceptions. Nothing of it is the thread's choice. */
#define MSR_USER (MSR_EE | MSR_PR | MSR_ME | MSR_FE0 | MSR_FE1)

#define SPR_XER     1
#define SPR_LR      8
#define SPR_CTR     9
#define SPR_SRR0    26
#define SPR_SRR1    27
#define SPR_DEC     22
#define SPR_PID     48
#define SPR_CSRR0   58
#define SPR_CSRR1   59
#define SPR_DEAR    61
#define SPR_ESR     62
#define SPR_IVPR    63
#define SPR_USPRG0  256
#define SPR_SPRG0   272 /* struct arch_cpu of this CPU */
#define SPR_SPRG1   273 /* r10 of who was interrupted; user mode reads neither this nor the next */
#define SPR_SPRG2   274
#define SPR_PIR     286
#define SPR_PVR     287
#define SPR_TSR     336
#define SPR_TCR     340
#define SPR_IVOR0   400
#define SPR_SPEFSCR 512
#define SPR_IVOR32  528
#define SPR_MCSRR0  570
#define SPR_MCSRR1  571
#define SPR_MAS0    624
#define SPR_MAS1    625
#define SPR_MAS2    626
#define SPR_MAS3    627
#define SPR_MAS4    628
#define SPR_MAS5    339
#define SPR_MAS6    630
#define SPR_MAS7    944
#define SPR_TLB1CFG 689
#define SPR_HID0    1008
#define SPR_MMUCSR0 1012

#define MAS0_TLB1     0x10000000
#define MAS1_VALID    0x80000000
#define MAS1_IPROT    0x40000000
#define MAS1_4K       0x00000100
#define MAS2_COHERENT 0x04
#define MAS2_DEVICE   0x0a /* not cached, guarded */
#define MAS3_SR       0x01
#define MAS3_UR       0x02
#define MAS3_SW       0x04
#define MAS3_UW       0x08
#define MAS3_SX       0x10
#define MAS3_UX       0x20
#define MMUCSR0_TLB0  0x04
#define MMUCSR0_TLB1  0x02

/* Entries of TLB1, all of them protected. The loader's, while the kernel starts, is one of the first two. */
#define TLB1_STACK   1
#define TLB1_WINDOW  2
#define TLB1_DEVICE  15 /* and 0 */
#define TLB1_FEW     16 /* all that an e500v2 has */
#define TLB1_ENTRIES 48

/* Sizes of entries of TLB1: 4^n KiB. */
#define TLB_1M  5
#define TLB_4M  6
#define TLB_16M 7

#endif
