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

/* The answer to WAIT. */
static void answer_waiter(struct thread *thread, uint32_t bits)
{
    ipc_finish(thread, ENNEAD_OK);
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
        answer_waiter(thread, notification_take(notification));
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

static error_t MUST_CHECK signal(struct invocation *invocation, struct notification *notification)
{
    notification_signal(notification, (uint32_t)argument(invocation, 0) | invocation->cap->badge);
    return ENNEAD_OK;
}

static error_t MUST_CHECK wait(struct invocation *invocation, struct notification *notification)
{
    struct thread *thread = invocation->thread;
    if (!thread->call)
        return ENNEAD_INVALID_OP;
    if (notification->bits) {
        answer(invocation, notification_take(notification));
        return ENNEAD_OK;
    }
    if (context_target(&thread->context) & ENNEAD_POLL)
        return ENNEAD_WOULD_BLOCK;
    thread->state = ENNEAD_THREAD_WAITING;
    thread->notification_waited = notification;
    list_append(&notification->queue, &thread->queue_link);
    return BLOCKED;
}

static error_t MUST_CHECK poll(struct invocation *invocation, struct notification *notification)
{
    answer(invocation, notification_take(notification));
    return ENNEAD_OK;
}

static error_t MUST_CHECK bind(struct invocation *invocation, struct notification *notification)
{
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

static error_t MUST_CHECK unbind(struct invocation *invocation, struct notification *notification)
{
    (void)invocation;
    if (!notification->bound)
        return ENNEAD_NOT_FOUND;
    notification_unbind(notification);
    return ENNEAD_OK;
}

static error_t MUST_CHECK arm(struct invocation *invocation, struct notification *notification)
{
    uint64_t time_ns = argument(invocation, 0);
    deadline_disarm(&notification->deadline);
    notification->armed_bits = (uint32_t)argument(invocation, 1);
    deadline_arm(&notification->deadline, this_cpu(), time_ns);
    return ENNEAD_OK;
}

static error_t MUST_CHECK disarm(struct invocation *invocation, struct notification *notification)
{
    (void)invocation;
    deadline_disarm(&notification->deadline);
    return ENNEAD_OK;
}

static error_t MUST_CHECK describe(struct invocation *invocation, struct notification *notification)
{
    answer(invocation, notification->bits);
    answer(invocation, platform_now_ns());
    return ENNEAD_OK;
}

error_t notification_invoke(struct invocation *invocation, unsigned operation)
{
    static const struct {
        error_t (*run)(struct invocation *, struct notification *);
        uint8_t rights;
    } operations[] = {
        [ENNEAD_OP_DESCRIBE] = {describe, ENNEAD_RIGHTS_ALL},
        [ENNEAD_NOTIFICATION_SIGNAL] = {signal, ENNEAD_RIGHT_WRITE},
        [ENNEAD_NOTIFICATION_WAIT] = {wait, ENNEAD_RIGHT_READ},
        [ENNEAD_NOTIFICATION_POLL] = {poll, ENNEAD_RIGHT_READ},
        [ENNEAD_NOTIFICATION_BIND] = {bind, ENNEAD_RIGHT_CONTROL},
        [ENNEAD_NOTIFICATION_UNBIND] = {unbind, ENNEAD_RIGHT_CONTROL},
        [ENNEAD_NOTIFICATION_ARM] = {arm, ENNEAD_RIGHT_WRITE},
        [ENNEAD_NOTIFICATION_DISARM] = {disarm, ENNEAD_RIGHT_WRITE},
    };
    if (operation >= sizeof operations / sizeof operations[0])
        return ENNEAD_INVALID_OP;
    if (!(invocation->cap->rights & operations[operation].rights))
        return ENNEAD_DENIED;
    return operations[operation].run(invocation, notification_of(invocation->cap->object));
}
