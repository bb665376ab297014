/*
 * Arm's generic interrupt controller, versions 2 and 3: interrupts by their numbers (INTID). The distributor is common;
 * what belongs to a CPU differs. Acts on the CPU that calls where it says so; interrupts off.
 */
#ifndef PLATFORM_GIC_H
#define PLATFORM_GIC_H

#include <stdbool.h>
#include <stdint.h>

#define GIC_IPI    0u    /* the one software-generated interrupt in use */
#define GIC_PPI    16u   /* from here on those of a CPU's own devices, as the timer */
#define GIC_SHARED 32u   /* from here on those of all others */
#define GIC_NONE   1020u /* and above: nothing was there to take */

/* Find it in the device tree, with all that is shared masked, level-triggered, and routed to no CPU. False: there is
 * none. */
bool gic_init(void);
unsigned gic_end_of_shared(void);
/* Take interrupts here: the IPI, and `timer`. CPUs have the numbers of the kernel. */
void gic_init_cpu(unsigned cpu, unsigned timer);
uint32_t gic_take(void);         /* the lower 10 bits are the number */
void gic_end(uint32_t taken);    /* what gic_take() said */
void gic_send_ipi(unsigned cpu); /* one that has called gic_init_cpu() */
/* Shared ones. A masked one stays pending. */
void gic_mask(unsigned number, bool masked);
void gic_route(unsigned number, unsigned cpu);
void gic_set_edge(unsigned number);
void gic_raise(unsigned number);  /* pending, until it is taken or forgotten */
void gic_forget(unsigned number); /* no longer pending, unless its line says so */

#endif
