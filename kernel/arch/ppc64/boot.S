/*
 * From the loader to C, and other CPUs likewise, which come with their number in r3. The very first is in entry.S. Entered in either byte order and in
 * mode of 32 or 64 bits, with translation off: addresses as linked are right already, as their highest bits are ignored.
 */
#include <ppc/layout.h>

/* Loses r10, r11. */
    .macro START
    li 10, 1
    sldi 10, 10, MSR_SF_BIT
    mfmsr 11
    or 11, 11, 10
    mtmsrd 11
    isync
    bcl 20, 31, 8f
8:  mflr 11
    ld 2, toc_base - 8b(11)
    li 10, -4
    sldi 10, 10, 60 /* WINDOW_BASE */
    or 10, 10, 11
    addi 10, 10, 7f - 8b
    mtctr 10
    bctr
7:
    .endm

    .macro ADDRESS register, symbol
    addis \register, 2, \symbol@toc@ha
    addi \register, \register, \symbol@toc@l
    .endm

/* The first frame of CPU r31, which has no caller; goes on in C. */
    .macro GO_ON function
    ADDRESS 1, boot_stacks
    mulli 4, 31, STACK_BYTES
    add 1, 1, 4
    addi 1, 1, STACK_BYTES - FRAME_LEAST
    li 0, 0
    std 0, 0(1)
    ADDRESS 13, cpus
    mr 3, 31
    bl \function
    nop
    .endm

    .section .boot.text.entry, "ax", @progbits
    .balign 8
    .globl boot_first, boot_secondary_entry
boot_first:
    START
    ADDRESS 4, bss_start
    ADDRESS 5, image_end
    li 0, 0
1:  std 0, 0(4)
    addi 4, 4, 8
    cmpld 4, 5
    blt 1b
    li 31, 0
    GO_ON ppc_boot

    .balign 8
boot_secondary_entry:
    tdi 0, 0, 0x48
    b . + 36
    .long TURN_WORDS
    START
    mr 31, 3
    GO_ON ppc_boot_cpu

    .balign 8
toc_base:
    .quad .TOC.

    .section .bss.boot, "aw", @nobits
    .balign 4096
    .globl boot_stacks, fatal_stack
boot_stacks:
    .skip 32 * STACK_BYTES /* ENNEAD_CPUS_MAX */
fatal_stack:
    .skip FATAL_STACK_BYTES

    .section .note.GNU-stack, "", @progbits
