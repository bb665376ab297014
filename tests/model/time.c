/* Who runs where, and on whose time. */
#include "internal.h"

/* ---- queues of threads ---- */

void m_push(struct m_queue *queue, struct m_object *object, bool in_front)
{
    struct m_thread *thread = &object->thread;
    MUST(!thread->queue);
    thread->queue = queue;
    thread->queue_prev = in_front ? NULL : queue->last;
    thread->queue_next = in_front ? queue->first : NULL;
    *(thread->queue_prev ? &thread->queue_prev->thread.queue_next : &queue->first) = object;
    *(thread->queue_next ? &thread->queue_next->thread.queue_prev : &queue->last) = object;
}

void m_take_out(struct m_object *object)
{
    struct m_thread *thread = &object->thread;
    if (!thread->queue)
        return;
    *(thread->queue_prev ? &thread->queue_prev->thread.queue_next : &thread->queue->first) = thread->queue_next;
    *(thread->queue_next ? &thread->queue_next->thread.queue_prev : &thread->queue->last) = thread->queue_prev;
    thread->queue = NULL;
    thread->queue_next = thread->queue_prev = NULL;
}

/* ---- deadlines, by time and then by the order in which they were set ---- */

void m_arm(struct m_object *object, unsigned cpu, uint64_t time)
{
    struct m_object **link = &model.cpu[cpu].deadlines;
    while (*link && (*link)->deadline <= time)
        link = &(*link)->deadline_next;
    object->armed = true;
    object->deadline = time;
    object->deadline_cpu = cpu;
    object->deadline_next = *link;
    *link = object;
    m_poke(cpu);
}

void m_disarm(struct m_object *object)
{
    if (!object->armed)
        return;
    struct m_object **link = &model.cpu[object->deadline_cpu].deadlines;
    while (*link != object)
        link = &(*link)->deadline_next;
    *link = object->deadline_next;
    object->armed = false;
}

static void refill(struct m_object *object)
{
    object->context.remaining = object->context.budget;
    object->context.refill = model.now + object->context.period;
}

static void expire(struct m_object *object)
{
    if (object->type == ENNEAD_TYPE_NOTIFICATION) {
        m_signal(object, object->notification.armed_bits);
    } else if (object->type == ENNEAD_TYPE_IRQ) {
        m_irq_unbind(object);
    } else {
        struct m_object *runner = object->context.runner;
        refill(object);
        if (runner && runner->thread.run == object && runner->thread.state == ENNEAD_THREAD_READY &&
            runner->thread.running_on < 0 && !runner->thread.queue)
            m_wake(runner);
    }
}

#define EXPIRE_AT_ONCE 1u

/* Some of what is due; true if there may be more. */
bool m_expire(struct m_cpu *cpu)
{
    for (unsigned i = 0; i < EXPIRE_AT_ONCE; i++) {
        struct m_object *first = cpu->deadlines;
        if (!first || first->deadline > model.now)
            return false;
        m_disarm(first);
        expire(first);
    }
    return true;
}

uint64_t m_timer(const struct m_cpu *cpu)
{
    uint64_t next = cpu->deadlines ? cpu->deadlines->deadline : UINT64_MAX;
    if (cpu->charged) {
        uint64_t end = cpu->charged_since + cpu->charged->context.remaining;
        next = end < next ? end : next;
    }
    return next;
}

/* ---- budgets ---- */

static bool unlimited(const struct m_object *context)
{
    return context->context.budget == context->context.period;
}

bool m_has_time(const struct m_object *context)
{
    return context->context.remaining > 0 || unlimited(context);
}

/* Used since it was charged last. */
static uint64_t uncharged(const struct m_object *context)
{
    for (unsigned i = 0; i < model.machine.cpus; i++)
        if (model.cpu[i].charged == context)
            return model.now - model.cpu[i].charged_since;
    return 0;
}

uint64_t m_consumed(const struct m_object *context)
{
    return context->context.consumed + uncharged(context);
}

uint64_t m_remaining(const struct m_object *context)
{
    uint64_t used = uncharged(context), remaining = context->context.remaining;
    return used < remaining ? remaining - used : 0;
}

void m_charge(struct m_cpu *cpu, struct m_object *next)
{
    struct m_object *object = cpu->charged;
    if (object) {
        struct m_context *context = &object->context;
        uint64_t used = model.now - cpu->charged_since;
        context->consumed += used;
        context->remaining = used < context->remaining ? context->remaining - used : 0;
        if (!context->remaining && unlimited(object)) {
            refill(object);
            cpu->rotate = next == object;
        }
    }
    if (next && next != object && model.now >= next->context.refill)
        refill(next);
    cpu->charged = next;
    cpu->charged_since = model.now;
}

void m_context_start_time(struct m_object *object)
{
    object->context = (struct m_context){.budget = 10000000, .period = 10000000, .remaining = 10000000};
}

void m_context_take(struct m_object *object)
{
    struct m_object *runner = object->context.runner, *owner = object->context.owner;
    object->context.runner = owner;
    if (runner) {
        struct m_object *own = runner->thread.own;
        runner->thread.run = own && own != object && own->context.runner == runner ? own : NULL;
    }
    if (owner && owner != runner && !owner->thread.run)
        owner->thread.run = object;
}

static void look_again(int cpu)
{
    model.cpu[cpu].reschedule = true;
    m_poke((unsigned)cpu);
}

void m_context_withdraw(struct m_object *object)
{
    struct m_object *runner = object->context.runner;
    if (!runner)
        return;
    bool ready = runner->thread.state == ENNEAD_THREAD_READY;
    if (ready)
        m_take_out(runner);
    m_context_take(object);
    if (!ready)
        return;
    if (runner->thread.running_on >= 0)
        look_again(runner->thread.running_on);
    else
        m_wake(runner);
}

void m_context_configure(struct m_object *object, uint64_t budget, uint64_t period, unsigned cpu)
{
    struct m_object *runner = object->context.runner;
    bool waits = runner && runner->thread.run == object && runner->thread.state == ENNEAD_THREAD_READY &&
                 runner->thread.running_on < 0;
    if (waits)
        m_take_out(runner);
    m_disarm(object);
    object->context.budget = budget;
    object->context.period = period;
    object->context.cpu = cpu;
    refill(object);
    if (waits)
        m_wake(runner);
    else if (runner && runner->thread.running_on >= 0)
        m_poke((unsigned)runner->thread.running_on);
}

unsigned m_context_bind(struct m_object *object, struct m_object *thread)
{
    if (object->context.owner || thread->thread.own)
        return ENNEAD_BUSY;
    object->context.owner = thread;
    object->context.runner = thread;
    thread->thread.own = object;
    if (thread->thread.run || thread->thread.state == ENNEAD_THREAD_CALLING)
        return ENNEAD_OK;
    thread->thread.run = object;
    if (thread->thread.state == ENNEAD_THREAD_STARVED) {
        m_take_out(thread);
        m_wake(thread);
    }
    return ENNEAD_OK;
}

void m_context_unbind(struct m_object *object)
{
    struct m_object *owner = object->context.owner, *runner = object->context.runner;
    if (owner)
        owner->thread.own = NULL;
    object->context.owner = NULL;
    if (runner && runner->thread.run == object)
        m_context_withdraw(object);
    object->context.runner = NULL;
}

void m_context_end(struct m_object *object)
{
    m_context_unbind(object);
    m_disarm(object);
    for (unsigned i = 0; i < model.machine.cpus; i++)
        if (model.cpu[i].charged == object)
            model.cpu[i].charged = NULL;
}

/* ---- ready queues ---- */

static int highest_ready(const struct m_cpu *cpu)
{
    int priority = ENNEAD_PRIORITIES - 1;
    while (priority >= 0 && !cpu->ready[priority].first)
        priority--;
    return priority;
}

static void enqueue(struct m_object *object, bool in_front)
{
    unsigned id = object->thread.run->context.cpu;
    struct m_cpu *cpu = &model.cpu[id];
    m_push(&cpu->ready[object->thread.priority], object, in_front);
    if (!cpu->current || object->thread.priority > cpu->current->thread.priority)
        look_again((int)id);
}

static void await_refill(struct m_object *context)
{
    if (!context->armed)
        m_arm(context, context->context.cpu, context->context.refill);
}

/* TIM-5, TIM-9: back to the reserve; without one there will be a time fault. */
static bool find_time(struct m_object *object)
{
    struct m_thread *thread = &object->thread;
    while (thread->run && !m_has_time(thread->run)) {
        if (thread->run == thread->own) {
            await_refill(thread->own);
            return false;
        }
        m_context_take(thread->run);
    }
    if (!thread->run && thread->own && thread->own->context.runner == object)
        thread->run = thread->own;
    if (!thread->run) {
        thread->state = ENNEAD_THREAD_STARVED;
        m_push(&here()->starved, object, false);
        return false;
    }
    if (m_has_time(thread->run))
        return true;
    await_refill(thread->run);
    return false;
}

void m_wake(struct m_object *object)
{
    MUST(!object->thread.queue);
    object->thread.state = ENNEAD_THREAD_READY;
    if (object->thread.running_on < 0 && find_time(object))
        enqueue(object, false);
}

static void set_current(struct m_cpu *cpu, struct m_object *object)
{
    if (cpu->current)
        cpu->current->thread.running_on = -1;
    cpu->current = object;
    if (object)
        object->thread.running_on = (int)(cpu - model.cpu);
}

void m_hand_over(struct m_object *next)
{
    struct m_cpu *cpu = here();
    struct m_thread *thread = &next->thread;
    bool blocked = !cpu->current || cpu->current->thread.state != ENNEAD_THREAD_READY;
    bool fits = blocked && thread->running_on < 0 && thread->run && thread->run->context.cpu == model.this_cpu &&
                m_has_time(thread->run);
    if (!fits || highest_ready(cpu) > thread->priority || cpu->reschedule) {
        m_wake(next);
        return;
    }
    thread->state = ENNEAD_THREAD_READY;
    set_current(cpu, next);
}

void m_forget_running(struct m_object *object)
{
    if (object->thread.running_on >= 0)
        set_current(&model.cpu[object->thread.running_on], NULL);
}

void m_priority_changed(struct m_object *object, unsigned priority)
{
    struct m_thread *thread = &object->thread;
    bool queued = thread->state == ENNEAD_THREAD_READY && thread->queue;
    if (queued)
        m_take_out(object);
    thread->priority = (uint8_t)priority;
    if (queued)
        enqueue(object, false);
    if (thread->running_on >= 0)
        look_again(thread->running_on);
}

static bool can_run_on(const struct m_object *object, const struct m_cpu *cpu)
{
    const struct m_object *run = object->thread.run;
    return run && &model.cpu[run->context.cpu] == cpu && m_has_time(run);
}

static void put_away(struct m_cpu *cpu)
{
    struct m_object *object = cpu->current;
    struct m_thread *thread = &object->thread;
    set_current(cpu, NULL);
    if (thread->state != ENNEAD_THREAD_READY)
        return;
    if (thread->stop_requested) {
        thread->stop_requested = false;
        m_abandon_call(object);
        thread->state = ENNEAD_THREAD_STOPPED;
    } else if (can_run_on(object, cpu) && !cpu->rotate) {
        enqueue(object, true);
    } else {
        m_wake(object);
    }
}

void m_pick(struct m_cpu *cpu)
{
    struct m_object *object = cpu->current;
    if (object && object->thread.state == ENNEAD_THREAD_READY && !cpu->reschedule && !cpu->rotate &&
        !object->thread.stop_requested && can_run_on(object, cpu))
        return;
    if (object)
        put_away(cpu);
    cpu->rotate = false;
    cpu->reschedule = false;
    int priority = highest_ready(cpu);
    if (priority < 0)
        return;
    object = cpu->ready[priority].first;
    m_take_out(object);
    set_current(cpu, object);
}
