/* Where threads made later start: the argument is a struct ennead_thread, which ennead_thread_entry() takes. */
    .section .text.ennead_thread_start, "ax", @progbits
    .globl ennead_thread_start
    .type ennead_thread_start, @function
ennead_thread_start:
    clrrwi 1, 1, 4
    li 0, 0
    stwu 0, -16(1)
    bl ennead_thread_entry
    trap
    .size ennead_thread_start, . - ennead_thread_start

    .section .note.GNU-stack, "", @progbits
