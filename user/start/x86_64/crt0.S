/*
 * Where every program starts: pc here, sp anywhere in a stack, the argument in the first argument register.
 * The frame chain ends here: a zero frame pointer stops backtraces.
 */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call ennead_start
    ud2
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
