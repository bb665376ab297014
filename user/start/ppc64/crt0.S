/*
 * Where every program starts: pc here, sp anywhere in a stack, the argument in the first argument register.
 * The frame chain ends here: a zero back chain stops backtraces.
 */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    bcl 20, 31, 1f
1:  mflr 11
    ld 2, 2f - 1b(11)
    clrrdi 1, 1, 4
    li 0, 0
    stdu 0, -112(1)
    bl ennead_start
    nop
    trap
    .balign 8
2:  .quad .TOC.
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
