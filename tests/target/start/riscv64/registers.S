/* All registers: as a thread finds them, across a system call, across preemption. Layouts stand in registers.c. */
    .option norelax

    .macro EACH_FLOAT instruction:req, base:req
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction f\n, \n * 8(\base)
    .endr
    .endm

/* All but x0, sp, tp and a0. */
    .macro EACH instruction:req, base:req
    .irp n, 1, 3, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction x\n, \n * 8(\base)
    .endr
    .endm

/* a0: the pattern. Register n holds it with n added; rounding and flags are of the pattern too. Lost: t0. */
    .macro FPU_FILL
    andi t0, a0, 0x73
    fscsr t0
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi t0, a0, \n
    fmv.d.x f\n, t0
    .endr
    .endm

/* a0: the pattern. Adds to a1 what is wrong; the unit is as new afterwards but for its numbers. Lost: t0, t1. */
    .macro FPU_CHECK
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi t0, a0, \n
    fmv.x.d t1, f\n
    xor t0, t0, t1
    or a1, a1, t0
    .endr
    andi t0, a0, 0x73
    frcsr t1
    xor t0, t0, t1
    or a1, a1, t0
    fscsr zero
    .endm

/* A frame with ra, gp and s0..s11 in it, and 16 free bytes at 0(sp). */
    .macro SAVE_KEPT
    addi sp, sp, -128
    sd ra, 16(sp)
    sd gp, 24(sp)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    sd s\n, 32 + \n * 8(sp)
    .endr
    .endm

    .macro RESTORE_KEPT
    ld ra, 16(sp)
    ld gp, 24(sp)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ld s\n, 32 + \n * 8(sp)
    .endr
    addi sp, sp, 128
    .endm

    .text
/* Register n at word n; then the FPU; then goes on as any thread. */
    .globl port_dump_start
    .type port_dump_start, @function
port_dump_start:
    sd a0, -8(sp)
    la a0, port_first_words
    EACH sd, a0
    sd sp, 16(a0)
    mv t1, a0
    ld a0, -8(sp)
    sd a0, 80(t1)
    la t1, port_first_fpu
    EACH_FLOAT fsd, t1
    frcsr t2
    sd t2, 256(t1)
    la t1, port_first_words
    ld t2, 56(t1)
    j ennead_thread_start

/* (in, out, pattern): see registers.c. A pattern other than 0 also fills the FPU; the result is what was wrong with it. */
    .globl port_raw_call, port_raw_call_end
    .type port_raw_call, @function
port_raw_call:
    SAVE_KEPT
    sd a1, 0(sp)
    sd a2, 8(sp)
    beqz a2, 1f
    mv a1, a0
    mv a0, a2
    FPU_FILL
    mv a0, a1
1:  EACH ld, a0
    ld a0, 80(a0)
    ecall
port_raw_call_end:
    addi sp, sp, -16
    sd a0, 0(sp)
    ld a0, 16(sp)
    EACH sd, a0
    ld t0, 0(sp)
    sd t0, 80(a0)
    addi sp, sp, 16
    li a1, 0
    ld a0, 8(sp)
    beqz a0, 2f
    FPU_CHECK
2:  mv a0, a1
    RESTORE_KEPT
    ret

/* (pattern, rounds) Registers hold multiples of 17 above the pattern, for all the rounds. */
    .globl port_compute
    .type port_compute, @function
port_compute:
    SAVE_KEPT
    FPU_FILL
    sd a0, 0(sp)
    .irp n, 1, 3, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi x\n, a0, \n * 17
    .endr
1:  fmv.d ft0, ft0
    addi a1, a1, -1
    bnez a1, 1b
    .irp n, 1, 3, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi x\n, x\n, -\n * 17
    xor x\n, x\n, a0
    or a1, a1, x\n
    .endr
    ld t0, 0(sp)
    xor t0, t0, a0
    or a1, a1, t0
    FPU_CHECK
    mv a0, a1
    RESTORE_KEPT
    ret

/* Code that can be copied: it returns. */
    .section .rodata
    .globl port_code
    .balign 8
port_code:
    ret
    .balign 8, 0
    .quad 0

    .bss
    .balign 8
    .globl port_first_fpu, port_first_words
port_first_fpu:
    .skip 264
port_first_words:
    .skip 256

    .section .note.GNU-stack, "", @progbits
