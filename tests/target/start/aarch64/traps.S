/* Instructions that trap; what messages they make stands in port.c. */
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
    udf #0

CASE privileged
    nop
AT privileged
    mrs x0, sctlr_el1
    udf #0

CASE return_from_interrupt
AT return_from_interrupt
    eret
    udf #0

CASE translation
AT translation
    msr ttbr0_el1, xzr
    udf #0

CASE tlb
AT tlb
    tlbi vmalle1
    udf #0

CASE interrupt_mask
AT interrupt_mask
    msr daifset, #2
    udf #0

CASE hypervisor_call
AT hypervisor_call
    hvc #0
    udf #0

CASE secure_call
AT secure_call
    smc #0
    udf #0

CASE semihosting
    mov x0, #0x18
    mov x1, #0
AT semihosting
    hlt #0xf000
    udf #0

CASE wait
AT wait
    wfi
    udf #0

CASE physical_counter
    mrs x0, cntvct_el0 /* this one may be read */
AT physical_counter
    mrs x0, cntpct_el0
    udf #0

CASE timer
AT timer
    mrs x0, cntv_ctl_el0
    udf #0

CASE timer_write
AT timer_write
    msr cntv_cval_el0, xzr
    udf #0

CASE monitor
AT monitor
    mrs x0, pmccntr_el0
    udf #0

CASE vectors
AT vectors
    .inst 0x2518e3e0 /* ptrue p0.b, of SVE */
    udf #0

CASE breakpoint
AT breakpoint
    brk #0
    udf #0

CASE misaligned
    ldr x9, =0x400002
AT misaligned
    ldxr x0, [x9]
    udf #0

CASE kernel_read
    ldr x9, =0xffffff8040080000
AT kernel_read
    ldr x0, [x9]
    udf #0

CASE kernel_write
    ldr x9, =0xffffff8040080000
AT kernel_write
    str x0, [x9]
    udf #0

CASE kernel_execute
    ldr x9, =0xffffff8040080000
    br x9

CASE window_read
    ldr x9, =0xffffff8040200000
AT window_read
    ldr x0, [x9]
    udf #0

CASE device_read
    ldr x9, =0xffffffffc0200000
AT device_read
    ldr w0, [x9]
    udf #0

CASE noncanonical
    ldr x9, =0x0100000000000000
AT noncanonical
    ldr x0, [x9]
    udf #0

CASE jump
    ldr x9, =0x8000000000
    br x9

CASE jump_between
    ldr x9, =0x400002
    br x9

    .section .note.GNU-stack, "", @progbits
