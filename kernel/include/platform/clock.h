/* What tells the time: the processor's counter, and what the board says of it. */
#ifndef PLATFORM_CLOCK_H
#define PLATFORM_CLOCK_H

#include <arch/cpu.h>

/*
 * The board's, before kernel_start(): cpu_ticks() at boot, how much a tick is in ns, and the other way round, as 32.32
 * fixed point. Both are rounded down: their product is 1 at most.
 */
extern struct platform_clock {
    uint64_t at_boot;
    uint64_t ns_per_tick;
    uint64_t ticks_per_ns;
} platform_clock;

#endif
