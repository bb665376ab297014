/* What tells the time: the processor's counter, and what the board says of it. */
#ifndef PLATFORM_CLOCK_H
#define PLATFORM_CLOCK_H

#include <arch/cpu.h>

/* The board's, before kernel_start(): cpu_ticks() at boot, and how much a tick is, in ns, as 32.32 fixed point. */
extern struct platform_clock {
    uint64_t at_boot;
    uint64_t ns_per_tick;
} platform_clock;

/* platform_now_ns(), where each instruction counts. */
static inline uint64_t platform_clock_ns(void)
{
    return cpu_scale(cpu_ticks() - platform_clock.at_boot, platform_clock.ns_per_tick);
}

#endif
