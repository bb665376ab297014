/*
 * From the board's entry to C: the first CPU in 32-bit protected mode, paging off, ebx = what board_init() gets; the
 * others from real mode. Runs once per CPU; owns the tables used until window_init().
 */
#include <x86/layout.h>

#define PHYS(symbol) (symbol - KERNEL_BASE)

/* Paging on, with the tables at boot_pml4. Loses eax, ecx, edx. */
    .macro ENTER_LONG_MODE efer:vararg
    movl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $PHYS(boot_pml4), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $(\efer), %eax
    wrmsr
    movl $(CR0_PE | CR0_MP | CR0_NE | CR0_WP | CR0_AM | CR0_PG), %eax
    movl %eax, %cr0
    .endm

    .section .boot.text.entry, "ax", @progbits
    .code32
    .globl boot_entry
boot_entry:
    cld
    xorl %eax, %eax
    movl $PHYS(boot_pml4), %edi
    movl $(4 * 4096 / 4), %ecx
    rep stosl
    movl $PHYS(direct_pd), %edi
    movl $(PTE_PRESENT | PTE_WRITE | PTE_LARGE), %eax
1:  movl %eax, (%edi)
    movl $0, 4(%edi)
    addl $8, %edi
    addl $0x200000, %eax
    jnc 1b /* until 4 GiB */

    movl $(PHYS(direct_pd) + PTE_PRESENT + PTE_WRITE), %eax
    movl $PHYS(direct_pdpt), %edi
    movl $4, %ecx
1:  movl %eax, (%edi)
    addl $0x1000, %eax
    addl $8, %edi
    loop 1b

    movl $(PHYS(direct_pdpt) + PTE_PRESENT + PTE_WRITE), %eax
    movl %eax, PHYS(boot_pml4)
    movl %eax, PHYS(boot_pml4) + 256 * 8
    movl $(PHYS(kernel_pdpt) + PTE_PRESENT + PTE_WRITE), PHYS(boot_pml4) + 511 * 8
    movl $(PHYS(kernel_pd) + PTE_PRESENT + PTE_WRITE), PHYS(kernel_pdpt) + 510 * 8
    movl $(PTE_PRESENT | PTE_WRITE | PTE_LARGE), PHYS(kernel_pd)

    lgdtl PHYS(boot_gdt_pointer)
    movl %ebx, %ebp
    ENTER_LONG_MODE EFER_LME
    ljmpl $SEL_KERNEL_CODE, $PHYS(1f)
    .code64
1:  movabsq $2f, %rax
    jmpq *%rax
2:  leaq boot_stacks + STACK_BYTES(%rip), %rsp
    movl %ebp, %edi
    xorl %ebp, %ebp
    call x86_boot

/* Copied to TRAMPOLINE. Straight from real to long mode; data that cannot run needs EFER.NXE from the first fetch. */
    .code16
    .globl trampoline, trampoline_end
trampoline:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    lgdtl TRAMPOLINE + trampoline_gdt - trampoline
    ENTER_LONG_MODE EFER_LME | EFER_NXE
    ljmpl $SEL_KERNEL_CODE, $(TRAMPOLINE + 1f - trampoline)
    .code64
1:  movabsq $trampoline_high, %rax
    jmpq *%rax
    .balign 4
trampoline_gdt:
    .word boot_gdt_end - boot_gdt - 1
    .long PHYS(boot_gdt)
trampoline_end:

trampoline_high:
    movl x86_starting_cpu(%rip), %edi
    imull $STACK_BYTES, %edi, %eax
    leaq boot_stacks + STACK_BYTES(%rip), %rsp
    addq %rax, %rsp
    xorl %ebp, %ebp
    call x86_boot_cpu

    .balign 8
    .globl boot_gdt, boot_gdt_end
boot_gdt:
    .quad 0
    .quad 0x00af9a000000ffff
    .quad 0x00cf92000000ffff
boot_gdt_end:
boot_gdt_pointer:
    .word boot_gdt_end - boot_gdt - 1
    .long PHYS(boot_gdt)

/* The direct map's and the kernel's tables stay in use; boot_pml4 also maps low addresses, for starting CPUs. */
    .section .bss.boot, "aw", @nobits
    .balign 4096
    .globl boot_pml4, kernel_pdpt, kernel_pd, direct_pdpt, direct_pd, boot_stacks
boot_pml4:
    .skip 4096
kernel_pdpt:
    .skip 4096
kernel_pd:
    .skip 4096
direct_pdpt:
    .skip 4096
direct_pd:
    .skip 4 * 4096
boot_stacks:
    .skip 32 * STACK_BYTES /* ENNEAD_CPUS_MAX */

    .section .note.GNU-stack, "", @progbits
