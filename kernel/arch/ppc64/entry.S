/*
 * Entries from user mode and the way back; interrupts taken in the kernel's two windows.
 *
 * All entries run with interrupts off and translation on, on this CPU's stack, empty but for the entry itself. C returns
 * the context to resume. The processor takes the vectors where cpu.c copies them, so that they branch by the distance.
 */
#include <ppc/layout.h>

#define DISTANCE (VECTORS_LINKED - VECTORS_PHYS)

    .macro SAVE spr, where:vararg
    mfspr 11, \spr
    std 11, \where
    .endm

    .macro LOAD spr, where:vararg
    ld 11, \where
    mtspr \spr, 11
    .endm

/*
 * The context in r3 becomes the one that entries save to. User mode may write VRSAVE and its priority, all bits of which are
 * kept, and they are in no context. r0 is 0, r11 is lost.
 */
    .macro SWITCH_CONTEXT
    std 3, CPU_CONTEXT(13)
    LOAD SPR_PPR, CPU_PRIORITY(13)
    li 0, 0
    mtspr SPR_VRSAVE, 0
    LOAD SPR_SRR1, CPU_MSR(13)
    LOAD SPR_SRR0, FRAME_PC(3)
    .endm

/* What the kernel's functions find: their table of contents, and a frame without caller, which is what is 0 there. */
    .macro ENTER function
    ld 2, CPU_TOC(13)
    ld 1, CPU_STACK(13)
    bl \function
    .endm

    .section .text.vectors, "ax", @progbits
    .globl vectors_start, vectors_end, boot_entry
vectors_start:
boot_entry: /* where the loader goes, before all vectors */
    tdi 0, 0, 0x48
    b . + 36
    .long TURN_WORDS
    b boot_first
    .irp n, 0x100, 0x200, 0x300, 0x380, 0x400, 0x480, 0x500, 0x600, 0x700, 0x800, 0x900, 0x980, 0xa00, 0xb00, 0xc00, 0xd00, 0xe00, 0xe20, 0xe40, 0xe60, 0xe80, 0xea0, 0xf00, 0xf20, 0xf40, 0xf60, 0xf80, 0x1200, 0x1300, 0x1500, 0x1600, 0x1700, 0x1800
    .org vectors_start + \n
    mtsprg 1, 13
    mfsprg 13, 0
    .if \n == VECTOR_SYSTEM_CALL
    b entry_call + DISTANCE
    .else
    std 12, CPU_R12(13)
    li 12, \n
    b entry_trap + DISTANCE
    .endif
    .endr
vectors_end:

    .section .text.entry, "ax", @progbits
/*
 * r11 and r12 are lost in the calling convention. The words are in r14..r17 and the tag is in r18, which C preserves. In
 * user mode the context is never marked as full.
 */
entry_call:
    ld 12, CPU_CONTEXT(13)
    SAVE SPR_SRR0, FRAME_PC(12)
    SAVE SPR_SPRG1, FRAME_GPR(13)(12)
    std 1, FRAME_GPR(1)(12)
    std 2, FRAME_GPR(2)(12)
    std 31, FRAME_GPR(31)(12)
    mr 19, 3
    clrldi 18, 18, 32
    mr 4, 18
    mr 5, 12
    lhz 11, CPU_NOT_PLAIN(13)
    cmpwi 11, 0
    bne beside
    ENTER kernel_message
    cmpdi 3, 0
    beq general_path
return_short:

/*
 * To a short context, in r3, whose tag and words are in registers; the instruction given sets r3. What the calling convention
 * lets go returns as 0.
 */
    .macro RETURN_SHORT status:vararg
    SWITCH_CONTEXT
    ld 1, FRAME_GPR(1)(3)
    ld 2, FRAME_GPR(2)(3)
    ld 13, FRAME_GPR(13)(3)
    ld 31, FRAME_GPR(31)(3)
    lwz 4, CTX_BADGE(3)
    \status
    .irp r, 5, 6, 7, 8, 9, 10, 11, 12, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    li \r, 0
    .endr
    .irp spr, lr, ctr, xer, cr
    mt\spr 0
    .endr
    rfid
    .endm
    RETURN_SHORT li 3, 0

beside:
    mr 6, 13
    ENTER kernel_message_beside
    cmpdi 3, 0
    bne return_short
    mr 3, 19
    mr 4, 18
    ld 5, CPU_CONTEXT(13)
    ENTER kernel_message_again
    cmpdi 3, 0
    bne return_short
general_path:
    ld 12, CPU_CONTEXT(13)
    std 19, CTX_TARGET(12)
    stw 18, CTX_TAG(12)
    .irp i, 0, 1, 2, 3
    std 14 + \i, CTX_WORDS + 8 * \i(12)
    .endr
    ENTER kernel_ipc

/* Resume the context in r3. */
    .globl entry_resume, cpu_resume
entry_resume:
cpu_resume:
    lwz 11, CTX_FULL(3)
    cmpwi 11, 0
    bne resume_full
    lwz 18, CTX_TAG(3)
    .irp i, 0, 1, 2, 3
    ld 14 + \i, CTX_WORDS + 8 * \i(3)
    .endr
    RETURN_SHORT lwz 3, CTX_STATUS(3)

/* Whoever ran in between may have left a reservation, which is not this one's. */
resume_full:
    SWITCH_CONTEXT
    addi 12, 13, CPU_GRANULE
    stdcx. 12, 0, 12
    li 12, 0
    stw 12, CTX_FULL(3)
restore:
    ld 12, FRAME_CR(3)
    mtcr 12
    LOAD SPR_LR, FRAME_LR(3)
    LOAD SPR_CTR, FRAME_CTR(3)
    LOAD SPR_XER, FRAME_XER(3)
    .irp n, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 3
    ld \n, FRAME_GPR(\n)(3)
    .endr
    rfid

/* All registers of who was interrupted, to the frame at r12. Loses r11. */
    .macro SAVE_FRAME
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    std \n, FRAME_GPR(\n)(12)
    .endr
    ld 11, CPU_R11(13)
    std 11, FRAME_GPR(11)(12)
    ld 11, CPU_R12(13)
    std 11, FRAME_GPR(12)(12)
    ld 11, CPU_CR(13)
    std 11, FRAME_CR(12)
    SAVE SPR_SPRG1, FRAME_GPR(13)(12)
    SAVE SPR_LR, FRAME_LR(12)
    SAVE SPR_CTR, FRAME_CTR(12)
    SAVE SPR_XER, FRAME_XER(12)
    SAVE SPR_SRR0, FRAME_PC(12)
    SAVE SPR_SRR1, FRAME_MSR(12)
    .endm

/* Vector in r12. */
entry_trap:
    std 11, CPU_R11(13)
    mfcr 11
    std 11, CPU_CR(13)
    std 12, CPU_VECTOR(13)
    mfspr 11, SPR_SRR1
    andi. 11, 11, MSR_PR
    beq trap_in_kernel
    ld 12, CPU_CONTEXT(13)
    SAVE_FRAME
    li 11, 1
    stw 11, CTX_FULL(12)
    mr 3, 12
    ld 4, CPU_VECTOR(13)
    ENTER trap_from_user
    b entry_resume

/* Interrupts in a window go on the same stack; all else is a mistake, of which the stack may be the reason. */
trap_in_kernel:
    cmpwi 12, VECTOR_EXTERNAL
    beq 1f
    cmpwi 12, VECTOR_DECREMENTER
    beq 1f
    addis 12, 2, fatal_stack@toc@ha
    addi 12, 12, fatal_stack@toc@l
    addi 12, 12, FATAL_STACK_BYTES - FRAME_BYTES - 16
    b 2f
1:  addi 12, 1, -FRAME_BYTES - 16
2:  SAVE_FRAME
    mr 3, 12
    ld 4, CPU_VECTOR(13)
    addi 1, 12, -FRAME_LEAST
    ld 11, FRAME_GPR(1)(12)
    std 11, 0(1)
    bl trap_from_kernel
    nop
    addi 3, 1, FRAME_LEAST
    LOAD SPR_SRR0, FRAME_PC(3)
    LOAD SPR_SRR1, FRAME_MSR(3)
    b restore

/* The only code of the kernel that runs with interrupts on: trap_from_kernel() knows its bounds. */
    .globl cpu_interrupt_window, cpu_wait, interrupt_window_end
    .type cpu_interrupt_window, @function
    .type cpu_wait, @function
cpu_wait:
    li 3, 0xe0 /* H_CEDE: interrupts on, and sleep until there is one */
    sc 1
    nop
cpu_interrupt_window:
    li 3, MSR_RI
    ori 4, 3, MSR_EE
    mtmsrd 4, 1
    nop
    mtmsrd 3, 1
    blr
interrupt_window_end:

    .section .note.GNU-stack, "", @progbits
