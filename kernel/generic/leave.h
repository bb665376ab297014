/* The way out of the kernel. */
#ifndef GENERIC_LEAVE_H
#define GENERIC_LEAVE_H

#include "cpu.h"
#include "sched.h"

/* ---- entry.c ---- */
/* See to what is due; whoever runs then. The lock is released. */
struct arch_context *leave_settled(struct cpu *cpu);
/* The current thread, beside other CPUs: the lock is released. */
struct arch_context *leave_unlocked(struct cpu *cpu);

/* leave(), where it need not be fast. */
struct arch_context *leave_entry(struct cpu *cpu);

/* Somebody whom this CPU is ready to run. */
static inline struct arch_context *leave_to(struct cpu *cpu, struct arch_context *context)
{
    lock_release(cpu);
    return context;
}

/* Can the thread go on as it is, because nothing else is due and this CPU is ready to run it? */
static inline bool may_just_return(const struct cpu *cpu, const struct thread *thread)
{
    const struct sched_context *run = cpu->charged;
    return !cpu->due && list_empty(&cpu->starved) && thread && thread->state == ENNEAD_THREAD_READY &&
           !thread->held_up && run && thread->run == run && run->cpu == cpu && sched_context_has_time(run) &&
           thread->space == cpu->space && cpu->fpu_on == (cpu->fpu_owner == thread);
}

static inline struct arch_context *leave(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    if (UNLIKELY(!may_just_return(cpu, thread)))
        return leave_settled(cpu);
    if (UNLIKELY(cpu->among_others))
        return leave_unlocked(cpu);
    return &thread->context;
}

#endif
