/* Processor time: budgets, refills, charging, and whose hands a context is in. */
#include "ipc.h"
#include "sched.h"

#include <platform/clock.h>

/* A time slice between equals where the budget itself sets no limit. */
#define DEFAULT_SLICE_NS 10000000ull

/* The shortest budget and period: below, refills alone would eat the processor. */
#define SHORTEST_NS 10000ull
#define LONGEST_NS  (1ull << 60)

static bool is_unlimited(const struct sched_context *context)
{
    return context->budget_ns == context->period_ns;
}

static RARE void set_budget(struct sched_context *context, uint64_t budget_ns, uint64_t period_ns)
{
    context->budget_ns = budget_ns;
    context->period_ns = period_ns;
    context->budget_ticks = clock_ticks(budget_ns);
    context->period_ticks = clock_ticks(period_ns);
}

static RARE void refill(struct sched_context *context, uint64_t now)
{
    context->granted_ticks += context->budget_ticks - context->remaining_ticks;
    context->remaining_ticks = context->budget_ticks;
    context->refill_ticks = now + context->period_ticks;
}

/* The CPU whose use of time is charged to it, NULL if there is none. */
static struct cpu *used_by(const struct sched_context *context)
{
    for (struct cpu *cpu = cpus; cpu < &cpus[cpu_count]; cpu++)
        if (cpu->charged == context)
            return cpu;
    return NULL;
}

/* The same of a context that may be in use: the end of its budget is another then. */
static void refill_in_use(struct sched_context *context)
{
    struct cpu *cpu = used_by(context);
    uint64_t before = context->remaining_ticks;
    refill(context, cpu_ticks());
    if (!cpu)
        return;
    cpu->charged_until += context->remaining_ticks - before;
    cpu->clock_stale = true;
}

/* The refill of a context whose budget was used up: whoever holds it goes on. */
static void refill_due(struct deadline *deadline)
{
    struct sched_context *context = CONTAINER_OF(deadline, struct sched_context, refill);
    struct thread *thread = context->runner;
    refill_in_use(context);
    if (thread && thread->run == context && thread->state == ENNEAD_THREAD_READY && !thread_cpu(thread) &&
        !list_linked(&thread->queue_link))
        sched_wake(thread);
}

void sched_context_init(struct sched_context *context)
{
    context->cpu = &cpus[0];
    set_budget(context, DEFAULT_SLICE_NS, DEFAULT_SLICE_NS);
    context->remaining_ticks = context->budget_ticks;
    context->granted_ticks = context->budget_ticks;
    context->refill.expire = refill_due;
}

void sched_context_await_refill(struct sched_context *context)
{
    if (!context->refill.link.height)
        deadline_arm(&context->refill, context->cpu, context->refill_ticks);
}

void sched_charge(struct cpu *cpu, struct sched_context *next)
{
    uint64_t now = cpu_ticks();
    struct sched_context *context = cpu->charged;
    if (context && now < cpu->charged_until) {
        context->remaining_ticks = cpu->charged_until - now;
    } else if (context) {
        context->granted_ticks += now - cpu->charged_until;
        context->remaining_ticks = 0;
        if (is_unlimited(context)) {
            refill(context, now);
            cpu->rotate = next == context; /* who comes next has not used up anything */
        }
    }
    if (next && next != context && now >= next->refill_ticks)
        refill(next, now);
    cpu->charged = next;
    if (next)
        cpu->charged_until = now + next->remaining_ticks;
    cpu->clock_stale = true;
}

/* What is left of a context at this moment; less than nothing, if it was used longer than it may. */
static int64_t left(const struct sched_context *context)
{
    const struct cpu *cpu = used_by(context);
    return (int64_t)(cpu ? cpu->charged_until - cpu_ticks() : context->remaining_ticks);
}

uint64_t sched_context_consumed(const struct sched_context *context)
{
    return cpu_scale(context->granted_ticks - (uint64_t)left(context), platform_clock.ns_per_tick);
}

/* In ns; ticks are rounded up, and no more is told than was given. */
static uint64_t remaining(const struct sched_context *context)
{
    int64_t ticks = left(context);
    uint64_t ns = ticks > 0 ? cpu_scale((uint64_t)ticks, platform_clock.ns_per_tick) : 0;
    return ns < context->budget_ns ? ns : context->budget_ns;
}

void sched_context_take(struct sched_context *context)
{
    struct thread *runner = context->runner, *owner = context->owner;
    context->runner = owner;
    ASSERT(runner != owner);
    runner->run = runner->own && runner->own->runner == runner ? runner->own : NULL;
    if (owner && !owner->run)
        owner->run = context;
}

void sched_context_withdraw(struct sched_context *context)
{
    struct thread *runner = context->runner;
    struct cpu *cpu = thread_cpu(runner);
    bool ready = runner->state == ENNEAD_THREAD_READY;
    if (ready)
        sched_remove(runner);
    sched_context_take(context);
    if (!ready)
        return;
    if (cpu) {
        cpu->reschedule = true;
        cpu_poke(cpu);
    } else {
        sched_wake(runner);
    }
}

void sched_context_configure(struct sched_context *context, uint64_t budget_ns, uint64_t period_ns, struct cpu *cpu)
{
    struct thread *runner = context->runner;
    struct cpu *running_on = runner ? thread_cpu(runner) : NULL;
    bool queued = runner && runner->run == context && runner->state == ENNEAD_THREAD_READY && !running_on;
    if (queued)
        sched_remove(runner);
    deadline_disarm(&context->refill);
    set_budget(context, budget_ns, period_ns);
    context->cpu = cpu;
    refill_in_use(context);
    if (queued)
        sched_wake(runner);
    else if (running_on)
        cpu_poke(running_on);
}

error_t sched_context_bind(struct sched_context *context, struct thread *thread)
{
    if (context->owner || thread->own)
        return ENNEAD_BUSY;
    context->owner = thread;
    context->runner = thread;
    thread->own = context;
    if (thread->run || thread->state == ENNEAD_THREAD_CALLING)
        return ENNEAD_OK;
    thread->run = context;
    if (thread->state == ENNEAD_THREAD_STARVED) {
        sched_remove(thread);
        sched_wake(thread);
    }
    return ENNEAD_OK;
}

void sched_context_unbind(struct sched_context *context)
{
    struct thread *owner = context->owner;
    if (!owner)
        return;
    owner->own = NULL;
    context->owner = NULL;
    if (context->runner->run == context)
        sched_context_withdraw(context);
    context->runner = NULL;
}

void sched_context_end(struct sched_context *context)
{
    sched_context_unbind(context);
    deadline_disarm(&context->refill);
    struct cpu *cpu = used_by(context);
    if (!cpu)
        return;
    cpu->charged = NULL;
    cpu->clock_stale = true;
}

/* ---- operations ---- */

static error_t MUST_CHECK configure(struct invocation *invocation, struct object *object)
{
    struct sched_context *context = sched_context_of(object);
    uint64_t budget = argument(invocation, 0), period = argument(invocation, 1), cpu = argument(invocation, 2);
    if (budget < SHORTEST_NS || period > LONGEST_NS || budget > period)
        return ENNEAD_INVALID_ARG;
    if (cpu >= cpu_count)
        return ENNEAD_RANGE;
    sched_context_configure(context, budget, period, &cpus[cpu]);
    return ENNEAD_OK;
}

static error_t MUST_CHECK bind(struct invocation *invocation, struct object *object)
{
    struct sched_context *context = sched_context_of(object);
    struct node *cap;
    error_t error = argument_cap(invocation, 0, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL, &cap);
    return error ? error : sched_context_bind(context, thread_of(cap->object));
}

static error_t MUST_CHECK unbind(struct invocation *invocation, struct object *object)
{
    (void)invocation;
    struct sched_context *context = sched_context_of(object);
    if (!context->owner)
        return ENNEAD_NOT_FOUND;
    sched_context_unbind(context);
    return ENNEAD_OK;
}

static error_t MUST_CHECK consumed(struct invocation *invocation, struct object *object)
{
    struct sched_context *context = sched_context_of(object);
    answer(invocation, sched_context_consumed(context));
    return ENNEAD_OK;
}

/* The thread may run on lent time: the turn is its own, whoever's context it is. */
static error_t MUST_CHECK yield(struct invocation *invocation, struct object *object)
{
    if (invocation->thread->run != sched_context_of(object))
        return ENNEAD_STATE;
    this_cpu()->rotate = true;
    return ENNEAD_OK;
}

static error_t MUST_CHECK describe(struct invocation *invocation, struct object *object)
{
    struct sched_context *context = sched_context_of(object);
    answer(invocation, context->budget_ns);
    answer(invocation, context->period_ns);
    answer(invocation, context->cpu->arch.id);
    answer(invocation, remaining(context));
    answer(invocation, sched_context_consumed(context));
    answer(invocation, cpu_count);
    return ENNEAD_OK;
}

const struct operation sched_operations[] = {
    [ENNEAD_OP_DESCRIBE] = {describe, ENNEAD_RIGHT_READ},
    [ENNEAD_SCHED_CONFIGURE] = {configure, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SCHED_BIND] = {bind, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SCHED_UNBIND] = {unbind, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SCHED_CONSUMED] = {consumed, ENNEAD_RIGHT_READ},
    [ENNEAD_SCHED_YIELD] = {yield, ENNEAD_RIGHT_WRITE},
};
