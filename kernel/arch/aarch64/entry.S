/*
 * Entries from user mode and the way back; interrupts taken in the kernel's two windows.
 *
 * In user mode sp_el1 is the context, where an entry saves registers before it takes this CPU's stack, empty but for the
 * entry itself. C returns the context to resume. All runs with interrupts off. Every trap in the kernel but an
 * interrupt in a window is a mistake, and the stack may be the reason: those go on the fatal stack.
 */
#include <arm/layout.h>

/* x0..x29 to or from \base, in pairs; x0 last, which may be the base. */
    .macro PAIR instruction, base, n, next
    \instruction x\n, x\next, [\base, #FRAME_X(\n)]
    .endm
    .macro PAIRS instruction, base
    .altmacro
    .irp n, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0
    PAIR \instruction, \base, \n, %(\n + 1)
    .endr
    .noaltmacro
    .endm

    .macro SAVE_FRAME
    PAIRS stp, sp
    str x30, [sp, #FRAME_X(30)]
    .endm

    .macro RESTORE_FRAME base
    ldr x30, [\base, #FRAME_X(30)]
    PAIRS ldp, \base
    .endm

/* Loses x29. */
    .macro EMPTY_STACK
    mrs x29, tpidr_el1
    ldr x29, [x29, #CPU_STACK]
    mov sp, x29
    mov x29, #0
    .endm

/* The context in x0 is where entries save to, its stack, pc and thread pointer are set, and in x2..x4, with a target in x5. */
    .macro RETURN_TO
    mov sp, x0
    ldp x2, x3, [x0, #FRAME_SP]
    ldp x4, x5, [x0, #CTX_TLS]
    msr sp_el0, x2
    msr elr_el1, x3
    msr tpidr_el0, x4
    .endm

/* A trap that the kernel does not survive. Loses what user mode had of those three registers. */
    .macro FATAL offset
    .org vectors + \offset
    msr tpidr_el0, x0
    mov x0, #\offset
    b fatal
    .endm

    .section .text.entry, "ax", @progbits
    .balign 0x800
    .globl vectors
vectors:
    .irp offset, 0x000, 0x080, 0x100, 0x180, 0x200
    FATAL \offset
    .endr
    .org vectors + 0x280
    sub sp, sp, #FRAME_BYTES
    SAVE_FRAME
    b interrupt_in_kernel
    FATAL 0x300
    FATAL 0x380

/* x29 and x30 are free once they are saved; x30 is lost in the calling convention. */
    .org vectors + 0x400
    stp x29, x30, [sp, #FRAME_X(29)]
    mrs x30, esr_el1
    lsr x30, x30, #26
    cmp x30, #EC_SVC
    b.ne trap_in_user
    mrs x29, sp_el0
    mrs x30, elr_el1
    stp x29, x30, [sp, #FRAME_SP]
    mrs x29, tpidr_el0
    stp x29, x0, [sp, #CTX_TLS]
/* The words are in x19..x22 and the tag is in x23, which C preserves. In user mode the context is never marked as full. */
    mov x2, sp
    mrs x3, tpidr_el1
    ldr x29, [x3, #CPU_STACK]
    mov sp, x29
    mov w23, w23
    mov w1, w23
    ldrh w4, [x3, #CPU_NOT_PLAIN]
    cbnz w4, beside
    bl kernel_message
    cbnz x0, return_short
    b general_path
    .org vectors + 0x480
    stp x29, x30, [sp, #FRAME_X(29)]
    adr x30, interrupt_from_user
    b user_frame
    .irp offset, 0x500, 0x580, 0x600, 0x680, 0x700, 0x780
    FATAL \offset
    .endr

/*
 * To a short context, in x0, whose tag and words are in registers. x30 is what it was, as it was saved with x29, and x2..x5 are
 * the thread's own; what else the calling convention lets go is cleared in pairs, out of two words of the context that are
 * 0. What is left of a reservation ends with the return itself.
 */
    .macro RETURN_SHORT
    RETURN_TO
    msr spsr_el1, xzr
    ldp x29, x30, [x0, #FRAME_X(29)]
    .irp pair, "x6, x7", "x8, x9", "x10, x11", "x12, x13", "x14, x15", "x16, x17", "x18, x24", "x25, x26", "x27, x28"
    ldp \pair, [x0, #CTX_ZERO]
    .endr
    ldp x0, x1, [x0, #CTX_STATUS]
    eret
    .endm
return_short:
    RETURN_SHORT

beside:
    bl kernel_message_beside
    cbnz x0, return_short
general_path:
    mrs x25, tpidr_el1
    ldr x25, [x25, #CPU_CURRENT]
    stp x19, x20, [x25, #CTX_WORDS]
    stp x21, x22, [x25, #CTX_WORDS + 16]
    str x23, [x25, #CTX_TAG]
    mov x29, #0
    bl kernel_ipc

/* Resume the context in x0. */
    .globl entry_resume, cpu_resume
entry_resume:
cpu_resume:
    ldp x23, x2, [x0, #CTX_TAG]
    cbnz x2, resume_full
    ldp x19, x20, [x0, #CTX_WORDS]
    ldp x21, x22, [x0, #CTX_WORDS + 16]
    RETURN_SHORT

resume_full:
    RETURN_TO
    ldr x9, [x0, #FRAME_PSR]
    str xzr, [x0, #CTX_FULL]
    msr spsr_el1, x9
    RESTORE_FRAME x0
    eret

trap_in_user:
    adr x30, trap_from_user
/* The rest of the frame, of which x30 is there, and x29 still as it was; then the function at x30, with the context. */
user_frame:
    PAIRS stp, sp
    mrs x2, sp_el0
    mrs x3, elr_el1
    stp x2, x3, [sp, #FRAME_SP]
    mrs x2, spsr_el1
    mrs x3, tpidr_el0
    stp x2, x3, [sp, #FRAME_PSR]
    str x30, [sp, #CTX_FULL]
    mov x0, sp
    EMPTY_STACK
    blr x30
    b entry_resume

interrupt_in_kernel:
    add x2, sp, #FRAME_BYTES
    mrs x3, elr_el1
    stp x2, x3, [sp, #FRAME_SP]
    mrs x2, spsr_el1
    str x2, [sp, #FRAME_PSR]
    bl board_interrupt
    ldp x3, x2, [sp, #FRAME_PC]
    msr elr_el1, x3
    msr spsr_el1, x2
    RESTORE_FRAME sp
    add sp, sp, #FRAME_BYTES
    eret

fatal:
    msr tpidrro_el0, x0
    mov x0, sp
    msr sp_el0, x0
    ldr x0, =fatal_stack + 8192 - FRAME_BYTES
    mov sp, x0
    mrs x0, tpidr_el0
    SAVE_FRAME
    mrs x2, sp_el0
    mrs x3, elr_el1
    stp x2, x3, [sp, #FRAME_SP]
    mrs x2, spsr_el1
    str x2, [sp, #FRAME_PSR]
    mov x0, sp
    mrs x1, tpidrro_el0
    bl trap_from_kernel

    .section .note.GNU-stack, "", @progbits
