/* Time on PowerPC: the timebase, which is the same on every CPU, and each CPU's decrementer. Interrupts off. */
#ifndef PLATFORM_PPC_CLOCK_H
#define PLATFORM_PPC_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

void ppc_clock_init(uint32_t hz);
void ppc_clock_set(unsigned cpu, uint64_t deadline_ns);
/* After the decrementer's interrupt: was it the deadline's? If it is still far, the decrementer is set again. */
bool ppc_clock_expired(unsigned cpu);

#endif
