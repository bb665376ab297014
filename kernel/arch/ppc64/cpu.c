/*
 * Processors: the registers of each, interprocessor interrupts, the kernel's backtrace. Functions
 * of <arch/cpu.h>.
 */
#include "../../platform/drivers/cpus.h"
#include "internal.h"

#define MODE_ORDER      4u
#define MODE_TRANSLATED 3u          /* vectors with translation on: resource and value */
#define COUNTERS_FROZEN 0x80040000u /* and not for user mode */
#define PRIORITY_MEDIUM (UINT64_C(4) << 50)

_Static_assert(offsetof(struct ppc_frame, gpr[31]) == FRAME_GPR(31), "layout.h");
_Static_assert(offsetof(struct ppc_frame, pc) == FRAME_PC, "layout.h");
_Static_assert(offsetof(struct ppc_frame, cr) == FRAME_CR, "layout.h");
_Static_assert(offsetof(struct ppc_frame, lr) == FRAME_LR, "layout.h");
_Static_assert(offsetof(struct ppc_frame, ctr) == FRAME_CTR, "layout.h");
_Static_assert(offsetof(struct ppc_frame, xer) == FRAME_XER, "layout.h");
_Static_assert(offsetof(struct ppc_frame, msr) == FRAME_MSR, "layout.h");
_Static_assert(sizeof(struct ppc_frame) == FRAME_BYTES, "layout.h");
_Static_assert(offsetof(struct arch_context, full) == CTX_FULL, "layout.h");
_Static_assert(offsetof(struct arch_context, target) == CTX_TARGET, "layout.h");
_Static_assert(offsetof(struct arch_context, tag) == CTX_TAG, "layout.h");
_Static_assert(offsetof(struct arch_context, words) == CTX_WORDS, "layout.h");
_Static_assert(offsetof(struct arch_context, status) == CTX_STATUS, "layout.h");
_Static_assert(offsetof(struct arch_context, badge) == CTX_BADGE, "layout.h");
_Static_assert(offsetof(struct arch_cpu, context) == CPU_CONTEXT, "layout.h");
_Static_assert(offsetof(struct arch_cpu, stack) == CPU_STACK, "layout.h");
_Static_assert(offsetof(struct arch_cpu, msr) == CPU_MSR, "layout.h");
_Static_assert(offsetof(struct arch_cpu, vector) == CPU_VECTOR, "layout.h");
_Static_assert(offsetof(struct arch_cpu, r11) == CPU_R11, "layout.h");
_Static_assert(offsetof(struct arch_cpu, r12) == CPU_R12, "layout.h");
_Static_assert(offsetof(struct arch_cpu, cr) == CPU_CR, "layout.h");
_Static_assert(offsetof(struct arch_cpu, granule) == CPU_GRANULE, "layout.h");
_Static_assert(offsetof(struct arch_cpu, toc) == CPU_TOC, "layout.h");
_Static_assert(offsetof(struct arch_cpu, priority) == CPU_PRIORITY, "layout.h");
_Static_assert(sizeof(struct arch_cpu) == CPU_BYTES, "layout.h");
_Static_assert(ENNEAD_CPUS_MAX == 32, "boot.S: boot_stacks");

/* What user mode might reach beside its own registers: facilities, protection keys, counters, the readable SPRG. */
BOOT_ONLY static void close_registers(void)
{
    WRITE_SPR(SPR_FSCR, 0);
    WRITE_SPR(SPR_UAMOR, 0);
    WRITE_SPR(SPR_MMCR0, COUNTERS_FROZEN);
    WRITE_SPR(SPR_SPRG3, 0);
}

BOOT_ONLY void cpu_init(struct cpu *cpu, unsigned id)
{
    struct arch_cpu *arch = (struct arch_cpu *)cpu;

    *arch = (struct arch_cpu){.self = cpu,
                              .id = id,
                              .msr = MSR_USER,
                              .priority = PRIORITY_MEDIUM,
                              .stack = (uint64_t)boot_stacks[id] + STACK_BYTES - FRAME_LEAST};
    __asm__("mr %0, 2" : "=r"(arch->toc));
    WRITE_SPR(SPR_SPRG0, arch);
    __asm__ volatile("mr 13, %0" ::"r"(arch) : "memory");
    close_registers();
    ppc_quiet_decrementer();
    mmu_init_cpu(arch);
    board_init_cpu(id);
}

BOOT_ONLY void ppc_boot(void)
{
    board_init();
    ppc_hcall(H_SET_MODE, PPC_LITTLE, MODE_ORDER, 0, 0, NULL);
    ppc_hcall(H_SET_MODE, MODE_TRANSLATED, MODE_TRANSLATED, 0, 0, NULL);
    kernel_start();
}

BOOT_ONLY void ppc_boot_cpu(unsigned id)
{
    window_init_cpu();
    kernel_start_cpu(id);
}

void cpu_send_ipi(unsigned id)
{
    board_send_ipi(id);
}

static bool on_a_stack(uint64_t address)
{
    bool own = address >= (uint64_t)boot_stacks && address <= (uint64_t)boot_stacks[ENNEAD_CPUS_MAX] - FRAME_LEAST;
    bool fatal = address >= (uint64_t)fatal_stack && address <= (uint64_t)fatal_stack + FATAL_STACK_BYTES - FRAME_LEAST;
    return address % 8 == 0 && (own || fatal);
}

/* A frame's first word points to its caller's, whose third is the return address. They go up, so the walk ends. */
void cpu_backtrace(void)
{
    const struct ppc_frame *fault = ppc_fault_frame;
    uint64_t frame = fault ? fault->gpr[1] : (uint64_t)__builtin_frame_address(0);
    unsigned depth = 0;

    if (fault) {
        kprintf("  #%u 0x%lx\n", depth++, (unsigned long)fault->pc);
        kprintf("  #%u 0x%lx\n", depth++, (unsigned long)fault->lr); /* of a function without a frame, or an old one */
    }
    while (on_a_stack(frame)) {
        uint64_t caller = *(const uint64_t *)frame;
        if (caller <= frame || !on_a_stack(caller))
            break;
        kprintf("  #%u 0x%lx\n", depth++, (unsigned long)((const uint64_t *)caller)[2]);
        frame = caller;
    }
}
