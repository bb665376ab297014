/*
 * Entries from user mode and the way back (step 6). Each begins on this CPU's empty stack with interrupts off, and calls C:
 *
 * the system call   saves a short context (<arch/context.h>), leaves tag and words in registers that C preserves, calls
 *                   kernel_message(). NULL: saves target, tag and words too, calls kernel_ipc()
 * everything else   saves a full one, calls trap_from_user(), which knows what it means
 * from the kernel   in the two windows of cpu_interrupt_window() and cpu_wait() an interrupt; else a mistake:
 *                   trap_from_kernel(), on a stack of its own if this one may be the reason
 *
 * What kernel_message() answers is short, and its tag and words are in registers already: it returns at once. All else
 * goes on with the context that it was answered: short, every register is set or cleared; full, every
 * register is restored. What user mode can write and no context holds is cleared on every return. Green: the prompt;
 * boot.conformance traps, registers.
 */
    .section .text.entry, "ax"
    .long kernel_message, kernel_ipc, trap_from_user, trap_from_kernel

    .section .note.GNU-stack, ""
