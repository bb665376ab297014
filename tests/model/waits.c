/* Notifications and interrupts. */
#include "calls.h"

/* ---- notifications ---- */

static uint32_t take(struct m_object *object)
{
    uint32_t bits = object->notification.bits;
    object->notification.bits = 0;
    return bits;
}

void m_signal(struct m_object *object, uint32_t bits)
{
    struct m_notification *notification = &object->notification;
    struct m_object *waiter = notification->queue.first, *bound = notification->bound;
    notification->bits |= bits;
    if (!notification->bits)
        return;
    if (waiter) {
        m_take_out(waiter);
        m_finish(waiter, ENNEAD_OK);
        waiter->thread.word[0] = take(object);
        m_result(waiter, ENNEAD_OK, 0, ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, ENNEAD_OK, ENNEAD_FIELD_WORDS, 0));
        m_wake(waiter);
    } else if (bound && bound->thread.state == ENNEAD_THREAD_RECEIVING) {
        m_deliver_bits(bound);
    }
}

void m_notification_unbind(struct m_object *object)
{
    if (object->notification.bound)
        object->notification.bound->thread.bound = NULL;
    object->notification.bound = NULL;
}

static unsigned signal(struct m_call *call, struct m_object *object)
{
    m_signal(object, (uint32_t)m_argument(call, 0) | call->cap->badge);
    return ENNEAD_OK;
}

static unsigned wait(struct m_call *call, struct m_object *object)
{
    struct m_thread *thread = &call->thread->thread;
    if (!thread->call)
        return ENNEAD_INVALID_OP;
    if (object->notification.bits) {
        m_answer(call, take(object));
        return ENNEAD_OK;
    }
    if (thread->target & ENNEAD_POLL)
        return ENNEAD_WOULD_BLOCK;
    thread->state = ENNEAD_THREAD_WAITING;
    m_push(&object->notification.queue, call->thread, false);
    return BLOCKED;
}

static unsigned poll(struct m_call *call, struct m_object *object)
{
    m_answer(call, take(object));
    return ENNEAD_OK;
}

static unsigned notification_bind(struct m_call *call, struct m_object *object)
{
    struct m_node *cap;
    unsigned error = m_argument_cap(call, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL, &cap);
    if (error)
        return error;
    if (object->notification.bound || cap->object->thread.bound)
        return ENNEAD_BUSY;
    object->notification.bound = cap->object;
    cap->object->thread.bound = object;
    m_signal(object, 0);
    return ENNEAD_OK;
}

static unsigned notification_unbind(struct m_call *call, struct m_object *object)
{
    (void)call;
    if (!object->notification.bound)
        return ENNEAD_NOT_FOUND;
    m_notification_unbind(object);
    return ENNEAD_OK;
}

static unsigned arm(struct m_call *call, struct m_object *object)
{
    m_disarm(object);
    object->notification.armed_bits = (uint32_t)m_argument(call, 1);
    m_arm(object, model.this_cpu, m_argument(call, 0));
    return ENNEAD_OK;
}

static unsigned disarm(struct m_call *call, struct m_object *object)
{
    (void)call;
    m_disarm(object);
    return ENNEAD_OK;
}

static unsigned notification_describe(struct m_call *call, struct m_object *object)
{
    m_answer(call, object->notification.bits);
    m_answer(call, model.now);
    return ENNEAD_OK;
}

const struct operation m_notification_operations[OPERATIONS] = {
    {notification_describe, ANY},   {signal, WRITE}, {wait, READ},   {poll, READ}, {notification_bind, CONTROL},
    {notification_unbind, CONTROL}, {arm, WRITE},    {disarm, WRITE}};

/* ---- interrupts ---- */

static void open_if_acknowledged(uint32_t source)
{
    for (struct m_object *irq = model.source[source].first; irq; irq = irq->irq.source_next)
        if (irq->irq.unacknowledged)
            return;
    model.irq_masked[source] = false;
}

/* Take an irq out of the lists of its notification and its source. */
static void irq_out_of_lists(struct m_irq *irq)
{
    struct m_notification *notification = &irq->notification->notification;
    struct m_object *next = irq->notification_next, *prev = irq->notification_prev;
    *(prev ? &prev->irq.notification_next : &notification->irqs_first) = next;
    *(next ? &next->irq.notification_prev : &notification->irqs_last) = prev;
    next = irq->source_next;
    prev = irq->source_prev;
    *(prev ? &prev->irq.source_next : &model.source[irq->source].first) = next;
    *(next ? &next->irq.source_prev : &model.source[irq->source].last) = prev;
}

void m_irq_unbind(struct m_object *object)
{
    struct m_irq *irq = &object->irq;
    if (!irq->notification)
        return;
    irq_out_of_lists(irq);
    irq->notification = NULL;
    irq->unacknowledged = false;
    m_disarm(object);
    if (model.source[irq->source].first)
        open_if_acknowledged(irq->source);
    else
        model.irq_masked[irq->source] = true;
}

void m_irq_taken(unsigned source)
{
    bool shared = model.source[source].first != model.source[source].last;
    for (struct m_object *object = model.source[source].first; object; object = object->irq.source_next) {
        object->irq.taken++;
        object->irq.unacknowledged = true;
        if (shared && !object->armed)
            m_arm(object, model.this_cpu, model.now + 100000000);
        m_signal(object->irq.notification, object->irq.bits);
    }
}

static unsigned make_irq(struct m_call *call, unsigned source, bool message_signalled)
{
    struct m_node *pool;
    struct m_object *irq;
    unsigned error = m_argument_cap(call, ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL, &pool);
    if (!error)
        error = m_make(call, pool->object, ENNEAD_TYPE_IRQ, m_order_of(ENNEAD_TYPE_IRQ), &irq);
    if (error)
        return error;
    irq->irq.source = source;
    irq->irq.message_signalled = message_signalled;
    return ENNEAD_OK;
}

static unsigned claim(struct m_call *call, struct m_object *object)
{
    if (object->irq.source != ENNEAD_IRQ_ROOT)
        return ENNEAD_INVALID_OP;
    if (m_argument(call, 0) >= model.machine.irq_sources)
        return ENNEAD_RANGE;
    return make_irq(call, (unsigned)m_argument(call, 0), false);
}

static unsigned claim_msi(struct m_call *call, struct m_object *object)
{
    uint64_t cpu = m_argument(call, 0), address, data;
    unsigned source = model.machine.msi_first, end = source + model.machine.msi_count;
    if (object->irq.source != ENNEAD_IRQ_ROOT)
        return ENNEAD_INVALID_OP;
    if (cpu >= model.machine.cpus)
        return ENNEAD_RANGE;
    while (source < end && model.msi_used[source])
        source++;
    if (source == end)
        return ENNEAD_NOT_FOUND;
    unsigned error = make_irq(call, source, true);
    if (error)
        return error;
    model.msi_used[source] = true;
    model.machine.msi((unsigned)cpu, source, &address, &data);
    m_answer(call, address);
    m_answer(call, data);
    return ENNEAD_OK;
}

static unsigned irq_bind(struct m_call *call, struct m_object *object)
{
    struct m_irq *irq = &object->irq;
    struct m_node *cap;
    unsigned error = m_argument_cap(call, ENNEAD_TYPE_NOTIFICATION, ENNEAD_RIGHT_CONTROL, &cap);
    if (error)
        return error;
    if (irq->source == ENNEAD_IRQ_ROOT)
        return ENNEAD_INVALID_OP;
    if (irq->notification)
        return ENNEAD_BUSY;
    struct m_notification *notification = &cap->object->notification;
    irq->notification = cap->object;
    irq->bits = (uint32_t)m_argument(call, 0);
    irq->notification_next = irq->source_next = NULL;
    irq->notification_prev = notification->irqs_last;
    irq->source_prev = model.source[irq->source].last;
    *(irq->notification_prev ? &irq->notification_prev->irq.notification_next : &notification->irqs_first) = object;
    notification->irqs_last = object;
    *(irq->source_prev ? &irq->source_prev->irq.source_next : &model.source[irq->source].first) = object;
    model.source[irq->source].last = object;
    open_if_acknowledged(irq->source);
    return ENNEAD_OK;
}

static unsigned acknowledge(struct m_call *call, struct m_object *object)
{
    (void)call;
    if (!object->irq.notification)
        return ENNEAD_STATE;
    if (object->irq.unacknowledged) {
        object->irq.unacknowledged = false;
        m_disarm(object);
        open_if_acknowledged(object->irq.source);
    }
    return ENNEAD_OK;
}

static unsigned irq_unbind(struct m_call *call, struct m_object *object)
{
    (void)call;
    if (!object->irq.notification)
        return ENNEAD_NOT_FOUND;
    m_irq_unbind(object);
    return ENNEAD_OK;
}

static unsigned irq_describe(struct m_call *call, struct m_object *object)
{
    m_answer(call, object->irq.source);
    m_answer(call, object->irq.taken);
    return ENNEAD_OK;
}

const struct operation m_irq_operations[OPERATIONS] = {{irq_describe, ANY},   {claim, CONTROL},
                                                       {irq_bind, CONTROL},   {acknowledge, WRITE},
                                                       {irq_unbind, CONTROL}, {claim_msi, CONTROL}};
