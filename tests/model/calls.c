/* Calls to objects: arguments, which operation with which right, and the answer. */
#include "calls.h"

unsigned m_argument_count(const struct m_call *call)
{
    return ENNEAD_TAG_WORDS(call->tag) / ENNEAD_FIELD_WORDS;
}

uint64_t m_argument(const struct m_call *call, unsigned index)
{
    return index < m_argument_count(call) ? m_field(call->thread, index) : 0;
}

void m_answer(struct m_call *call, uint64_t value)
{
    call->field[call->fields++] = value;
}

unsigned m_argument_cap(const struct m_call *call, unsigned type, unsigned rights, struct m_node **cap)
{
    if (!ENNEAD_TAG_ITEMS(call->tag) || m_utcb(call->thread)->items[0].kind != ENNEAD_ITEM_CAP)
        return ENNEAD_TYPE;
    *cap = m_slot(call->thread->thread.space, m_utcb(call->thread)->items[0].base);
    if (!*cap || (*cap)->kind == M_EMPTY)
        return ENNEAD_INVALID_CAP;
    if ((*cap)->kind != M_CAP || (*cap)->object->type != type)
        return ENNEAD_TYPE;
    return ((*cap)->rights & rights) == rights ? ENNEAD_OK : ENNEAD_DENIED;
}

/* What is made hangs below the capability that it was asked of, and arrives in the caller's window (OBJ-4, OBJ-7). */
void m_made(struct m_call *call, struct m_node *slot, struct m_object *object)
{
    object->container = call->cap->object;
    m_insert(call->cap, slot, object, ENNEAD_RIGHTS_ALL);
    object->root = slot;
    m_describe_item(&call->delivery, ENNEAD_ITEM_CAP, call->delivery.window.cap_base + call->delivery.caps, 0, 0);
}

unsigned m_make(struct m_call *call, struct m_object *pool, unsigned type, unsigned order, struct m_object **object)
{
    struct m_node *slot;
    unsigned error = m_may_derive(call->cap);
    if (!error)
        error = m_settle(pool);
    if (!error)
        error = m_delivery_slot(&call->delivery, &slot);
    if (error)
        return error;
    *object = m_object_make(pool, type, order);
    if (!*object) {
        m_answer(call, m_missing(pool, order));
        return ENNEAD_NO_MEMORY;
    }
    m_made(call, slot, *object);
    return ENNEAD_OK;
}

unsigned m_set_handler(struct m_call *call, struct m_handler *handler)
{
    struct m_node *cap = NULL;
    uint64_t first = m_argument(call, 1), count = m_argument(call, 2);
    if (first > model.machine.registers || count > model.machine.registers - first)
        return ENNEAD_RANGE;
    if (ENNEAD_TAG_ITEMS(call->tag)) {
        unsigned error = m_argument_cap(call, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE, &cap);
        if (!error)
            error = m_may_derive(cap);
        if (error)
            return error;
    }
    if (handler->node.kind != M_EMPTY)
        m_unlink(&handler->node);
    handler->first = (unsigned)first;
    handler->count = (unsigned)count;
    if (cap) {
        m_insert(cap, &handler->node, cap->object, cap->rights);
        handler->node.badge = cap->badge;
    }
    return ENNEAD_OK;
}

static const struct operation *const operations[] = {
    [ENNEAD_TYPE_REGION] = m_region_operations,
    [ENNEAD_TYPE_POOL] = m_pool_operations,
    [ENNEAD_TYPE_SPACE] = m_space_operations,
    [ENNEAD_TYPE_THREAD] = m_thread_operations,
    [ENNEAD_TYPE_NOTIFICATION] = m_notification_operations,
    [ENNEAD_TYPE_IRQ] = m_irq_operations,
    [ENNEAD_TYPE_SCHED_CONTEXT] = m_time_operations,
};

static unsigned dispatch(struct m_call *call)
{
    struct m_object *object = call->cap->object;
    unsigned operation = ENNEAD_TAG_OPERATION(call->tag);
    const struct operation *table = operations[object->type], *chosen = &table[operation];
    if (ENNEAD_TAG_PROTOCOL(call->tag) != object->type || operation >= OPERATIONS || !chosen->run)
        return ENNEAD_INVALID_OP;
    if (chosen->right && !(call->cap->rights & chosen->right))
        return ENNEAD_DENIED;
    if (operation == ENNEAD_OP_DESCRIBE) {
        m_answer(call, object->type);
        m_answer(call, ENNEAD_ABI_VERSION);
        m_answer(call, model.machine.page_sizes);
    }
    return chosen->run(call, object);
}

static void write_answer(struct m_call *call, unsigned error)
{
    struct m_object *thread = call->thread;
    if (error && error != ENNEAD_NO_MEMORY)
        call->fields = 0;
    m_finish(thread, ENNEAD_OK);
    unsigned words = call->fields * ENNEAD_FIELD_WORDS;
    for (unsigned i = 0; i < words; i++)
        m_set_word(thread, i, (ennead_word)(call->field[i / ENNEAD_FIELD_WORDS] >> i % ENNEAD_FIELD_WORDS * 32));
    m_result(thread, ENNEAD_OK, 0, ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, error, words, call->delivery.items));
}

void m_invoke_finish(struct m_object *thread)
{
    unsigned error = m_destroy_finish();
    if (here()->current != thread)
        return;
    thread->thread.again = thread->thread.finishing = error == AGAIN;
    if (error)
        return;
    m_finish(thread, ENNEAD_OK);
    if (thread->thread.call)
        m_result(thread, ENNEAD_OK, 0, ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, ENNEAD_OK, 0, 0));
}

void m_invoke(struct m_object *thread, struct m_node *cap, bool with_answer)
{
    if (!thread->thread.utcb_phys) {
        m_finish(thread, ENNEAD_NO_UTCB);
        return;
    }
    struct m_call call = {.thread = thread, .cap = cap, .tag = thread->thread.tag};
    if (with_answer)
        m_delivery_open(&call.delivery, thread);
    thread->thread.call = with_answer;
    unsigned error = dispatch(&call);
    if (here()->current != thread || error == BLOCKED)
        return;
    if (error == AGAIN)
        thread->thread.again = true;
    else if (with_answer)
        write_answer(&call, error);
    else
        m_finish(thread, ENNEAD_OK);
}
