/* Pools and spaces. */
#include "calls.h"

/* ---- pools ---- */

static unsigned pool_make(struct m_call *call, struct m_object *pool)
{
    uint64_t type = m_argument(call, 0), order = m_argument(call, 1);
    struct m_object *object;
    bool sub_pool = type == ENNEAD_TYPE_POOL && order >= 12 && order <= ENNEAD_POOL_ORDER_MAX;
    bool other = type >= ENNEAD_TYPE_SPACE && type <= ENNEAD_TYPE_SCHED_CONTEXT && type != ENNEAD_TYPE_IRQ;
    if (!sub_pool && !other)
        return ENNEAD_INVALID_ARG;
    unsigned error =
        m_make(call, pool, (unsigned)type, sub_pool ? (unsigned)order : m_order_of((unsigned)type), &object);
    if (error)
        return error;
    if (type == ENNEAD_TYPE_POOL)
        m_pool_format(object, 1ull << order);
    else if (type == ENNEAD_TYPE_SPACE)
        m_space_start(object);
    else if (type == ENNEAD_TYPE_THREAD)
        m_context_start(object, 0, 0, 0);
    else if (type == ENNEAD_TYPE_SCHED_CONTEXT)
        m_context_start_time(object);
    return ENNEAD_OK;
}

static unsigned pool_destroy(struct m_call *call, struct m_object *pool)
{
    return pool->root == call->cap ? m_delete(call->cap) : (unsigned)ENNEAD_DENIED;
}

static unsigned pool_revoke(struct m_call *call, struct m_object *pool)
{
    (void)pool;
    return m_revoke(call->cap);
}

static unsigned pool_describe(struct m_call *call, struct m_object *pool)
{
    m_answer(call, pool->memory.size);
    m_answer(call, pool->memory.free_bytes);
    m_answer(call, m_largest_free(pool));
    return ENNEAD_OK;
}

const struct operation m_pool_operations[OPERATIONS] = {
    {pool_describe, 0}, {pool_make, CONTROL}, {pool_destroy, CONTROL}, {pool_revoke, CONTROL}};

/* ---- spaces ---- */

static unsigned delegate(struct m_call *call, struct m_object *space)
{
    uint64_t where = m_argument(call, 0);
    struct m_delivery delivery = {.space = space, .window = {.mem_base = where, .mem_order_log2 = 63}};
    if (ENNEAD_TAG_ITEMS(call->tag) != 1)
        return ENNEAD_INVALID_ARG;
    unsigned kind = m_utcb(call->thread)->items[0].kind;
    if (kind == ENNEAD_ITEM_CAP || kind == ENNEAD_ITEM_REPLY) {
        if (where >= ENNEAD_SLOTS_MAX)
            return ENNEAD_NO_SLOT;
        delivery.window.cap_base = (uint32_t)where;
        delivery.window.cap_count = 1;
    }
    return m_items(call->thread, 1, &delivery, NULL);
}

static unsigned unmap(struct m_call *call, struct m_object *space)
{
    struct m_entry *entry = m_find(space, m_argument(call, 0));
    return entry && entry->node.kind == M_ENTRY ? m_delete(&entry->node) : (unsigned)ENNEAD_NOT_FOUND;
}

static unsigned revoke_map(struct m_call *call, struct m_object *space)
{
    struct m_entry *entry = m_find(space, m_argument(call, 0));
    return entry && entry->node.kind == M_ENTRY ? m_revoke(&entry->node) : (unsigned)ENNEAD_NOT_FOUND;
}

static unsigned delete (struct m_call *call, struct m_object *space)
{
    struct m_node *slot = m_slot(space, m_argument(call, 0));
    if (!slot)
        return ENNEAD_RANGE;
    return slot->kind == M_EMPTY ? (unsigned)ENNEAD_NOT_FOUND : m_delete(slot);
}

static unsigned revoke(struct m_call *call, struct m_object *space)
{
    struct m_node *slot = m_slot(space, m_argument(call, 0));
    if (!slot)
        return ENNEAD_RANGE;
    if (slot->kind == M_EMPTY)
        return ENNEAD_NOT_FOUND;
    return slot->kind == M_REPLY ? (unsigned)ENNEAD_OK : m_revoke(slot);
}

static unsigned grow(struct m_call *call, struct m_object *space)
{
    uint64_t missing = 0;
    unsigned error = m_space_grow(space, m_argument(call, 0), m_argument(call, 1), &missing);
    if (error == ENNEAD_NO_MEMORY)
        m_answer(call, missing);
    return error;
}

static unsigned set_pager(struct m_call *call, struct m_object *space)
{
    uint64_t which = m_argument(call, 0);
    return which > ENNEAD_HANDLER_EXCEPTION ? (unsigned)ENNEAD_INVALID_ARG
                                            : m_set_handler(call, &space->space.handler[which]);
}

static unsigned add_utcb(struct m_call *call, struct m_object *space)
{
    uint64_t missing = 0;
    unsigned error = m_space_add_utcb(space, m_argument(call, 0), &missing);
    if (error == ENNEAD_NO_MEMORY)
        m_answer(call, missing);
    return error;
}

static unsigned slot_info(struct m_call *call, struct m_object *space)
{
    uint64_t first = m_argument(call, 0), end = first + ENNEAD_SLOTS_PER_PAGE;
    if (first >= (uint64_t)space->space.slot_pages * ENNEAD_SLOTS_PER_PAGE)
        return ENNEAD_NOT_FOUND;
    for (uint64_t index = first; index < end; index++) {
        struct m_node *slot = m_slot(space, index);
        if (!slot || slot->kind == M_EMPTY)
            continue;
        m_answer(call, index);
        m_answer(call, slot->kind == M_REPLY ? (unsigned)ENNEAD_TYPE_REPLY : slot->object->type);
        m_answer(call, slot->rights);
        m_answer(call, slot->badge);
        m_answer(call, slot->kind == M_REPLY ? 0 : m_depth(slot));
        return ENNEAD_OK;
    }
    m_answer(call, end);
    m_answer(call, ENNEAD_TYPE_NONE);
    return ENNEAD_OK;
}

static unsigned map_info(struct m_call *call, struct m_object *space)
{
    struct m_entry *entry = m_at_or_above(space, m_argument(call, 0));
    if (!entry)
        return ENNEAD_NOT_FOUND;
    m_answer(call, entry->base);
    m_answer(call, entry->order);
    m_answer(call, entry->node.rights);
    return ENNEAD_OK;
}

static unsigned space_describe(struct m_call *call, struct m_object *space)
{
    m_answer(call, (uint64_t)space->space.slot_pages * ENNEAD_SLOTS_PER_PAGE);
    m_answer(call, space->space.free_entries);
    m_answer(call, model.machine.free_tables(space->phys));
    m_answer(call, model.machine.user_end);
    return ENNEAD_OK;
}

const struct operation m_space_operations[OPERATIONS] = {
    {space_describe, READ}, {delegate, CONTROL},   {unmap, CONTROL}, {delete, CONTROL},
    {revoke, CONTROL},      {revoke_map, CONTROL}, {grow, CONTROL},  {set_pager, CONTROL},
    {add_utcb, CONTROL},    {slot_info, READ},     {map_info, READ}};
