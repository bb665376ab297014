/* GICv2: the CPU interface, and targets as bits, which a CPU reads of itself. */
#include "internal.h"
#include <platform/platform.h>

enum { CPU_CONTROL = 0x00, CPU_THRESHOLD = 0x04, CPU_TAKE = 0x0c, CPU_END = 0x10 };

static volatile uint8_t *interface;
static uint8_t target[ENNEAD_CPUS_MAX];

BOOT_ONLY void gicv2_init(int node)
{
    struct platform_range range;

    if (!devicetree_registers(node, 1, &range))
        boot_refuse("the device tree's interrupt controller has no CPU interface: fix the tree");
    interface = window_map_device(range.base, range.size);
}

/* On a machine with one CPU the register may read as zero. */
BOOT_ONLY void gicv2_init_cpu(volatile uint8_t *distributor, unsigned cpu)
{
    target[cpu] = (uint8_t)gic_get(distributor, GIC_TARGET);
    if (target[cpu] == 0)
        target[cpu] = 1;
    gic_set(interface, CPU_THRESHOLD, 0xf0);
    gic_set(interface, CPU_CONTROL, 1);
}

uint32_t gicv2_take(void)
{
    return gic_get(interface, CPU_TAKE);
}

void gicv2_end(uint32_t taken)
{
    gic_set(interface, CPU_END, taken);
}

void gicv2_send_ipi(volatile uint8_t *distributor, unsigned cpu)
{
    gic_set(distributor, GIC_SEND, (uint32_t)target[cpu] << 16 | GIC_IPI);
}

void gicv2_route(volatile uint8_t *distributor, unsigned number, unsigned cpu)
{
    distributor[GIC_TARGET + number] = target[cpu];
}
