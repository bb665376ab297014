/*
 * The OpenPIC interrupt controller, as Freescale's MPIC has it: big-endian registers, interrupt n has vector n. Acts on
 * the CPU that calls where it says so; interrupts off.
 */
#ifndef PLATFORM_OPENPIC_H
#define PLATFORM_OPENPIC_H

#include <stdbool.h>
#include <stdint.h>

#define OPENPIC_IPI      0xf0u /* vectors beside the sources' */
#define OPENPIC_SPURIOUS 0xffu

/* Reset, with sources 0..count - 1 masked and routed to CPU 0. Once, before all else. */
void openpic_init(volatile void *registers, unsigned count);
void openpic_init_cpu(unsigned cpu); /* take interrupts on this one */
unsigned openpic_take(unsigned cpu); /* the vector, OPENPIC_SPURIOUS if there is none (any more) */
void openpic_end(unsigned cpu);      /* of the one taken last */
void openpic_mask(unsigned source, bool masked);
void openpic_route(unsigned source, unsigned cpu);
void openpic_send_ipi(unsigned from, unsigned to);

#endif
