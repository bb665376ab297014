/*
 * Processors: the registers of each, starting the others, interprocessor interrupts, the kernel's backtrace. Functions
 * of <arch/cpu.h>.
 */
#include "internal.h"

void cpu_init(struct cpu *cpu, unsigned id)
{
    panic("step 4: clear struct arch_cpu, make this_cpu() work; then vectors, MMU, interrupt controller. bad.inputs");
}

void skeleton_boot(void)
{
    /* step 4: the board first, which fills platform_info(), then the window over all RAM. Green: bad.inputs */
    kernel_start();
}

void skeleton_boot_cpu(unsigned id)
{
    kernel_start_cpu(id);
}

unsigned cpu_start_others(bool *late)
{
    panic("step 9, until then 1: start one after the other, each awaited for a limited time. The tests with 4 CPUs");
}

bool cpu_arrived(unsigned id)
{
    panic("step 9: tell the CPU that started this one. The tests with 4 CPUs");
}

void cpu_send_ipi(unsigned id)
{
    panic("step 9: by the interrupt controller; the other CPU calls interrupt_note_ipi(). The tests with 4 CPUs");
}

void cpu_interrupt_window(void)
{
    panic("step 8: in assembly: interrupts on, an instruction, off; trap_from_kernel() knows its bounds. boot.abi");
}

void cpu_wait(void)
{
    panic("step 8: in assembly: interrupts on and asleep in one step, then off. user.shell");
}

_Noreturn void cpu_resume(struct arch_context *context)
{
    panic("step 6: in assembly: the way back to user mode, by this context. boot.conformance traps");
}

void cpu_backtrace(void)
{
    panic(
        "step 4: return addresses on the CPU's stack (drivers/backtrace.h), a line each, and never fault. tools.debug");
}
