/*
 * Entries from user mode and the way back; interrupts taken in the kernel's window; accesses that may fail.
 *
 * All entries run with interrupts off on this CPU's stack, empty but for the entry itself. C returns the context to
 * resume. In user mode SSCRATCH is this CPU, in the kernel 0. The status register is as user mode wants it throughout:
 * the previous mode is the user's and its interrupts are on, but behind a trap in the kernel until that returns.
 */
#include <riscv/layout.h>

    .option arch, +zicsr, +zifencei

/* All registers but t0 and tp. */
    .macro EACH instruction:req, base:req
    .irp n, 1, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    .ifnc x\n, \base
    \instruction x\n, FRAME_X(\n)(\base)
    .endif
    .endr
    .endm

/* The frame ends at t0, whose own value is the CPU's; loses t1. */
    .macro SAVE_FRAME
    sd x2, FRAME_X(2)(t0)
    EACH sd, t0
    ld t1, CPU_T0(tp)
    sd t1, FRAME_X(5)(t0)
    csrr t1, sepc
    sd t1, FRAME_PC(t0)
    .endm

/* The context in a0 is the one that entries save to, and its pc is set. Loses t0. */
    .macro RETURN_TO
    ld t0, FRAME_PC(a0)
    sd a0, CPU_CONTEXT(tp)
    csrw sscratch, tp
    csrw sepc, t0
    .endm

    .section .text.entry, "ax", @progbits
    .globl entry_trap
    .balign 4
entry_trap:
    csrrw tp, sscratch, tp
    beqz tp, trap_in_kernel
    sd t0, CPU_T0(tp)
    csrr t0, scause
    addi t0, t0, -CAUSE_USER_CALL
    bnez t0, trap_in_user

/*
 * Temporary registers are lost in the calling convention. The words are in s1..s4 and the tag is in s5, which C preserves.
 * In user mode the context is never marked as full.
 */
    ld t0, CPU_CONTEXT(tp)
    csrr t1, sepc
    addi t1, t1, 4
    csrrw t2, sscratch, zero
    sd t1, FRAME_PC(t0)
    sd sp, FRAME_X(2)(t0)
    sd t2, FRAME_X(4)(t0)
    sd s0, FRAME_X(8)(t0)
    ld sp, CPU_STACK(tp)
    mv s0, a0
    sext.w s5, s5
    mv a1, s5
    mv a2, t0
    lhu t0, CPU_NOT_PLAIN(tp)
    bnez t0, beside
    call kernel_message
    beqz a0, general_path
return_short:

/* To a short context, in a0, whose tag and words are in registers; the instruction given sets a0 at last. What the calling convention lets go returns as 0. */
    .macro RETURN_SHORT status:vararg
    RETURN_TO
    ld sp, FRAME_X(2)(a0)
    ld tp, FRAME_X(4)(a0)
    ld s0, FRAME_X(8)(a0)
    lwu a1, CTX_BADGE(a0)
    \status
    .irp r, ra, gp, t0, t1, t2, a2, a3, a4, a5, a6, a7, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
    li \r, 0
    .endr
    sret
    .endm
    RETURN_SHORT li a0, 0

beside:
    mv a3, tp
    call kernel_message_beside
    bnez a0, return_short
general_path:
    ld t0, CPU_CONTEXT(tp)
    sd s0, CTX_TARGET(t0)
    sw s5, CTX_TAG(t0)
    sd s1, CTX_WORDS(t0)
    sd s2, CTX_WORDS + 8(t0)
    sd s3, CTX_WORDS + 16(t0)
    sd s4, CTX_WORDS + 24(t0)
    li s0, 0
    call kernel_ipc

/* Resume the context in a0. */
    .globl entry_resume, cpu_resume
entry_resume:
cpu_resume:
    lw t1, CTX_FULL(a0)
    bnez t1, resume_full
    lw s5, CTX_TAG(a0)
    ld s1, CTX_WORDS(a0)
    ld s2, CTX_WORDS + 8(a0)
    ld s3, CTX_WORDS + 16(a0)
    ld s4, CTX_WORDS + 24(a0)
    RETURN_SHORT lwu a0, CTX_STATUS(a0)

/* Whoever ran in between may have left a reservation, which is not this one's. */
resume_full:
    RETURN_TO
    sw zero, CTX_FULL(a0)
    addi t0, tp, CPU_GRANULE
    sc.d zero, zero, (t0)
    ld x2, FRAME_X(2)(a0)
    ld x4, FRAME_X(4)(a0)
    ld x5, FRAME_X(5)(a0)
    EACH ld, x10
    ld a0, FRAME_X(10)(a0)
    sret

trap_in_user:
    ld t0, CPU_CONTEXT(tp)
    SAVE_FRAME
    csrrw t1, sscratch, zero
    sd t1, FRAME_X(4)(t0)
    sw tp, CTX_FULL(t0) /* not 0: the processors' data are no multiple of 4 GiB */
    mv a0, t0
    ld sp, CPU_STACK(tp)
    li s0, 0
    call trap_from_user
    j entry_resume

/* What is no interrupt is a mistake, of which the stack may be the reason, or an access that may fail. */
trap_in_kernel:
    csrrw tp, sscratch, tp
    sd t0, CPU_T0(tp)
    csrr t0, scause
    bltz t0, 1f
    la t0, fatal_stack + FATAL_STACK_BYTES
    j 2f
1:  mv t0, sp
2:  SAVE_FRAME
    addi sp, t0, -FRAME_BYTES
    mv a0, sp
    call trap_from_kernel
    addi t0, sp, FRAME_BYTES
    ld t1, FRAME_PC(t0)
    csrw sepc, t1
    ld x2, FRAME_X(2)(t0)
    EACH ld, x5
    ld t0, FRAME_X(5)(t0)
    sret

/* The only code of the kernel that runs with interrupts on: trap_from_kernel() knows its bounds. */
    .globl cpu_interrupt_window, cpu_wait, interrupt_window_end
    .type cpu_interrupt_window, @function
    .type cpu_wait, @function
cpu_wait:
    wfi /* until one is pending, whether taken or not */
cpu_interrupt_window:
    csrsi sstatus, STATUS_SIE
    nop
    csrci sstatus, STATUS_SIE
    ret
interrupt_window_end:

/*
 * bool riscv_load(address, width, value *), riscv_store(address, width, value): accesses of devices. One that the
 * hardware refuses goes on at probe_failed.
 */
    .globl riscv_load, riscv_store, probe_load, probe_end, probe_failed
    .type riscv_load, @function
    .type riscv_store, @function
probe_load:
riscv_load:
    li a4, 2
    beq a1, a4, 2f
    bltu a4, a1, 4f
    lbu a3, (a0)
    j 9f
2:  lhu a3, (a0)
    j 9f
4:  li a4, 4
    bne a1, a4, 8f
    lwu a3, (a0)
    j 9f
8:  ld a3, (a0)
9:  sd a3, (a2)
    li a0, 1
    ret
riscv_store:
    fence rw, rw
    li a4, 2
    beq a1, a4, 2f
    bltu a4, a1, 4f
    sb a2, (a0)
    j 9f
2:  sh a2, (a0)
    j 9f
4:  li a4, 4
    bne a1, a4, 8f
    sw a2, (a0)
    j 9f
8:  sd a2, (a0)
9:  fence iorw, iorw
    li a0, 1
    ret
probe_end:
probe_failed:
    li a0, 0
    ret

    .section .note.GNU-stack, "", @progbits
