/* GICv3: a redistributor for each CPU, found by its affinity, and the CPU interface in registers of the processor. */
#include "internal.h"
#include <platform/platform.h>

enum { WAKER = 0x14, TYPE = 0x08, AFFINITY = 0x0c, REDISTRIBUTOR_BYTES = 0x20000, OWN_INTERRUPTS = 0x10000 };
#define WAKER_SLEEPS 0x2u
#define WAKER_ASLEEP 0x4u
#define TYPE_LAST    0x10u

static volatile uint8_t *redistributors;
static uint64_t redistributor_bytes;
static uint64_t affinity[ENNEAD_CPUS_MAX];

BOOT_ONLY void gicv3_init(int node)
{
    struct platform_range range;

    if (!devicetree_registers(node, 1, &range))
        boot_refuse("the device tree's interrupt controller has no redistributors: fix the tree");
    redistributors = window_map_device(range.base, range.size);
    redistributor_bytes = range.size;
}

/* Four levels of affinity in a word, as the redistributor has them. */
static uint32_t packed(uint64_t levels)
{
    return (uint32_t)(levels >> 32) << 24 | (levels & 0xffffff);
}

static volatile uint8_t *own_redistributor(uint64_t own)
{
    for (uint64_t at = 0; at + REDISTRIBUTOR_BYTES <= redistributor_bytes; at += REDISTRIBUTOR_BYTES) {
        volatile uint8_t *frame = redistributors + at;
        if (gic_get(frame, AFFINITY) == packed(own))
            return frame;
        if (gic_get(frame, TYPE) & TYPE_LAST)
            break;
    }
    panic("no redistributor for the processor of affinity %llx", (unsigned long long)own);
}

BOOT_ONLY volatile uint8_t *gicv3_init_cpu(unsigned cpu)
{
    affinity[cpu] = arm_affinity();
    volatile uint8_t *frame = own_redistributor(affinity[cpu]);

    gic_set(frame, WAKER, gic_get(frame, WAKER) & ~WAKER_SLEEPS);
    while (gic_get(frame, WAKER) & WAKER_ASLEEP)
        continue;
    gic_set(frame + OWN_INTERRUPTS, GIC_GROUP, UINT32_MAX);
    return frame + OWN_INTERRUPTS;
}

/* To one of the sixteen that share all but the lowest level. */
void gicv3_send_ipi(unsigned cpu)
{
    uint64_t to = affinity[cpu];
    arm_icc_send((to >> 32 & 0xff) << 48 | (to >> 16 & 0xff) << 32 | (uint64_t)GIC_IPI << 24 | (to >> 8 & 0xff) << 16 |
                 (to >> 4 & 0xf) << 44 | UINT64_C(1) << (to & 0xf));
}

void gicv3_route(volatile uint8_t *distributor, unsigned number, unsigned cpu)
{
    volatile uint32_t *at = (volatile uint32_t *)(distributor + GIC_ROUTE + 8 * number);
    at[0] = (uint32_t)affinity[cpu];
    at[1] = (uint32_t)(affinity[cpu] >> 32);
}
