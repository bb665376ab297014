/* What the files of the interrupt controller's driver offer each other. */
#ifndef PLATFORM_GIC_INTERNAL_H
#define PLATFORM_GIC_INTERNAL_H

#include "../devicetree.h"
#include "gic.h"
#include <arm/arm.h>

/* Registers of the distributor, and, for a CPU's own interrupts, of GICv3's redistributors. */
enum {
    GIC_CONTROL = 0x000,
    GIC_TYPE = 0x004,
    GIC_GROUP = 0x080,
    GIC_ENABLE = 0x100,
    GIC_DISABLE = 0x180,
    GIC_PENDING = 0x200,
    GIC_NOT_PENDING = 0x280,
    GIC_PRIORITY = 0x400,
    GIC_TARGET = 0x800,
    GIC_CONFIGURATION = 0xc00,
    GIC_SEND = 0xf00,
    GIC_ROUTE = 0x6000,
};
#define GIC_PRIORITIES 0xa0a0a0a0u /* of four interrupts: all the same, above the threshold */

static inline uint32_t gic_get(volatile uint8_t *base, unsigned reg)
{
    return *(volatile uint32_t *)(base + reg);
}

static inline void gic_set(volatile uint8_t *base, unsigned reg, uint32_t value)
{
    *(volatile uint32_t *)(base + reg) = value;
}

/* gicv2.c: the CPU interface in memory. */
void gicv2_init(int node);
void gicv2_init_cpu(volatile uint8_t *distributor, unsigned cpu);
uint32_t gicv2_take(void);
void gicv2_end(uint32_t taken);
void gicv2_send_ipi(volatile uint8_t *distributor, unsigned cpu);
void gicv2_route(volatile uint8_t *distributor, unsigned number, unsigned cpu);

/* gicv3.c: redistributors, and the CPU interface in registers of the processor. */
void gicv3_init(int node);
volatile uint8_t *gicv3_init_cpu(unsigned cpu); /* registers of this CPU's own interrupts */
void gicv3_send_ipi(unsigned cpu);
void gicv3_route(volatile uint8_t *distributor, unsigned number, unsigned cpu);

#endif
