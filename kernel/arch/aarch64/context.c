/* User contexts: the register set, and the FPU. Functions of <arch/context.h>; no state of its own. */
#include "internal.h"

/* The set: pc, sp, x0..x30, flags, thread pointer. */
enum {
    REGISTER_X0 = 2,
    REGISTER_FRAME_POINTER = REGISTER_X0 + 29,
    REGISTER_FLAGS = REGISTER_X0 + 31,
    REGISTER_TLS,
    REGISTER_COUNT,
};

#define PSR_FLAGS UINT64_C(0xf0000000) /* all that others may choose for a thread */
#define CPACR_FPU UINT64_C(0x200000)   /* beside what the kernel always has */

void context_init(struct arch_context *context, ennead_word pc, ennead_word sp, ennead_word argument)
{
    uint64_t tls = context->tls;

    *context = (struct arch_context){
        .frame = {.x = {argument}, .sp = sp, .pc = pc, .psr = PSR_USER},
        .tls = tls,
        .full = true,
    };
}

static ennead_word *register_of(struct arch_context *context, unsigned index)
{
    switch (index) {
    case ENNEAD_REGISTER_PC:
        return &context->frame.pc;
    case ENNEAD_REGISTER_SP:
        return &context->frame.sp;
    case REGISTER_FLAGS:
        return &context->frame.psr;
    case REGISTER_TLS:
        return &context->tls;
    default:
        return &context->frame.x[index - REGISTER_X0];
    }
}

static bool is_kept(unsigned index)
{
    return index <= ENNEAD_REGISTER_SP || index == REGISTER_FRAME_POINTER || index == REGISTER_TLS;
}

static void set_register(struct arch_context *context, unsigned index, ennead_word value)
{
    *register_of(context, index) = index == REGISTER_FLAGS ? value & PSR_FLAGS : value;
}

#include "../../platform/drivers/context_registers.h"

void frame_dump(const struct arm_frame *frame)
{
    for (unsigned i = 0; i < 31; i++)
        kprintf("  x%02u %016lx%s", i, (unsigned long)frame->x[i], i % 4 == 3 ? "\n" : "");
    kprintf("  sp  %016lx\n  pc  %016lx  psr %08lx\n", (unsigned long)frame->sp, (unsigned long)frame->pc,
            (unsigned long)frame->psr);
}

void context_dump(const struct arch_context *context)
{
    if (context->full) {
        frame_dump(&context->frame);
        return;
    }
    kprintf("  in a system call: pc %016lx sp %016lx x29 %016lx\n", (unsigned long)context->frame.pc,
            (unsigned long)context->frame.sp, (unsigned long)context->frame.x[29]);
}

/* ---- the FPU: the kernel always has it; whoever moves registers is the only one that uses it there ---- */

#define ALL_Q ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"

void fpu_init(struct arch_fpu *state)
{
    (void)state; /* all exceptions masked, rounding to nearest */
}

void fpu_save(struct arch_fpu *state)
{
    __asm__ volatile(ALL_Q "str q\\n, [%0, #\\n*16]\n.endr" ::"r"(state) : "memory");
    state->fpsr = ARM_READ(fpsr);
    state->fpcr = ARM_READ(fpcr);
}

void fpu_load(const struct arch_fpu *state)
{
    __asm__ volatile(ALL_Q "ldr q\\n, [%0, #\\n*16]\n.endr" ::"r"(state) : "memory");
    ARM_WRITE(fpsr, state->fpsr);
    ARM_WRITE(fpcr, state->fpcr);
}

void fpu_set(bool on)
{
    ARM_WRITE(cpacr_el1, on ? CPACR_KERNEL | CPACR_FPU : CPACR_KERNEL);
}
