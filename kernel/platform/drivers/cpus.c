/* Starting processors: see cpus.h. */
#include "cpus.h"
#include <platform/platform.h>

#define START_LIMIT_NS UINT64_C(5000000000)

/* The CPU that is waited for, or 0. It has come in time, or was given up, by who takes its number away. */
static unsigned awaited;

bool cpu_arrived(unsigned id)
{
    return __atomic_compare_exchange_n(&awaited, &id, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

BOOT_ONLY static bool comes_in_time(unsigned id)
{
    uint64_t begin = platform_now_ns();

    while (__atomic_load_n(&awaited, __ATOMIC_ACQUIRE) == id) {
        if (platform_now_ns() - begin > START_LIMIT_NS)
            return !cpu_arrived(id); /* in its place */
        cpu_relax();
    }
    return true;
}

BOOT_ONLY static bool start(unsigned id, bool *late)
{
    __atomic_store_n(&awaited, id, __ATOMIC_RELEASE);
    if (!board_start_cpu(id)) {
        __atomic_store_n(&awaited, 0, __ATOMIC_RELAXED);
        return false;
    }
    *late = !comes_in_time(id);
    return !*late;
}

BOOT_ONLY unsigned cpu_start_others(bool *late)
{
    unsigned count = board_cpus();

    *late = false;
    for (unsigned id = 1; id < count; id++) {
        if (!start(id, late)) {
            kprintf("processor %u does not start: going on with %u\n", id, id);
            return id;
        }
    }
    return count;
}
