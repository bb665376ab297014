/* Instructions that trap; what messages they make stands in port.c. */
    .arch_extension virt
    .arch_extension sec

    .macro CASE name
    .globl trap_\name
    .type trap_\name, %function
trap_\name:
    .endm

    .macro AT name
    .globl trap_\name\()_pc
trap_\name\()_pc:
    .endm

    .text
    .balign 4
CASE illegal
    mvn r3, #0
    mcr p15, 0, r3, c13, c0, 2 /* not the next thread's to read: registers.S looks */
AT illegal
    udf #0

CASE privileged
    nop
AT privileged
    mrc p15, 0, r0, c1, c0, 0
    udf #0

CASE translation
    mov r0, #0
    mov r1, #0
AT translation
    mcrr p15, 0, r0, r1, c2
    udf #0

CASE tlb
AT tlb
    mcr p15, 0, r0, c8, c7, 0
    udf #0

CASE thread_pointer
    mrc p15, 0, r0, c13, c0, 3 /* which may be read */
AT thread_pointer
    mcr p15, 0, r0, c13, c0, 3
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
    mov r0, #0x18
    mov r1, #0
AT semihosting
    .inst 0xe10f0070 /* hlt #0xf000 */
    udf #0

CASE physical_counter
    mrrc p15, 1, r0, r1, c14 /* this one may be read */
AT physical_counter
    mrrc p15, 0, r0, r1, c14
    udf #0

CASE timer
AT timer
    mrc p15, 0, r0, c14, c3, 1
    udf #0

CASE timer_write
AT timer_write
    mcrr p15, 3, r0, r1, c14
    udf #0

CASE monitor
AT monitor
    mrc p15, 0, r0, c9, c13, 0
    udf #0

CASE fpu_control
AT fpu_control
    vmrs r0, fpexc
    udf #0

CASE thumb_ee
AT thumb_ee
    mcr p14, 6, r0, c1, c0, 0
    udf #0

CASE thumb
    adr r9, 1f + 1
    bx r9
    .thumb
1:  nop
AT thumb
    udf #0
    .arm
    .balign 4

CASE breakpoint
AT breakpoint
    bkpt #0
    udf #0

CASE misaligned
    ldr r9, =0x400002
AT misaligned
    ldrex r0, [r9]
    udf #0

CASE kernel_read
    ldr r9, =0x80010000
AT kernel_read
    ldr r0, [r9]
    udf #0

CASE kernel_write
    ldr r9, =0x80010000
AT kernel_write
    str r0, [r9]
    udf #0

CASE kernel_execute
    ldr r9, =0x80010000
    bx r9

CASE window_read
    ldr r9, =0x80200000
AT window_read
    ldr r0, [r9]
    udf #0

CASE device_read
    ldr r9, =0xc0200000
AT device_read
    ldr r0, [r9]
    udf #0

CASE jump
    ldr r9, =0x80000000
    bx r9

    .section .note.GNU-stack, "", %progbits
