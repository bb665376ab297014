/* Deadlines: per CPU, ordered by time; and the timer that is set for the first. */
#include "sched.h"

#include <platform/clock.h>

/* How many expire between two looks at interrupts and the lock. */
#define EXPIRE_AT_ONCE 1u

static RARE uint64_t since_boot(uint64_t ticks)
{
    return cpu_scale(ticks - platform_clock.at_boot, platform_clock.ns_per_tick);
}

uint64_t platform_now_ns(void)
{
    return since_boot(cpu_ticks());
}

/* Both factors are rounded down, and so is what was reached, by less than one: what is estimated is never too much. */
uint64_t clock_ticks(uint64_t ns)
{
    const uint64_t one = (uint64_t)1 << 32, scale = platform_clock.ns_per_tick;
    if (scale < one && ns > cpu_scale(UINT64_MAX, scale))
        return UINT64_MAX;
    uint64_t ticks = 0, reached;
    while ((reached = cpu_scale(ticks, scale)) < ns) {
        uint64_t more = cpu_scale(ns - reached - 1, platform_clock.ticks_per_ns);
        ticks += more ? more : 1;
    }
    return ticks;
}

uint64_t clock_time(uint64_t ns)
{
    uint64_t ticks = clock_ticks(ns), at_boot = platform_clock.at_boot;
    return ticks > UINT64_MAX - at_boot ? UINT64_MAX : ticks + at_boot;
}

void deadline_arm(struct deadline *deadline, struct cpu *cpu, uint64_t time)
{
    deadline->cpu = cpu;
    cpu->clock_stale = true;
    tree_insert(&cpu->deadlines, &deadline->link, time);
    if (cpu != this_cpu())
        cpu_poke(cpu);
}

void deadline_disarm(struct deadline *deadline)
{
    if (!deadline->link.height)
        return;
    deadline->cpu->clock_stale = true;
    tree_remove(&deadline->cpu->deadlines, &deadline->link);
}

bool deadlines_expire(struct cpu *cpu)
{
    uint64_t now = cpu_ticks();
    for (unsigned i = 0; i < EXPIRE_AT_ONCE; i++) {
        struct tree_node *first = tree_first(&cpu->deadlines);
        if (!first || first->key > now)
            return false;
        struct deadline *deadline = CONTAINER_OF(first, struct deadline, link);
        tree_remove(&cpu->deadlines, first);
        deadline->expire(deadline);
    }
    return true;
}

uint64_t clock_next(const struct cpu *cpu)
{
    struct tree_node *first = tree_first(&cpu->deadlines);
    uint64_t next = first ? first->key : UINT64_MAX;
    return cpu->charged && cpu->charged_until < next ? cpu->charged_until : next;
}

/*
 * A timer that is set to an earlier time is left alone: nothing is due then, and it is set anew. So is one that comes
 * within the ns before what it is for.
 */
void clock_program(struct cpu *cpu)
{
    cpu->clock_stale = false;
    uint64_t next = clock_next(cpu);
    if (next > cpu->quiet_until)
        return;
    cpu->quiet_until = next ? next - 1 : 0;
    platform_set_timer(since_boot(next));
}
