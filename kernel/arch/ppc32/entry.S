/*
 * Entries from user mode and the way back; interrupts taken in the kernel's two windows; TLB misses.
 *
 * All entries run with interrupts off on this CPU's stack, empty but for the entry itself. C returns the context to
 * resume. The kernel touches nothing but the window, its stack and device pages, which TLB1 always holds: a miss in the
 * kernel is a mistake, as is every trap but an interrupt in a window, and the stack may be the reason. So those go on
 * the fatal stack.
 */
#include <ppc/layout.h>
#include <ppc/macros.h>

#define STACK_TOP (STACK_BASE + STACK_BYTES - 16) /* whose back chain is 0, as all stacks are at first */

    .section .text.entry, "ax", @progbits

/*
 * The context in r3 becomes the one that entries save to. User mode may write two registers that are in no context. r0 is 0;
 * loses r10..r12.
 */
    .macro SWITCH_CONTEXT
    mfsprg r10, 0
    stw r3, CPU_CONTEXT(r10)
    li r0, 0
    mtspr SPR_USPRG0, r0
    LOAD SPR_SRR1, CPU_MSR(r10)
    andi. r11, r12, MSR_FE0
    bne 1f
    mtspr SPR_SPEFSCR, r0 /* of a processor without FPU */
1:  LOAD SPR_SRR0, FRAME_PC(r3)
    .endm

/* A vector's first lines: vector in r10, this CPU in r11, r12 and cr free; what they held is put by. */
    .macro VECTOR number
    .balign 32
    .globl vector_\number
vector_\number:
    mtsprg 1, r10
    mtsprg 2, r11
    mfsprg r11, 0
    stw r12, CPU_R12(r11)
    mfcr r12
    li r10, \number
    .endm

/* With registers of their own for where they came from, as they may come at any instruction. Never return. */
    .macro FATAL number, pc, msr
    VECTOR \number
    mfspr r12, \pc
    mtspr SPR_SRR0, r12
    mfspr r12, \msr
    mtspr SPR_SRR1, r12
    b kernel_fatal
    .endm

/*
 * A page that is in the space's tables is entered at once. Other CPUs may take entries and tables away meanwhile: they
 * wait for this CPU to forget its TLB before they use them for anything else. The hardware has chosen the entry, and set
 * all registers of it that are not set here.
 */
    .macro MISS number, address
    VECTOR \number
    stw r12, CPU_CR(r11)
    mfspr r10, \address
    cmpwi r10, 0
    blt 1f
    lwz r12, CPU_ROOT(r11)
    rlwinm r11, r10, 13, 20, 29 /* 4 * (address >> 21) */
    lwzx r12, r12, r11
    cmpwi r12, 0
    beq 1f
    rlwinm r11, r10, 23, 20, 28 /* 8 * (address >> 12) within the table */
    lwzux r11, r12, r11
    cmpwi r11, 0
    beq 1f
    mtspr SPR_MAS3, r11
    lwz r11, 4(r12)
    rlwinm r10, r10, 0, 0, 19
    rlwimi r10, r11, 0, 27, 31
    mtspr SPR_MAS2, r10
    rlwinm r11, r11, 24, 28, 31
    mtspr SPR_MAS7, r11
    tlbwe
    mfsprg r11, 0
    lwz r12, CPU_CR(r11)
    mtcr r12
    lwz r12, CPU_R12(r11)
    mfsprg r10, 1
    mfsprg r11, 2
    rfi
1:  mfsprg r11, 0
    lwz r12, CPU_CR(r11)
    li r10, \number
    b trap_entry
    .endm

/*
 * r10 is lost in the calling convention, as are r11 and r12. The words are in r14..r17 and the tag is in r18, which C
 * preserves. In user mode the context is never marked as full.
 */
    .globl vector_8
vector_8:
    mfsprg r10, 0
    lwz r11, CPU_CONTEXT(r10)
    SAVE SPR_SRR0, FRAME_PC(r11)
    stw r1, FRAME_GPR(1)(r11)
    stw r2, FRAME_GPR(2)(r11)
    stw r31, FRAME_GPR(31)(r11)
    mr r19, r3
    mr r4, r18
    mr r5, r11
    mr r20, r11
    SET r1, STACK_TOP
    bl kernel_message
    cmpwi r3, 0
    beq general_path

/* To a short context, in r3, whose tag and words are in registers; the instruction given sets r3. What the calling
 * convention lets go returns as 0. */
    .macro RETURN_SHORT status:vararg
    SWITCH_CONTEXT
    lwz r1, FRAME_GPR(1)(r3)
    lwz r2, FRAME_GPR(2)(r3)
    lwz r31, FRAME_GPR(31)(r3)
    lwz r4, CTX_BADGE(r3)
    \status
    .irp r, 5, 6, 7, 8, 9, 10, 11, 12, 13, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    li \r, 0
    .endr
    .irp spr, lr, ctr, xer, cr
    mt\spr r0
    .endr
    rfi
    .endm
    RETURN_SHORT li r3, 0

general_path:
    .irp i, 0, 1, 2, 3, 4, 5 /* the words, the tag, the target */
    stw 14 + \i, CTX_WORDS + 4 * \i(r20)
    .endr
    bl kernel_ipc

/* Resume the context in r3. */
    .globl entry_resume, cpu_resume
entry_resume:
cpu_resume:
    lwz r12, CTX_FULL(r3)
    cmpwi r12, 0
    bne resume_full
    .irp i, 0, 1, 2, 3, 4
    lwz 14 + \i, CTX_WORDS + 4 * \i(r3)
    .endr
    RETURN_SHORT lwz r3, CTX_STATUS(r3)

/* Whoever ran in between may have left a reservation, which is not this one's. */
resume_full:
    SWITCH_CONTEXT
    addi r12, r10, CPU_GRANULE
    stwcx. r12, 0, r12
    stw r0, CTX_FULL(r3)
restore:
    lwz r12, FRAME_CR(r3)
    mtcr r12
    LOAD SPR_LR, FRAME_LR(r3)
    LOAD SPR_CTR, FRAME_CTR(r3)
    LOAD SPR_XER, FRAME_XER(r3)
    lwz r0, FRAME_GPR(0)(r3)
    lwz r1, FRAME_GPR(1)(r3)
    lwz r2, FRAME_GPR(2)(r3)
    lmw r4, FRAME_GPR(4)(r3)
    lwz r3, FRAME_GPR(3)(r3)
    rfi

/* All registers of who was interrupted, to the frame at r10. r11: this CPU. Loses r0, r12. */
    .macro SAVE_FRAME
    stmw r0, FRAME_GPR(0)(r10)
    SAVE SPR_SPRG1, FRAME_GPR(10)(r10)
    SAVE SPR_SPRG2, FRAME_GPR(11)(r10)
    lwz r12, CPU_R12(r11)
    stw r12, FRAME_GPR(12)(r10)
    lwz r12, CPU_CR(r11)
    stw r12, FRAME_CR(r10)
    SAVE SPR_LR, FRAME_LR(r10)
    SAVE SPR_CTR, FRAME_CTR(r10)
    SAVE SPR_XER, FRAME_XER(r10)
    SAVE SPR_SRR0, FRAME_PC(r10)
    SAVE SPR_SRR1, FRAME_MSR(r10)
    .endm

/* Vector in r10, cr in r12. */
trap_entry:
    stw r12, CPU_CR(r11)
    stw r10, CPU_VECTOR(r11)
    mfspr r12, SPR_SRR1
    andi. r12, r12, MSR_PR
    beq trap_in_kernel
    lwz r10, CPU_CONTEXT(r11)
    SAVE_FRAME
    stw r11, CTX_FULL(r10)
    lwz r4, CPU_VECTOR(r11)
    mr r3, r10
    SET r1, STACK_TOP
    bl trap_from_user
    b entry_resume

trap_in_kernel:
    cmpwi r10, VECTOR_EXTERNAL
    beq 1f
    cmpwi r10, VECTOR_DECREMENTER
    bne fatal_stack_frame
1:  subi r10, r1, FRAME_BYTES + 8
    SAVE_FRAME
    stwu r1, -(FRAME_BYTES + 24)(r1)
    lwz r4, CPU_VECTOR(r11)
    mr r3, r10
    bl trap_from_kernel
    addi r3, r1, 16
    LOAD SPR_SRR0, FRAME_PC(r3)
    LOAD SPR_SRR1, FRAME_MSR(r3)
    b restore

kernel_fatal:
    stw r10, CPU_VECTOR(r11)
    mfcr r12
    stw r12, CPU_CR(r11)
fatal_stack_frame:
    SET r10, fatal_stack + 8192 - FRAME_BYTES - 8
    SAVE_FRAME
    lwz r4, CPU_VECTOR(r11)
    mr r3, r10
    subi r1, r10, 16
    li r0, 0
    stw r0, 0(r1)
    bl trap_from_kernel

    FATAL 0, SPR_CSRR0, SPR_CSRR1
    FATAL 1, SPR_MCSRR0, SPR_MCSRR1
    .irp n, 2, 3, 4, 5, 6, 7, 9, 10, 11
    VECTOR \n
    b trap_entry
    .endr
    FATAL 12, SPR_CSRR0, SPR_CSRR1
    MISS 13, SPR_DEAR
    MISS 14, SPR_SRR0
    FATAL 15, SPR_CSRR0, SPR_CSRR1

/* The only code of the kernel that runs with interrupts on: trap_from_kernel() knows its bounds. */
    .globl cpu_interrupt_window, cpu_doze, cpu_sleep, cpu_wait_sleep, interrupt_window_end
    .type cpu_interrupt_window, @function
cpu_interrupt_window:
    wrteei 1
    nop
    wrteei 0
    blr
cpu_doze:
    mtmsr r3
    isync
    b 1f
cpu_sleep:
    wrteei 1
cpu_wait_sleep:
    wait
1:  wrteei 0
    blr
interrupt_window_end:

    .section .note.GNU-stack, "", @progbits
