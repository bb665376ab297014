/*
 * Where every program starts: pc here, sp anywhere in a stack, the argument in the first argument register.
 * The frame chain ends here: a zero frame pointer stops backtraces.
 */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    mov x29, #0
    mov x9, sp
    and sp, x9, #-16
    bl ennead_start
    brk #0
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
