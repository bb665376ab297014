/* All registers: as a thread finds them, across a system call, across preemption. Layouts stand in registers.c. */

/* rax: pattern. Lost: rcx. */
    .macro FPU_FILL
    fninit
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7
    leaq \i(%rax), %rcx
    pushq %rcx
    fildq (%rsp)
    popq %rcx
    .endr
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    leaq \i(%rax), %rcx
    movq %rcx, %xmm\i
    punpcklqdq %xmm\i, %xmm\i
    .endr
    movl %eax, %ecx
    andl $3, %ecx
    shll $10, %ecx
    orl $0x037f, %ecx
    pushq %rcx
    fldcw (%rsp)
    subl $0x037f, %ecx
    shll $3, %ecx
    orl $0x1f80, %ecx
    movl %ecx, (%rsp)
    ldmxcsr (%rsp)
    popq %rcx
    .endm

/* rax: pattern. Adds to rbx what is wrong. Lost: rcx, rdx, the FPU, which is as new afterwards. */
    .macro FPU_CHECK
    pushq $0
    movl %eax, %ecx
    andl $3, %ecx
    shll $10, %ecx
    orl $0x037f, %ecx
    fstcw (%rsp)
    movl (%rsp), %edx
    xorl %ecx, %edx
    orq %rdx, %rbx
    subl $0x037f, %ecx
    shll $3, %ecx
    orl $0x1f80, %ecx
    stmxcsr (%rsp)
    movl (%rsp), %edx
    xorl %ecx, %edx
    orq %rdx, %rbx
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    leaq \i(%rax), %rcx
    movq %xmm\i, %rdx
    xorq %rcx, %rdx
    orq %rdx, %rbx
    psrldq $8, %xmm\i
    movq %xmm\i, %rdx
    xorq %rcx, %rdx
    orq %rdx, %rbx
    .endr
    .irp i, 7, 6, 5, 4, 3, 2, 1, 0
    leaq \i(%rax), %rcx
    fistpq (%rsp)
    movq (%rsp), %rdx
    xorq %rcx, %rdx
    orq %rdx, %rbx
    .endr
    fninit
    movl $0x1f80, (%rsp)
    ldmxcsr (%rsp)
    popq %rcx
    .endm

    .macro SAVE_KEPT
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .endm

    .macro RESTORE_KEPT
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    .endm

    .text
/* In the order of the register set; then the FPU; then goes on as any thread. */
    .globl port_dump_start
    .type port_dump_start, @function
port_dump_start:
    movq %rsp, port_first_registers + 8
    movq %rax, port_first_registers + 16
    movq %rbx, port_first_registers + 24
    movq %rcx, port_first_registers + 32
    movq %rdx, port_first_registers + 40
    movq %rsi, port_first_registers + 48
    movq %rdi, port_first_registers + 56
    movq %rbp, port_first_registers + 64
    movq %r8, port_first_registers + 72
    movq %r9, port_first_registers + 80
    movq %r10, port_first_registers + 88
    movq %r11, port_first_registers + 96
    movq %r12, port_first_registers + 104
    movq %r13, port_first_registers + 112
    movq %r14, port_first_registers + 120
    movq %r15, port_first_registers + 128
    pushfq
    popq port_first_registers + 136
    fxsave64 port_first_fpu
    jmp ennead_thread_start

/*
 * (in, out, pattern): in and out are rax rbx rcx rdx rsi rdi rbp r8..r15. A pattern other than 0 also fills the
 * FPU; the result is what was wrong with it afterwards.
 */
    .globl port_raw_call, port_raw_call_end
    .type port_raw_call, @function
port_raw_call:
    SAVE_KEPT
    pushq %rdx
    pushq %rsi
    movq %rdx, %rax
    testq %rax, %rax
    jz 1f
    FPU_FILL
1:  movq %rdi, %rax
    movq 8(%rax), %rbx
    movq 16(%rax), %rcx
    movq 24(%rax), %rdx
    movq 32(%rax), %rsi
    movq 40(%rax), %rdi
    movq 48(%rax), %rbp
    movq 56(%rax), %r8
    movq 64(%rax), %r9
    movq 72(%rax), %r10
    movq 80(%rax), %r11
    movq 88(%rax), %r12
    movq 96(%rax), %r13
    movq 104(%rax), %r14
    movq 112(%rax), %r15
    movq (%rax), %rax
    syscall
port_raw_call_end:
    pushq %rax
    movq 8(%rsp), %rax
    movq %rbx, 8(%rax)
    movq %rcx, 16(%rax)
    movq %rdx, 24(%rax)
    movq %rsi, 32(%rax)
    movq %rdi, 40(%rax)
    movq %rbp, 48(%rax)
    movq %r8, 56(%rax)
    movq %r9, 64(%rax)
    movq %r10, 72(%rax)
    movq %r11, 80(%rax)
    movq %r12, 88(%rax)
    movq %r13, 96(%rax)
    movq %r14, 104(%rax)
    movq %r15, 112(%rax)
    popq (%rax)
    popq %rsi
    popq %rax
    xorl %ebx, %ebx
    testq %rax, %rax
    jz 2f
    FPU_CHECK
2:  movq %rbx, %rax
    RESTORE_KEPT
    ret

/* (pattern, rounds) */
    .globl port_compute
    .type port_compute, @function
port_compute:
    SAVE_KEPT
    movq %rdi, %rax
    pushq %rax
    FPU_FILL
    movq %rsi, %rcx
    .set i, 1
    .irp r, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    leaq i * 0x1111(%rax), %\r
    .set i, i + 1
    .endr
1:  movaps %xmm0, %xmm0
    decq %rcx
    jnz 1b
    cmpq (%rsp), %rax
    jne 2f
    .set i, 1
    .irp r, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    leaq i * 0x1111(%rax), %rcx
    cmpq %rcx, %\r
    jne 2f
    .set i, i + 1
    .endr
    xorl %ebx, %ebx
    FPU_CHECK
    jmp 3f
2:  movl $1, %ebx
3:  popq %rcx
    movq %rbx, %rax
    RESTORE_KEPT
    ret

/* Code that can be copied: it returns. */
    .section .rodata
    .globl port_code
port_code:
    ret
    .fill 15, 1, 0xcc

    .bss
    .balign 16
    .globl port_first_fpu
port_first_fpu:
    .skip 512

    .section .note.GNU-stack, "", @progbits
