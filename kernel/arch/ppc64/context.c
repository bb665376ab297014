/*
 * User contexts: the register set, and the FPU. Functions of <arch/context.h>; no state of its own.
 */
#include "internal.h"

/* The set: pc, r1, r0, r2..r12, r14..r31 under their own numbers, then these; the thread pointer is last. */
enum {
    REGISTER_R0 = 2,
    REGISTER_R2 = 3,
    REGISTER_R14 = 14,
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
    uint64_t tls = context->frame.gpr[13];

    /* A function's own entry finds its table of contents by its address. */
    *context = (struct arch_context){
        .frame = {.pc = pc & ~UINT64_C(3), .gpr = {[1] = sp, [3] = argument, [13] = tls}},
        .full = true,
    };
}

/* Inline where a register is written: a fault is answered with all of them in one go. */
static inline __attribute__((always_inline)) ennead_word *place_of(struct arch_context *context, unsigned index)
{
    struct ppc_frame *frame = &context->frame;

    if (index == ENNEAD_REGISTER_PC)
        return &frame->pc;
    if (index >= REGISTER_R2 && index <= REGISTER_FRAME_KEPT)
        return &frame->gpr[index < REGISTER_R14 ? index - 1 : index];
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
        return &frame->gpr[13];
    default:
        return &frame->gpr[1];
    }
}

static ennead_word *register_of(struct arch_context *context, unsigned index)
{
    return place_of(context, index);
}

static bool is_kept(unsigned index)
{
    return index <= ENNEAD_REGISTER_SP || index == REGISTER_R2 || index == REGISTER_FRAME_KEPT || index == REGISTER_TLS;
}

static void set_register(struct arch_context *context, unsigned index, ennead_word value)
{
    *place_of(context, index) = index == ENNEAD_REGISTER_PC ? value & ~UINT64_C(3) : value;
}

#include "../../platform/drivers/context_registers.h"

void frame_dump(const struct ppc_frame *frame)
{
    for (unsigned i = 0; i < 32; i++)
        kprintf("  r%02u %016lx%s", i, (unsigned long)frame->gpr[i], i % 4 == 3 ? "\n" : "");
    kprintf("  pc  %016lx  lr  %016lx  cr  %08x  ctr %016lx\n", (unsigned long)frame->pc, (unsigned long)frame->lr,
            (unsigned)frame->cr, (unsigned long)frame->ctr);
}

void context_dump(const struct arch_context *context)
{
    if (context->full) {
        frame_dump(&context->frame);
        return;
    }
    kprintf("  in a system call: pc %016lx r1 %016lx r13 %016lx r31 %016lx\n", (unsigned long)context->frame.pc,
            (unsigned long)context->frame.gpr[1], (unsigned long)context->frame.gpr[13],
            (unsigned long)context->frame.gpr[31]);
}

/* ---- the FPU: on while the kernel moves its registers, and in user mode while cpu->msr says so ---- */

static void set_units(bool on)
{
    uint64_t msr;
    __asm__ volatile("mfmsr %0" : "=r"(msr));
    msr = on ? msr | MSR_UNITS : msr & ~(uint64_t)MSR_UNITS;
    __asm__ volatile("mtmsrd %0; isync" ::"r"(msr) : "memory");
}

#define ALL_REGISTERS                                                                                                  \
    ".machine push; .machine power9\n"                                                                                 \
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,"     \
    "37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63\n"

void fpu_init(struct arch_fpu *state)
{
    (void)state; /* all exceptions masked, rounding to nearest */
}

void fpu_save(struct arch_fpu *state)
{
    set_units(true);
    __asm__ volatile(ALL_REGISTERS "stxv \\n, \\n*16(%0)\n"
                                   ".endr\n"
                                   "mfvscr 0\n"
                                   "stxv 32, 1024(%0)\n"
                                   "mffs 0\n"
                                   "stfd 0, 1040(%0)\n"
                                   ".machine pop" ::"b"(state)
                     : "memory");
    set_units(false);
}

void fpu_load(const struct arch_fpu *state)
{
    set_units(true);
    __asm__ volatile(".machine push; .machine power9\n"
                     "lfd 0, 1040(%0)\n"
                     "mtfsf 255, 0, 1, 0\n"
                     "lxv 32, 1024(%0)\n"
                     "mtvscr 0\n"
                     ".machine pop\n" ALL_REGISTERS "lxv \\n, \\n*16(%0)\n"
                     ".endr\n"
                     ".machine pop" ::"b"(state)
                     : "memory");
    set_units(false);
}

void fpu_set(bool on)
{
    struct arch_cpu *cpu = this_arch_cpu();
    cpu->msr = on ? MSR_USER | MSR_UNITS : MSR_USER;
}
