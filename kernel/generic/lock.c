/* The kernel lock, and preemption points: see cpu.h. A ticket lock: FIFO, after Mellor-Crummey and Scott 1991. */
#include "cpu.h"

static struct {
    unsigned next;
    unsigned serving;
    bool used; /* more than one CPU */
} lock;

BOOT_ONLY void lock_start(void)
{
    lock.next = 1;
    lock.serving = 0;
    lock.used = true;
    for (unsigned i = 0; i < ENNEAD_CPUS_MAX; i++)
        cpus[i].among_others = true;
}

BOOT_ONLY void lock_unused(void)
{
    lock.used = false;
    this_cpu()->among_others = false;
}

static bool serves(unsigned ticket)
{
    return __atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE) == ticket;
}

__attribute__((noinline)) void lock_spin(unsigned ticket)
{
    do {
        cpu_serve_requests();
        cpu_relax();
    } while (!serves(ticket));
    cpu_interrupt_window();
}

/* No other CPU is in a local section when this returns, nor comes into one before let_in_others(). They are short. */
static void shut_out_others(const struct cpu *self)
{
    for (struct cpu *cpu = cpus; cpu < cpus + cpu_count; cpu++)
        if (cpu != self)
            __atomic_store_n(&cpu->shut_out, true, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (struct cpu *cpu = cpus; cpu < cpus + cpu_count; cpu++)
        while (cpu != self && __atomic_load_n(&cpu->is_local, __ATOMIC_ACQUIRE))
            cpu_relax();
}

static void let_in_others(const struct cpu *self)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
    for (struct cpu *cpu = cpus; cpu < cpus + cpu_count; cpu++)
        if (cpu != self)
            __atomic_store_n(&cpu->shut_out, false, __ATOMIC_RELAXED);
}

void lock_wait(struct cpu *cpu)
{
    unsigned ticket = __atomic_fetch_add(&lock.next, 1, __ATOMIC_RELAXED);
    if (UNLIKELY(!serves(ticket)))
        lock_spin(ticket);
    shut_out_others(cpu);
}

void lock_pass(struct cpu *cpu)
{
    let_in_others(cpu);
    __atomic_store_n(&lock.serving, lock.serving + 1, __ATOMIC_RELEASE);
}

bool lock_is_free(void)
{
    return !lock.used || __atomic_load_n(&lock.next, __ATOMIC_RELAXED) == lock.serving;
}

static bool is_wanted(void)
{
    return lock.used && __atomic_load_n(&lock.next, __ATOMIC_RELAXED) - lock.serving > 1;
}

bool preemption_point(void)
{
    struct cpu *cpu = this_cpu();
    cpu_interrupt_window();
    return (cpu->noted | cpu->yield) || is_wanted();
}

void preemption_force(void)
{
    this_cpu()->yield = true;
}
