/*
 * Processors of Arm's boards, whatever their width: from boot.S to the kernel, interprocessor interrupts. Functions of
 * <arch/cpu.h>; drivers/cpus.c starts CPUs, the port's cpu.c has the rest.
 */
#include "../cpus.h"
#include <arch/cpu.h>
#include <arm/arm.h>

struct arch_context *arm_boot(ennead_word device_tree)
{
    board_init(device_tree);
    return kernel_start();
}

struct arch_context *arm_boot_cpu(unsigned id)
{
    window_init_cpu();
    return cpus_enter(id);
}

void cpu_send_ipi(unsigned id)
{
    board_send_ipi(id);
}

struct arch_context *interrupt_from_user(void)
{
    board_interrupt();
    return kernel_interrupted();
}
