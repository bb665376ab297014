/*
 * Processors: the control registers of each, starting the others, interprocessor interrupts, the kernel's backtrace.
 * Functions of <arch/cpu.h>.
 */
#include "../../platform/drivers/backtrace.h"
#include "../../platform/drivers/cpus.h"
#include "internal.h"

#define STATUS_SPIE   UINT64_C(0x20)
#define STATUS_OTHERS UINT64_C(0xc6742) /* interrupts, previous mode, units, order of bytes, access to user memory */
#define INTERRUPTS    UINT64_C(0x222)   /* software, timer, external */
#define COUNTER_TIME  2u                /* what user mode may read of counters */

_Static_assert(offsetof(struct riscv_frame, pc) == FRAME_BYTES + FRAME_PC, "layout.h");
_Static_assert(offsetof(struct riscv_frame, X(31)) == FRAME_BYTES + FRAME_X(31), "layout.h");
_Static_assert(sizeof(struct riscv_frame) == FRAME_BYTES, "layout.h");
_Static_assert(offsetof(struct arch_context, full) == CTX_FULL, "layout.h");
_Static_assert(offsetof(struct arch_context, tag) == CTX_TAG, "layout.h");
_Static_assert(offsetof(struct arch_context, target) == CTX_TARGET, "layout.h");
_Static_assert(offsetof(struct arch_context, words) == CTX_WORDS, "layout.h");
_Static_assert(offsetof(struct arch_context, status) == CTX_STATUS, "layout.h");
_Static_assert(offsetof(struct arch_context, badge) == CTX_BADGE, "layout.h");
_Static_assert(offsetof(struct arch_cpu, context) == CPU_CONTEXT, "layout.h");
_Static_assert(offsetof(struct arch_cpu, stack) == CPU_STACK, "layout.h");
_Static_assert(offsetof(struct arch_cpu, t0) == CPU_T0, "layout.h");
_Static_assert(offsetof(struct arch_cpu, granule) == CPU_GRANULE, "layout.h");
_Static_assert(sizeof(struct arch_cpu) == CPU_BYTES, "layout.h");
_Static_assert(ENNEAD_CPUS_MAX == 32, "boot.S: boot_stacks");

bool riscv_called[ENNEAD_CPUS_MAX];

BOOT_ONLY void cpu_init(struct cpu *cpu, unsigned id)
{
    struct arch_cpu *arch = (struct arch_cpu *)cpu;

    *arch = (struct arch_cpu){.self = cpu, .id = id, .stack = (uint64_t)boot_stacks[id] + STACK_BYTES};
    __asm__ volatile("mv tp, %0" ::"r"(arch) : "memory");
    CLEAR_CSR(sstatus, STATUS_OTHERS);
    SET_CSR(sstatus, STATUS_SPIE);
    WRITE_CSR(scounteren, COUNTER_TIME);
    fpu_init_cpu(arch);
    mmu_init_cpu(arch);
    board_init_cpu(id);
    WRITE_CSR(sie, INTERRUPTS);
}

BOOT_ONLY void riscv_boot(uint64_t hart, uint64_t device_tree)
{
    board_init(hart, device_tree);
    kernel_start();
}

BOOT_ONLY void riscv_boot_cpu(unsigned id)
{
    kernel_start_cpu(id);
}

/* Whatever the board: the firmware does it. */
BOOT_ONLY bool board_start_cpu(unsigned id)
{
    __atomic_store_n(&riscv_starting, id, __ATOMIC_SEQ_CST);
    return sbi_call(SBI_HSM, SBI_HSM_START, board_hart(id), virt_to_phys(boot_secondary_entry), id) == 0;
}

void cpu_send_ipi(unsigned id)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* with the one in interrupt() */
    __atomic_store_n(&riscv_called[id], true, __ATOMIC_RELAXED);
    __asm__ volatile("fence" ::: "memory");
    sbi_call(SBI_IPI, SBI_SEND_IPI, 1, board_hart(id), 0);
}

void riscv_fence_other(unsigned id)
{
    sbi_call(SBI_FENCE, SBI_FENCE_I, 1, board_hart(id), 0);
}

void cpu_backtrace(void)
{
    const struct riscv_frame *fault = riscv_fault_frame;
    uint64_t stack = fault ? fault->X(2) : (uint64_t)__builtin_frame_address(0) - 16;

    backtrace_print(fault ? fault->pc : 0, fault ? fault->X(1) : 0, stack, STACK_BYTES - 4096);
}
