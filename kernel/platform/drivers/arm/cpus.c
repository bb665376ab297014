/*
 * Processors of Arm's boards, whatever their width: from boot.S to the kernel, starting the others, interprocessor
 * interrupts. Functions of <arch/cpu.h>; the port's cpu.c has the rest.
 */
#include <arch/cpu.h>
#include <arm/arm.h>

#define START_LIMIT_NS UINT64_C(1000000000)

/* How many CPUs have arrived: they come one by one. */
static unsigned arrived = 1;

struct arch_context *arm_boot(ennead_word device_tree)
{
    board_init(device_tree);
    return kernel_start();
}

struct arch_context *arm_boot_cpu(unsigned id)
{
    window_init_cpu();
    __atomic_store_n(&arrived, id + 1, __ATOMIC_RELEASE);
    return kernel_start_cpu(id);
}

static bool start(unsigned id)
{
    uint64_t begin = platform_now_ns();

    if (!board_start_cpu(id))
        return false;
    while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) == id) {
        if (platform_now_ns() - begin > START_LIMIT_NS)
            return false;
        cpu_relax();
    }
    return true;
}

unsigned cpu_start_others(void)
{
    unsigned count = board_cpus();

    for (unsigned id = 1; id < count; id++) {
        if (!start(id)) {
            kprintf("processor %u does not start: going on with %u\n", id, id);
            return id;
        }
    }
    return count;
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
