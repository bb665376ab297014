/* SIGNAL as it mostly is: nobody waits, or somebody of no higher priority, on this CPU, who has time. */
#ifndef GENERIC_PLAIN_SIGNAL_H
#define GENERIC_PLAIN_SIGNAL_H

#include "cpu.h"
#include "endpoint.h"
#include "sched.h"

/* A call of it as stubs make it. */
#define SIGNAL_TAG ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_SIGNAL, ENNEAD_FIELD_WORDS, 0)

/* An answer of `fields` fields, of which the first has 32 bits. */
static inline void answer_fields(struct thread *thread, unsigned fields, uint32_t bits)
{
    context_set_word(&thread->context, 0, bits);
    for (unsigned i = 1; i < ENNEAD_MSG_REG_WORDS; i++)
        context_set_word(&thread->context, i, 0);
    context_set_result(&thread->context, ENNEAD_OK, 0,
                       ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, ENNEAD_OK, fields * ENNEAD_FIELD_WORDS, 0));
}

/* A thread that waited can go on: behind its equals, as it is not of higher priority than the one that runs. */
static inline void make_ready(struct cpu *cpu, struct thread *thread)
{
    unsigned priority = thread->priority;
    thread->state = ENNEAD_THREAD_READY;
    list_append(&cpu->ready[priority], &thread->queue_link);
    cpu->ready_mask |= (uint64_t)1 << priority;
    if (priority > cpu->highest_ready)
        cpu->highest_ready = priority;
}

/* The running thread's call of SIGNAL, by a capability to a notification, if nobody else is to run then. NULL: nothing
 * was done. */
static inline struct arch_context *signal_plainly(struct cpu *cpu, struct thread *thread, const struct node *cap)
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
        bool can_run = run && run->cpu == cpu && sched_context_has_time(run) && !thread_cpu(waiter);
        if (!bits || !can_run || waiter->priority > thread->priority)
            return NULL;
        list_remove_first(&notification->queue, &waiter->queue_link);
        answer_fields(waiter, 1, bits);
        make_ready(cpu, waiter);
    }
    answer_fields(thread, 0, 0);
    return &thread->context;
}

#endif
