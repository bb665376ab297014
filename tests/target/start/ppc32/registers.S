/* All registers: as a thread finds them, across a system call, across preemption. Layouts stand in registers.c. */

    .macro ALL_FLOATS instruction:req, base:req
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction \n, \n * 8(\base)
    .endr
    .endm

/* An e500v2 has none, and cache lines of 32 bytes: the second half of 64 is not cleared. */
    .macro BRANCH_WITHOUT_FPU label:req, scratch:req
    lis \scratch, line@ha
    addi \scratch, \scratch, line@l
    dcbz 0, \scratch
    lwz \scratch, 32(\scratch)
    cmpwi \scratch, 0
    bne \label
    .endm

/*
 * r11: address of the 64-bit pattern; a frame of 8 bytes at 8(r1) is free. Register n holds it with n added below. This and
 * the next do nothing where there is no FPU.
 */
    .macro FPU_FILL
    BRANCH_WITHOUT_FPU 8f, 10
    lwz 12, 4(11)
    lwz 0, 0(11)
    stw 0, 8(1)
    rlwinm 10, 12, 0, 30, 31 /* the rounding is of the pattern too */
    stw 10, 12(1)
    lfd 0, 8(1)
    mtfsf 255, 0
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi 10, 12, \n
    stw 10, 12(1)
    lfd \n, 8(1)
    .endr
8:
    .endm

/* The same places. Adds to r3 what is wrong; the unit is as new afterwards. Lost: r0, r10, r12. */
    .macro FPU_CHECK
    BRANCH_WITHOUT_FPU 9f, 10
    lwz 12, 4(11)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    stfd \n, 8(1)
    lwz 10, 12(1)
    addi 0, 12, \n
    xor 10, 10, 0
    or 3, 3, 10
    lwz 10, 8(1)
    lwz 0, 0(11)
    xor 10, 10, 0
    or 3, 3, 10
    .endr
    mffs 0
    stfd 0, 8(1)
    lwz 10, 12(1)
    rlwinm 0, 12, 0, 30, 31
    xor 10, 10, 0
    or 3, 3, 10
    li 0, 0
    stw 0, 8(1)
    stw 0, 12(1)
    lfd 0, 8(1)
    mtfsf 255, 0
9:
    .endm

/* A frame with r13..r31, cr and the return address in it, 16 free bytes at 8(r1) and 16 at 24(r1). */
    .macro SAVE_KEPT
    mflr 0
    stw 0, 4(1)
    stwu 1, -128(1)
    stmw 13, 44(1)
    mfcr 0
    stw 0, 40(1)
    .endm

    .macro RESTORE_KEPT
    lwz 0, 40(1)
    mtcr 0
    lmw 13, 44(1)
    addi 1, 1, 128
    lwz 0, 4(1)
    mtlr 0
    .endm

    .text
/*
 * In the order of the register set, without the pc, and USPRG0 in place of the last; then the FPU, or what else user mode may
 * write where there is none; then goes on as any thread.
 */
    .globl port_dump_start
    .type port_dump_start, @function
port_dump_start:
    stw 31, -8(1)
    stw 30, -4(1)
    lis 31, port_first_words@ha
    addi 31, 31, port_first_words@l
    stw 1, 4(31)
    stw 0, 8(31)
    stmw 3, 12(31)
    lwz 30, -8(1)
    stw 30, 124(31)
    mfcr 30
    stw 30, 128(31)
    mflr 30
    stw 30, 132(31)
    mfctr 30
    stw 30, 136(31)
    mfxer 30
    stw 30, 140(31)
    mfspr 30, 256
    stw 30, 144(31)
    BRANCH_WITHOUT_FPU 1f, 30
    lis 31, port_first_fpu@ha
    addi 31, 31, port_first_fpu@l
    ALL_FLOATS stfd, 31
    mffs 0
    stfd 0, 256(31)
    b ennead_thread_start
1:  mfspr 30, 512
    lwz 0, 144(31)
    or 0, 0, 30
    stw 0, 144(31)
    b ennead_thread_start

/* (in, out, pattern): see registers.c. A pattern other than 0 also fills the FPU; the result is what was wrong with it. */
    .globl port_raw_call, port_raw_call_end
    .type port_raw_call, @function
port_raw_call:
    SAVE_KEPT
    stw 4, 24(1)
    stw 5, 28(1)
    mr 11, 5
    lwz 0, 0(11)
    lwz 12, 4(11)
    or. 0, 0, 12
    beq 1f
    FPU_FILL
1:  mr 12, 3
    lwz 0, 128(12)
    mtcr 0
    lwz 0, 132(12)
    mtlr 0
    lwz 0, 136(12)
    mtctr 0
    lwz 0, 140(12)
    mtxer 0
    lwz 0, 0(12)
    .irp n, 3, 4, 5, 6, 7, 8, 9, 10, 11
    lwz \n, \n * 4(12)
    .endr
    lmw 13, 52(12)
    lwz 12, 48(12)
    sc
port_raw_call_end:
    stw 12, 32(1)
    lwz 12, 24(1)
    stw 0, 0(12)
    stmw 13, 52(12)
    .irp n, 3, 4, 5, 6, 7, 8, 9, 10, 11
    stw \n, \n * 4(12)
    .endr
    lwz 0, 32(1)
    stw 0, 48(12)
    mfcr 0
    stw 0, 128(12)
    mflr 0
    stw 0, 132(12)
    mfctr 0
    stw 0, 136(12)
    mfxer 0
    stw 0, 140(12)
    li 0, 0
    stw 0, 4(12)
    stw 0, 8(12)
    li 3, 0
    lwz 11, 28(1)
    lwz 0, 0(11)
    lwz 12, 4(11)
    or. 0, 0, 12
    beq 2f
    FPU_CHECK
2:  RESTORE_KEPT
    blr

/* Registers other than the FPU's, for port_compute: r4 has the pattern, r6 the rounds. */
    .macro FILL_ALL
    mr 0, 4
    mr 3, 4
    mtlr 4
    mtctr 6
    rlwinm 12, 4, 0, 0, 2
    mtxer 12
    .irp n, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi \n, 4, \n * 17
    .endr
    mtcr 4
    .endm

/* (r3 r4: pattern, r5 r6: rounds) The general registers hold multiples of 17 above the pattern, for all the rounds. */
    .globl port_compute
    .type port_compute, @function
port_compute:
    SAVE_KEPT
    stw 3, 24(1)
    stw 4, 28(1)
    addi 11, 1, 24
    FPU_FILL
    BRANCH_WITHOUT_FPU 2f, 10
    FILL_ALL
1:  fmr 0, 0
    bdnz 1b
    b 3f
2:  FILL_ALL
1:  bdnz 1b
3:  stw 0, 32(1)
    mfcr 0
    stw 0, 36(1)
    xor 3, 3, 4
    lwz 0, 32(1)
    xor 0, 0, 4
    or 3, 3, 0
    lwz 0, 36(1)
    xor 0, 0, 4
    or 3, 3, 0
    mflr 0
    xor 0, 0, 4
    or 3, 3, 0
    .irp n, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi 0, 4, \n * 17
    xor 0, 0, \n
    or 3, 3, 0
    .endr
    mfxer 0
    rlwinm 12, 4, 0, 0, 2
    xor 0, 0, 12
    or 3, 3, 0
    lwz 0, 28(1)
    xor 0, 0, 4
    or 3, 3, 0
    addi 11, 1, 24
    FPU_CHECK
    mr 4, 3
    li 3, 0
    RESTORE_KEPT
    blr

/* Code that can be copied: it returns. */
    .section .rodata
    .globl port_code
port_code:
    blr
    .long 0, 0, 0

    .data
    .balign 64
line:
    .fill 16, 4, 1

    .bss
    .balign 8
    .globl port_first_fpu, port_first_words
port_first_fpu:
    .skip 264
port_first_words:
    .skip 148

    .section .note.GNU-stack, "", @progbits
