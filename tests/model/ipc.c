/* The system call: phases, replies, and faults, which are calls that the kernel makes in a thread's name. */
#include "internal.h"

void m_result(struct m_object *thread, unsigned status, uint32_t badge, uint32_t tag)
{
    thread->thread.status = status;
    thread->thread.result_badge = badge;
    thread->thread.tag = tag;
    thread->thread.full = false;
}

void m_finish(struct m_object *thread, unsigned status)
{
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        thread->thread.word[i] = 0;
    m_result(thread, status, 0, 0);
}

static void finish_or_again(struct m_object *thread, unsigned error)
{
    if (here()->current != thread)
        return;
    if (error == AGAIN)
        thread->thread.again = true;
    else
        m_finish(thread, error);
}

/* ---- faults ---- */

static struct m_handler *handler_of(struct m_object *thread)
{
    struct m_thread *t = &thread->thread;
    if (t->fault != ENNEAD_FAULT_PAGE && t->exception.node.kind != M_EMPTY)
        return &t->exception;
    return &t->space->space.handler[t->fault == ENNEAD_FAULT_PAGE ? ENNEAD_HANDLER_PAGER : ENNEAD_HANDLER_EXCEPTION];
}

static unsigned fault_message(struct m_object *thread, struct m_object *receiver, uint32_t *tag)
{
    struct m_handler *handler = handler_of(thread);
    unsigned words = (4 + handler->count) * ENNEAD_FIELD_WORDS;
    if (words > ENNEAD_MSG_WORDS)
        words = ENNEAD_MSG_WORDS;
    if (words > ENNEAD_MSG_REG_WORDS && !receiver->thread.utcb_phys)
        return ENNEAD_WINDOW;
    for (unsigned i = 0; i < words; i++) {
        unsigned field = i / ENNEAD_FIELD_WORDS;
        uint64_t value = field < 4 ? thread->thread.fault_field[field] : m_read_reg(thread, handler->first + field - 4);
        m_set_word(receiver, i, (ennead_word)(value >> i % ENNEAD_FIELD_WORDS * 32));
    }
    *tag = ENNEAD_TAG(ENNEAD_PROTOCOL_FAULT, thread->thread.fault, words, 0);
    return ENNEAD_OK;
}

void m_fault_abandon(struct m_object *thread)
{
    thread->thread.state = thread->thread.fault == ENNEAD_FAULT_TIME ? ENNEAD_THREAD_STARVED : ENNEAD_THREAD_STOPPED;
    thread->thread.fault = 0;
}

static unsigned fault_answer(struct m_object *server, struct m_object *thread, uint32_t tag)
{
    unsigned fields = ENNEAD_TAG_WORDS(tag) / ENNEAD_FIELD_WORDS;
    if (ENNEAD_TAG_LABEL(tag))
        return ENNEAD_OK;
    struct m_delivery delivery = {.space = thread->thread.space, .window = {.mem_order_log2 = 63}};
    if (ENNEAD_TAG_ITEMS(tag))
        return m_items(server, ENNEAD_TAG_ITEMS(tag), &delivery, NULL);
    if (fields < 2)
        return ENNEAD_OK;
    uint64_t first = m_field(server, 0);
    for (unsigned i = 1; i < fields && first + i - 1 < model.machine.registers; i++)
        m_write_reg(thread, (unsigned)(first + i - 1), m_field(server, i));
    return ENNEAD_OK;
}

/* ---- reply rights and the time that travels with them ---- */

static void give(struct m_object *caller, struct m_object *server)
{
    server->thread.caller = caller;
    caller->thread.holder = server;
    if (caller->thread.run) {
        caller->thread.run->context.runner = server;
        server->thread.run = caller->thread.run;
        caller->thread.run = NULL;
    }
}

static void return_time(struct m_object *server, struct m_object *caller)
{
    struct m_thread *s = &server->thread;
    if (!s->run || s->run == s->own)
        return;
    bool waits = s->state == ENNEAD_THREAD_READY && s->running_on < 0;
    if (waits)
        m_take_out(server);
    s->run->context.runner = caller;
    caller->thread.run = s->run;
    s->run = s->own;
    if (waits) {
        m_wake(server);
    } else if (s->running_on >= 0) {
        if (s->running_on != (int)model.this_cpu)
            model.cpu[s->running_on].reschedule = true;
        m_poke((unsigned)s->running_on);
    }
}

void m_reply_take_back(struct m_object *caller)
{
    struct m_thread *c = &caller->thread;
    struct m_object *server = c->holder, *below = server;
    if (server) {
        c->holder = NULL;
        server->thread.caller = NULL;
        for (unsigned i = 0; below->thread.holder && i < 64; i++)
            below = below->thread.holder;
        if (below != server && below->thread.run && below->thread.run != below->thread.own)
            m_context_withdraw(below->thread.run);
        return_time(server, caller);
    } else {
        *c->reply_slot = (struct m_node){0};
        c->reply_slot = NULL;
    }
    if (!c->run && c->own && c->own->context.runner == caller)
        c->run = c->own;
}

void m_reply_into_slot(struct m_object *server, struct m_node *slot)
{
    struct m_object *caller = server->thread.caller;
    server->thread.caller = NULL;
    caller->thread.holder = NULL;
    return_time(server, caller);
    *slot = (struct m_node){.kind = M_REPLY, .rights = ENNEAD_RIGHT_WRITE, .object = caller};
    caller->thread.reply_slot = slot;
}

void m_reply_out_of_slot(struct m_node *slot, struct m_object *server)
{
    struct m_object *caller = slot->object;
    *slot = (struct m_node){0};
    caller->thread.reply_slot = NULL;
    give(caller, server);
}

void m_reply_slot_moved(struct m_node *from, struct m_node *to)
{
    *to = *from;
    *from = (struct m_node){0};
    to->object->thread.reply_slot = to;
}

static void fail_caller(struct m_object *caller, unsigned error)
{
    if (caller->thread.fault) {
        m_fault_abandon(caller);
        return;
    }
    m_finish(caller, error);
    m_wake(caller);
}

void m_reply_drop_held(struct m_object *server, unsigned error)
{
    struct m_object *caller = server->thread.caller;
    if (caller) {
        m_reply_take_back(caller);
        fail_caller(caller, error);
    }
    if (server->thread.run && server->thread.run != server->thread.own)
        m_context_withdraw(server->thread.run);
}

void m_reply_drop_slot(struct m_node *slot, unsigned error)
{
    struct m_object *caller = slot->object;
    m_reply_take_back(caller);
    fail_caller(caller, error);
}

static unsigned store(struct m_object *server, uint64_t index)
{
    struct m_node *slot = m_slot(server->thread.space, index);
    if (!slot)
        return ENNEAD_NO_SLOT;
    if (slot->kind != M_EMPTY)
        return ENNEAD_OCCUPIED;
    if (!server->thread.caller)
        return ENNEAD_NO_REPLY;
    m_reply_into_slot(server, slot);
    return ENNEAD_OK;
}

/* REP-7: what goes wrong is the caller's. AGAIN leaves all as it was. */
static unsigned answer_caller(struct m_object *server, struct m_object *caller)
{
    uint32_t tag = server->thread.tag;
    bool fault = caller->thread.fault;
    unsigned error = fault ? fault_answer(server, caller, tag) : m_message(server, caller, tag, NULL);
    if (error == AGAIN)
        return AGAIN;
    m_reply_take_back(caller);
    if (fault && (error || ENNEAD_TAG_LABEL(tag)))
        m_fault_abandon(caller);
    else if (fault)
        caller->thread.fault = 0;
    else if (error)
        m_finish(caller, error);
    else
        m_result(caller, ENNEAD_OK, 0, tag & ~0xf000u);
    if (caller->thread.state == ENNEAD_THREAD_CALLING)
        caller->thread.state = ENNEAD_THREAD_READY;
    return ENNEAD_OK;
}

/* ---- sending and receiving ---- */

static void block(struct m_object *thread, struct m_object *endpoint, unsigned state)
{
    thread->thread.state = (uint8_t)state;
    endpoint->endpoint.receivers = state == ENNEAD_THREAD_RECEIVING;
    m_push(&endpoint->endpoint.queue, thread, false);
}

static struct m_object *first_waiter(struct m_object *endpoint, bool receivers)
{
    return endpoint->endpoint.receivers == receivers ? endpoint->endpoint.queue.first : NULL;
}

static unsigned deliver(struct m_object *sender, struct m_object *receiver, struct m_object *endpoint)
{
    uint32_t tag = sender->thread.tag & ~0xf000u;
    unsigned error =
        sender->thread.fault ? fault_message(sender, receiver, &tag) : m_message(sender, receiver, tag, endpoint);
    if (error)
        return error;
    m_result(receiver, ENNEAD_OK, sender->thread.badge, tag);
    if (sender->thread.call) {
        sender->thread.state = ENNEAD_THREAD_CALLING;
        give(sender, receiver);
    } else {
        m_finish(sender, ENNEAD_OK);
    }
    return ENNEAD_OK;
}

static unsigned send(struct m_object *thread, struct m_object *endpoint, bool poll)
{
    struct m_object *receiver = first_waiter(endpoint, true);
    if (!receiver) {
        if (poll)
            return ENNEAD_WOULD_BLOCK;
        block(thread, endpoint, ENNEAD_THREAD_SENDING);
        return ENNEAD_OK;
    }
    unsigned error = deliver(thread, receiver, endpoint);
    if (error)
        return error;
    m_take_out(receiver);
    receiver->thread.state = ENNEAD_THREAD_READY;
    if (thread->thread.call)
        m_hand_over(receiver);
    else
        m_wake(receiver);
    return ENNEAD_OK;
}

void m_fault_raise(struct m_object *thread, unsigned operation, uint64_t f0, uint64_t f1, uint64_t f3)
{
    struct m_thread *t = &thread->thread;
    t->fault = operation;
    t->fault_field[0] = f0;
    t->fault_field[1] = f1;
    t->fault_field[2] = (ennead_word)t->reg[ENNEAD_REGISTER_PC];
    t->fault_field[3] = f3;
    struct m_node *handler = &handler_of(thread)->node;
    if (handler->kind == M_EMPTY) {
        m_fault_abandon(thread);
        return;
    }
    t->badge = handler->badge;
    t->call = true;
    if (send(thread, handler->object, false))
        m_fault_abandon(thread);
}

static void bits_message(struct m_object *receiver)
{
    struct m_notification *notification = &receiver->thread.bound->notification;
    m_finish(receiver, ENNEAD_OK);
    receiver->thread.word[0] = notification->bits;
    notification->bits = 0;
    m_result(receiver, ENNEAD_OK, 0, ENNEAD_TAG(ENNEAD_PROTOCOL_NOTIFY, ENNEAD_NOTIFY_BITS, ENNEAD_FIELD_WORDS, 0));
}

void m_deliver_bits(struct m_object *receiver)
{
    m_take_out(receiver);
    bits_message(receiver);
    m_wake(receiver);
}

static unsigned take_sender(struct m_object *thread, struct m_object *endpoint, bool *taken)
{
    struct m_object *sender;
    while ((sender = first_waiter(endpoint, false))) {
        unsigned error = deliver(sender, thread, endpoint);
        if (error == AGAIN)
            return AGAIN;
        m_take_out(sender);
        if (error)
            fail_caller(sender, error);
        else if (sender->thread.state != ENNEAD_THREAD_CALLING)
            m_wake(sender);
        *taken = !error;
        if (!error)
            return ENNEAD_OK;
        if (m_preemption_point())
            return AGAIN;
    }
    return ENNEAD_OK;
}

static unsigned find_endpoint(struct m_object *thread, uint64_t index, struct m_object **endpoint)
{
    struct m_node *cap = m_slot(thread->thread.space, index);
    if (!cap || cap->kind != M_CAP)
        return ENNEAD_INVALID_CAP;
    if (cap->object->type != ENNEAD_TYPE_ENDPOINT)
        return ENNEAD_INVALID_OP;
    *endpoint = cap->object;
    return cap->rights & ENNEAD_RIGHT_READ ? ENNEAD_OK : ENNEAD_DENIED;
}

static unsigned receive(struct m_object *thread, uint64_t index, bool poll)
{
    struct m_object *endpoint;
    unsigned error = find_endpoint(thread, index, &endpoint);
    if (error)
        return error;
    m_reply_drop_held(thread, ENNEAD_NO_REPLY);
    if (thread->thread.bound && thread->thread.bound->notification.bits) {
        bits_message(thread);
        return ENNEAD_OK;
    }
    bool taken = false;
    error = take_sender(thread, endpoint, &taken);
    if (error || taken)
        return error;
    if (poll)
        return ENNEAD_WOULD_BLOCK;
    block(thread, endpoint, ENNEAD_THREAD_RECEIVING);
    return ENNEAD_OK;
}

static void receive_after_reply(struct m_object *thread, struct m_object *caller, uint64_t index, bool poll)
{
    struct m_object *endpoint;
    bool alone = !find_endpoint(thread, index, &endpoint) && !first_waiter(endpoint, false);
    if (caller && !alone) {
        m_wake(caller);
        caller = NULL;
    }
    unsigned error = receive(thread, index, poll);
    if (error)
        finish_or_again(thread, error);
    if (caller && !error && thread->thread.state == ENNEAD_THREAD_RECEIVING)
        m_hand_over(caller);
    else if (caller)
        m_wake(caller);
}

static void reply(struct m_object *thread, uint64_t index, unsigned phases)
{
    struct m_object *caller = thread->thread.caller;
    bool held = caller;
    if (caller && answer_caller(thread, caller) == AGAIN) {
        finish_or_again(thread, AGAIN);
        return;
    }
    if (caller && caller->thread.state != ENNEAD_THREAD_READY)
        caller = NULL;
    /* An answer with items was a step of its own. */
    bool is_step = held && (ENNEAD_TAG_ITEMS(thread->thread.tag) || model.vacated);
    if (phases & ENNEAD_RECV && is_step && m_preemption_point()) {
        thread->thread.again = true;
        if (caller)
            m_wake(caller);
        return;
    }
    if (phases & ENNEAD_RECV) {
        receive_after_reply(thread, caller, index, phases & ENNEAD_POLL);
        return;
    }
    m_finish(thread, held ? ENNEAD_OK : ENNEAD_NO_REPLY);
    if (caller)
        m_wake(caller);
}

static void send_stored(struct m_object *thread, struct m_node *slot)
{
    struct m_object *caller = slot->object;
    unsigned error = answer_caller(thread, caller);
    finish_or_again(thread, error);
    if (!error && caller->thread.state == ENNEAD_THREAD_READY)
        m_wake(caller);
}

static void send_or_call(struct m_object *thread, uint64_t index, unsigned phases)
{
    struct m_node *cap = m_slot(thread->thread.space, index);
    bool call = phases & ENNEAD_CALL;
    if (!cap || cap->kind == M_EMPTY) {
        m_finish(thread, ENNEAD_INVALID_CAP);
    } else if (cap->kind == M_REPLY) {
        if (call)
            m_finish(thread, ENNEAD_INVALID_OP);
        else
            send_stored(thread, cap);
    } else if (cap->object->type != ENNEAD_TYPE_ENDPOINT) {
        m_invoke(thread, cap, call);
    } else if (!(cap->rights & ENNEAD_RIGHT_WRITE)) {
        m_finish(thread, ENNEAD_DENIED);
    } else {
        thread->thread.badge = cap->badge;
        thread->thread.call = call;
        unsigned error = send(thread, cap->object, phases & ENNEAD_POLL);
        if (error)
            finish_or_again(thread, error);
    }
}

static unsigned check_message(const struct m_object *thread)
{
    unsigned words = ENNEAD_TAG_WORDS(thread->thread.tag), items = ENNEAD_TAG_ITEMS(thread->thread.tag);
    if (words > ENNEAD_MSG_WORDS || items > ENNEAD_MSG_ITEMS)
        return ENNEAD_INVALID_ARG;
    return !thread->thread.utcb_phys && (items || words > ENNEAD_MSG_REG_WORDS) ? ENNEAD_NO_UTCB : ENNEAD_OK;
}

void m_system_call(struct m_object *thread)
{
    if (thread->thread.finishing) {
        m_invoke_finish(thread);
        return;
    }
    unsigned phases = thread->thread.target & 0xff, error = ENNEAD_OK;
    uint64_t index = thread->thread.target >> ENNEAD_TARGET_SHIFT;
    if (phases & (ENNEAD_SEND | ENNEAD_CALL | ENNEAD_REPLY))
        error = check_message(thread);
    if (error) {
        m_finish(thread, error);
        return;
    }
    switch (phases & ~(unsigned)ENNEAD_POLL) {
    case ENNEAD_CALL:
    case ENNEAD_SEND:
        send_or_call(thread, index, phases);
        break;
    case ENNEAD_REPLY:
    case ENNEAD_REPLY_RECV:
        reply(thread, index, phases);
        break;
    case ENNEAD_RECV:
        error = receive(thread, index, phases & ENNEAD_POLL);
        if (error)
            finish_or_again(thread, error);
        break;
    case ENNEAD_STORE:
        m_finish(thread, store(thread, index));
        break;
    default:
        m_finish(thread, ENNEAD_INVALID_OP);
    }
}
