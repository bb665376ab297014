/* Notifications: a word of bits, who waits for them, and one deadline each. */
#include "cpu.h"
#include "endpoint.h"
#include "ipc.h"

static void deadline_expired(struct deadline *deadline)
{
    struct notification *notification = CONTAINER_OF(deadline, struct notification, deadline);
    notification_signal(notification, notification->armed_bits);
}

void notification_init(struct notification *notification)
{
    list_init(&notification->queue);
    list_init(&notification->irqs);
    notification->deadline.expire = deadline_expired;
}

/* The bits in the answer, which SEND has none of. */
static void answer_bits(struct thread *thread, bool call, uint32_t bits)
{
    ipc_finish(thread, ENNEAD_OK);
    if (!call)
        return;
    context_set_word(&thread->context, 0, bits);
    context_set_result(&thread->context, ENNEAD_OK, 0,
                       ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, ENNEAD_OK, ENNEAD_FIELD_WORDS, 0));
}

void notification_signal(struct notification *notification, uint32_t bits)
{
    notification->bits |= bits;
    if (!notification->bits)
        return;
    if (!list_empty(&notification->queue)) {
        struct thread *thread = CONTAINER_OF(notification->queue.next, struct thread, queue_link);
        list_remove(&thread->queue_link);
        answer_bits(thread, true, notification_take(notification));
        sched_wake(thread);
    } else if (notification->bound && notification->bound->state == ENNEAD_THREAD_RECEIVING) {
        ipc_deliver_bits(notification->bound);
    }
}

void notification_unbind(struct notification *notification)
{
    if (notification->bound)
        notification->bound->notification_bound = NULL;
    notification->bound = NULL;
}

static void answer_error(struct thread *thread, bool call, error_t error)
{
    ipc_finish(thread, ENNEAD_OK);
    if (call)
        context_set_result(&thread->context, ENNEAD_OK, 0, ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, error, 0, 0));
}

static void wait(struct thread *thread, struct notification *notification, bool call)
{
    if (!call) {
        answer_error(thread, call, ENNEAD_INVALID_OP);
    } else if (notification->bits) {
        answer_bits(thread, call, notification_take(notification));
    } else if (context_target(&thread->context) & ENNEAD_POLL) {
        answer_error(thread, call, ENNEAD_WOULD_BLOCK);
    } else {
        thread->state = ENNEAD_THREAD_WAITING;
        thread->notification_waited = notification;
        list_append(&notification->queue, &thread->queue_link);
    }
}

/* Argument 0 of SIGNAL. */
static uint32_t bits_given(const struct thread *thread, uint32_t tag)
{
    return ENNEAD_TAG_WORDS(tag) >= ENNEAD_FIELD_WORDS ? (uint32_t)context_word(&thread->context, 0) : 0;
}

bool notification_call(struct thread *thread, const struct node *cap, bool call)
{
    struct notification *notification = notification_of(cap->object);
    uint32_t tag = context_tag(&thread->context);
    uint8_t right = ENNEAD_TAG_OPERATION(tag) == ENNEAD_NOTIFICATION_SIGNAL ? ENNEAD_RIGHT_WRITE : ENNEAD_RIGHT_READ;
    if (ENNEAD_TAG_PROTOCOL(tag) != ENNEAD_TYPE_NOTIFICATION || !thread->utcb || !(cap->rights & right))
        return false;
    switch (ENNEAD_TAG_OPERATION(tag)) {
    case ENNEAD_NOTIFICATION_SIGNAL:
        notification_signal(notification, bits_given(thread, tag) | cap->badge);
        answer_error(thread, call, ENNEAD_OK);
        return true;
    case ENNEAD_NOTIFICATION_WAIT:
        wait(thread, notification, call);
        return true;
    case ENNEAD_NOTIFICATION_POLL:
        answer_bits(thread, call, notification_take(notification));
        return true;
    default:
        return false;
    }
}

/* The short operations without their right, which is all that keeps them from notification_call(). */
static error_t MUST_CHECK denied(struct invocation *invocation, struct object *object)
{
    (void)invocation, (void)object;
    return ENNEAD_DENIED;
}

static error_t MUST_CHECK bind(struct invocation *invocation, struct object *object)
{
    struct notification *notification = notification_of(object);
    struct node *cap;
    error_t error = argument_cap(invocation, 0, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL, &cap);
    if (error)
        return error;
    struct thread *thread = thread_of(cap->object);
    if (notification->bound || thread->notification_bound)
        return ENNEAD_BUSY;
    notification->bound = thread;
    thread->notification_bound = notification;
    notification_signal(notification, 0);
    return ENNEAD_OK;
}

static error_t MUST_CHECK unbind(struct invocation *invocation, struct object *object)
{
    (void)invocation;
    struct notification *notification = notification_of(object);
    if (!notification->bound)
        return ENNEAD_NOT_FOUND;
    notification_unbind(notification);
    return ENNEAD_OK;
}

static error_t MUST_CHECK arm(struct invocation *invocation, struct object *object)
{
    struct notification *notification = notification_of(object);
    uint64_t time_ns = argument(invocation, 0);
    deadline_disarm(&notification->deadline);
    notification->armed_bits = (uint32_t)argument(invocation, 1);
    deadline_arm(&notification->deadline, this_cpu(), clock_time(time_ns));
    return ENNEAD_OK;
}

static error_t MUST_CHECK disarm(struct invocation *invocation, struct object *object)
{
    (void)invocation;
    struct notification *notification = notification_of(object);
    deadline_disarm(&notification->deadline);
    return ENNEAD_OK;
}

static error_t MUST_CHECK describe(struct invocation *invocation, struct object *object)
{
    struct notification *notification = notification_of(object);
    answer(invocation, notification->bits);
    answer(invocation, platform_now_ns());
    return ENNEAD_OK;
}

const struct operation notification_operations[] = {
    [ENNEAD_OP_DESCRIBE] = {describe, ENNEAD_RIGHTS_ALL},
    [ENNEAD_NOTIFICATION_SIGNAL] = {denied, ENNEAD_RIGHTS_ALL},
    [ENNEAD_NOTIFICATION_WAIT] = {denied, ENNEAD_RIGHTS_ALL},
    [ENNEAD_NOTIFICATION_POLL] = {denied, ENNEAD_RIGHTS_ALL},
    [ENNEAD_NOTIFICATION_BIND] = {bind, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_NOTIFICATION_UNBIND] = {unbind, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_NOTIFICATION_ARM] = {arm, ENNEAD_RIGHT_WRITE},
    [ENNEAD_NOTIFICATION_DISARM] = {disarm, ENNEAD_RIGHT_WRITE},
};
