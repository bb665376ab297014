/*
 * From the firmware to C: supervisor mode, translation off, at the physical address that the image was loaded to. The
 * first CPU: a0 = hart, a1 = device tree; the others, started by the kernel: a1 = their number. Owns the root of the
 * kernel's page tables.
 *
 * OpenSBI 1.1, which QEMU 7.2 has, makes a hart ready to start before it says where (sbi_hsm_hart_start() in
 * lib/sbi/sbi_hsm.c changes the state, and then writes next_addr): one that is just looking comes to where the first
 * hart came, with the first one's parameters. It goes on as the CPU that is being started: they come one by one.
 */
#include <riscv/layout.h>

    .option arch, +a, +zicsr, +zifencei

/* Translation on: the next fetch traps, to where STVEC says, which is the label at its linked address. Loses t0..t2. */
    .macro GO_HIGH
    lla t1, kernel_root
    srli t1, t1, 12
    li t0, SATP_SV39
    or t1, t1, t0
    lla t0, 9f
    li t2, KERNEL_OFFSET
    add t0, t0, t2
    csrw stvec, t0
    sfence.vma
    csrw satp, t1
    .balign 4
9:
    .endm

/* Loaders may take the image's start for its entry. */
    .section .text.boot, "ax", @progbits
    .globl boot_entry
boot_entry:
    j boot_first

    .section .boot.text.entry, "ax", @progbits
    .balign 4
    .globl boot_secondary_entry
boot_first:
    lla t0, boot_entered
    li t1, 1
    amoswap.w.aqrl t1, t1, (t0)
    bnez t1, 2f
    csrwi sie, SIP_SOFTWARE /* for cpu_relax() */
    lla t0, kernel_root + 8 * DIRECT_ROOT
    li t1, PTE_DATA
    li t2, DIRECT_GIB
    li t3, 1 << 28 /* a GiB in an entry */
1:  sd t1, (t0)
    add t1, t1, t3
    addi t0, t0, 8
    addi t2, t2, -1
    bnez t2, 1b
    li t1, (0x80000000 >> 2) | PTE_DATA | PTE_X
    sd t1, (t0) /* KERNEL_ROOT, which is next: until window_init() */
    GO_HIGH
    lla t0, bss_start
    lla t1, image_end
1:  sd zero, (t0)
    addi t0, t0, 8
    bltu t0, t1, 1b
    lla sp, boot_stacks + STACK_BYTES
    lla tp, cpus
    csrw sscratch, zero
    lla t0, entry_trap
    csrw stvec, t0
    li s0, 0
    call riscv_boot

    .balign 4
2:  lla t0, riscv_starting
    lw a1, (t0)
    .balign 4
boot_secondary_entry:
    csrwi sie, SIP_SOFTWARE
    GO_HIGH
    li t0, STACK_BYTES
    mul t0, t0, a1
    lla sp, boot_stacks + STACK_BYTES
    add sp, sp, t0
    lla tp, cpus
    csrw sscratch, zero
    lla t0, entry_trap
    csrw stvec, t0
    li s0, 0
    mv a0, a1
    call riscv_boot_cpu

/* Not cleared with the rest of the bss, which the root of the tables is in use before. */
    .section .data.boot, "aw", @progbits
    .balign 4096
    .globl kernel_root
kernel_root:
    .skip 4096
boot_entered:
    .word 0
    .globl riscv_starting
riscv_starting:
    .word 0

    .section .bss.boot, "aw", @nobits
    .balign 4096
    .globl boot_stacks, fatal_stack
boot_stacks:
    .skip 32 * STACK_BYTES /* ENNEAD_CPUS_MAX */
fatal_stack:
    .skip FATAL_STACK_BYTES

    .section .note.GNU-stack, "", @progbits
