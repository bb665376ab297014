/* Where threads made later start: the argument is a struct ennead_thread, which ennead_thread_entry() takes. */
    .section .text.ennead_thread_start, "ax", @progbits
    .globl ennead_thread_start
    .type ennead_thread_start, @function
ennead_thread_start:
    bcl 20, 31, 1f
1:  mflr 11
    ld 2, 2f - 1b(11)
    clrrdi 1, 1, 4
    li 0, 0
    stdu 0, -112(1)
    bl ennead_thread_entry
    nop
    trap
    .balign 8
2:  .quad .TOC.
    .size ennead_thread_start, . - ennead_thread_start

    .section .note.GNU-stack, "", @progbits
