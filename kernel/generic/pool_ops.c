/* Calls to a pool: making objects and sub-pools, destroying, describing. */
#include "endpoint.h"
#include "ipc.h"
#include "pool.h"
#include "sched.h"
#include "space.h"

static void init_object(struct object *object)
{
    switch (object->type) {
    case ENNEAD_TYPE_SPACE:
        space_init(CONTAINER_OF(object, struct space, object));
        break;
    case ENNEAD_TYPE_THREAD:
        thread_init(thread_of(object));
        break;
    case ENNEAD_TYPE_ENDPOINT:
        list_init(&endpoint_of(object)->queue);
        break;
    case ENNEAD_TYPE_NOTIFICATION:
        notification_init(notification_of(object));
        break;
    case ENNEAD_TYPE_SCHED_CONTEXT:
        sched_context_init(sched_context_of(object));
        break;
    }
}

/* The price of what is asked for, as a power of two; 0 if a pool makes no such thing. */
static unsigned order_of(uint64_t type, uint64_t sub_pool_order)
{
    if (type == ENNEAD_TYPE_POOL)
        return sub_pool_order >= PAGE_LOG2 && sub_pool_order <= ENNEAD_POOL_ORDER_MAX ? (unsigned)sub_pool_order : 0;
    if (type == ENNEAD_TYPE_REGION || type == ENNEAD_TYPE_IRQ || type > ENNEAD_TYPE_SCHED_CONTEXT)
        return 0;
    return object_order((unsigned)type);
}

/* pool_format() overwrites the header that pool_make_object() filled. */
static void format_sub_pool(struct object *object)
{
    pool_format(object, (uint64_t)1 << object->order_log2);
}

static error_t MUST_CHECK make(struct invocation *invocation, struct object *object)
{
    (void)object;
    uint64_t type = argument(invocation, 0);
    unsigned order = order_of(type, argument(invocation, 1));
    if (!order)
        return ENNEAD_INVALID_ARG;
    struct making making;
    error_t error = making_begin(invocation, invocation->cap, invocation->cap, (unsigned)type, order, &making);
    if (error)
        return error;
    if (type == ENNEAD_TYPE_POOL)
        format_sub_pool(making.object);
    else
        init_object(making.object);
    making_end(invocation, invocation->cap, &making);
    return ENNEAD_OK;
}

/* The pool's root node may be the very slot that the caller used: it is gone afterwards, and the call succeeds. */
static error_t MUST_CHECK destroy(struct invocation *invocation, struct object *object)
{
    struct pool *pool = CONTAINER_OF(object, struct pool, object);
    if (pool->object.root != invocation->cap)
        return ENNEAD_DENIED;
    return node_delete(invocation->cap);
}

static error_t MUST_CHECK revoke(struct invocation *invocation, struct object *object)
{
    (void)object;
    return node_revoke(invocation->cap);
}

static error_t MUST_CHECK describe(struct invocation *invocation, struct object *object)
{
    struct pool *pool = CONTAINER_OF(object, struct pool, object);
    answer(invocation, pool->size_bytes);
    answer(invocation, pool->free_bytes);
    answer(invocation, pool_largest_free(pool));
    return ENNEAD_OK;
}

const struct operation pool_operations[] = {
    [ENNEAD_OP_DESCRIBE] = {describe, 0},
    [ENNEAD_POOL_MAKE] = {make, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_POOL_DESTROY] = {destroy, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_POOL_REVOKE] = {revoke, ENNEAD_RIGHT_CONTROL},
};
