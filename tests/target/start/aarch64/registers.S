/* All registers: as a thread finds them, across a system call, across preemption. Layouts stand in registers.c. */

#define ALL_VECTORS 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31

/* Vector register n: x9 + n in both halves; what differs is added to x11. Lost: x10, x12. */
    .macro FILL_VECTOR n
    add x10, x9, #\n
    dup v\n\().2d, x10
    .endm

    .macro CHECK_VECTOR n
    add x10, x9, #\n
    mov x12, v\n\().d[0]
    eor x12, x12, x10
    orr x11, x11, x12
    mov x12, v\n\().d[1]
    eor x12, x12, x10
    orr x11, x11, x12
    .endm

/* x9: pattern. Lost: x10. The rounding is of the pattern too. */
    .macro FPU_FILL
    .irp n, ALL_VECTORS
    FILL_VECTOR \n
    .endr
    ubfiz x10, x9, #22, #2
    msr fpcr, x10
    .endm

/* x9: pattern. Adds to x11 what is wrong; the unit is as new afterwards. Lost: x10, x12. */
    .macro FPU_CHECK
    .irp n, ALL_VECTORS
    CHECK_VECTOR \n
    .endr
    ubfiz x10, x9, #22, #2
    mrs x12, fpcr
    eor x12, x12, x10
    orr x11, x11, x12
    msr fpcr, xzr
    .endm

/* Words at 96(sp) are free: 4 of them. */
    .macro SAVE_KEPT
    stp x29, x30, [sp, #-128]!
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    .endm

    .macro RESTORE_KEPT
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp x29, x30, [sp], #128
    .endm

    .text
/* In the order of the register set, without the pc; then the FPU; then goes on as any thread. */
    .globl port_dump_start
    .type port_dump_start, @function
port_dump_start:
    stp x0, x1, [sp, #-16]
    adrp x0, port_first_registers
    add x0, x0, :lo12:port_first_registers
    .irp n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    str x\n, [x0, #16 + \n * 8]
    .endr
    ldp x2, x3, [sp, #-16]
    stp x2, x3, [x0, #16]
    mov x2, sp
    str x2, [x0, #8]
    mrs x2, nzcv
    str x2, [x0, #264]
    mrs x2, tpidrro_el0 /* which is nobody's */
    str x2, [x0, #272]
    adrp x0, port_first_fpu
    add x0, x0, :lo12:port_first_fpu
    .irp n, ALL_VECTORS
    str q\n, [x0, #\n * 16]
    .endr
    mrs x2, fpsr
    mrs x3, fpcr
    str x2, [x0, #512]
    str x3, [x0, #520]
    ldr x0, [sp, #-16]
    b ennead_thread_start

    .macro OWN register, value
    cmp \register, \value
    csel \register, xzr, \register, eq
    .endm

/* (in, out, pattern): see registers.c. A pattern other than 0 also fills the FPU; the result is what was wrong with it. */
    .globl port_raw_call
    .type port_raw_call, @function
port_raw_call:
    SAVE_KEPT
    stp x1, x2, [sp, #96]
    cbz x2, 1f
    mov x9, x2
    FPU_FILL
1:  .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    ldr x\n, [x0, #\n * 8]
    .endr
    ldr x0, [x0]
    str x0, [sp, #120]
    svc #0
/* x2..x5 may hold what is the thread's own: then they count as 0. */
3:  str x9, [sp, #112]
    mov x9, sp
    OWN x2, x9
    adr x9, 3b
    OWN x3, x9
    mrs x9, tpidr_el0
    OWN x4, x9
    ldr x9, [sp, #120]
    OWN x5, x9
    ldr x9, [sp, #96]
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    str x\n, [x9, #\n * 8]
    .endr
    ldr x10, [sp, #112]
    str x10, [x9, #72]
    mov x11, #0
    ldr x9, [sp, #104]
    cbz x9, 2f
    FPU_CHECK
2:  mov x0, x11
    RESTORE_KEPT
    ret

/* (pattern, rounds) Registers hold multiples of 17 above the pattern, for all the rounds. */
    .globl port_compute
    .type port_compute, @function
port_compute:
    SAVE_KEPT
    mov x9, x0
    FPU_FILL
    .irp n, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    add x\n, x9, #\n * 17
    .endr
1:  mov v0.16b, v0.16b
    subs x1, x1, #1
    b.ne 1b
    stp x11, x12, [sp, #96]
    mov x11, #0
    .irp n, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    add x12, x9, #\n * 17
    eor x12, x12, x\n
    orr x11, x11, x12
    .endr
    ldp x2, x3, [sp, #96]
    add x12, x9, #11 * 17
    eor x12, x12, x2
    orr x11, x11, x12
    add x12, x9, #12 * 17
    eor x12, x12, x3
    orr x11, x11, x12
    eor x12, x9, x0
    orr x11, x11, x12
    FPU_CHECK
    mov x0, x11
    RESTORE_KEPT
    ret

/* Code that can be copied: it returns. */
    .section .rodata
    .balign 4
    .globl port_code
port_code:
    ret
    .word 0, 0, 0

    .bss
    .balign 16
    .globl port_first_fpu
port_first_fpu:
    .skip 528

    .section .note.GNU-stack, "", @progbits
