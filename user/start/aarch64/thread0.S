/* Where threads made later start: the argument is a struct ennead_thread, which ennead_thread_entry() takes. */
    .section .text.ennead_thread_start, "ax", @progbits
    .globl ennead_thread_start
    .type ennead_thread_start, @function
ennead_thread_start:
    mov x29, #0
    mov x9, sp
    and sp, x9, #-16
    bl ennead_thread_entry
    brk #0
    .size ennead_thread_start, . - ennead_thread_start

    .section .note.GNU-stack, "", @progbits
