/*
 * Where every program starts: pc here, sp anywhere in a stack, the argument in the first argument register.
 * The frame chain ends here: a zero frame pointer stops backtraces.
 */
    .section .text.start, "ax", %progbits
    .globl _start
    .type _start, %function
_start:
    mov fp, #0
    bic sp, sp, #7
    bl ennead_start
    udf #0
    .size _start, . - _start

/* A division by zero of libgcc's, which otherwise would want a C library to raise a signal. */
    .globl __aeabi_idiv0, __aeabi_ldiv0
__aeabi_idiv0:
__aeabi_ldiv0:
    udf #0

    .section .note.GNU-stack, "", %progbits
