/*
 * User contexts: the register set, and the FPU. Functions of <arch/context.h>; no state of its own.
 */
#include "internal.h"

/* The set: pc, r1, r0, r3..r31 under their own numbers, then these; the thread pointer is last. */
enum {
    REGISTER_R0 = 2,
    REGISTER_GPR3 = 3,
    REGISTER_FRAME_KEPT = 31,
    REGISTER_CR = 32,
    REGISTER_LR,
    REGISTER_CTR,
    REGISTER_XER,
    REGISTER_TLS,
    REGISTER_COUNT,
};

void context_init(struct arch_context *context, ennead_word pc, ennead_word sp, ennead_word argument)
{
    uint32_t tls = context->frame.gpr[2];

    *context = (struct arch_context){
        .frame = {.pc = pc & ~3u, .gpr = {[1] = sp, [2] = tls, [3] = argument}},
        .full = true,
    };
}

/* Inline, as a fault is answered with all of them in one go. */
static inline __attribute__((always_inline)) ennead_word *register_of(struct arch_context *context, unsigned index)
{
    struct ppc_frame *frame = &context->frame;

    if (index == ENNEAD_REGISTER_PC)
        return &frame->pc;
    if (index >= REGISTER_GPR3 && index <= REGISTER_FRAME_KEPT)
        return &frame->gpr[index];
    switch (index) {
    case REGISTER_R0:
        return &frame->gpr[0];
    case REGISTER_CR:
        return &frame->cr;
    case REGISTER_LR:
        return &frame->lr;
    case REGISTER_CTR:
        return &frame->ctr;
    case REGISTER_XER:
        return &frame->xer;
    case REGISTER_TLS:
        return &frame->gpr[2];
    default:
        return &frame->gpr[1];
    }
}

static bool is_kept(unsigned index)
{
    return index <= ENNEAD_REGISTER_SP || index == REGISTER_FRAME_KEPT || index == REGISTER_TLS;
}

static void set_register(struct arch_context *context, unsigned index, ennead_word value)
{
    *register_of(context, index) = index == ENNEAD_REGISTER_PC ? value & ~3u : value;
}

#include "../../platform/drivers/context_registers.h"

void frame_dump(const struct ppc_frame *frame)
{
    for (unsigned i = 0; i < 32; i++)
        kprintf("  r%02u %08x%s", i, (unsigned)frame->gpr[i], i % 4 == 3 ? "\n" : "");
    kprintf("  pc  %08x  lr  %08x  cr  %08x  ctr %08x\n", (unsigned)frame->pc, (unsigned)frame->lr, (unsigned)frame->cr,
            (unsigned)frame->ctr);
}

void context_dump(const struct arch_context *context)
{
    if (context->full) {
        frame_dump(&context->frame);
        return;
    }
    kprintf("  in a system call: pc %08x r1 %08x r2 %08x r31 %08x\n", (unsigned)context->frame.pc,
            (unsigned)context->frame.gpr[1], (unsigned)context->frame.gpr[2], (unsigned)context->frame.gpr[31]);
}

/* Sixteen words at a time go through as many registers. */
void ppc_copy_words(ennead_word *to, const ennead_word *from, unsigned count)
{
    if (count >= 16)
        __asm__ volatile("mtctr %2\n"
                         "1: lmw 16, 0(%1)\n"
                         "addi %1, %1, 64\n"
                         "stmw 16, 0(%0)\n"
                         "addi %0, %0, 64\n"
                         "bdnz 1b"
                         : "+b"(to), "+b"(from)
                         : "r"(count / 16)
                         : "ctr", "memory", "r16", "r17", "r18", "r19", "r20", "r21", "r22", "r23", "r24", "r25", "r26",
                           "r27", "r28", "r29", "r30", "r31");
    for (count %= 16; count > 0; count--)
        *to++ = *from++;
}

/* ---- the FPU: on while the kernel moves its registers, and in user mode while cpu->msr says so ---- */

static void turn_on(void)
{
    uint32_t msr;
    __asm__ volatile("mfmsr %0; ori %0, %0, %1; mtmsr %0; isync" : "=&r"(msr) : "i"(MSR_FP) : "memory");
}

static void turn_off(void)
{
    uint32_t msr;
    __asm__ volatile("mfmsr %0; rlwinm %0, %0, 0, 19, 17; mtmsr %0; isync" : "=&r"(msr)::"memory");
}

void fpu_init(struct arch_fpu *state)
{
    (void)state; /* all exceptions masked, rounding to nearest */
}

void fpu_save(struct arch_fpu *state)
{
    turn_on();
    __asm__ volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                     "stfd \\n, \\n*8(%0)\n"
                     ".endr\n"
                     "mffs 0\n"
                     "stfd 0, 256(%0)" ::"b"(state)
                     : "memory");
    turn_off();
}

void fpu_load(const struct arch_fpu *state)
{
    turn_on();
    __asm__ volatile("lfd 0, 256(%0)\n"
                     "mtfsf 255, 0\n"
                     ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                     "lfd \\n, \\n*8(%0)\n"
                     ".endr" ::"b"(state)
                     : "memory");
    turn_off();
}

void fpu_set(bool on)
{
    struct arch_cpu *cpu = this_arch_cpu();
    cpu->msr = (cpu->msr & ~(uint32_t)MSR_FP) | (on ? MSR_FP : 0);
}
