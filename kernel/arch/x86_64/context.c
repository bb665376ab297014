/*
 * User contexts: the register set, and the FPU. Functions of <arch/context.h>; no state of its own but the
 * choice of FPU policy.
 */
#include "internal.h"

bool x86_fpu_eager;

#define FRAME_WORD(field) (offsetof(struct x86_frame, field) / sizeof(uint64_t))

/* The register set; the thread pointer is last. */
static const struct {
    uint8_t word; /* in the frame */
    char name[4];
} registers[] = {
    {FRAME_WORD(rip), "rip"}, {FRAME_WORD(rsp), "rsp"},    {FRAME_WORD(rax), "rax"}, {FRAME_WORD(rbx), "rbx"},
    {FRAME_WORD(rcx), "rcx"}, {FRAME_WORD(rdx), "rdx"},    {FRAME_WORD(rsi), "rsi"}, {FRAME_WORD(rdi), "rdi"},
    {FRAME_WORD(rbp), "rbp"}, {FRAME_WORD(r8), "r8 "},     {FRAME_WORD(r9), "r9 "},  {FRAME_WORD(r10), "r10"},
    {FRAME_WORD(r11), "r11"}, {FRAME_WORD(r12), "r12"},    {FRAME_WORD(r13), "r13"}, {FRAME_WORD(r14), "r14"},
    {FRAME_WORD(r15), "r15"}, {FRAME_WORD(rflags), "flg"},
};

enum {
    REGISTER_FRAME_POINTER = 8,
    REGISTER_FLAGS = 17,
    REGISTER_TLS,
    REGISTER_COUNT,
};
_Static_assert(sizeof(registers) / sizeof(registers[0]) == REGISTER_TLS, "the thread pointer is last");

/* IRET and WRMSR fault in the kernel on an address that is not canonical. User mode can fetch none of these. */
static uint64_t safe_pc(uint64_t pc)
{
    return pc < PORT_USER_END ? pc : PORT_USER_END;
}

static uint64_t canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16);
}

void context_init(struct arch_context *context, ennead_word pc, ennead_word sp, ennead_word argument)
{
    struct x86_frame *frame = frame_of(context);
    uint64_t tls = context->tls;

    __builtin_memset(frame, 0, sizeof *frame + sizeof *context);
    frame->rip = safe_pc(pc);
    frame->cs = SEL_USER_CODE;
    frame->rflags = RFLAGS_FIXED;
    frame->rsp = sp;
    frame->ss = SEL_USER_DATA;
    frame->rdi = argument;
    context->tls = tls;
    context->full = true;
}

static ennead_word *register_of(struct arch_context *context, unsigned index)
{
    return index == REGISTER_TLS ? &context->tls : &((uint64_t *)frame_of(context))[registers[index].word];
}

static bool is_kept(unsigned index)
{
    return index <= ENNEAD_REGISTER_SP || index == REGISTER_FRAME_POINTER || index >= REGISTER_FLAGS;
}

/* Neither cs nor ss is of the set: they stay what context_init() made them. */
static void set_register(struct arch_context *context, unsigned index, ennead_word value)
{
    if (index == REGISTER_TLS)
        context_set_tls(context, value);
    else if (index == ENNEAD_REGISTER_PC)
        frame_of(context)->rip = safe_pc(value);
    else if (index == REGISTER_FLAGS)
        frame_of(context)->rflags = (value & RFLAGS_USER) | RFLAGS_FIXED;
    else
        *register_of(context, index) = value;
}

#include "../../platform/drivers/context_registers.h"

/* The thread may be the one whose pointer is loaded: no switch would load it again. */
void context_set_tls(struct arch_context *context, ennead_word value)
{
    context->tls = canonical(value);
    uint64_t running;
    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(running) : "i"(CPU_RSP0));
    if (running == (uint64_t)context)
        wrmsr(MSR_FS_BASE, context->tls);
}

void frame_dump(const struct x86_frame *frame)
{
    for (unsigned i = 0; i < REGISTER_TLS; i++) {
        kprintf("  %s %016lx%s", registers[i].name, ((const unsigned long *)frame)[registers[i].word],
                i % 4 == 3 || i + 1 == REGISTER_TLS ? "\n" : "");
    }
}

void context_dump(const struct arch_context *context)
{
    if (context->full) {
        frame_dump(frame_of(context));
        return;
    }
    const struct x86_frame *frame = frame_of(context);
    kprintf("  in a system call: rip %016lx rsp %016lx rbp %016lx flg %lx\n", frame->rip, frame->rsp, frame->rbp,
            frame->rflags);
}

void fpu_init(struct arch_fpu *state)
{
    *(uint16_t *)&state->fxsave[0] = 0x037f;  /* control word: all exceptions masked */
    *(uint32_t *)&state->fxsave[24] = 0x1f80; /* MXCSR: likewise */
}

void fpu_save(struct arch_fpu *state)
{
    __asm__ volatile("fxsave64 %0" : "=m"(*state));
}

/* Some processors leave the last instruction's addresses alone in FXRSTOR: overwrite them with the kernel's own. */
void fpu_load(const struct arch_fpu *state)
{
    static const uint32_t zero;
    __asm__ volatile("fnclex; emms; fildl %0; fxrstor64 %1" ::"m"(zero), "m"(*state));
}

void fpu_set(bool on)
{
    uint64_t cr0 = READ_CR(0);
    if (on)
        __asm__ volatile("clts");
    else if (!(cr0 & CR0_TS))
        WRITE_CR(0, cr0 | CR0_TS);
}
