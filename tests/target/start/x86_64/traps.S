/* Instructions that trap; what messages they make stands in port.c. */
    .macro TRAP name
    .globl trap_\name
    .type trap_\name, @function
trap_\name:
    .endm

    .macro AT name
    .globl trap_\name\()_pc
trap_\name\()_pc:
    .endm

    .text
TRAP illegal
    nop
AT illegal
    ud2

TRAP privileged
    nop
AT privileged
    hlt

TRAP port_read
    movl $0x3f8, %edx
AT port_read
    inb %dx, %al
    ud2

TRAP port_write
    movl $0x604, %edx
    movl $0x2000, %eax
AT port_write
    outw %ax, %dx
    ud2

TRAP control_register
AT control_register
    movq %rax, %cr3
    ud2

TRAP msr
    movl $0xc0000082, %ecx
AT msr
    wrmsr
    ud2

TRAP gate
AT gate
    int $0x80
    ud2

TRAP interrupt_flag
AT interrupt_flag
    cli
    ud2

TRAP divide
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $1, %eax
AT divide
    divl %ecx
    ud2

TRAP breakpoint
    int3
AT breakpoint
    ud2

TRAP step
    pushfq
    orq $0x100, (%rsp)
    popfq
    nop
AT step
    ud2

TRAP misaligned
    movl $misaligned_data + 8, %eax
AT misaligned
    movaps (%rax), %xmm0
    ud2

TRAP x87
    pushq $0x0340
    fldcw (%rsp)
    fldz
    fld1
    fdiv %st(1), %st
AT x87
    fwait
    ud2

TRAP kernel_read
    movabsq $0xffffffff80100000, %rax
AT kernel_read
    movq (%rax), %rax
    ud2

TRAP kernel_write
    movabsq $0xffffffff80100000, %rax
AT kernel_write
    movq %rax, (%rax)
    ud2

TRAP kernel_execute
    movabsq $0xffffffff80100000, %rax
    jmp *%rax

TRAP direct_read
    movabsq $0xffff800000200000, %rax
AT direct_read
    movq (%rax), %rax
    ud2

TRAP noncanonical
    movabsq $0x8000000000000000, %rax
AT noncanonical
    movq (%rax), %rax
    ud2

TRAP jump
    movabsq $0x00007f8000000000, %rax
    jmp *%rax

    .section .rodata
    .balign 16
misaligned_data:
    .quad 0, 0, 0

    .section .note.GNU-stack, "", @progbits
