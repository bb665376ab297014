/* All registers: as a thread finds them, across a system call, across preemption. Layouts stand in registers.c. */

#define ALL_DOUBLES 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31

/* r8 r9: pattern. Register n holds it with n added to the lower half. Lost: r10. The rounding is of the pattern too. */
    .macro FPU_FILL
    .irp n, ALL_DOUBLES
    add r10, r8, #\n
    vmov d\n, r10, r9
    .endr
    and r10, r8, #3
    lsl r10, r10, #22
    vmsr fpscr, r10
    .endm

/* The same. Adds to r11 what is wrong; the unit is as new afterwards. Lost: r0, r1, r10. */
    .macro FPU_CHECK
    .irp n, ALL_DOUBLES
    vmov r0, r1, d\n
    add r10, r8, #\n
    eor r0, r0, r10
    orr r11, r11, r0
    eor r1, r1, r9
    orr r11, r11, r1
    .endr
    and r10, r8, #3
    lsl r10, r10, #22
    vmrs r0, fpscr
    eor r0, r0, r10
    orr r11, r11, r0
    mov r0, #0
    vmsr fpscr, r0
    .endm

    .text
    .balign 4
/* In the order of the register set, without the pc, and TPIDRURW in place of the last; then the FPU; then goes on as any thread. */
    .globl port_dump_start
    .type port_dump_start, %function
port_dump_start:
    str r0, [sp, #-4]
    ldr r0, =port_first_words
    str sp, [r0, #4]
    str r1, [r0, #12]
    ldr r1, [sp, #-4]
    str r1, [r0, #8]
    add r1, r0, #16
    stmia r1, {r2-r12}
    str lr, [r0, #60]
    mrs r1, cpsr
    bic r1, r1, #0xff /* where the processor is, which is not a flag */
    str r1, [r0, #64]
    mrc p15, 0, r1, c13, c0, 2
    str r1, [r0, #68]
    ldr r1, =port_first_fpu
    vstmia r1!, {d0-d15}
    vstmia r1!, {d16-d31}
    vmrs r2, fpscr
    str r2, [r1]
    ldr r0, [sp, #-4]
    b ennead_thread_start

/* (in, out, pattern): see registers.c. A pattern other than 0 also fills the FPU; the result is what was wrong with it. */
    .globl port_raw_call
    .type port_raw_call, %function
port_raw_call:
    push {r4-r11, lr}
    sub sp, sp, #20
    stmia sp, {r1, r2}
    ldrd r8, r9, [r2]
    orrs r10, r8, r9
    beq 1f
    FPU_FILL
1:  mov r12, r0
    ldr lr, [r12, #52]
    ldmia r12, {r0-r12}
    svc #0
    str r12, [sp, #8]
    ldr r12, [sp]
    stmia r12, {r0-r11}
    ldr r0, [sp, #8]
    str r0, [r12, #48]
    str lr, [r12, #52]
    mov r11, #0
    ldr r2, [sp, #4]
    ldrd r8, r9, [r2]
    orrs r10, r8, r9
    beq 2f
    FPU_CHECK
2:  mov r0, r11
    add sp, sp, #20
    pop {r4-r11, pc}

/* (r0 r1: pattern, r2 r3: rounds) Registers hold multiples of 17 above the pattern, for all the rounds. */
    .globl port_compute
    .type port_compute, %function
port_compute:
    push {r4-r11, lr}
    sub sp, sp, #12
    mov r8, r0
    mov r9, r1
    FPU_FILL
    .irp n, 3, 4, 5, 6, 7, 10, 11, 12, 14
    add r\n, r8, #\n * 17
    .endr
    msr cpsr_f, r8
1:  vmov.f64 d0, d0
    subs r2, r2, #1
    bne 1b
    str r11, [sp]
    mov r11, #0
    .irp n, 3, 4, 5, 6, 7, 10, 12, 14
    add r2, r8, #\n * 17
    eor r2, r2, r\n
    orr r11, r11, r2
    .endr
    ldr r3, [sp]
    add r2, r8, #11 * 17
    eor r2, r2, r3
    orr r11, r11, r2
    eor r2, r8, r0
    orr r11, r11, r2
    eor r2, r9, r1
    orr r11, r11, r2
    FPU_CHECK
    mov r0, r11
    mov r1, #0
    add sp, sp, #12
    pop {r4-r11, pc}

/* Code that can be copied: it returns. */
    .section .rodata
    .balign 4
    .globl port_code
port_code:
    bx lr
    .word 0, 0, 0

    .bss
    .balign 8
    .globl port_first_fpu, port_first_words
port_first_fpu:
    .skip 260
port_first_words:
    .skip 72

    .section .note.GNU-stack, "", %progbits
