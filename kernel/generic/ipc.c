/*
 * The phases of the system call: send, receive, call, reply.
 *
 * A blocked thread's context still holds target, tag and words, so whoever meets it takes the message from there.
 * A preempted call is marked `again` and made anew; until a phase is complete nothing of it shows.
 */
#include "ipc.h"
#include "cpu.h"
#include "sched.h"

void ipc_finish(struct thread *thread, error_t status)
{
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        context_set_word(&thread->context, i, 0);
    context_set_result(&thread->context, status, 0, 0);
}

/* AGAIN may mean that a revocation was helped along, and that may have destroyed the very thread that helped. */
static void finish_or_again(struct thread *thread, error_t error)
{
    if (this_cpu()->current != thread)
        return;
    if (error == AGAIN)
        thread->again = true;
    else
        ipc_finish(thread, error);
}

static struct thread *first_waiter(struct endpoint *endpoint, enum ennead_thread_state state)
{
    if (endpoint_waiters(endpoint) != state)
        return NULL;
    return CONTAINER_OF(endpoint->queue.next, struct thread, queue_link);
}

/* Move the message of `sender` to `receiver`. OK: the sender is CALLING, or has its result; neither is queued. */
static error_t MUST_CHECK deliver(struct thread *sender, struct thread *receiver, struct endpoint *endpoint)
{
    uint32_t tag = context_tag(&sender->context) & ~ENNEAD_TAG_RESERVED;
    error_t error = ENNEAD_OK;
    if (sender->fault_operation) {
        tag = fault_message(sender, receiver);
        error = tag ? ENNEAD_OK : ENNEAD_WINDOW;
    } else {
        error = transfer_message(sender, receiver, tag, &endpoint->object);
    }
    if (error)
        return error;
    context_set_result(&receiver->context, ENNEAD_OK, sender->badge, tag);
    if (sender->call) {
        sender->state = ENNEAD_THREAD_CALLING;
        reply_give(sender, receiver);
    } else {
        ipc_finish(sender, ENNEAD_OK);
    }
    return ENNEAD_OK;
}

/* Send to an endpoint for the thread, whose badge and call are set. Errors are the thread's. */
static error_t MUST_CHECK send_phase(struct thread *thread, struct endpoint *endpoint, bool poll)
{
    struct thread *receiver = first_waiter(endpoint, ENNEAD_THREAD_RECEIVING);
    if (!receiver) {
        if (poll)
            return ENNEAD_WOULD_BLOCK;
        endpoint_wait(endpoint, thread, ENNEAD_THREAD_SENDING);
        return ENNEAD_OK;
    }
    error_t error = deliver(thread, receiver, endpoint);
    if (error)
        return error;
    list_remove(&receiver->queue_link);
    receiver->state = ENNEAD_THREAD_READY;
    if (thread->call)
        sched_hand_over(receiver);
    else
        sched_wake(receiver);
    return ENNEAD_OK;
}

void ipc_send_fault(struct thread *thread, struct endpoint *endpoint, uint32_t badge)
{
    thread->badge = badge;
    thread->call = true;
    error_t error = send_phase(thread, endpoint, false);
    if (error)
        fault_abandon(thread);
}

static void bits_message(struct thread *receiver)
{
    uint64_t bits = notification_take(receiver->notification_bound);
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        context_set_word(&receiver->context, i, i == 0 ? (ennead_word)bits : 0);
    context_set_result(&receiver->context, ENNEAD_OK, 0,
                       ENNEAD_TAG(ENNEAD_PROTOCOL_NOTIFY, ENNEAD_NOTIFY_BITS, ENNEAD_FIELD_WORDS, 0));
}

void ipc_deliver_bits(struct thread *receiver)
{
    list_remove(&receiver->queue_link);
    bits_message(receiver);
    sched_wake(receiver);
}

/* A message that cannot arrive: its sender hears why; a fault will not be answered. */
static void refuse_sender(struct thread *sender, error_t error)
{
    if (sender->fault_operation) {
        fault_abandon(sender);
        return;
    }
    ipc_finish(sender, error);
    sched_wake(sender);
}

/* Take the first sender whose message arrives; those whose cannot, hear why. OK: none was there. */
static error_t MUST_CHECK take_sender(struct thread *thread, struct endpoint *endpoint, bool *taken)
{
    struct thread *sender;
    while ((sender = first_waiter(endpoint, ENNEAD_THREAD_SENDING))) {
        error_t error = deliver(sender, thread, endpoint);
        if (error == AGAIN)
            return AGAIN;
        list_remove(&sender->queue_link);
        *taken = !error;
        if (error)
            refuse_sender(sender, error);
        else if (sender->state != ENNEAD_THREAD_CALLING)
            sched_wake(sender);
        if (!error)
            return ENNEAD_OK;
        if (preemption_point())
            return AGAIN;
    }
    return ENNEAD_OK;
}

static error_t MUST_CHECK find_receive_endpoint(struct thread *thread, uint64_t index, struct endpoint **endpoint)
{
    struct node *cap = space_slot(thread->space, index);
    if (!cap || cap->kind != NODE_CAP)
        return ENNEAD_INVALID_CAP;
    if (cap->object->type != ENNEAD_TYPE_ENDPOINT)
        return ENNEAD_INVALID_OP;
    if (!(cap->rights & ENNEAD_RIGHT_READ))
        return ENNEAD_DENIED;
    *endpoint = endpoint_of(cap->object);
    return ENNEAD_OK;
}

/* OK: the thread received or blocks (its state tells). */
static error_t MUST_CHECK receive_phase(struct thread *thread, uint64_t index, bool poll)
{
    struct endpoint *endpoint;
    error_t error = find_receive_endpoint(thread, index, &endpoint);
    if (error)
        return error;
    reply_drop_held(thread, ENNEAD_NO_REPLY);
    if (thread->notification_bound && thread->notification_bound->bits) {
        bits_message(thread);
        return ENNEAD_OK;
    }
    bool taken = false;
    error = take_sender(thread, endpoint, &taken);
    if (error || taken)
        return error;
    if (poll)
        return ENNEAD_WOULD_BLOCK;
    endpoint_wait(endpoint, thread, ENNEAD_THREAD_RECEIVING);
    return ENNEAD_OK;
}

/* Does nobody wait to be received from? Then receiving cannot help a revocation along, nor destroy anybody. */
static bool nobody_sends(struct thread *thread, uint64_t index)
{
    struct endpoint *endpoint;
    return !find_receive_endpoint(thread, index, &endpoint) && !first_waiter(endpoint, ENNEAD_THREAD_SENDING);
}

/* Receive behind an answer: the caller answered, if not NULL, is READY and in no queue, and runs next if this blocks.
 */
static void receive_after_reply(struct thread *thread, struct thread *caller, uint64_t index, bool poll)
{
    if (caller && !nobody_sends(thread, index)) {
        sched_wake(caller);
        caller = NULL;
    }
    error_t error = receive_phase(thread, index, poll);
    if (error)
        finish_or_again(thread, error);
    if (caller && !error && thread->state == ENNEAD_THREAD_RECEIVING)
        sched_hand_over(caller);
    else if (caller)
        sched_wake(caller);
}

/* An answer with items was a step of its own: the call is made again, and finds nothing to answer. */
static bool receives_later(struct thread *thread, unsigned items)
{
    thread->again = (items || this_cpu()->noted_vacated) && preemption_point();
    return thread->again;
}

/* Answer the held right, if the caller still waits, and receive if asked to. */
static void reply_phases(struct thread *thread, uint64_t index, unsigned phases)
{
    struct thread *caller = thread->caller;
    uint32_t tag = context_tag(&thread->context);
    bool held = caller;
    if (caller && reply_deliver(thread, caller, tag) == AGAIN) {
        finish_or_again(thread, AGAIN);
        return;
    }
    if (caller && caller->state != ENNEAD_THREAD_READY)
        caller = NULL;
    if (held && phases & ENNEAD_RECV && receives_later(thread, ENNEAD_TAG_ITEMS(tag))) {
        if (caller)
            sched_wake(caller);
        return;
    }
    if (phases & ENNEAD_RECV) {
        receive_after_reply(thread, caller, index, phases & ENNEAD_POLL);
        return;
    }
    ipc_finish(thread, held ? ENNEAD_OK : ENNEAD_NO_REPLY);
    if (caller)
        sched_wake(caller);
}

/* Send through a stored reply right: one shot. */
static void send_stored_reply(struct thread *thread, struct node *slot)
{
    struct thread *caller = thread_of(slot->object);
    error_t error = reply_deliver(thread, caller, context_tag(&thread->context));
    finish_or_again(thread, error);
    if (!error && caller->state == ENNEAD_THREAD_READY)
        sched_wake(caller);
}

static void send_phases(struct thread *thread, uint64_t index, unsigned phases)
{
    struct node *cap = space_slot(thread->space, index);
    bool call = phases & ENNEAD_CALL;
    if (!cap || cap->kind == NODE_EMPTY) {
        ipc_finish(thread, ENNEAD_INVALID_CAP);
    } else if (cap->kind == NODE_REPLY) {
        if (call)
            ipc_finish(thread, ENNEAD_INVALID_OP);
        else
            send_stored_reply(thread, cap);
    } else if (cap->object->type != ENNEAD_TYPE_ENDPOINT) {
        invoke_object(thread, cap, call);
    } else if (!(cap->rights & ENNEAD_RIGHT_WRITE)) {
        ipc_finish(thread, ENNEAD_DENIED);
    } else {
        thread->badge = cap->badge;
        thread->call = call;
        error_t error = send_phase(thread, endpoint_of(cap->object), phases & ENNEAD_POLL);
        if (error)
            finish_or_again(thread, error);
    }
}

void ipc_system_call(struct thread *thread)
{
    ennead_word target = context_target(&thread->context);
    unsigned phases = target & 0xff;
    uint64_t index = target >> ENNEAD_TARGET_SHIFT;
    error_t error = phases & (ENNEAD_SEND | ENNEAD_CALL | ENNEAD_REPLY) ? message_check(thread) : ENNEAD_OK;
    if (error) {
        ipc_finish(thread, error);
        return;
    }
    switch (phases & ~(unsigned)ENNEAD_POLL) {
    case ENNEAD_CALL:
    case ENNEAD_SEND:
        send_phases(thread, index, phases);
        break;
    case ENNEAD_REPLY:
    case ENNEAD_REPLY_RECV:
        reply_phases(thread, index, phases);
        break;
    case ENNEAD_RECV:
        error = receive_phase(thread, index, phases & ENNEAD_POLL);
        if (error)
            finish_or_again(thread, error);
        break;
    case ENNEAD_STORE:
        ipc_finish(thread, reply_store(thread, index));
        break;
    default:
        ipc_finish(thread, ENNEAD_INVALID_OP);
    }
}
