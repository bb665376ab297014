/*
 * Calls to kernel objects: decoding, dispatch and the answer. The objects' operations are in their own files.
 *
 * An operation reads its arguments, checks everything, and only then changes anything; the answer is written last,
 * over the arguments. AGAIN at any point means the call is made again from the start.
 */
#include "cpu.h"
#include "ipc.h"
#include "pool.h"

RARE error_t argument_cap(const struct invocation *invocation, unsigned index, unsigned type, unsigned rights,
                          struct node **cap)
{
    struct ennead_item item;
    if (index >= ENNEAD_TAG_ITEMS(invocation->tag))
        return ENNEAD_TYPE;
    item_read(invocation->thread, index, &item);
    if (item.kind != ENNEAD_ITEM_CAP)
        return ENNEAD_TYPE;
    *cap = space_slot(invocation->thread->space, item.base);
    if (!*cap || (*cap)->kind == NODE_EMPTY)
        return ENNEAD_INVALID_CAP;
    if ((*cap)->kind != NODE_CAP || (*cap)->object->type != type)
        return ENNEAD_TYPE;
    return ((*cap)->rights & rights) == rights ? ENNEAD_OK : ENNEAD_DENIED;
}

struct delivery *invocation_delivery(struct invocation *invocation)
{
    struct delivery *delivery = &invocation->delivery;
    if (!invocation->delivers && invocation->thread->call)
        delivery_open(delivery, invocation->thread);
    else if (!invocation->delivers)
        delivery_close(delivery);
    invocation->delivers = true;
    return delivery;
}

RARE error_t handler_set(struct invocation *invocation, struct handler *handler)
{
    struct node *cap = NULL;
    uint64_t first = argument(invocation, 1), count = argument(invocation, 2);
    if (first > context_reg_count() || count > context_reg_count() - first)
        return ENNEAD_RANGE;
    if (ENNEAD_TAG_ITEMS(invocation->tag)) {
        error_t error = argument_cap(invocation, 0, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE, &cap);
        if (!error)
            error = node_may_derive(cap);
        if (error)
            return error;
    }
    if (handler->node.kind != NODE_EMPTY)
        node_unlink(&handler->node);
    handler->register_first = (uint16_t)first;
    handler->register_count = (uint16_t)count;
    if (cap) {
        node_insert_child(cap, &handler->node, cap->object, cap->rights);
        handler->node.badge = cap->badge;
    }
    return ENNEAD_OK;
}

error_t making_begin(struct invocation *invocation, struct node *pool_cap, struct node *parent, unsigned type,
                     unsigned order_log2, struct making *making)
{
    struct pool *pool = CONTAINER_OF(pool_cap->object, struct pool, object);
    error_t error = node_may_derive(parent);
    if (!error)
        error = object_settle(&pool->object);
    if (!error)
        error = delivery_slot(invocation_delivery(invocation), &making->slot);
    if (error)
        return error;
    making->object = pool_make_object(pool, type, order_log2);
    if (making->object)
        return ENNEAD_OK;
    answer(invocation, pool_missing(pool, order_log2));
    return ENNEAD_NO_MEMORY;
}

void making_end(struct invocation *invocation, struct node *parent, struct making *making)
{
    making->object->container = parent->object;
    node_insert_child(parent, making->slot, making->object, ENNEAD_RIGHTS_ALL);
    making->object->root = making->slot;
    struct delivery *delivery = &invocation->delivery;
    delivery_describe(delivery, ENNEAD_ITEM_CAP, delivery->window.cap_base + delivery->caps, 0, 0);
}

/* The first fields of every object's description. */
static void describe(struct invocation *invocation)
{
    answer(invocation, invocation->cap->object->type);
    answer(invocation, ENNEAD_ABI_VERSION);
    answer(invocation, PORT_PAGE_SIZES);
}

static error_t MUST_CHECK dispatch(struct invocation *invocation)
{
    static const struct {
        const struct operation *operations;
        unsigned count;
    } types[] = {
        [ENNEAD_TYPE_REGION] = {region_operations, ENNEAD_REGION_PHYS + 1},
        [ENNEAD_TYPE_POOL] = {pool_operations, ENNEAD_POOL_REVOKE + 1},
        [ENNEAD_TYPE_SPACE] = {space_operations, ENNEAD_SPACE_MAP_INFO + 1},
        [ENNEAD_TYPE_THREAD] = {thread_operations, ENNEAD_THREAD_SET_TLS + 1},
        [ENNEAD_TYPE_NOTIFICATION] = {notification_operations, ENNEAD_NOTIFICATION_DISARM + 1},
        [ENNEAD_TYPE_IRQ] = {irq_operations, ENNEAD_IRQ_MSI + 1},
        [ENNEAD_TYPE_SCHED_CONTEXT] = {sched_operations, ENNEAD_SCHED_YIELD + 1},
    };
    const struct node *cap = invocation->cap;
    unsigned type = cap->object->type;
    unsigned number = ENNEAD_TAG_OPERATION(invocation->tag);
    if (UNLIKELY(ENNEAD_TAG_PROTOCOL(invocation->tag) != type || number >= types[type].count))
        return ENNEAD_INVALID_OP;
    const struct operation *operation = &types[type].operations[number];
    if (UNLIKELY(!(cap->rights & operation->rights) && operation->rights))
        return ENNEAD_DENIED;
    if (UNLIKELY(number == ENNEAD_OP_DESCRIBE))
        describe(invocation);
    return operation->run(invocation, cap->object);
}

/* With fields, capabilities or pages. */
static __attribute__((noinline)) void write_answer(struct invocation *invocation, error_t error)
{
    struct thread *thread = invocation->thread;
    if (error && error != ENNEAD_NO_MEMORY)
        invocation->fields = 0;
    ipc_finish(thread, ENNEAD_OK);
    unsigned words = invocation->fields * ENNEAD_FIELD_WORDS;
    for (unsigned i = 0; i < words; i++) {
        unsigned shift = i % ENNEAD_FIELD_WORDS * 32;
        message_set_word(thread, i, (ennead_word)(invocation->field[i / ENNEAD_FIELD_WORDS] >> shift));
    }
    unsigned items = invocation->delivers ? invocation->delivery.items : 0;
    context_set_result(&thread->context, ENNEAD_OK, 0, ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, error, words, items));
}

void invoke_finish(struct thread *thread)
{
    error_t error = destroy_finish();
    if (this_cpu()->current != thread)
        return;
    thread->again = error == AGAIN;
    thread->finishing = thread->again;
    if (error)
        return;
    if (thread->call)
        answer_call(thread, ENNEAD_OK);
    else
        ipc_finish(thread, ENNEAD_OK);
}

void invoke(struct thread *thread, struct node *cap, bool call)
{
    if (UNLIKELY(!thread->utcb)) {
        ipc_finish(thread, ENNEAD_NO_UTCB);
        return;
    }
    struct invocation invocation;
    invocation.thread = thread;
    invocation.cap = cap;
    invocation.tag = context_tag(&thread->context);
    invocation.delivers = false;
    invocation.fields = 0;
    thread->call = call;
    error_t error = dispatch(&invocation);
    if (UNLIKELY(this_cpu()->current != thread))
        return; /* it destroyed itself */
    if (UNLIKELY(error == AGAIN))
        thread->again = true;
    else if (UNLIKELY(!thread->call))
        ipc_finish(thread, ENNEAD_OK);
    else if (invocation.fields || invocation.delivers)
        write_answer(&invocation, error);
    else
        answer_call(thread, error);
}
