/* All registers: as a thread finds them, across a system call, across preemption. Layouts stand in registers.c. */

    .macro EACH_VECTOR instruction:req, base:req
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
    \instruction \n, \n * 16(\base)
    .endr
    .endm

/* r11: the pattern. 8 bytes at -8(r1) are free. Both halves of register n hold it with n added; the rounding is of it too. Lost: r0, r10. */
    .macro FPU_FILL
    rlwinm 0, 11, 0, 30, 31
    std 0, -8(1)
    lfd 0, -8(1)
    mtfsf 255, 0
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
    addi 10, 11, \n
    mtvsrdd \n, 10, 10
    .endr
    .endm

/* r11: the pattern. Adds to r3 what is wrong; the unit is as new afterwards but for its numbers. Lost: r0, r10. */
    .macro FPU_CHECK
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
    addi 0, 11, \n
    mfvsrd 10, \n
    xor 10, 10, 0
    or 3, 3, 10
    mfvsrld 10, \n
    xor 10, 10, 0
    or 3, 3, 10
    .endr
    mffs 0
    stfd 0, -8(1)
    ld 10, -8(1)
    rlwinm 0, 11, 0, 30, 31
    xor 10, 10, 0
    or 3, 3, 10
    li 0, 0
    std 0, -8(1)
    lfd 0, -8(1)
    mtfsf 255, 0
    .endm

/* A frame with r13..r31, r2, cr and the return address in it, and 32 free bytes at 32(r1). */
    .macro SAVE_KEPT
    mflr 0
    std 0, 16(1)
    mfcr 0
    std 0, 8(1)
    stdu 1, -240(1)
    std 2, 64(1)
    .irp n, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    std \n, 72 + (\n - 13) * 8(1)
    .endr
    .endm

    .macro RESTORE_KEPT
    ld 2, 64(1)
    .irp n, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld \n, 72 + (\n - 13) * 8(1)
    .endr
    addi 1, 1, 240
    ld 0, 8(1)
    mtcr 0
    ld 0, 16(1)
    mtlr 0
    .endm

/* All but r1, r2, r12 and r13. */
    .macro EACH instruction:req, base:req
    .irp n, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction \n, \n * 8(\base)
    .endr
    .endm

    .text
/* r0..r31 under their own numbers, then cr, lr, ctr, xer, VRSAVE; then the FPU; then goes on as any thread. */
    .globl port_dump_start
    .type port_dump_start, @function
port_dump_start:
    std 12, -8(1)
    lis 12, port_first_words@ha
    addi 12, 12, port_first_words@l
    EACH std, 12
    std 1, 8(12)
    std 2, 16(12)
    ld 11, -8(1)
    std 11, 96(12)
    mfcr 11
    std 11, 256(12)
    mflr 11
    std 11, 264(12)
    mfctr 11
    std 11, 272(12)
    mfxer 11
    std 11, 280(12)
    mfspr 11, 256
    std 11, 288(12)
    lis 12, port_first_fpu@ha
    addi 12, 12, port_first_fpu@l
    EACH_VECTOR stxv, 12
    mffs 0
    stfd 0, 1024(12)
    mfvscr 0
    stxv 32, 1040(12)
    b ennead_thread_start

/* (in, out, pattern): see registers.c. A pattern other than 0 also fills the FPU; the result is what was wrong with it. */
    .globl port_raw_call, port_raw_call_end
    .type port_raw_call, @function
port_raw_call:
    SAVE_KEPT
    std 4, 32(1)
    std 5, 40(1)
    mr. 11, 5
    beq 1f
    FPU_FILL
1:  mr 12, 3
    ld 0, 256(12)
    mtcr 0
    ld 0, 264(12)
    mtlr 0
    ld 0, 272(12)
    mtctr 0
    ld 0, 280(12)
    mtxer 0
    EACH ld, 12
    ld 12, 96(12)
    sc
port_raw_call_end:
    std 12, 48(1)
    ld 12, 32(1)
    EACH std, 12
    ld 0, 48(1)
    std 0, 96(12)
    mfcr 0
    std 0, 256(12)
    mflr 0
    std 0, 264(12)
    mfctr 0
    std 0, 272(12)
    mfxer 0
    std 0, 280(12)
    li 3, 0
    ld 11, 40(1)
    cmpdi 11, 0
    beq 2f
    FPU_CHECK
2:  RESTORE_KEPT
    blr

/* (pattern, rounds) The general registers hold multiples of 17 above the pattern, for all the rounds. */
    .globl port_compute
    .type port_compute, @function
port_compute:
    SAVE_KEPT
    mr 11, 3
    FPU_FILL
    mtlr 3
    mtctr 4
    rlwinm 12, 3, 0, 0, 2
    clrldi 12, 12, 32
    mtxer 12
    .irp n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi \n, 3, \n * 17
    .endr
    mr 0, 3
    mtcr 3
1:  xxlor 0, 0, 0
    bdnz 1b
    std 0, 32(1)
    mfcr 0
    std 0, 40(1)
    .irp n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi 0, 3, \n * 17
    xor \n, \n, 0
    .endr
    .irp n, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    or 4, 4, \n
    .endr
    ld 0, 32(1)
    xor 0, 0, 3
    or 4, 4, 0
    ld 0, 40(1)
    xor 0, 0, 3
    clrldi 0, 0, 32
    or 4, 4, 0
    mflr 0
    xor 0, 0, 3
    or 4, 4, 0
    mfxer 0
    xor 0, 0, 3
    rlwinm 0, 0, 0, 0, 2
    clrldi 0, 0, 32
    or 4, 4, 0
    mr 11, 3
    mr 3, 4
    FPU_CHECK
    RESTORE_KEPT
    blr

/* Code that can be copied: it returns. */
    .section .rodata
    .globl port_code
port_code:
    blr
    .long 0, 0, 0

    .bss
    .balign 16
    .globl port_first_fpu, port_first_words
port_first_fpu:
    .skip 1056
port_first_words:
    .skip 296

    .section .note.GNU-stack, "", @progbits
