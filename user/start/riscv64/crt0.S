/*
 * Where every program starts: pc here, sp anywhere in a stack, the argument in the first argument register.
 * The frame chain ends here: a zero frame pointer stops backtraces.
 */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    andi sp, sp, -16
    li s0, 0
    call ennead_start
    unimp
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
