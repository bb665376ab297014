/*
 * Processors: the registers of each, the kernel's backtrace. Functions of <arch/cpu.h>; drivers/arm/cpus.c has what
 * both of Arm's ports share.
 */
#include "../../platform/drivers/backtrace.h"
#include "internal.h"

#define FPEXC_ENABLE         0x40000000u
#define CNTKCTL_USER_COUNTER 0x2u
#define DBGDSCR_NO_USER      0x1000u
#define TEECR_NO_USER        0x1u

_Static_assert(offsetof(struct arch_context, words) == 0 && offsetof(struct arch_context, tag) == 4 * 4, "entry.S");
_Static_assert(offsetof(struct arch_context, r0_8) == CTX_R0, "layout.h");
_Static_assert(offsetof(struct arch_context, tls) == CTX_TLS, "layout.h");
_Static_assert(offsetof(struct arch_context, badge) == CTX_TLS + 4, "entry.S");
_Static_assert(offsetof(struct arch_context, target) == CTX_TLS + 8, "entry.S");
_Static_assert(offsetof(struct arch_context, r3) == CTX_TLS + 12, "entry.S");
_Static_assert(offsetof(struct arch_context, r9_14) == CTX_R9 && CTX_R9 == CTX_TLS + 16, "layout.h");
_Static_assert(offsetof(struct arch_context, pc) == CTX_PC && CTX_PC == CTX_R9 + 24, "layout.h");
_Static_assert(offsetof(struct arch_context, psr) == CTX_PSR, "layout.h");
_Static_assert(offsetof(struct arch_context, full) == CTX_FULL, "layout.h");
_Static_assert(offsetof(struct arch_context, status) == CTX_STATUS, "layout.h");
_Static_assert(sizeof(struct arch_context) == CTX_BYTES, "layout.h");
_Static_assert(offsetof(struct arch_cpu, stack) == CPU_STACK, "layout.h");
_Static_assert(sizeof(struct arch_cpu) == CPU_CURRENT, "layout.h");
_Static_assert(ENNEAD_CPUS_MAX == 32, "boot.S: boot_stacks");

/*
 * User mode reads the counter, and has neither timer nor performance monitors nor the debugger's channel, nor ThumbEE,
 * which has a register that no context holds.
 */
BOOT_ONLY static void close_registers(void)
{
    ARM_WRITE32(0, c1, c0, 2, CPACR_KERNEL);
    arm_isb();
    __asm__ volatile(".fpu neon\nvmsr fpexc, %0" ::"r"(FPEXC_ENABLE));
    ARM_WRITE32(0, c14, c1, 0, CNTKCTL_USER_COUNTER);
    unsigned monitors = ARM_READ32(0, c0, c1, 2) >> 24 & 0xf;
    if (monitors != 0 && monitors != 0xf)
        ARM_WRITE32(0, c9, c14, 0, 0);
    if (ARM_READ32(0, c0, c1, 0) >> 12 & 0xf)
        __asm__ volatile("mcr p14, 6, %0, c0, c0, 0" ::"r"(TEECR_NO_USER));
    __asm__ volatile("mcr p14, 0, %0, c0, c2, 2" ::"r"(DBGDSCR_NO_USER));
    arm_isb();
}

BOOT_ONLY void cpu_init(struct cpu *cpu, unsigned id)
{
    struct arch_cpu *arch = (struct arch_cpu *)cpu;

    *arch = (struct arch_cpu){.self = cpu, .id = id, .stack = (uint32_t)boot_stacks[id] + STACK_BYTES};
    ARM_WRITE32(0, c13, c0, 4, arch);
    close_registers();
    arm_mmu_init_cpu(arch);
    board_init_cpu(id);
}

void cpu_backtrace(void)
{
    const struct arch_context *fault = arm_fault_frame;
    uint32_t stack = fault ? fault->r9_14[13 - 9] : (uint32_t)__builtin_frame_address(0);

    backtrace_print(fault ? fault->pc : 0, fault ? fault->r9_14[14 - 9] : 0, stack, STACK_BYTES - 4096);
}
