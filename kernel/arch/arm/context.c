/* User contexts: the register set, and the FPU. Functions of <arch/context.h>; no state of its own. */
#include "internal.h"

/* The set: pc, sp, r0..r12, lr, flags, thread pointer. */
enum {
    REGISTER_R0 = 2,
    REGISTER_R9 = REGISTER_R0 + 9,
    REGISTER_LR = REGISTER_R0 + 13,
    REGISTER_FLAGS,
    REGISTER_TLS,
    REGISTER_COUNT,
};

#define PSR_FLAGS 0xf80f0000u /* all that others may choose for a thread, beside the instruction set */
#define CPACR_ALL 0x00a00000u /* beside what the kernel always has */

/* Bit 0 of an address of code says that it is Thumb's. */
static void set_pc(struct arch_context *context, uint32_t pc)
{
    context->pc = pc & (pc & 1 ? ~1u : ~3u);
    context->psr = (context->psr & ~(uint32_t)PSR_THUMB) | (pc & 1 ? PSR_THUMB : 0);
}

void context_init(struct arch_context *context, ennead_word pc, ennead_word sp, ennead_word argument)
{
    uint32_t tls = context->tls;

    *context = (struct arch_context){
        .r0_8 = {[0] = argument},
        .r9_14 = {[13 - 9] = sp},
        .psr = PSR_USER,
        .tls = tls,
        .full = true,
    };
    set_pc(context, pc);
}

static ennead_word *general_register(struct arch_context *context, unsigned n)
{
    return n < 9 ? &context->r0_8[n] : &context->r9_14[n - 9];
}

static ennead_word *register_of(struct arch_context *context, unsigned index)
{
    switch (index) {
    case ENNEAD_REGISTER_PC:
        return &context->pc;
    case ENNEAD_REGISTER_SP:
        return general_register(context, 13);
    case REGISTER_LR:
        return general_register(context, 14);
    case REGISTER_FLAGS:
        return &context->psr;
    case REGISTER_TLS:
        return &context->tls;
    default:
        return general_register(context, index - REGISTER_R0);
    }
}

static bool is_kept(unsigned index)
{
    return index <= ENNEAD_REGISTER_SP || index >= REGISTER_R9;
}

static void set_register(struct arch_context *context, unsigned index, ennead_word value)
{
    if (index == ENNEAD_REGISTER_PC)
        set_pc(context, value);
    else if (index == REGISTER_FLAGS)
        context->psr = (value & PSR_FLAGS) | (context->psr & PSR_THUMB) | PSR_USER;
    else
        *register_of(context, index) = value;
}

#include "../../platform/drivers/context_registers.h"

void context_dump_all(const struct arch_context *context)
{
    for (unsigned i = 0; i < 13; i++)
        kprintf("  r%02u %08x%s", i, (unsigned)(i < 9 ? context->r0_8[i] : context->r9_14[i - 9]),
                i % 4 == 3 ? "\n" : "");
    kprintf("\n  sp  %08x  lr  %08x\n  pc  %08x  psr %08x\n", (unsigned)context->r9_14[13 - 9],
            (unsigned)context->r9_14[14 - 9], (unsigned)context->pc, (unsigned)context->psr);
}

void context_dump(const struct arch_context *context)
{
    if (context->full) {
        context_dump_all(context);
        return;
    }
    kprintf("  in a system call: pc %08x sp %08x fp %08x lr %08x\n", (unsigned)context->pc,
            (unsigned)context->r9_14[13 - 9], (unsigned)context->r9_14[11 - 9], (unsigned)context->r9_14[14 - 9]);
}

/* ---- the FPU: the kernel always has it; whoever moves registers is the only one that uses it there ---- */

void fpu_init(struct arch_fpu *state)
{
    (void)state; /* all exceptions masked, rounding to nearest */
}

void fpu_save(struct arch_fpu *state)
{
    uint64_t *at = state->d;
    __asm__ volatile(".fpu neon\nvstmia %0!, {d0-d15}; vstmia %0, {d16-d31}" : "+r"(at)::"memory");
    __asm__ volatile(".fpu neon\nvmrs %0, fpscr" : "=r"(state->fpscr));
}

void fpu_load(const struct arch_fpu *state)
{
    const uint64_t *at = state->d;
    __asm__ volatile(".fpu neon\nvldmia %0!, {d0-d15}; vldmia %0, {d16-d31}" : "+r"(at)::"memory");
    __asm__ volatile(".fpu neon\nvmsr fpscr, %0" ::"r"(state->fpscr));
}

void fpu_set(bool on)
{
    this_arch_cpu()->fpu_on = on;
    ARM_WRITE32(0, c1, c0, 2, on ? CPACR_KERNEL | CPACR_ALL : CPACR_KERNEL);
    arm_isb();
}
