/*
 * Scheduling: ready queues per CPU by priority, and processor time as an object.
 *
 * Priority belongs to the thread. Budget, period and CPU belong to the sched_context; a thread runs where the
 * context that it runs on says. A context has one runner at a time. A call hands the caller's context to
 * the server without any accounting: what is charged is the context, whoever uses it.
 *
 * Budget: after `budget` ns of use a context waits until `refill_ticks`, the start of its period plus `period`. Where
 * budget equals period it never waits; its runner goes to the end of its queue instead.
 *
 * Time is in ticks of cpu_ticks(), so that no switch from one thread to another has to convert it: ns are what calls
 * and the board's timer speak of.
 */
#ifndef GENERIC_SCHED_H
#define GENERIC_SCHED_H

#include "cpu.h"
#include "thread.h"

struct deadline {
    struct tree_node link; /* in cpu->deadlines, key: absolute time */
    struct cpu *cpu;
    void (*expire)(struct deadline *deadline); /* already disarmed; bounded */
};

struct sched_context {
    struct object object;
    struct thread *owner;
    struct thread *runner; /* set if the owner is: in whose hands it is */
    struct cpu *cpu;
    uint64_t remaining_ticks;            /* while it is charged: what was left when that began */
    uint64_t refill_ticks;               /* when the budget is whole again */
    uint64_t granted_ticks;              /* all that was ever to be used: what does not remain of it was */
    uint64_t budget_ticks, period_ticks; /* no less than they were given */
    struct deadline refill;              /* armed while the budget is used up */
    uint64_t budget_ns, period_ns;       /* as they were given */
};

_Static_assert(sizeof(struct sched_context) <= ENNEAD_PRICE_SCHED_CONTEXT, "a sched_context outgrew its price");

static inline struct sched_context *sched_context_of(struct object *object)
{
    return CONTAINER_OF(object, struct sched_context, object);
}

/* ---- queues.  sched.c ---- */
void sched_start_cpu(struct cpu *cpu, unsigned id);
/* The thread can go on: queue it where its time is, or raise a time fault. It is in no queue. */
void sched_wake(struct thread *thread);
/* Like sched_wake(), but if the running thread has just blocked, `next` takes its place without being queued. */
void sched_hand_over(struct thread *next);
/* Is somebody ready whose priority is higher? */
static inline bool sched_is_outranked(const struct cpu *cpu, const struct thread *thread)
{
    return thread->priority < cpu->highest_ready;
}
/* The CPU whose current thread it is, or NULL. */
static inline struct cpu *thread_cpu(const struct thread *thread)
{
    return thread->ran_on->current == thread ? thread->ran_on : NULL;
}
/* Out of the ready queue, if it is there; and off this CPU if it runs here. */
void sched_remove(struct thread *thread);
/* A stopped thread ceases to exist: it is not this CPU's current one any more. */
void sched_forget(struct thread *thread);
void sched_priority_changed(struct thread *thread, unsigned priority);
/* Pick who runs next on this CPU: cpu->current, NULL for nobody. */
void sched_pick(struct cpu *cpu);

/* ---- time.  sched_context.c ---- */
void sched_context_init(struct sched_context *context);
/* Charge the time used since last asked to the context charged; begin to charge `next` (perhaps NULL). */
void sched_charge(struct cpu *cpu, struct sched_context *next);
/* Processor time used on it up to now, on whatever CPU, in ns. */
uint64_t sched_context_consumed(const struct sched_context *context);
/* Budget left? An unlimited one is refilled as it is charged. */
static inline bool sched_context_has_time(const struct sched_context *context)
{
    return context->remaining_ticks > 0;
}
/* Does nothing that changed keep the current thread from going on here? */
static inline bool sched_may_go_on(const struct cpu *cpu, const struct thread *thread)
{
    return thread->state == ENNEAD_THREAD_READY && !cpu->reschedule && !cpu->rotate && !thread->stop_requested &&
           thread->run && thread->run->cpu == cpu && sched_context_has_time(thread->run);
}
void sched_context_configure(struct sched_context *context, uint64_t budget_ns, uint64_t period_ns, struct cpu *cpu);
error_t MUST_CHECK sched_context_bind(struct sched_context *context, struct thread *thread);
/* The owner loses it; whoever runs on it falls back on its reserve. */
void sched_context_unbind(struct sched_context *context);
void sched_context_end(struct sched_context *context); /* it is being destroyed */
/* Move a lent context back to its owner, if it has one still: its runner has its reserve or nothing. Not the queues. */
void sched_context_take(struct sched_context *context);
void sched_context_await_refill(struct sched_context *context);
/* Take a context away from whoever runs on it; that thread goes on with its reserve, or has a time fault. */
void sched_context_withdraw(struct sched_context *context);
/* Put `context` in the hands of `thread`. */
static inline void sched_context_hand(struct sched_context *context, struct thread *thread)
{
    context->runner = thread;
    thread->run = context;
}

/* `server` holds the reply right of `caller` from now on, and its time. */
static inline void reply_give(struct thread *caller, struct thread *server)
{
    server->caller = caller;
    caller->holder = server;
    if (caller->run) {
        sched_context_hand(caller->run, server);
        caller->run = NULL;
    }
}

/* ---- deadlines.  clock.c ---- */
/* The fewest ticks that last so long; UINT64_MAX if there are not as many. */
uint64_t clock_ticks(uint64_t ns);
/* When it is so long after boot; UINT64_MAX: never. */
uint64_t clock_time(uint64_t ns);
void deadline_arm(struct deadline *deadline, struct cpu *cpu, uint64_t time);
void deadline_disarm(struct deadline *deadline);
/* Expire some that are due; true if more are. */
bool deadlines_expire(struct cpu *cpu);
/* What comes first on this CPU, a deadline or the end of a budget: when; UINT64_MAX: nothing. */
uint64_t clock_next(const struct cpu *cpu);
/* Of `quiet_until`: the timer is set to no time at all. */
#define TIMER_NEVER (UINT64_MAX - 1)
/* Have this CPU's timer interrupt by then. Needed before user mode goes on if cpu->clock_stale. */
void clock_program(struct cpu *cpu);

#endif
