/* Starting processors: see cpus.h. */
#include "cpus.h"
#include <platform/platform.h>

#define START_LIMIT_NS UINT64_C(5000000000)

/* How many CPUs have arrived. */
static unsigned arrived = 1;

void cpu_arrived(unsigned id)
{
    __atomic_store_n(&arrived, id + 1, __ATOMIC_RELEASE);
}

BOOT_ONLY static bool start(unsigned id)
{
    uint64_t begin = platform_now_ns();

    if (!board_start_cpu(id))
        return false;
    while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) == id) {
        if (platform_now_ns() - begin > START_LIMIT_NS)
            return false;
        cpu_relax();
    }
    return true;
}

BOOT_ONLY unsigned cpu_start_others(void)
{
    unsigned count = board_cpus();

    for (unsigned id = 1; id < count; id++) {
        if (!start(id)) {
            kprintf("processor %u does not start: going on with %u\n", id, id);
            return id;
        }
    }
    return count;
}
