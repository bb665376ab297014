/* The kernel lock, and preemption points: see cpu.h. */
#include "cpu.h"
#include "space.h"

static struct {
    unsigned held;
    unsigned waiting;   /* CPUs; more of them may come at any time */
    unsigned overtaken; /* how often in a row the lock went to a CPU with an interrupt, before others that wait */
} lock;

/* Where a CPU is that may not be in a local section. */
static struct cpu nowhere;
static struct space no_slots;

BOOT_ONLY void lock_start(void)
{
    lock.held = true;
    nowhere.space = &no_slots;
    for (unsigned i = 0; i < ENNEAD_CPUS_MAX; i++) {
        cpus[i].among_others = true;
        cpus[i].local = &nowhere;
    }
}

BOOT_ONLY void lock_unused(void)
{
    lock.held = false;
    this_cpu()->among_others = false;
}

static bool is_wanted(void)
{
    return __atomic_load_n(&lock.waiting, __ATOMIC_RELAXED);
}

/* Only while nobody waits is it to be had so: who gives it up hands it on otherwise. */
static bool take(void)
{
    return !__atomic_load_n(&lock.held, __ATOMIC_RELAXED) && !__atomic_exchange_n(&lock.held, true, __ATOMIC_ACQUIRE);
}

static bool was_handed(const struct cpu *cpu)
{
    return __atomic_load_n(&cpu->handed_lock, __ATOMIC_ACQUIRE);
}

__attribute__((noinline)) void lock_spin(struct cpu *cpu)
{
    __atomic_fetch_add(&lock.waiting, 1, __ATOMIC_RELAXED);
    do { /* others know before the window that it waits: there may be interrupts in it as long as they go on */
        __atomic_store_n(&cpu->wish, cpu->noted ? WISH_URGENT : WISH_LOCK, __ATOMIC_RELAXED);
        cpu_serve_requests();
        cpu_interrupt_window();
        cpu_relax();
    } while (!was_handed(cpu) && !take());
    cpu->wish = WISH_NONE;
    cpu->handed_lock = false;
    __atomic_fetch_sub(&lock.waiting, 1, __ATOMIC_RELAXED);
}

/* The next of those that wait, going round; first who has an interrupt, but not for ever. NULL: nobody waits. */
static struct cpu *next_holder(struct cpu *self)
{
    struct cpu *next[WISH_URGENT + 1] = {NULL}, *end = cpus + cpu_count, *cpu = self;
    do { /* backwards, so that the next one is what stays */
        next[__atomic_load_n(&cpu->wish, __ATOMIC_RELAXED)] = cpu;
        cpu = cpu > cpus ? cpu - 1 : end - 1;
    } while (cpu != self);
    if (next[WISH_URGENT] && (!next[WISH_LOCK] || lock.overtaken++ < cpu_count))
        return next[WISH_URGENT];
    lock.overtaken = 0;
    return next[WISH_LOCK];
}

static void shut_out(bool shut)
{
    struct cpu *end = cpus + cpu_count;
    for (struct cpu *cpu = cpus; cpu < end; cpu++)
        __atomic_store_n(&cpu->local, shut || cpu->not_local ? &nowhere : cpu, __ATOMIC_RELAXED);
}

/* No other CPU is in a local section when this returns, nor comes into one before it is let in. They are short. */
__attribute__((noinline)) static void shut_out_others(void)
{
    struct cpu *end = cpus + cpu_count;
    shut_out(true);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (struct cpu *cpu = cpus; cpu < end; cpu++) /* this one is in none */
        while (lock_is_local(cpu))
            cpu_relax();
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}

void lock_wait(struct cpu *cpu)
{
    if (UNLIKELY(!take()))
        lock_spin(cpu);
    shut_out_others();
}

void lock_pass(struct cpu *cpu)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
    shut_out(false);
    struct cpu *next = is_wanted() ? next_holder(cpu) : NULL;
    if (UNLIKELY(next != NULL))
        __atomic_store_n(&next->handed_lock, true, __ATOMIC_RELEASE);
    else
        __atomic_store_n(&lock.held, false, __ATOMIC_RELEASE);
}

bool lock_is_free(void)
{
    return !__atomic_load_n(&lock.held, __ATOMIC_RELAXED);
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
