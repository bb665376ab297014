/*
 * Interrupt objects. An interrupt masks its source and signals every object bound to it; the source opens again
 * when all of them have acknowledged. One that shares its line and misses its deadline is unbound.
 */
#include "cpu.h"
#include "endpoint.h"
#include "ipc.h"
#include "pool.h"

#define SOURCES (IRQ_WORDS * 32u)

/* How long a driver may leave a line closed to the others that share it. */
#define SHARED_ACK_NS 100000000ull

/* Interrupt objects by source; guarded by the kernel lock. */
static struct list sources[SOURCES];

BOOT_ONLY void irq_start(void)
{
    for (unsigned i = 0; i < SOURCES; i++)
        list_init(&sources[i]);
}

static struct irq *of_source_link(struct list *link)
{
    return CONTAINER_OF(link, struct irq, source_link);
}

static void open_if_all_acknowledged(uint32_t source)
{
    for (struct list *link = sources[source].next; link != &sources[source]; link = link->next)
        if (of_source_link(link)->unacknowledged)
            return;
    platform_irq_unmask(source);
}

static void ack_deadline_missed(struct deadline *deadline)
{
    irq_unbind(CONTAINER_OF(deadline, struct irq, deadline));
}

void irq_init(struct irq *irq, uint32_t source)
{
    irq->source = source;
    irq->deadline.expire = ack_deadline_missed;
}

error_t irq_bind(struct irq *irq, struct notification *notification, uint32_t bits)
{
    if (irq->source == ENNEAD_IRQ_ROOT)
        return ENNEAD_INVALID_OP;
    if (irq->notification)
        return ENNEAD_BUSY;
    irq->notification = notification;
    irq->bits = bits;
    list_append(&notification->irqs, &irq->notification_link);
    list_append(&sources[irq->source], &irq->source_link);
    open_if_all_acknowledged(irq->source);
    return ENNEAD_OK;
}

void irq_unbind(struct irq *irq)
{
    if (!irq->notification)
        return;
    irq->notification = NULL;
    irq->unacknowledged = false;
    deadline_disarm(&irq->deadline);
    list_remove(&irq->notification_link);
    list_remove(&irq->source_link);
    if (list_empty(&sources[irq->source]))
        platform_irq_mask(irq->source);
    else
        open_if_all_acknowledged(irq->source);
}

void irq_end(struct irq *irq)
{
    irq_unbind(irq);
    if (irq->message_signalled)
        platform_msi_free(irq->source);
}

void irq_acknowledge(struct irq *irq)
{
    if (!irq->unacknowledged)
        return;
    irq->unacknowledged = false;
    deadline_disarm(&irq->deadline);
    open_if_all_acknowledged(irq->source);
}

void irq_taken(unsigned source)
{
    struct list *head = &sources[source];
    bool shared = head->next != head->prev;
    for (struct list *link = head->next; link != head; link = link->next) {
        struct irq *irq = of_source_link(link);
        irq->taken++;
        irq->unacknowledged = true;
        if (shared && !irq->deadline.link.height)
            deadline_arm(&irq->deadline, this_cpu(), clock_time(platform_now_ns() + SHARED_ACK_NS));
        notification_signal(irq->notification, irq->bits);
    }
}

/* ---- operations ---- */

static error_t MUST_CHECK make(struct invocation *invocation, uint32_t source, bool message_signalled)
{
    struct node *pool_cap;
    struct making making;
    error_t error = argument_cap(invocation, 0, ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL, &pool_cap);
    if (!error)
        error = making_begin(invocation, pool_cap, invocation->cap, ENNEAD_TYPE_IRQ, object_order(ENNEAD_TYPE_IRQ),
                             &making);
    if (error)
        return error;
    irq_init(irq_of(making.object), source);
    irq_of(making.object)->message_signalled = message_signalled;
    making_end(invocation, invocation->cap, &making);
    return ENNEAD_OK;
}

static error_t MUST_CHECK claim(struct invocation *invocation, struct object *object)
{
    struct irq *irq = irq_of(object);
    uint64_t source = argument(invocation, 0);
    if (irq->source != ENNEAD_IRQ_ROOT)
        return ENNEAD_INVALID_OP;
    if (source >= SOURCES || source >= platform_info()->irq_sources || !platform_irq_exists((unsigned)source))
        return ENNEAD_RANGE;
    return make(invocation, (uint32_t)source, false);
}

static error_t MUST_CHECK claim_message_signalled(struct invocation *invocation, struct object *object)
{
    struct irq *irq = irq_of(object);
    uint64_t cpu = argument(invocation, 0), address, data;
    unsigned source;
    if (irq->source != ENNEAD_IRQ_ROOT)
        return ENNEAD_INVALID_OP;
    if (cpu >= cpu_count)
        return ENNEAD_RANGE;
    if (!platform_msi_alloc((unsigned)cpu, &source, &address, &data))
        return ENNEAD_NOT_FOUND;
    error_t error = make(invocation, source, true);
    if (error) {
        platform_msi_free(source);
        return error;
    }
    answer(invocation, address);
    answer(invocation, data);
    return ENNEAD_OK;
}

static error_t MUST_CHECK bind(struct invocation *invocation, struct object *object)
{
    struct irq *irq = irq_of(object);
    struct node *cap;
    error_t error = argument_cap(invocation, 0, ENNEAD_TYPE_NOTIFICATION, ENNEAD_RIGHT_CONTROL, &cap);
    if (error)
        return error;
    return irq_bind(irq, notification_of(cap->object), (uint32_t)argument(invocation, 0));
}

static error_t MUST_CHECK acknowledge(struct invocation *invocation, struct object *object)
{
    (void)invocation;
    struct irq *irq = irq_of(object);
    if (!irq->notification)
        return ENNEAD_STATE;
    irq_acknowledge(irq);
    return ENNEAD_OK;
}

static error_t MUST_CHECK unbind(struct invocation *invocation, struct object *object)
{
    (void)invocation;
    struct irq *irq = irq_of(object);
    if (!irq->notification)
        return ENNEAD_NOT_FOUND;
    irq_unbind(irq);
    return ENNEAD_OK;
}

static error_t MUST_CHECK describe(struct invocation *invocation, struct object *object)
{
    struct irq *irq = irq_of(object);
    answer(invocation, irq->source);
    answer(invocation, irq->taken);
    return ENNEAD_OK;
}

const struct operation irq_operations[] = {
    [ENNEAD_OP_DESCRIBE] = {describe, ENNEAD_RIGHTS_ALL},
    [ENNEAD_IRQ_CLAIM] = {claim, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_IRQ_BIND] = {bind, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_IRQ_ACK] = {acknowledge, ENNEAD_RIGHT_WRITE},
    [ENNEAD_IRQ_UNBIND] = {unbind, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_IRQ_MSI] = {claim_message_signalled, ENNEAD_RIGHT_CONTROL},
};
