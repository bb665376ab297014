/* Deadlines: per CPU, ordered by time; and the timer that is set for the first. */
#include "sched.h"

#include <platform/clock.h>

/* How many expire between two looks at interrupts and the lock. */
#define EXPIRE_AT_ONCE 1u

uint64_t platform_now_ns(void)
{
    return platform_clock_ns();
}

void deadline_arm(struct deadline *deadline, struct cpu *cpu, uint64_t time_ns)
{
    deadline->cpu = cpu;
    cpu->clock_stale = true;
    tree_insert(&cpu->deadlines, &deadline->link, time_ns);
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
    uint64_t now = platform_now_ns();
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
    if (cpu->charged) {
        uint64_t end = cpu->charged_since_ns + cpu->charged->remaining_ns;
        next = end < next ? end : next;
    }
    return next;
}

/* A timer that is set to an earlier time is left alone: nothing is due then, and it is set anew. */
void clock_program(struct cpu *cpu)
{
    cpu->clock_stale = false;
    uint64_t next = clock_next(cpu);
    if (next >= cpu->timer_ns)
        return;
    cpu->timer_ns = next;
    platform_set_timer(next);
}
