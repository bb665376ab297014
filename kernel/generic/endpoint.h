/*
 * Endpoints, notifications and interrupt objects: where threads wait.
 *
 * An endpoint's queue holds either senders or receivers, never both, in order of arrival. A notification's
 * queue holds waiters only while no bit is set.
 */
#ifndef GENERIC_ENDPOINT_H
#define GENERIC_ENDPOINT_H

#include "object.h"
#include "sched.h"

struct endpoint {
    struct object object;
    struct list queue;
    uint32_t nobody;  /* 0, where a thread that waits has its standing: the head may be taken for one */
    struct cpu *home; /* whose local sections may touch it and its waiters; written with the lock; NULL: nobody's */
};
_Static_assert(offsetof(struct endpoint, nobody) - offsetof(struct endpoint, queue) ==
                   offsetof(struct thread, standing) - offsetof(struct thread, queue_link),
               "the head of a queue does not look like a thread");
_Static_assert(sizeof(struct endpoint) <= ENNEAD_PRICE_ENDPOINT, "an endpoint outgrew its price");

struct notification {
    struct object object;
    uint32_t bits;
    uint32_t armed_bits;
    struct list queue;    /* waiters */
    struct thread *bound; /* whose receive phases take the bits */
    struct deadline deadline;
    struct list irqs; /* bound to it */
};
_Static_assert(sizeof(struct notification) <= ENNEAD_PRICE_NOTIFICATION, "a notification outgrew its price");

struct irq {
    struct object object;
    uint32_t source;
    uint32_t bits;
    uint32_t taken;
    bool unacknowledged;
    bool message_signalled;
    struct notification *notification;
    struct list notification_link;
    struct list source_link;  /* all that share the line */
    struct deadline deadline; /* armed while unacknowledged on a shared line */
};
_Static_assert(sizeof(struct irq) <= ENNEAD_PRICE_IRQ, "an irq outgrew its price");

static inline struct endpoint *endpoint_of(struct object *object)
{
    return CONTAINER_OF(object, struct endpoint, object);
}

/* The state of all threads in the queue, taken from the last; STOPPED if there is none. */
static inline unsigned endpoint_waiters(const struct endpoint *endpoint)
{
    return CONTAINER_OF(endpoint->queue.prev, const struct thread, queue_link)->state;
}

/* Let a thread wait, in state SENDING or RECEIVING; the queue holds nobody in the other state. */
static inline void endpoint_wait(struct endpoint *endpoint, struct thread *thread, enum ennead_thread_state state)
{
    thread->state = (uint8_t)state;
    thread->endpoint = endpoint;
    list_append(&endpoint->queue, &thread->queue_link);
}

static inline struct notification *notification_of(struct object *object)
{
    return CONTAINER_OF(object, struct notification, object);
}

static inline struct irq *irq_of(struct object *object)
{
    return CONTAINER_OF(object, struct irq, object);
}

/* ---- notification.c ---- */
void notification_init(struct notification *notification);
void notification_signal(struct notification *notification, uint32_t bits);
/* SIGNAL, WAIT or POLL by a thread that may: they are made without an invocation. False: it is something else. */
bool notification_call(struct thread *thread, const struct node *cap, bool call);
/* The bits, cleared. */
static inline uint32_t notification_take(struct notification *notification)
{
    uint32_t bits = notification->bits;
    notification->bits = 0;
    return bits;
}
void notification_unbind(struct notification *notification);

/* ---- irq.c ---- */
void irq_start(void);
void irq_init(struct irq *irq, uint32_t source);
error_t MUST_CHECK irq_bind(struct irq *irq, struct notification *notification, uint32_t bits);
void irq_unbind(struct irq *irq);
void irq_end(struct irq *irq); /* unbind, and give a message-signalled source back */
void irq_acknowledge(struct irq *irq);
void irq_taken(unsigned source); /* by the interrupt path */

#endif
