/* The distributor, and what is common to both versions: see gic.h. Registers as in Arm's IHI 0048 and IHI 0069. */
#include "internal.h"
#include <platform/platform.h>

#define CONTROL_GROUPS   0x03u
#define CONTROL_AFFINITY 0x10u /* GICv3's way to name CPUs */
#define CONTROL_BUSY     0x80000000u

static volatile uint8_t *distributor;
static bool is_v3;
static unsigned count;

static int find(void)
{
    static const char *const v2[] = {"arm,cortex-a15-gic", "arm,gic-400", "arm,cortex-a7-gic"};
    int node = devicetree_compatible(-1, "arm,gic-v3");

    is_v3 = node >= 0;
    for (unsigned i = 0; node < 0 && i < sizeof(v2) / sizeof(v2[0]); i++)
        node = devicetree_compatible(-1, v2[i]);
    return node;
}

/* A change of the distributor has taken effect. */
static void settle(void)
{
    while (is_v3 && (gic_get(distributor, GIC_CONTROL) & CONTROL_BUSY))
        continue;
    arm_dsb();
}

/* All of them in a group of interrupts that are not secure and reach the CPU as such. */
BOOT_ONLY bool gic_init(void)
{
    struct platform_range range;
    int node = find();

    if (node < 0 || !devicetree_registers(node, 0, &range))
        return false;
    distributor = window_map_device(range.base, range.size);
    gic_set(distributor, GIC_CONTROL, 0);
    settle();
    count = 32 * ((gic_get(distributor, GIC_TYPE) & 0x1f) + 1);
    count = count < GIC_NONE ? count : GIC_NONE;
    for (unsigned i = GIC_SHARED; i < count; i += 32) {
        gic_set(distributor, GIC_DISABLE + i / 8, UINT32_MAX);
        gic_set(distributor, GIC_NOT_PENDING + i / 8, UINT32_MAX);
        if (is_v3)
            gic_set(distributor, GIC_GROUP + i / 8, UINT32_MAX);
    }
    for (unsigned i = GIC_SHARED; i < count; i += 4)
        gic_set(distributor, GIC_PRIORITY + i, GIC_PRIORITIES);
    for (unsigned i = GIC_SHARED; i < count; i += 16)
        gic_set(distributor, GIC_CONFIGURATION + i / 4, 0);
    settle();
    if (is_v3) {
        gic_set(distributor, GIC_CONTROL, CONTROL_AFFINITY);
        settle();
        gicv3_init(node);
    } else {
        gicv2_init(node);
    }
    gic_set(distributor, GIC_CONTROL, is_v3 ? CONTROL_AFFINITY | CONTROL_GROUPS : 1);
    return true;
}

unsigned gic_end_of_shared(void)
{
    return count;
}

BOOT_ONLY void gic_init_cpu(unsigned cpu, unsigned timer)
{
    volatile uint8_t *own = is_v3 ? gicv3_init_cpu(cpu) : distributor;

    gic_set(own, GIC_DISABLE, UINT32_MAX);
    for (unsigned i = 0; i < GIC_SHARED; i += 4)
        gic_set(own, GIC_PRIORITY + i, GIC_PRIORITIES);
    gic_set(own, GIC_ENABLE, 1u << GIC_IPI | 1u << timer);
    if (is_v3)
        arm_icc_init();
    else
        gicv2_init_cpu(distributor, cpu);
}

uint32_t gic_take(void)
{
    return is_v3 ? arm_icc_take() : gicv2_take();
}

void gic_end(uint32_t taken)
{
    arm_dsb();
    if (is_v3)
        arm_icc_end(taken);
    else
        gicv2_end(taken);
}

void gic_send_ipi(unsigned cpu)
{
    arm_dsb();
    if (is_v3)
        gicv3_send_ipi(cpu);
    else
        gicv2_send_ipi(distributor, cpu);
}

static void set_bit(unsigned reg, unsigned number)
{
    gic_set(distributor, reg + number / 32 * 4, 1u << number % 32);
}

void gic_mask(unsigned number, bool masked)
{
    set_bit(masked ? GIC_DISABLE : GIC_ENABLE, number);
    settle();
}

void gic_route(unsigned number, unsigned cpu)
{
    if (is_v3)
        gicv3_route(distributor, number, cpu);
    else
        gicv2_route(distributor, number, cpu);
}

BOOT_ONLY void gic_set_edge(unsigned number)
{
    unsigned reg = GIC_CONFIGURATION + number / 16 * 4;
    gic_set(distributor, reg, gic_get(distributor, reg) | 2u << number % 16 * 2);
}

void gic_raise(unsigned number)
{
    set_bit(GIC_PENDING, number);
}

void gic_forget(unsigned number)
{
    set_bit(GIC_NOT_PENDING, number);
}
