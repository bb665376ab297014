/*
 * Where every program starts: pc here, sp anywhere in a stack, the argument in the first argument register.
 * The frame chain ends here: a zero back chain stops backtraces.
 */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    clrrwi 1, 1, 4
    li 0, 0
    stwu 0, -16(1)
    bl ennead_start
    trap
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
