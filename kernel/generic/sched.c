/* Ready queues, and who runs next: see sched.h. */
#include "sched.h"
#include "ipc.h"

BOOT_ONLY void sched_start_cpu(struct cpu *cpu, unsigned id)
{
    cpu->arch.id = id;
    for (unsigned i = 0; i < ENNEAD_PRIORITIES; i++)
        list_init(&cpu->ready[i]);
    list_init(&cpu->starved);
    cpu->quiet_until = TIMER_NEVER;
}

static void set_ready_mask(struct cpu *cpu, uint64_t mask)
{
    cpu->ready_mask = mask;
    cpu->highest_ready = mask ? 63 - (unsigned)__builtin_clzll(mask) : 0;
}

static void enqueue(struct thread *thread, bool at_front)
{
    struct cpu *cpu = thread->run->cpu;
    struct list *queue = &cpu->ready[thread->priority];
    if (at_front)
        list_push(queue, &thread->queue_link);
    else
        list_append(queue, &thread->queue_link);
    set_ready_mask(cpu, cpu->ready_mask | (uint64_t)1 << thread->priority);
    if (!cpu->current || thread->priority > cpu->current->priority) {
        cpu->reschedule = true;
        cpu_poke(cpu);
    }
}

static void dequeue(struct thread *thread)
{
    list_remove(&thread->queue_link);
    if (thread->state != ENNEAD_THREAD_READY)
        return;
    struct cpu *cpu = thread->run->cpu;
    if (list_empty(&cpu->ready[thread->priority]))
        set_ready_mask(cpu, cpu->ready_mask & ~((uint64_t)1 << thread->priority));
}

/* Its time fault is raised from the exit path, one at a time, not from here: a handler may lack time as well. */
static void starve(struct thread *thread)
{
    thread->state = ENNEAD_THREAD_STARVED;
    list_append(&this_cpu()->starved, &thread->queue_link);
}

/* A thread without time falls back on its reserve; false if that is used up too or was never there. */
static bool find_time(struct thread *thread)
{
    while (thread->run && !sched_context_has_time(thread->run)) {
        if (thread->run == thread->own) {
            sched_context_await_refill(thread->own);
            return false;
        }
        sched_context_take(thread->run);
    }
    if (thread->run)
        return true;
    ASSERT(!thread->own || thread->own->runner != thread);
    starve(thread);
    return false;
}

void sched_wake(struct thread *thread)
{
    ASSERT(!list_linked(&thread->queue_link));
    thread->state = ENNEAD_THREAD_READY;
    if (thread_cpu(thread))
        return; /* it blocked in this very entry and is the current thread still */
    if (find_time(thread))
        enqueue(thread, false);
}

static void set_current(struct cpu *cpu, struct thread *thread)
{
    cpu->current = thread;
    if (thread)
        thread->ran_on = cpu;
}

void sched_hand_over(struct thread *next)
{
    struct cpu *cpu = this_cpu();
    bool blocked = !cpu->current || cpu->current->state != ENNEAD_THREAD_READY;
    bool here = blocked && !thread_cpu(next) && next->run && next->run->cpu == cpu && sched_context_has_time(next->run);
    if (!here || sched_is_outranked(cpu, next) || cpu->reschedule) {
        sched_wake(next);
        return;
    }
    next->state = ENNEAD_THREAD_READY;
    set_current(cpu, next);
}

void sched_remove(struct thread *thread)
{
    if (list_linked(&thread->queue_link))
        dequeue(thread);
}

void sched_forget(struct thread *thread)
{
    struct cpu *cpu = thread_cpu(thread);
    if (cpu)
        cpu->current = NULL;
}

void sched_priority_changed(struct thread *thread, unsigned priority)
{
    bool queued = thread->state == ENNEAD_THREAD_READY && list_linked(&thread->queue_link);
    if (queued)
        dequeue(thread);
    thread->priority = (uint8_t)priority;
    if (queued)
        enqueue(thread, false);
    struct cpu *cpu = thread_cpu(thread);
    if (cpu) {
        cpu->reschedule = true;
        cpu_poke(cpu);
    }
}

/* Where the current thread goes when it does not go on. */
static void put_away(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    set_current(cpu, NULL);
    if (thread->state != ENNEAD_THREAD_READY)
        return;
    if (thread->stop_requested) {
        thread->stop_requested = false;
        thread_abandon_call(thread);
        thread->state = ENNEAD_THREAD_STOPPED;
        return;
    }
    bool stays = thread->run && thread->run->cpu == cpu && sched_context_has_time(thread->run);
    if (stays && !cpu->rotate)
        enqueue(thread, true);
    else
        sched_wake(thread);
}

void sched_pick(struct cpu *cpu)
{
    if (cpu->current && sched_may_go_on(cpu, cpu->current))
        return;
    if (cpu->current)
        put_away(cpu);
    cpu->rotate = false;
    cpu->reschedule = false;
    if (!cpu->ready_mask)
        return;
    struct thread *next = CONTAINER_OF(cpu->ready[cpu->highest_ready].next, struct thread, queue_link);
    dequeue(next);
    set_current(cpu, next);
}
