/*
 * Processors: the registers of each, starting the others, interprocessor interrupts, the kernel's backtrace. Functions
 * of <arch/cpu.h>.
 */
#include "../../platform/drivers/backtrace.h"
#include "internal.h"

_Static_assert(offsetof(struct arm_frame, x[30]) == FRAME_X(30), "layout.h");
_Static_assert(offsetof(struct arm_frame, sp) == FRAME_SP, "layout.h");
_Static_assert(offsetof(struct arm_frame, pc) == FRAME_PC, "layout.h");
_Static_assert(offsetof(struct arm_frame, psr) == FRAME_PSR, "layout.h");
_Static_assert(sizeof(struct arm_frame) == FRAME_BYTES, "layout.h");
_Static_assert(offsetof(struct arch_context, tls) == CTX_TLS, "layout.h");
_Static_assert(offsetof(struct arch_context, words) == CTX_WORDS, "layout.h");
_Static_assert(offsetof(struct arch_context, tag) == CTX_TAG, "layout.h");
_Static_assert(offsetof(struct arch_context, full) == CTX_FULL, "layout.h");
_Static_assert(offsetof(struct arch_context, status) == CTX_STATUS, "layout.h");
_Static_assert(offsetof(struct arch_context, badge) == CTX_BADGE, "layout.h");
_Static_assert(offsetof(struct arch_context, zero) == CTX_ZERO, "layout.h");
_Static_assert(offsetof(struct arch_context, target) == CTX_TLS + 8, "entry.S");
_Static_assert(offsetof(struct arch_cpu, stack) == CPU_STACK, "layout.h");
_Static_assert(sizeof(struct arch_cpu) == CPU_CURRENT, "layout.h");
_Static_assert(ENNEAD_CPUS_MAX == 32, "boot.S: boot_stacks");

/* User mode reads the counter, and has neither timer nor monitors of performance and activity nor the debugger's
 * channel. */
BOOT_ONLY static void close_registers(void)
{
    ARM_WRITE(tpidrro_el0, 0);
    ARM_WRITE(cpacr_el1, CPACR_KERNEL);
    ARM_WRITE(cntkctl_el1, CNTKCTL_USER_COUNTER);
    if (ARM_READ(id_aa64dfr0_el1) >> 8 & 0xf)
        ARM_WRITE(pmuserenr_el0, 0);
    if (ARM_READ(id_aa64pfr0_el1) >> 44 & 0xf)
        ARM_WRITE(S3_3_C13_C2_3, 0); /* AMUSERENR_EL0 */
    ARM_WRITE(mdscr_el1, MDSCR_NO_USER_CHANNEL);
    arm_isb();
}

BOOT_ONLY void cpu_init(struct cpu *cpu, unsigned id)
{
    struct arch_cpu *arch = (struct arch_cpu *)cpu;

    *arch = (struct arch_cpu){.self = cpu, .id = id, .stack = (uint64_t)boot_stacks[id] + STACK_BYTES};
    ARM_WRITE(tpidr_el1, arch);
    close_registers();
    arm_mmu_init_cpu(arch);
    board_init_cpu(id);
}

/*
 * The only code of the kernel that runs with interrupts on, which entry.S gives back all registers. A processor wakes
 * for an interrupt that is off: none is lost before it sleeps.
 */
void cpu_interrupt_window(void)
{
    __asm__ volatile("msr daifclr, #2; isb; msr daifset, #2" ::: "memory");
}

void cpu_wait(void)
{
    __asm__ volatile("dsb sy; wfi" ::: "memory");
    cpu_interrupt_window();
}

void cpu_backtrace(void)
{
    const struct arm_frame *fault = arm_fault_frame;
    uint64_t stack = fault ? fault->sp : (uint64_t)__builtin_frame_address(0);

    backtrace_print(fault ? fault->pc : 0, fault ? fault->x[30] : 0, stack, STACK_BYTES - 4096);
}
