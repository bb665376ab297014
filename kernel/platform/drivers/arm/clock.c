/* The generic timer: see clock.h. Owns the deadline of each CPU. */
#include "clock.h"
#include <arm/arm.h>
#include <platform/clock.h>

#define FAR_NS (UINT64_C(1) << 62) /* nothing that is further away comes */

struct platform_clock platform_clock;
static uint64_t deadlines[ENNEAD_CPUS_MAX];

BOOT_ONLY void arm_clock_init(void)
{
    uint32_t hz = arm_counter_hz();

    if (hz < 1000)
        boot_refuse("the timer says that it counts %u times a second: the firmware has to set its frequency",
                    (unsigned)hz);
    platform_clock.ns_per_tick = (UINT64_C(1000000000) << 32) / hz;
    platform_clock.ticks_per_ns = ((uint64_t)hz << 32) / 1000000000;
    platform_clock.at_boot = cpu_ticks();
}

/* One tick more than the quotient: never early, as far as the factors are exact. */
static void arm(uint64_t deadline_ns)
{
    uint64_t count = cpu_ticks();
    uint64_t now = cpu_scale(count - platform_clock.at_boot, platform_clock.ns_per_tick);
    uint64_t distance = deadline_ns > now ? deadline_ns - now : 0;

    if (distance > FAR_NS)
        arm_timer_off();
    else
        arm_timer_set(count + (distance != 0 ? cpu_scale(distance, platform_clock.ticks_per_ns) + 1 : 0));
}

void arm_clock_set(unsigned cpu, uint64_t deadline_ns)
{
    deadlines[cpu] = deadline_ns;
    arm(deadline_ns);
}

bool arm_clock_expired(unsigned cpu)
{
    if (platform_now_ns() < deadlines[cpu]) {
        arm(deadlines[cpu]);
        return false;
    }
    deadlines[cpu] = UINT64_MAX;
    arm_timer_off();
    return true;
}
