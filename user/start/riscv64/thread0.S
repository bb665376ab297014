/* Where threads made later start: the argument is a struct ennead_thread, which ennead_thread_entry() takes. */
    .section .text.ennead_thread_start, "ax", @progbits
    .globl ennead_thread_start
    .type ennead_thread_start, @function
ennead_thread_start:
    andi sp, sp, -16
    li s0, 0
    call ennead_thread_entry
    unimp
    .size ennead_thread_start, . - ennead_thread_start

    .section .note.GNU-stack, "", @progbits
