/*
 * From the loader to C, by 32-bit Arm's boot protocol: entered at the start of the image with r2 = device tree, the MMU
 * off, in SVC or HYP mode; other CPUs by PSCI, likewise, r0 = their number. The tables here map devices and image to
 * themselves and the image in the window; afterwards they serve wherever translation is turned on or changed.
 */
#include <arm/layout.h>

#define PHYS(symbol) (symbol - WINDOW_OFFSET)

    .arch_extension virt
    .section .text.boot, "ax", %progbits
    .globl boot_image, boot_secondary_entry
boot_image:
    b boot_entry

    .section .boot.text.entry, "ax", %progbits
    .balign 4
boot_entry:
    mov r9, r2
    mov r10, #0
    b 1f
boot_secondary_entry:
    mov r10, r0

/* HYP mode keeps nothing for itself. */
1:  mrs r0, cpsr
    and r0, r0, #MODE_MASK
    cmp r0, #MODE_HYP
    bne 2f
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 0
    mcr p15, 4, r0, c1, c1, 2
    mcr p15, 4, r0, c1, c1, 3
    mcrr p15, 4, r0, r0, c14 /* the virtual counter is the physical one */
    mov r0, #3 /* which the kernel has, and its timer */
    mcr p15, 4, r0, c14, c1, 0
    mrc p15, 0, r0, c0, c0, 0
    mcr p15, 4, r0, c0, c0, 0
    mrc p15, 0, r0, c0, c0, 5
    mcr p15, 4, r0, c0, c0, 5
    ldr r0, =PSR_MASKED
    msr spsr_cxsf, r0
    adr r0, 2f
    msr elr_hyp, r0
    eret

2:  ldr r0, =PSR_MASKED
    msr cpsr_cxsf, r0
    ldr r0, =MAIR
    mcr p15, 0, r0, c10, c2, 0
    ldr r0, =TTBCR
    mcr p15, 0, r0, c2, c0, 2
    ldr r0, =PHYS(boot_root)
    mov r1, #0
    mcrr p15, 0, r0, r1, c2
    mcrr p15, 1, r0, r1, c2
    mcr p15, 0, r1, c8, c7, 0
    mcr p15, 0, r1, c7, c5, 0
    mcr p15, 0, r1, c7, c5, 6
    dsb
    isb
    ldr r0, =SCTLR
    mcr p15, 0, r0, c1, c0, 0
    isb
    ldr pc, =3f
3:  ldr r0, =vectors
    mcr p15, 0, r0, c12, c0, 0
    ldr r0, =boot_stacks + STACK_BYTES
    ldr r1, =STACK_BYTES
    mla sp, r10, r1, r0
    mov fp, #0
    cmp r10, #0
    bne 5f
    ldr r1, =bss_start
    ldr r2, =image_end
    mov r0, #0
4:  str r0, [r1], #4
    cmp r1, r2
    blo 4b
    mov r0, r9
    bl arm_boot
5:  mov r0, r10
    bl arm_boot_cpu

/*
 * (kernel's tables, user's) The kernel's tables change under what may be in the TLB already, so this runs on neither: at
 * its physical address, by boot_root. Interrupts off.
 */
    .section .text.boot_change_tables, "ax", %progbits
    .globl boot_change_tables
    .type boot_change_tables, %function
boot_change_tables:
    ldr r2, =PHYS(boot_root)
    mov r3, #0
    mcrr p15, 0, r2, r3, c2
    isb
    adr r2, 6f
    sub r2, r2, #WINDOW_OFFSET
    bx r2
6:  mcrr p15, 1, r1, r3, c2
    isb
    mcr p15, 0, r3, c8, c7, 0
    dsb
    isb
    mcrr p15, 1, r0, r3, c2
    isb
    adr r2, 7f
    add r2, r2, #WINDOW_OFFSET
    bx r2
7:  mcrr p15, 0, r1, r3, c2
    isb
    mcr p15, 0, r3, c8, c7, 0
    dsb
    isb
    bx lr

    .section .rodata.boot, "a", %progbits
    .balign 32
boot_root:
    .quad 0x60000000000000 + PTE_VALID + PTE_DEVICE + PTE_AF
    .quad RAM_BASE + PTE_VALID + PTE_NORMAL + PTE_SHARED + PTE_AF
    .quad RAM_BASE + PTE_VALID + PTE_NORMAL + PTE_SHARED + PTE_AF
    .quad 0

    .section .bss.boot, "aw", %nobits
    .balign 4096
    .globl boot_stacks, fatal_stack
boot_stacks:
    .skip 32 * STACK_BYTES /* ENNEAD_CPUS_MAX */
fatal_stack:
    .skip 8192

    .section .note.GNU-stack, "", %progbits
