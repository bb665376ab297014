/*
 * Processors: the vectors and registers of each, starting the others, interprocessor interrupts, the kernel's
 * backtrace. Functions of <arch/cpu.h>.
 */
#include "../../platform/drivers/cpus.h"
#include "internal.h"

#define TCR_DECREMENTER 0x04000000u
#define HID0_DOZE       0x00800000u

_Static_assert(offsetof(struct ppc_frame, gpr[31]) == FRAME_GPR(31), "layout.h");
_Static_assert(offsetof(struct ppc_frame, pc) == FRAME_PC, "layout.h");
_Static_assert(offsetof(struct ppc_frame, cr) == FRAME_CR, "layout.h");
_Static_assert(offsetof(struct ppc_frame, lr) == FRAME_LR, "layout.h");
_Static_assert(offsetof(struct ppc_frame, ctr) == FRAME_CTR, "layout.h");
_Static_assert(offsetof(struct ppc_frame, xer) == FRAME_XER, "layout.h");
_Static_assert(offsetof(struct ppc_frame, msr) == FRAME_MSR, "layout.h");
_Static_assert(sizeof(struct ppc_frame) == FRAME_BYTES, "layout.h");
_Static_assert(offsetof(struct arch_context, full) == CTX_FULL, "layout.h");
_Static_assert(offsetof(struct arch_context, target) == CTX_WORDS + 20, "layout.h");
_Static_assert(offsetof(struct arch_context, tag) == CTX_WORDS + 16, "layout.h");
_Static_assert(offsetof(struct arch_context, words) == CTX_WORDS, "layout.h");
_Static_assert(offsetof(struct arch_context, status) == CTX_STATUS, "layout.h");
_Static_assert(offsetof(struct arch_context, badge) == CTX_BADGE, "layout.h");
_Static_assert(offsetof(struct arch_cpu, context) == CPU_CONTEXT, "layout.h");
_Static_assert(offsetof(struct arch_cpu, root) == CPU_ROOT, "layout.h");
_Static_assert(offsetof(struct arch_cpu, msr) == CPU_MSR, "layout.h");
_Static_assert(offsetof(struct arch_cpu, vector) == CPU_VECTOR, "layout.h");
_Static_assert(offsetof(struct arch_cpu, r12) == CPU_R12, "layout.h");
_Static_assert(offsetof(struct arch_cpu, cr) == CPU_CR, "layout.h");
_Static_assert(offsetof(struct arch_cpu, granule) == CPU_GRANULE, "layout.h");
_Static_assert(ENNEAD_CPUS_MAX == 32, "boot.S: boot_stacks");

#define SET_VECTOR(spr, number)                                                                                        \
    do {                                                                                                               \
        extern const char vector_##number[];                                                                           \
        WRITE_SPR(spr, (uint32_t)vector_##number);                                                                     \
    } while (0)

/* All vectors lie in the same 64 KiB. What has no stub of its own is not enabled, and shares that of the units. */
BOOT_ONLY static void set_vectors(void)
{
    WRITE_SPR(SPR_IVPR, WINDOW_BASE);
    SET_VECTOR(SPR_IVOR0 + 0, 0);
    SET_VECTOR(SPR_IVOR0 + 1, 1);
    SET_VECTOR(SPR_IVOR0 + 2, 2);
    SET_VECTOR(SPR_IVOR0 + 3, 3);
    SET_VECTOR(SPR_IVOR0 + 4, 4);
    SET_VECTOR(SPR_IVOR0 + 5, 5);
    SET_VECTOR(SPR_IVOR0 + 6, 6);
    SET_VECTOR(SPR_IVOR0 + 7, 7);
    SET_VECTOR(SPR_IVOR0 + 8, 8);
    SET_VECTOR(SPR_IVOR0 + 9, 9);
    SET_VECTOR(SPR_IVOR0 + 10, 10);
    SET_VECTOR(SPR_IVOR0 + 11, 11);
    SET_VECTOR(SPR_IVOR0 + 12, 12);
    SET_VECTOR(SPR_IVOR0 + 13, 13);
    SET_VECTOR(SPR_IVOR0 + 14, 14);
    SET_VECTOR(SPR_IVOR0 + 15, 15);
    if (is_e500v2()) {
        SET_VECTOR(SPR_IVOR32 + 0, 9);
        SET_VECTOR(SPR_IVOR32 + 1, 9);
        SET_VECTOR(SPR_IVOR32 + 2, 9);
        SET_VECTOR(SPR_IVOR32 + 3, 9);
    }
}

BOOT_ONLY void cpu_init(struct cpu *cpu, unsigned id)
{
    struct arch_cpu *arch = (struct arch_cpu *)cpu;

    *arch = (struct arch_cpu){.self = cpu, .id = id, .msr = MSR_USER};
    if (is_e500v2()) {
        arch->msr &= ~(uint32_t)(MSR_FE0 | MSR_FE1);
        WRITE_SPR(SPR_HID0, READ_SPR(SPR_HID0) | HID0_DOZE);
    }
    WRITE_SPR(SPR_SPRG0, arch);
    set_vectors();
    mmu_init_cpu(arch);
    __asm__ volatile("mtmsr %0; isync" ::"r"(MSR_ME) : "memory");
    board_init_cpu(id);
    WRITE_SPR(SPR_TCR, TCR_DECREMENTER);
}

BOOT_ONLY void ppc_boot(uint32_t device_tree, unsigned id)
{
    if (id == 0) {
        board_init(device_tree);
        kernel_start();
    }
    window_init_cpu();
    kernel_start_cpu(id);
}

void cpu_wait(void)
{
    if (is_e500v2())
        cpu_doze(MSR_WE | MSR_EE | MSR_ME);
    else
        cpu_sleep();
}

void cpu_send_ipi(unsigned id)
{
    board_send_ipi(id);
}

static bool on_a_stack(uint32_t address)
{
    bool own = address >= STACK_BASE && address <= STACK_BASE + STACK_BYTES - 16;
    bool fatal = address >= (uint32_t)fatal_stack && address <= (uint32_t)fatal_stack + sizeof(fatal_stack) - 16;
    return address % 4 == 0 && (own || fatal);
}

/* A frame's first word points to its caller's, whose second is the return address. They go up, so the walk ends. */
void cpu_backtrace(void)
{
    const struct ppc_frame *fault = ppc_fault_frame;
    uint32_t frame = fault ? fault->gpr[1] : (uint32_t)__builtin_frame_address(0);
    unsigned depth = 0;

    if (fault) {
        kprintf("  #%u 0x%x\n", depth++, (unsigned)fault->pc);
        kprintf("  #%u 0x%x\n", depth++, (unsigned)fault->lr); /* of a function without a frame, or an old one */
    }
    while (on_a_stack(frame)) {
        uint32_t caller = *(const uint32_t *)frame;
        if (caller <= frame || !on_a_stack(caller))
            break;
        uint32_t back = ((const uint32_t *)caller)[1];
        kprintf("  #%u 0x%x\n", depth++, (unsigned)back);
        frame = caller;
    }
}
