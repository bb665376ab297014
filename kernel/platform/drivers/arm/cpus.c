/*
 * Processors of Arm's boards, whatever their width: from boot.S to the kernel, interprocessor interrupts. Functions of
 * <arch/cpu.h>; drivers/cpus.c starts CPUs, the port's cpu.c has the rest.
 */
#include "../cpus.h"
#include <arch/cpu.h>
#include <arm/arm.h>

BOOT_ONLY void arm_boot(ennead_word device_tree)
{
    board_init(device_tree);
    kernel_start();
}

BOOT_ONLY void arm_boot_cpu(unsigned id)
{
    window_init_cpu();
    kernel_start_cpu(id);
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
