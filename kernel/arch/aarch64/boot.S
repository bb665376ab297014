/*
 * From the loader to C, by arm64's boot protocol: entered at the start of the image with x0 = device tree, the MMU off,
 * at EL1 or EL2; other CPUs by PSCI, likewise, x0 = their number. Owns the tables used until window_init(), which
 * afterwards map the image to itself wherever translation is turned on or changed.
 */
#include <arm/layout.h>

    .section .text.boot, "ax", @progbits
    .globl boot_image
boot_image:
    b boot_entry
    .long 0
    .quad IMAGE_OFFSET, image_bytes, 0x2 /* little-endian, 4 KiB pages, near the start of RAM */, 0, 0, 0
    .ascii "ARM\x64"
    .long 0

    .section .boot.text.entry, "ax", @progbits
    .balign 8
    .globl boot_secondary_entry
boot_entry:
    mov x19, x0
    mov x20, #0
    b 1f
boot_secondary_entry:
    mov x20, x0

/* EL2 keeps nothing for itself. */
1:  mrs x1, CurrentEL
    cmp x1, #0x8
    b.ne 3f
    mov x1, #0x80000000 /* EL1 is 64-bit */
    msr hcr_el2, x1
    mov x1, #3 /* EL1 has counter and timer */
    msr cnthctl_el2, x1
    msr cntvoff_el2, xzr
    mov x1, #0x33ff /* and the FPU */
    msr cptr_el2, x1
    msr hstr_el2, xzr
    mrs x1, midr_el1
    msr vpidr_el2, x1
    mrs x1, mpidr_el1
    msr vmpidr_el2, x1
    mrs x1, id_aa64pfr0_el1
    tst x1, #0xf000000
    b.eq 2f
    mov x1, #0xf /* and the interrupt controller's registers */
    msr S3_4_C12_C9_5, x1
    isb
2:  ldr x1, =SCTLR_NO_MMU
    msr sctlr_el1, x1
    mov x1, #PSR_EL1H_MASKED
    msr spsr_el2, x1
    adr x1, 3f
    msr elr_el2, x1
    eret

/* Only the first CPU makes the tables. */
3:  cbnz x20, boot_translate
    adrp x1, boot_root
    mov x2, #512
4:  str xzr, [x1], #8
    subs x2, x2, #1
    b.ne 4b
    adrp x1, boot_root
    ldr x2, =0x60000000000000 + PTE_VALID + PTE_DEVICE + PTE_AF
    ldr x3, =RAM_BASE + PTE_VALID + PTE_NORMAL + PTE_SHARED + PTE_AF
    stp x2, x3, [x1]

/* Both halves by boot_root; addresses as wide as this processor has them, and identifiers of 16 bits if it can. */
boot_translate:
    ldr x1, =MAIR
    msr mair_el1, x1
    ldr x1, =TCR
    mrs x2, id_aa64mmfr0_el1
    and x3, x2, #0xf
    mov x4, #5
    cmp x3, x4
    csel x3, x3, x4, lo
    orr x1, x1, x3, lsl #TCR_IPS
    ubfx x3, x2, #5, #1
    orr x1, x1, x3, lsl #TCR_ASID16
    msr tcr_el1, x1
    adrp x1, boot_root
    msr ttbr0_el1, x1
    msr ttbr1_el1, x1
    tlbi vmalle1
    dsb nsh
    isb
    ldr x1, =SCTLR
    msr sctlr_el1, x1
    isb
    ldr x1, =5f
    br x1
5:  ldr x1, =vectors
    msr vbar_el1, x1
    ldr x1, =boot_stacks + STACK_BYTES
    mov x2, #STACK_BYTES
    madd x1, x20, x2, x1
    mov sp, x1
    mov x29, #0
    cbnz x20, 7f
    ldr x1, =bss_start
    ldr x2, =bss_end
6:  str xzr, [x1], #8
    cmp x1, x2
    b.lo 6b
    mov x0, x19
    bl arm_boot
7:  mov x0, x20
    bl arm_boot_cpu

/*
 * (kernel's tables, user's) The kernel's tables change under what may be in the TLB already, so this runs on neither: at
 * its physical address, by boot_root. Interrupts off.
 */
    .section .text.boot_change_tables, "ax", @progbits
    .globl boot_change_tables
boot_change_tables:
    adr x2, 8f
    mov x3, #WINDOW_BASE
    sub x2, x2, x3
    ldr x4, =boot_root
    sub x4, x4, x3
    msr ttbr0_el1, x4
    isb
    br x2
8:  msr ttbr1_el1, x1
    isb
    tlbi vmalle1
    dsb nsh
    isb
    msr ttbr1_el1, x0
    isb
    adr x2, 9f
    add x2, x2, x3
    br x2
9:  msr ttbr0_el1, x1
    isb
    tlbi vmalle1
    dsb nsh
    isb
    ret

    .section .bss.boot, "aw", @nobits
    .balign 4096
    .globl boot_stacks, fatal_stack
boot_stacks:
    .skip 32 * STACK_BYTES /* ENNEAD_CPUS_MAX */
fatal_stack:
    .skip 8192

    .section .tables, "aw", @nobits
    .balign 4096
boot_root:
    .skip 4096

    .section .note.GNU-stack, "", @progbits
