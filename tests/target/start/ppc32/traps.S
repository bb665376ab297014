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

/* What loads the address of misaligned_data, or a number, into r9. */
    .macro LOAD value:vararg
    lis 9, (\value)@h
    ori 9, 9, (\value)@l
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
    rfi
    trap

CASE special_register
    li 3, 0
AT special_register
    mtspr 48, 3 /* the address-space identifier */
    trap

CASE tlb
AT tlb
    tlbwe
    trap

CASE interrupt_enable
AT interrupt_enable
    wrteei 0
    trap

CASE machine_state
    li 3, 0
AT machine_state
    mtmsr 3
    trap

CASE hypervisor_call
AT hypervisor_call
    .long 0x7c00021c /* ehpriv */
    trap

CASE vector_unit
AT vector_unit
    .long 0x10000484 /* an AltiVec instruction: vor 0, 0, 0 */
    trap

CASE breakpoint
AT breakpoint
    trap
    .long 0

CASE misaligned
    LOAD 0x400002
AT misaligned
    lwarx 3, 0, 9
    trap

CASE float_divide
    LOAD float_one
    lfd 1, 0(9)
    lfd 2, 8(9)
    mtfsb1 27 /* an exception when dividing by zero */
AT float_divide
    fdiv 1, 1, 2
    trap

CASE float_missing
    li 3, -1
    mtspr 512, 3 /* the signal unit's status: as USPRG0 above */
    LOAD float_one
AT float_missing
    lfd 1, 0(9)
    trap

CASE kernel_read
    LOAD 0xc0000000
AT kernel_read
    lwz 3, 0(9)
    trap

CASE kernel_write
    LOAD 0xc0000000
AT kernel_write
    stw 3, 0(9)
    trap

CASE kernel_execute
    LOAD 0xc0000000
    mtctr 9
    bctr

CASE window_read
    LOAD 0xc0200000
AT window_read
    lwz 3, 0(9)
    trap

CASE device_read
    LOAD 0xe0004500
AT device_read
    lbz 3, 0(9)
    trap

CASE stack_read
    LOAD 0xf8000000
AT stack_read
    lwz 3, 0(9)
    trap

CASE nothing_there
    LOAD 0xa0000000
AT nothing_there
    lwz 3, 0(9)
    trap

CASE jump
    LOAD 0x80000000
    mtctr 9
    bctr

    .section .rodata
    .balign 8
float_one:
    .quad 0x3ff0000000000000, 0

    .section .note.GNU-stack, "", @progbits
