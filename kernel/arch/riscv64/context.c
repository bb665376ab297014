/*
 * User contexts: the register set, and the FPU. Functions of <arch/context.h>; no state of its own.
 */
#include "internal.h"

/* The set: pc, sp, then x1, x3, x5..x31 under their own numbers from 4 on less one; the thread pointer is last. */
enum {
    REGISTER_RA = 2,
    REGISTER_GP = 3,
    REGISTER_X5 = 4,
    REGISTER_FRAME = 7,
    REGISTER_TLS = 31,
    REGISTER_COUNT,
};

void context_init(struct arch_context *context, ennead_word pc, ennead_word sp, ennead_word argument)
{
    struct riscv_frame *frame = frame_of(context);
    uint64_t tls = frame->X(4);

    __builtin_memset(frame, 0, sizeof *frame + sizeof *context);
    frame->pc = pc & ~UINT64_C(1);
    frame->X(2) = sp;
    frame->X(4) = tls;
    frame->X(10) = argument;
    context->full = true;
}

static ennead_word *register_of(struct arch_context *context, unsigned index)
{
    struct riscv_frame *frame = frame_of(context);

    switch (index) {
    case ENNEAD_REGISTER_PC:
        return &frame->pc;
    case ENNEAD_REGISTER_SP:
        return &frame->X(2);
    case REGISTER_RA:
        return &frame->X(1);
    case REGISTER_GP:
        return &frame->X(3);
    case REGISTER_TLS:
        return &frame->X(4);
    default:
        return &frame->X(index - REGISTER_X5 + 5);
    }
}

static bool is_kept(unsigned index)
{
    return index <= ENNEAD_REGISTER_SP || index == REGISTER_FRAME || index == REGISTER_TLS;
}

static void set_register(struct arch_context *context, unsigned index, ennead_word value)
{
    *register_of(context, index) = index == ENNEAD_REGISTER_PC ? value & ~UINT64_C(1) : value;
}

#include "../../platform/drivers/context_registers.h"

void frame_dump(const struct riscv_frame *frame)
{
    static const char names[31][4] = {"ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0", "a1",
                                      "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5", "s6",
                                      "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

    kprintf("  pc  %016lx", (unsigned long)frame->pc);
    for (unsigned i = 0; i < 31; i++)
        kprintf("  %s%s %016lx%s", names[i], names[i][2] ? "" : " ", (unsigned long)frame->x[i],
                i % 4 == 2 ? "\n" : "");
}

void context_dump(const struct arch_context *context)
{
    if (context->full) {
        frame_dump(frame_of(context));
        return;
    }
    const struct riscv_frame *frame = frame_of(context);
    kprintf("  in a system call: pc %016lx sp %016lx tp %016lx s0 %016lx\n", (unsigned long)frame->pc,
            (unsigned long)frame->X(2), (unsigned long)frame->X(4), (unsigned long)frame->X(8));
}

/* ---- the FPU: the status register says whether it is off, or if not, whether it was written since it was loaded ----
 */

#define STATUS_FS UINT64_C(0x6000)
#define FS_CLEAN  UINT64_C(0x4000)
#define FS_DIRTY  UINT64_C(0x6000)

BOOT_ONLY void fpu_init_cpu(struct arch_cpu *cpu)
{
    cpu->fpu_state = FS_CLEAN;
}

void fpu_init(struct arch_fpu *state)
{
    (void)state; /* rounding to nearest */
}

static void set_clean(void)
{
    CLEAR_CSR(sstatus, STATUS_FS);
    SET_CSR(sstatus, FS_CLEAN);
}

#define ALL_REGISTERS ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"

/* What was not written since it was loaded is in memory. */
void fpu_save(struct arch_fpu *state)
{
    if ((READ_CSR(sstatus) & STATUS_FS) != FS_DIRTY)
        return;
    __asm__ volatile(".option push\n"
                     ".option arch, +d\n" ALL_REGISTERS "fsd f\\n, \\n*8(%1)\n"
                     ".endr\n"
                     "frcsr %0\n"
                     ".option pop"
                     : "=&r"(state->fcsr)
                     : "r"(state)
                     : "memory");
    set_clean();
}

void fpu_load(const struct arch_fpu *state)
{
    __asm__ volatile(".option push\n"
                     ".option arch, +d\n" ALL_REGISTERS "fld f\\n, \\n*8(%0)\n"
                     ".endr\n"
                     "fscsr %1\n"
                     ".option pop" ::"r"(state),
                     "r"(state->fcsr)
                     : "memory");
    set_clean();
}

void fpu_set(bool on)
{
    struct arch_cpu *cpu = this_arch_cpu();
    uint64_t state = READ_CSR(sstatus) & STATUS_FS;

    if (!on && state != 0)
        cpu->fpu_state = state;
    CLEAR_CSR(sstatus, STATUS_FS);
    if (on)
        SET_CSR(sstatus, cpu->fpu_state);
}
