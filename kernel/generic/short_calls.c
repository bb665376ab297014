/*
 * Calls of objects, from kernel_message() on: WAIT and POLL of notifications and YIELD, which have no words, at once;
 * the others by kernel_ipc(), SIGNAL first. They equal the general way in every effect, as what is in fastpath.c does.
 */
#include "ipc.h"
#include "leave.h"
#include "pass.h"

/* As stubs make them: any other is made the general way. */
#define SIGNAL_TAG ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_SIGNAL, ENNEAD_FIELD_WORDS, 0)
#define WAIT_TAG   ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, 0, 0)
#define POLL_TAG   ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_POLL, 0, 0)
#define YIELD_TAG  ENNEAD_TAG(ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_YIELD, 0, 0)

/* An answer of `fields` fields, of which the first has 32 bits. */
ALWAYS_INLINE void answer_fields(struct thread *thread, unsigned fields, uint32_t bits)
{
    context_set_word(&thread->context, 0, bits);
    for (unsigned i = 1; i < ENNEAD_MSG_REG_WORDS; i++)
        context_set_word(&thread->context, i, 0);
    context_set_result(&thread->context, ENNEAD_OK, 0,
                       ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, ENNEAD_OK, fields * ENNEAD_FIELD_WORDS, 0));
}

/* The first of its queue, which is the highest, is not ready any more. */
ALWAYS_INLINE void take_ready(struct cpu *cpu, struct list *queue, struct thread *thread)
{
    list_remove_first(queue, &thread->queue_link);
    if (!list_empty(queue))
        return;
    uint64_t mask = cpu->ready_mask & ~((uint64_t)1 << cpu->highest_ready);
    cpu->ready_mask = mask;
    cpu->highest_ready = mask ? 63 - (unsigned)__builtin_clzll(mask) : 0;
}

LAST_CALL struct arch_context *resume(struct cpu *cpu, struct arch_context *context)
{
    lock_release(cpu);
    cpu_resume(context);
}

/* The current thread goes on later, and `next` now, if it can. */
LAST_CALL struct arch_context *go_on_anyhow(struct cpu *cpu, struct thread *next)
{
    cpu->current = next;
    next->ran_on = cpu;
    cpu_resume(leave_settled(cpu));
}

/*
 * The same where nothing but the two changes: one CPU, no FPU, a space at hand, and nobody's time ends or has ended.
 * The timer is set for the first of the deadlines and ends of budgets, or earlier: nothing was due if it is still to
 * come, and it need not be set anew if it comes before the new budget's end.
 */
LAST_CALL struct arch_context *go_on_with(struct cpu *cpu, struct thread *next)
{
    uint64_t now = cpu_ticks();
    struct sched_context *run = next->run;
    bool ends = UNLIKELY(cpu->quiet_until - now >= run->remaining_ticks) || UNLIKELY(now >= run->refill_ticks);
    if (ends || UNLIKELY(next->held_up) || UNLIKELY(cpu->not_plain) || UNLIKELY(cpu->fpu_owner == next) ||
        UNLIKELY(!mmu_is_at_hand(cpu, &next->space->mmu, true)))
        return go_on_anyhow(cpu, next);
    cpu->charged->remaining_ticks = cpu->charged_until - now;
    cpu->charged = run;
    cpu->charged_until = now + run->remaining_ticks;
    next->ran_on = cpu;
    cpu_resume(pass_control(cpu, next, PLAIN));
}

/* For kernel_ipc(), which is told what is called. */
ALWAYS_INLINE struct arch_context *not_at_once(struct cpu *cpu, const struct node *cap)
{
    cpu->called = (struct node *)cap;
    return NULL;
}

/* The bits that are there. */
LAST_CALL struct arch_context *poll(struct thread *thread, const struct node *cap, struct cpu *cpu)
{
    if (!(cap->rights & ENNEAD_RIGHT_READ) || !thread->utcb)
        return not_at_once(cpu, cap);
    answer_fields(thread, 1, notification_take(notification_of(cap->object)));
    return resume(cpu, &thread->context);
}

/* Who waits gets bits that are there, or the first of who is ready goes on. */
LAST_CALL struct arch_context *wait(struct thread *thread, const struct node *cap, struct cpu *cpu)
{
    struct notification *notification = notification_of(cap->object);
    struct list *queue = &cpu->ready[cpu->highest_ready];
    struct thread *next = CONTAINER_OF(queue->next, struct thread, queue_link);
    if (!(cap->rights & ENNEAD_RIGHT_READ) || !thread->utcb)
        return not_at_once(cpu, cap);
    if (notification->bits)
        return poll(thread, cap, cpu);
    if (list_empty(queue))
        return not_at_once(cpu, cap);
    take_ready(cpu, queue, next);
    thread->state = ENNEAD_THREAD_WAITING;
    thread->notification_waited = notification;
    list_append(&notification->queue, &thread->queue_link);
    return go_on_with(cpu, next);
}

/* Behind its equals: nobody of higher priority is ready. */
LAST_CALL struct arch_context *yield(struct thread *thread, const struct node *cap, struct cpu *cpu)
{
    struct list *queue = &cpu->ready[thread->priority];
    struct thread *next = CONTAINER_OF(queue->next, struct thread, queue_link);
    bool may = cap->rights & ENNEAD_RIGHT_WRITE && thread->utcb && thread->run == sched_context_of(cap->object);
    if (!may)
        return not_at_once(cpu, cap);
    answer_fields(thread, 0, 0);
    if (list_empty(queue))
        return resume(cpu, &thread->context);
    list_remove_first(queue, &next->queue_link);
    list_append(queue, &thread->queue_link);
    return go_on_with(cpu, next);
}

/*
 * A call of an object of the kernel. One without words is made at once: they are nowhere but in registers. Any other is
 * for kernel_ipc(), which is told what is called.
 */
struct arch_context *call_of_object(ennead_word target, uint32_t tag, struct thread *thread, const struct node *cap)
{
    struct cpu *cpu = this_cpu();
    (void)target;
    if (cap->kind != NODE_CAP)
        return NULL;
    switch (cap->object->type) {
    case ENNEAD_TYPE_NOTIFICATION:
        if (tag == WAIT_TAG)
            return wait(thread, cap, cpu);
        if (tag == POLL_TAG)
            return poll(thread, cap, cpu);
        break;
    case ENNEAD_TYPE_SCHED_CONTEXT:
        if (tag == YIELD_TAG)
            return yield(thread, cap, cpu);
        break;
    case ENNEAD_TYPE_ENDPOINT:
        return NULL;
    }
    return WORDS_ALONE(tag) <= ENNEAD_MSG_REG_WORDS || is_valid_tag(tag) ? not_at_once(cpu, cap) : NULL;
}

/* A thread that waited can go on: behind its equals, as it is not of higher priority than the one that runs. */
ALWAYS_INLINE void make_ready(struct cpu *cpu, struct thread *thread)
{
    unsigned priority = thread->priority;
    thread->state = ENNEAD_THREAD_READY;
    list_append(&cpu->ready[priority], &thread->queue_link);
    cpu->ready_mask |= (uint64_t)1 << priority;
    if (priority > cpu->highest_ready)
        cpu->highest_ready = priority;
}

/* SIGNAL as it mostly is: nobody waits, or somebody of no higher priority, on this CPU, who has time. */
ALWAYS_INLINE struct arch_context *signal(struct cpu *cpu, struct thread *thread, const struct node *cap)
{
    struct notification *notification = notification_of(cap->object);
    if (context_tag(&thread->context) != SIGNAL_TAG || !(cap->rights & ENNEAD_RIGHT_WRITE) || !thread->utcb)
        return NULL;
    uint32_t bits = (uint32_t)context_word(&thread->context, 0) | cap->badge | notification->bits;
    struct thread *waiter = CONTAINER_OF(notification->queue.next, struct thread, queue_link);
    if (list_empty(&notification->queue)) {
        if (notification->bound && notification->bound->state == ENNEAD_THREAD_RECEIVING)
            return NULL;
        notification->bits = bits;
    } else {
        struct sched_context *run = waiter->run;
        if (!bits || !run || !sched_context_has_time(run) || waiter->priority > thread->priority)
            return NULL;
        if (UNLIKELY(cpu->among_others) && (run->cpu != cpu || thread_cpu(waiter)))
            return NULL;
        list_remove_first(&notification->queue, &waiter->queue_link);
        answer_fields(waiter, 1, bits);
        make_ready(cpu, waiter);
    }
    answer_fields(thread, 0, 0);
    return &thread->context;
}

struct arch_context *fastpath_signal(struct cpu *cpu, struct thread *thread, const struct node *cap)
{
    return signal(cpu, thread, cap);
}

LAST_CALL struct arch_context *call_of_notification(struct cpu *cpu, struct node *cap)
{
    struct arch_context *to = signal(cpu, cpu->current, cap);
    return to ? leave_to(cpu, to) : call_any_object(cpu, cap);
}

LAST_CALL struct arch_context *call_of_space(struct cpu *cpu, struct node *cap)
{
    struct arch_context *to = fastpath_capability(cpu, cpu->current, cap);
    return to ? leave_to(cpu, to) : call_object(cpu, cap);
}

struct arch_context *kernel_ipc(void)
{
    struct cpu *cpu = this_cpu();
    struct node *cap = cpu->called;
    if (UNLIKELY(!cap))
        return call_any(cpu);
    cpu->called = NULL;
    switch (cap->object->type) {
    case ENNEAD_TYPE_NOTIFICATION:
        return call_of_notification(cpu, cap);
    case ENNEAD_TYPE_SPACE:
        return call_of_space(cpu, cap);
    default:
        return call_object(cpu, cap);
    }
}
