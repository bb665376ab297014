/*
 * Entries from user mode and the way back; interrupts taken in the kernel's two windows.
 *
 * In user mode sp_svc is the place of the pc in the context, below which an entry saves registers before it takes this
 * CPU's stack, empty but for the entry itself. C returns the context to resume. All runs with interrupts off, in SVC mode; sp of the other modes is
 * nothing but a register. Every trap in the kernel but an interrupt in a window is a mistake, and the stack may be the
 * reason: those go on the fatal stack.
 */
#include <arm/layout.h>

/* Loses r2. */
    .macro EMPTY_STACK
    mrc p15, 0, r2, c13, c0, 4
    ldr sp, [r2, #CPU_STACK]
    mov fp, #0
    .endm

/* Who trapped: user mode has no bits of the lowest four. lr is what SRS is to store. */
    .macro FROM_USER otherwise
    mrs sp, spsr
    tst sp, #0xf
    bne \otherwise
    srsia sp, #MODE_SVC
    cps #MODE_SVC
    .endm

    .section .text.entry, "ax", %progbits
    .balign 32
    .globl vectors
vectors:
    b .
    b undefined
    b system_call
    b fetch_abort
    b data_abort
    b .
    b interrupt
    b fatal

/*
 * The words are in r4..r7 and the tag is in r8, which C preserves. In user mode the context is never marked as full.
 * r9, r10 and r12 are kept, as they are saved and loaded with what must be.
 */
system_call:
    srsia sp, #MODE_SVC
    stmdb sp, {r0, r3, r9-r14}^
    sub r2, sp, #CTX_PC
    mov r1, r8
    mrc p15, 0, r3, c13, c0, 4
    ldr sp, [r3, #CPU_STACK]
    ldrh r12, [r3, #CPU_NOT_PLAIN]
    cmp r12, #0
    bne beside
    bl kernel_message
    cmp r0, #0
    beq general_path
return_short:

/*
 * To a short context, in r0, whose tag and words are in registers; the instruction given sets r0. What is loaded for r0..r3 is
 * the thread pointer, the badge, and the call's target and r3, which are the thread's own. User mode may write TPIDRURW,
 * and it is in no context: it becomes the thread pointer too.
 */
    .macro RETURN_SHORT status:vararg
    add sp, r0, #CTX_PC
    ldmdb sp, {r0-r3, r9-r14}^
    mcr p15, 0, r0, c13, c0, 3
    mcr p15, 0, r0, c13, c0, 2
    \status
    rfeia sp
    .endm
    RETURN_SHORT mov r0, #0

beside:
    bl kernel_message_beside
    cmp r0, #0
    bne return_short
    mrc p15, 0, r2, c13, c0, 4
    mov r1, r8
    ldr r2, [r2, #CPU_CURRENT]
    ldr r0, [r2, #CTX_TLS + 8]
    bl kernel_message_again
    cmp r0, #0
    bne return_short
general_path:
    mrc p15, 0, r9, c13, c0, 4
    ldr r9, [r9, #CPU_CURRENT]
    stmia r9, {r4-r8}
    mov fp, #0
    bl kernel_ipc

/* Resume the context in r0. */
    .globl entry_resume, cpu_resume
    .type cpu_resume, %function
entry_resume:
cpu_resume:
    ldr r1, [r0, #CTX_FULL]
    cmp r1, #0
    bne resume_full
    ldmia r0, {r4-r8}
    RETURN_SHORT ldr r0, [sp, #CTX_STATUS - CTX_PC]

/* Whoever ran in between may have left a reservation, which is not this one's. */
resume_full:
    add sp, r0, #CTX_PC
    ldr r2, [r0, #CTX_TLS]
    mcr p15, 0, r2, c13, c0, 3
    mov r2, #0
    mcr p15, 0, r2, c13, c0, 2
    clrex
    str r2, [r0, #CTX_FULL]
    add r0, r0, #CTX_R0
    ldmdb sp, {r9-r14}^
    ldmia r0, {r0-r8}
    rfeia sp

/* The rest of the context, which is in r0. */
    .macro SAVE_FULL
    stmdb sp, {r9-r14}^
    sub sp, sp, #CTX_PC - CTX_R0
    stmia sp, {r0-r8}
    sub r0, sp, #CTX_R0
    .endm

/* Behind an instruction of four bytes, or of two, of Thumb. */
undefined:
    mrs sp, spsr
    tst sp, #PSR_THUMB
    subeq lr, lr, #4
    subne lr, lr, #2
    FROM_USER fatal
    SAVE_FULL
    mov r1, #VECTOR_UNDEFINED
    b trap_in_user
fetch_abort:
    sub lr, lr, #4
    FROM_USER fatal
    SAVE_FULL
    mov r1, #VECTOR_FETCH
    b trap_in_user
data_abort:
    sub lr, lr, #8
    FROM_USER fatal
    SAVE_FULL
    mov r1, #VECTOR_DATA
trap_in_user:
    str r0, [r0, #CTX_FULL]
    EMPTY_STACK
    bl trap_from_user
    b entry_resume
interrupt:
    sub lr, lr, #4
    FROM_USER interrupt_in_window
    SAVE_FULL
    str r0, [r0, #CTX_FULL]
    EMPTY_STACK
    bl interrupt_from_user
    b entry_resume

/* From any mode, whose lr is where it was. */
fatal:
    ldr sp, =fatal_stack + 8192 - CTX_BYTES
    str r0, [sp, #CTX_R0]
    add r0, sp, #CTX_R0 + 4
    stmia r0, {r1-r8}
    add r0, sp, #CTX_R9
    stmia r0, {r9-r12}
    mrs r1, spsr
    str lr, [sp, #CTX_PC]
    str r1, [sp, #CTX_PSR]
    mov r0, sp
    mrs r1, cpsr
    and r1, r1, #MODE_MASK
    cps #MODE_SVC
    str sp, [r0, #CTX_R9 + 16]
    str lr, [r0, #CTX_R9 + 20]
    mov sp, r0
    bl trap_from_kernel

/*
 * The only code of the kernel that runs with interrupts on. A processor wakes for an interrupt that is off: none is lost
 * before it sleeps. One that is taken goes on behind the window, as a call, and then the window opens again.
 */
    .globl cpu_interrupt_window, cpu_wait
    .type cpu_interrupt_window, %function
    .type cpu_wait, %function
cpu_wait:
    dsb
    wfi
cpu_interrupt_window:
    push {r4, lr}
1:  cpsie i
    isb
    cpsid i
    pop {r4, pc}
interrupt_in_window:
    cps #MODE_SVC
    bl board_interrupt
    b 1b

/* A division by zero of libgcc's. */
    .globl __aeabi_idiv0, __aeabi_ldiv0
    .type __aeabi_idiv0, %function
    .type __aeabi_ldiv0, %function
__aeabi_idiv0:
__aeabi_ldiv0:
    udf #0

    .section .note.GNU-stack, "", %progbits
