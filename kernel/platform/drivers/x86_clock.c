/*
 * Time on x86: nanoseconds from the time-stamp counter, deadlines by the local APIC's timer. Both rates are
 * measured once against the ACPI power-management timer. Owns the deadline of each CPU.
 */
#include "lapic.h"
#include <platform/clock.h>
#include <platform/platform.h>
#include <x86/x86.h>

#define PM_TIMER_HZ   3579545u
#define PM_TIMER_MASK 0xffffffu
#define MEASURE_TICKS 35795u /* 10 ms */

struct platform_clock platform_clock;
static uint64_t timer_per_ns; /* ticks of the APIC timer, 32.32 */
static uint64_t deadlines[ENNEAD_CPUS_MAX];

struct sample {
    uint32_t pm;
    uint32_t apic;
    uint64_t tsc;
};

/* All three clocks at once: the best of several tries, because an emulator may be interrupted between two reads. */
static struct sample take_sample(uint16_t port)
{
    struct sample best = {0};
    uint64_t shortest = UINT64_MAX;

    for (unsigned i = 0; i < 10; i++) {
        uint64_t before = cpu_ticks();
        struct sample s = {.apic = lapic_timer_left(), .pm = inl(port) & PM_TIMER_MASK, .tsc = cpu_ticks()};
        if (s.tsc - before < shortest) {
            shortest = s.tsc - before;
            best = s;
        }
    }
    return best;
}

BOOT_ONLY void x86_clock_init(uint16_t port)
{
    lapic_timer_set(UINT32_MAX);
    struct sample start = take_sample(port);
    while (((inl(port) - start.pm) & PM_TIMER_MASK) < MEASURE_TICKS)
        cpu_relax();
    struct sample end = take_sample(port);
    lapic_timer_set(0);

    uint64_t ns = (uint64_t)((end.pm - start.pm) & PM_TIMER_MASK) * 1000000000 / PM_TIMER_HZ;
    if (end.tsc <= start.tsc || start.apic <= end.apic || ns == 0)
        boot_refuse("the processor's clock does not advance: use a machine with a time-stamp counter");
    platform_clock.ns_per_tick = (ns << 32) / (end.tsc - start.tsc);
    platform_clock.ticks_per_ns = ((end.tsc - start.tsc) << 32) / ns;
    timer_per_ns = ((uint64_t)(start.apic - end.apic) << 32) / ns;
    platform_clock.at_boot = cpu_ticks();
}

/* The counter has 32 bits: a far deadline takes several rounds. */
static void arm(uint64_t deadline_ns, uint64_t now)
{
    uint64_t distance = deadline_ns > now ? deadline_ns - now : 0;
    uint64_t ticks = distance > UINT32_MAX ? UINT32_MAX : cpu_scale(distance, timer_per_ns) + 1;
    lapic_timer_set(ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks);
}

void x86_clock_set(unsigned cpu, uint64_t deadline_ns)
{
    deadlines[cpu] = deadline_ns;
    if (deadline_ns == UINT64_MAX)
        lapic_timer_set(0);
    else
        arm(deadline_ns, platform_now_ns());
}

bool x86_clock_expired(unsigned cpu)
{
    uint64_t now = platform_now_ns();

    if (deadlines[cpu] == UINT64_MAX)
        return false;
    if (now < deadlines[cpu]) {
        arm(deadlines[cpu], now);
        return false;
    }
    deadlines[cpu] = UINT64_MAX;
    return true;
}
