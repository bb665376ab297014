/* The timebase and the decrementer: see ppc_clock.h. Owns the deadline of each CPU. */
#include "ppc_clock.h"
#include <platform/clock.h>
#include <platform/platform.h>
#include <ppc/ppc.h>

#define TICKS_MAX 0x7fffffffu /* more would be taken for a negative number */

struct platform_clock platform_clock;
static uint64_t deadlines[ENNEAD_CPUS_MAX];

BOOT_ONLY void ppc_clock_init(uint32_t hz)
{
    if (hz < 1000)
        boot_refuse("the device tree gives the timebase %u Hz: give it a timebase-frequency", (unsigned)hz);
    platform_clock.ns_per_tick = (UINT64_C(1000000000) << 32) / hz;
    platform_clock.ticks_per_ns = ((uint64_t)hz << 32) / 1000000000;
    platform_clock.at_boot = cpu_ticks();
}

/* A far deadline takes several rounds. One tick more than the quotient: never early. */
static void arm(uint64_t deadline_ns, uint64_t now)
{
    uint64_t distance = deadline_ns > now ? deadline_ns - now : 0;
    uint64_t ticks = distance > TICKS_MAX ? TICKS_MAX : cpu_scale(distance, platform_clock.ticks_per_ns) + 1;
    WRITE_SPR(SPR_DEC, ticks > TICKS_MAX ? TICKS_MAX : (uint32_t)ticks);
}

void ppc_clock_set(unsigned cpu, uint64_t deadline_ns)
{
    deadlines[cpu] = deadline_ns;
    arm(deadline_ns, platform_now_ns());
}

bool ppc_clock_expired(unsigned cpu)
{
    uint64_t now = platform_now_ns();

    ppc_quiet_decrementer();
    if (now < deadlines[cpu]) {
        arm(deadlines[cpu], now);
        return false;
    }
    deadlines[cpu] = UINT64_MAX;
    return true;
}
