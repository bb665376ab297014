/* Instructions that trap; what messages they make stands in port.c. Names of macros are the same in either case. */
    .macro CASE name
    .globl trap_\name
    .type trap_\name, @function
trap_\name:
    .endm

    .macro AT name
    .globl trap_\name\()_pc
trap_\name\()_pc:
    .endm

/* A number of which the lower 32 bits are positive. */
    .macro LOAD register, high, low
    lis \register, (\high) >> 16
    ori \register, \register, (\high) & 0xffff
    sldi \register, \register, 32
    oris \register, \register, (\low) >> 16
    ori \register, \register, (\low) & 0xffff
    .endm

    .text
CASE illegal
    li 3, -1
    mtspr 256, 3 /* not the next thread's to read: registers.S looks */
AT illegal
    .long 0
    trap

CASE privileged
    nop
AT privileged
    mfmsr 3
    trap

CASE return_from_interrupt
AT return_from_interrupt
    rfid
    trap

CASE special_register
    li 3, 0
AT special_register
    mtspr 48, 3 /* the process identifier */
    trap

CASE tlb
    li 3, 0x400
    li 4, 0
AT tlb
    tlbiel 3, 4, 2, 1, 1
    trap

CASE machine_state
    li 3, 0
AT machine_state
    mtmsrd 3, 1
    trap

CASE system_call_vectored
AT system_call_vectored
    .long 0x44000001 /* scv 0 */
    trap

CASE facility
AT facility
    mfspr 3, 815 /* the target address register */
    trap

CASE breakpoint
AT breakpoint
    trap
    .long 0

CASE misaligned
    LOAD 9, 0, 0x400002
AT misaligned
    lwarx 3, 0, 9
    trap

CASE float_divide
    lis 9, float_one@ha
    addi 9, 9, float_one@l
    lfd 1, 0(9)
    lfd 2, 8(9)
    mtfsb1 27 /* an exception when dividing by zero */
AT float_divide
    fdiv 1, 1, 2
    trap

CASE kernel_read
    LOAD 9, 0xc0000000, 0x00400000
AT kernel_read
    ld 3, 0(9)
    trap

CASE kernel_write
    LOAD 9, 0xc0000000, 0x00400000
AT kernel_write
    std 3, 0(9)
    trap

CASE kernel_execute
    LOAD 9, 0xc0000000, 0x00400000
    mtctr 9
    bctr

CASE window_read
    LOAD 9, 0xc0000000, 0x00800000
AT window_read
    ld 3, 0(9)
    trap

CASE vectors_read
    LOAD 9, 0xc0000000, 0x00004c00
AT vectors_read
    lwz 3, 0(9)
    trap

CASE quadrant_read
    LOAD 9, 0x40000000, 0
AT quadrant_read
    ld 3, 0(9)
    trap

CASE jump
    LOAD 9, 0x80, 0
    mtctr 9
    bctr

    .section .rodata
    .balign 8
float_one:
    .quad 0x3ff0000000000000, 0

    .section .note.GNU-stack, "", @progbits
