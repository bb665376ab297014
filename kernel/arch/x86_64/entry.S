/*
 * Entries from user mode and the way back; interrupts taken in the kernel's two windows.
 *
 * All entries run with interrupts off on this CPU's stack, empty but for the entry itself. C returns the context
 * to resume. GS's base is struct x86_cpu in the kernel, and in the user half in user mode (CR4.FSGSBASE is off
 * and no user segment has another base): the fatal entries, which may come at any instruction, rely on its sign.
 */
#include <x86/layout.h>

/* The context in rax becomes the one that entries save to, below it, and is in rsi too. Lost: rax, rcx, rdx. */
    .macro SWITCH_CONTEXT
    movq %rax, %gs:CPU_RSP0
    movq %rax, %rsi
    xorl %ecx, %ecx
    movl %ecx, %ds
    movl %ecx, %es
    movl %ecx, %fs
    movl CTX_TLS(%rsi), %eax
    movl CTX_TLS+4(%rsi), %edx
    movl $MSR_FS_BASE, %ecx
    wrmsr
    .endm

    .section .text.entry, "ax", @progbits

/*
 * rax is lost in the calling convention: the only register free before the context is known. The tag and the words are
 * in registers that C preserves, until one of the ways out. In user mode the context is never marked as full.
 */
    .globl entry_syscall
    .balign 16
entry_syscall:
    swapgs
    movq %gs:CPU_RSP0, %rax
    movq %rcx, FRAME_RIP(%rax)
    movq %r11, FRAME_RFLAGS(%rax)
    movq %rsp, FRAME_RSP(%rax)
    movq %rbp, FRAME_RBP(%rax)
    movq %gs:CPU_STACK, %rsp
    movq %rdi, %rbp
    movl %r15d, %r15d
    movl %r15d, %esi
    movq %rax, %rdx
    call kernel_message
    testq %rax, %rax
    jz general_path

/*
 * To a short context, in rax, whose tag and words are in registers; the instruction given sets eax. Segment registers are reset too: what one thread
 * loaded is not for the next. GS's user base stays 0. A context becomes short only above, so that its rip is canonical.
 */
    .macro RETURN_SHORT status:vararg
    SWITCH_CONTEXT
    movq FRAME_RIP(%rsi), %rcx
    movq FRAME_RFLAGS(%rsi), %r11
    movq FRAME_RSP(%rsi), %rsp
    movq FRAME_RBP(%rsi), %rbp
    movl CTX_BADGE(%rsi), %edi
    \status
    xorl %edx, %edx
    xorl %esi, %esi
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    xorl %r10d, %r10d
    swapgs
    movl %edx, %gs
    sysretq
    .endm
    RETURN_SHORT xorl %eax, %eax

general_path:
    movq %gs:CPU_RSP0, %rax
    movq %rbp, CTX_TARGET(%rax)
    movl %r15d, CTX_TAG(%rax)
    movq %rbx, CTX_WORDS(%rax)
    movq %r12, CTX_WORDS+8(%rax)
    movq %r13, CTX_WORDS+16(%rax)
    movq %r14, CTX_WORDS+24(%rax)
    xorl %ebp, %ebp
    call kernel_ipc

/* Resume the context in rax. */
    .globl entry_resume
entry_resume:
    cmpl $0, CTX_FULL(%rax)
    jne resume_full
    movq CTX_WORDS(%rax), %rbx
    movq CTX_WORDS+8(%rax), %r12
    movq CTX_WORDS+16(%rax), %r13
    movq CTX_WORDS+24(%rax), %r14
    movl CTX_TAG(%rax), %r15d
    RETURN_SHORT movl CTX_STATUS(%rsi), %eax

    .globl cpu_resume
cpu_resume:
    movq %rdi, %rax
    jmp entry_resume

    .macro POP_REGISTERS
    .irp register, r15, r14, r13, r12, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, rbp
    popq %\register
    .endr
    addq $16, %rsp
    .endm

    .macro PUSH_REGISTERS
    .irp register, rbp, rdi, rsi, rdx, rcx, rax, r8, r9, r10, r11, rbx, r12, r13, r14, r15
    pushq %\register
    .endr
    .endm

/* Only the fatal entries can come while rsp is in the frame, and they have a stack of their own. */
resume_full:
    cmpq %rax, %gs:CPU_RSP0
    je 1f
    SWITCH_CONTEXT
    xorl %edx, %edx
    swapgs
    movl %edx, %gs
    swapgs
    movq %rsi, %rax
1:  movl $0, CTX_FULL(%rax)
    leaq -FRAME_BYTES(%rax), %rsp
    POP_REGISTERS
    swapgs
    iretq

/* The stack is the context's frame if user mode was interrupted, else the kernel's. */
trap_entry:
    PUSH_REGISTERS
    testb $3, FRAME_BYTES+FRAME_CS(%rsp)
    jz 1f
    swapgs
    lfence /* no speculation with user mode's GS */
    leaq FRAME_BYTES(%rsp), %rdi
    movl $1, CTX_FULL(%rdi)
    movq %gs:CPU_STACK, %rsp
    pushq $2 /* user mode's direction and alignment-check flags mean something in the kernel */
    popfq
    xorl %ebp, %ebp
    call trap_from_user
    jmp entry_resume
1:  lfence
    cld
    movq %rsp, %rdi
    call trap_from_kernel
    POP_REGISTERS
    iretq

/* NMI, double fault, machine check: never returns, so whatever was interrupted need not be whole. */
fatal_entry:
    PUSH_REGISTERS
    cld
    movl $MSR_GS_BASE, %ecx
    rdmsr
    testl %edx, %edx
    js 1f
    swapgs
1:  movq %rsp, %rdi
    call trap_from_kernel
    ud2

/* One stub per exception, TRAP_STUB_BYTES each. The hardware pushes an error code for 8, 10-14, 17, 21, 29, 30. */
    .globl trap_stubs, interrupt_stubs
trap_stubs:
    .set vector, 0
    .rept VECTOR_SOURCES
    .org trap_stubs + vector * TRAP_STUB_BYTES, 0xcc
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    pushq $0
    .endif
    pushq $vector
    .if vector == 2 || vector == 8 || vector == 18
    jmp fatal_entry
    .else
    jmp trap_entry
    .endif
    .set vector, vector + 1
    .endr
/* One per interrupt, INTERRUPT_STUB_BYTES each, and after so many as a short jump reaches what they share, of STUBS_END_BYTES. Their
 * error code is the vector again. */
interrupt_stubs:
    .rept (VECTORS - VECTOR_SOURCES + STUBS_TOGETHER - 1) / STUBS_TOGETHER
    .rept STUBS_TOGETHER
    .if vector < VECTORS
    pushq $vector
    jmp 1f
    .endif
    .set vector, vector + 1
    .endr
1:  pushq (%rsp)
    jmp trap_entry
    .endr

/* The only code of the kernel that runs with interrupts on: trap_from_kernel() knows its bounds. */
    .globl cpu_interrupt_window, cpu_wait, interrupt_window_end
    .type cpu_interrupt_window, @function
    .type cpu_wait, @function
cpu_interrupt_window:
    sti
    nop
    cli
    ret
cpu_wait:
    sti
    hlt
    cli
    ret
interrupt_window_end:

    .section .note.GNU-stack, "", @progbits
