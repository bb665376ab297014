/* Time on RISC-V: see riscv_clock.h. Owns the deadline of each CPU. */
#include "riscv_clock.h"
#include <platform/clock.h>
#include <platform/platform.h>
#include <riscv/riscv.h>

struct platform_clock platform_clock;
static bool own_register;
static uint64_t deadlines[ENNEAD_CPUS_MAX];

BOOT_ONLY void riscv_clock_init(uint32_t hz, bool has_register)
{
    if (hz < 1000)
        boot_refuse("the device tree gives the clock %u Hz: give it a timebase-frequency", (unsigned)hz);
    platform_clock.ns_per_tick = (UINT64_C(1000000000) << 32) / hz;
    platform_clock.ticks_per_ns = ((uint64_t)hz << 32) / 1000000000;
    own_register = has_register;
    platform_clock.at_boot = cpu_ticks();
}

/* One tick more than the quotient: hardly ever early. UINT64_MAX: never. */
static void arm(uint64_t deadline_ns)
{
    uint64_t time = deadline_ns == UINT64_MAX
                        ? UINT64_MAX
                        : platform_clock.at_boot + cpu_scale(deadline_ns, platform_clock.ticks_per_ns) + 1;

    if (own_register)
        WRITE_CSR(0x14d, time); /* STIMECMP */
    else
        sbi_call(SBI_TIME, SBI_SET_TIMER, time, 0, 0);
}

void riscv_clock_set(unsigned cpu, uint64_t deadline_ns)
{
    deadlines[cpu] = deadline_ns;
    arm(deadline_ns);
}

bool riscv_clock_expired(unsigned cpu)
{
    bool expired = platform_now_ns() >= deadlines[cpu];

    if (expired)
        deadlines[cpu] = UINT64_MAX;
    arm(deadlines[cpu]);
    return expired;
}
