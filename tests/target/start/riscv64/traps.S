/* Instructions that trap; what messages they make stands in port.c. Names of macros are the same in either case. */
    .option arch, +zicsr
    .option norelax

    .macro CASE name
    .globl trap_\name
    .type trap_\name, @function
trap_\name:
    .endm

    .macro AT name
    .globl trap_\name\()_pc
trap_\name\()_pc:
    .endm

    .text
CASE illegal
    nop
AT illegal
    unimp
    unimp

CASE privileged
    nop
AT privileged
    csrr a0, sstatus
    unimp

CASE return_from_interrupt
AT return_from_interrupt
    sret
    unimp

CASE wait_for_interrupt
    csrr a0, time /* as all may */
AT wait_for_interrupt
    wfi
    unimp

CASE status_register
    li a0, 2
AT status_register
    csrs sstatus, a0
    unimp

CASE translation_register
AT translation_register
    csrw satp, zero
    unimp

CASE tlb
AT tlb
    sfence.vma
    unimp

CASE counter
AT counter
    csrr a0, instret /* it would tell of others */
    unimp

CASE hypervisor_load
    la a1, hypervisor_load_data
AT hypervisor_load
    .4byte 0x6c05c573 /* hlv.d a0, (a1) */
    unimp

CASE float_csr_bits
    li a0, -1
    csrw fcsr, a0 /* a rounding that does not exist */
AT float_csr_bits
    fadd.d fa0, fa0, fa0
    unimp

CASE breakpoint
AT breakpoint
    ebreak
    unimp

CASE misaligned
    li a1, 0x400002
AT misaligned
    lr.w a0, (a1)
    unimp

CASE kernel_read
    li a1, 0xffffffff80200000
AT kernel_read
    ld a0, (a1)
    unimp

CASE kernel_write
    li a1, 0xffffffff80200000
AT kernel_write
    sd a0, (a1)
    unimp

CASE kernel_execute
    li a1, 0xffffffff80200000
    jr a1

CASE window_read
    li a1, 0xffffffc080400000
AT window_read
    ld a0, (a1)
    unimp

CASE device_read
    li a1, 0xffffffc010000000
AT device_read
    lb a0, (a1)
    unimp

CASE nobodys
    li a1, 0x8000000000000000
AT nobodys
    ld a0, (a1)
    unimp

CASE jump
    li a1, 0x4000000000
    jr a1

    .section .rodata
    .balign 8
hypervisor_load_data:
    .quad 0

    .section .note.GNU-stack, "", @progbits
