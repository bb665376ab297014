/* Calls to objects: arguments, what each operation does, and the answer. */
#include "internal.h"

#include <string.h>

#define ANY 0xffu /* whatever the rights are */

/* ---- arguments and answers ---- */

static unsigned argument_count(const struct m_call *call)
{
    return ENNEAD_TAG_WORDS(call->tag) / ENNEAD_FIELD_WORDS;
}

static uint64_t argument(const struct m_call *call, unsigned index)
{
    return index < argument_count(call) ? m_field(call->thread, index) : 0;
}

static void answer(struct m_call *call, uint64_t value)
{
    call->field[call->fields++] = value;
}

static unsigned argument_cap(const struct m_call *call, unsigned type, unsigned rights, struct m_node **cap)
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
static void made(struct m_call *call, struct m_node *slot, struct m_object *object)
{
    object->container = call->cap->object;
    m_insert(call->cap, slot, object, ENNEAD_RIGHTS_ALL);
    object->root = slot;
    m_describe_item(&call->delivery, ENNEAD_ITEM_CAP, call->delivery.window.cap_base + call->delivery.caps, 0, 0);
}

static unsigned make(struct m_call *call, struct m_object *pool, unsigned type, unsigned order,
                     struct m_object **object)
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
        answer(call, m_missing(pool, order));
        return ENNEAD_NO_MEMORY;
    }
    made(call, slot, *object);
    return ENNEAD_OK;
}

static unsigned set_handler(struct m_call *call, struct m_handler *handler)
{
    struct m_node *cap = NULL;
    uint64_t first = argument(call, 1), count = argument(call, 2);
    if (first > model.machine.registers || count > model.machine.registers - first)
        return ENNEAD_RANGE;
    if (ENNEAD_TAG_ITEMS(call->tag)) {
        unsigned error = argument_cap(call, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE, &cap);
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

/* ---- regions ---- */

static unsigned range_free(const struct m_region *region, uint64_t offset, uint64_t size)
{
    if (!size || size > region->size || offset > region->size - size)
        return ENNEAD_RANGE;
    if (region->is_pool || region->converting)
        return ENNEAD_BUSY;
    uint64_t first = region->base + offset;
    for (struct m_object *child = region->children; child; child = child->region.sibling)
        if (child->region.base < first + size && child->region.base + child->region.size > first)
            return ENNEAD_BUSY;
    return ENNEAD_OK;
}

static unsigned carve(struct m_call *call, struct m_object *object)
{
    struct m_region *region = &object->region;
    uint64_t offset = argument(call, 0), size = argument(call, 1);
    struct m_node *pool;
    struct m_object *child;
    if (region->flags & ENNEAD_REGION_UNMAPPABLE)
        return ENNEAD_TYPE;
    if (offset % 4096 || size % 4096)
        return ENNEAD_ALIGNMENT;
    unsigned error = range_free(region, offset, size);
    if (!error && region->mappings && offset < region->mapped_high && offset + size > region->mapped_low)
        error = ENNEAD_BUSY;
    if (!error)
        error = argument_cap(call, ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL, &pool);
    if (!error)
        error = make(call, pool->object, ENNEAD_TYPE_REGION, m_order_of(ENNEAD_TYPE_REGION), &child);
    if (error)
        return error;
    child->region = (struct m_region){.base = region->base + offset,
                                      .size = size,
                                      .flags = region->flags,
                                      .cache = region->cache,
                                      .parent = object,
                                      .sibling = region->children};
    region->children = child;
    child->root->rights = call->cap->rights;
    return ENNEAD_OK;
}

static unsigned map(struct m_call *call, struct m_object *object)
{
    struct m_region *region = &object->region;
    uint64_t offset = argument(call, 0), order = argument(call, 1), address;
    unsigned rights = (unsigned)argument(call, 2) & call->cap->rights & 7;
    if (region->flags & ENNEAD_REGION_UNMAPPABLE)
        return ENNEAD_TYPE;
    if (order < model.machine.page_log2 || order > 62)
        return ENNEAD_INVALID_ARG;
    if (offset % 4096)
        return ENNEAD_ALIGNMENT;
    uint64_t size = 1ull << order;
    unsigned error = range_free(region, offset, size);
    if (!error)
        error = m_delivery_range(&call->delivery, argument(call, 3), (unsigned)order, &address);
    if (!error)
        error = m_may_derive(call->cap);
    if (error)
        return error;
    struct m_entry *entry = m_map_insert(call->delivery.space, address, (unsigned)order, region->base + offset);
    m_insert(call->cap, &entry->node, object, rights);
    entry->node.kind = M_ENTRY;
    if (!region->mappings++) {
        region->mapped_low = offset;
        region->mapped_high = offset + size;
    }
    region->mapped_low = offset < region->mapped_low ? offset : region->mapped_low;
    region->mapped_high = offset + size > region->mapped_high ? offset + size : region->mapped_high;
    m_describe_item(&call->delivery, ENNEAD_ITEM_PAGE, address, (unsigned)order, 0);
    return ENNEAD_OK;
}

static unsigned check_access(const struct m_call *call, const struct m_region *region)
{
    uint64_t offset = argument(call, 0), width = argument(call, 1);
    if (width != 1 && width != 2 && width != 4 && width != 8)
        return ENNEAD_INVALID_ARG;
    if (offset % width && !(region->flags & ENNEAD_REGION_UNMAPPABLE))
        return ENNEAD_ALIGNMENT;
    unsigned error = range_free(region, offset, width);
    if (!error && region->flags & ENNEAD_REGION_RAM && !(region->flags & ENNEAD_REGION_POOLABLE))
        error = ENNEAD_TYPE;
    return error;
}

static unsigned load(struct m_call *call, struct m_object *object)
{
    const struct m_region *region = &object->region;
    uint64_t offset = argument(call, 0), value = 0;
    unsigned width = (unsigned)argument(call, 1), error = check_access(call, region);
    if (error)
        return error;
    bool done = true;
    if (region->flags & ENNEAD_REGION_RAM) {
        union {
            uint8_t byte;
            uint16_t half;
            uint32_t word;
            uint64_t whole;
        } at;
        memcpy(&at, &model.ram[region->base + offset], width);
        value = width == 1 ? at.byte : width == 2 ? at.half : width == 4 ? at.word : at.whole;
    } else {
        done = model.machine.io_load(!(region->flags & ENNEAD_REGION_UNMAPPABLE), region->base, offset, width, &value);
    }
    answer(call, value);
    return done ? ENNEAD_OK : ENNEAD_INVALID_ARG;
}

static unsigned store(struct m_call *call, struct m_object *object)
{
    const struct m_region *region = &object->region;
    uint64_t offset = argument(call, 0), value = argument(call, 2);
    unsigned width = (unsigned)argument(call, 1), error = check_access(call, region);
    if (error)
        return error;
    if (!(region->flags & ENNEAD_REGION_RAM))
        return model.machine.io_store(!(region->flags & ENNEAD_REGION_UNMAPPABLE), region->base, offset, width, value)
                   ? ENNEAD_OK
                   : ENNEAD_INVALID_ARG;
    uint8_t byte = (uint8_t)value;
    uint16_t half = (uint16_t)value;
    uint32_t word = (uint32_t)value;
    memcpy(&model.ram[region->base + offset],
           width == 1   ? (void *)&byte
           : width == 2 ? (void *)&half
           : width == 4 ? (void *)&word
                        : (void *)&value,
           width);
    return ENNEAD_OK;
}

static unsigned make_pool(struct m_call *call, struct m_object *object)
{
    struct m_region *region = &object->region;
    struct m_node *slot;
    if (!(region->flags & ENNEAD_REGION_POOLABLE))
        return ENNEAD_TYPE;
    if (region->is_pool || region->children || region->mappings)
        return ENNEAD_BUSY;
    if (region->size < 8192)
        return ENNEAD_RANGE;
    unsigned error = m_delivery_slot(&call->delivery, &slot);
    if (!error)
        error = m_may_derive(call->cap);
    if (error)
        return error;
    region->converting = true;
    while (region->cleared < region->size) {
        memset(&model.ram[region->base + region->cleared], 0, 4096);
        region->cleared += 4096;
        if (m_preemption_point())
            return AGAIN;
    }
    region->converting = false;
    region->cleared = 0;
    region->is_pool = true;
    struct m_object *pool = m_object_new(ENNEAD_TYPE_POOL, region->base);
    m_pool_format(pool, region->size);
    made(call, slot, pool);
    return ENNEAD_OK;
}

static unsigned region_revoke(struct m_call *call, struct m_object *object)
{
    unsigned error = m_revoke(call->cap);
    if (!error) {
        object->region.converting = false;
        object->region.cleared = 0;
    }
    return error;
}

static unsigned set_cache(struct m_call *call, struct m_object *object)
{
    struct m_region *region = &object->region;
    if (argument(call, 0) > ENNEAD_CACHE_UNCACHED)
        return ENNEAD_INVALID_ARG;
    if (region->is_pool || region->converting || region->children || region->mappings)
        return ENNEAD_BUSY;
    region->cache = (uint8_t)argument(call, 0);
    return ENNEAD_OK;
}

static unsigned region_describe(struct m_call *call, struct m_object *object)
{
    answer(call, object->region.size);
    answer(call, object->region.flags | (object->region.is_pool ? ENNEAD_REGION_IS_POOL : 0u));
    answer(call, object->region.cache);
    return ENNEAD_OK;
}

static unsigned phys(struct m_call *call, struct m_object *object)
{
    if (argument(call, 0) >= object->region.size)
        return ENNEAD_RANGE;
    answer(call, object->region.base + argument(call, 0));
    return ENNEAD_OK;
}

/* ---- pools ---- */

static unsigned pool_make(struct m_call *call, struct m_object *pool)
{
    uint64_t type = argument(call, 0), order = argument(call, 1);
    struct m_object *object;
    bool sub_pool = type == ENNEAD_TYPE_POOL && order >= 12 && order <= ENNEAD_POOL_ORDER_MAX;
    bool other = type >= ENNEAD_TYPE_SPACE && type <= ENNEAD_TYPE_SCHED_CONTEXT && type != ENNEAD_TYPE_IRQ;
    if (!sub_pool && !other)
        return ENNEAD_INVALID_ARG;
    unsigned error = make(call, pool, (unsigned)type, sub_pool ? (unsigned)order : m_order_of((unsigned)type), &object);
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
    answer(call, pool->memory.size);
    answer(call, pool->memory.free_bytes);
    answer(call, m_largest_free(pool));
    return ENNEAD_OK;
}

/* ---- spaces ---- */

static unsigned delegate(struct m_call *call, struct m_object *space)
{
    uint64_t where = argument(call, 0);
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
    struct m_entry *entry = m_find(space, argument(call, 0));
    return entry && entry->node.kind == M_ENTRY ? m_delete(&entry->node) : (unsigned)ENNEAD_NOT_FOUND;
}

static unsigned revoke_map(struct m_call *call, struct m_object *space)
{
    struct m_entry *entry = m_find(space, argument(call, 0));
    return entry && entry->node.kind == M_ENTRY ? m_revoke(&entry->node) : (unsigned)ENNEAD_NOT_FOUND;
}

static unsigned delete (struct m_call *call, struct m_object *space)
{
    struct m_node *slot = m_slot(space, argument(call, 0));
    if (!slot)
        return ENNEAD_RANGE;
    return slot->kind == M_EMPTY ? (unsigned)ENNEAD_NOT_FOUND : m_delete(slot);
}

static unsigned revoke(struct m_call *call, struct m_object *space)
{
    struct m_node *slot = m_slot(space, argument(call, 0));
    if (!slot)
        return ENNEAD_RANGE;
    if (slot->kind == M_EMPTY)
        return ENNEAD_NOT_FOUND;
    return slot->kind == M_REPLY ? (unsigned)ENNEAD_OK : m_revoke(slot);
}

static unsigned grow(struct m_call *call, struct m_object *space)
{
    uint64_t missing = 0;
    unsigned error = m_space_grow(space, argument(call, 0), argument(call, 1), &missing);
    if (error == ENNEAD_NO_MEMORY)
        answer(call, missing);
    return error;
}

static unsigned set_pager(struct m_call *call, struct m_object *space)
{
    uint64_t which = argument(call, 0);
    return which > ENNEAD_HANDLER_EXCEPTION ? (unsigned)ENNEAD_INVALID_ARG
                                            : set_handler(call, &space->space.handler[which]);
}

static unsigned add_utcb(struct m_call *call, struct m_object *space)
{
    uint64_t missing = 0;
    unsigned error = m_space_add_utcb(space, argument(call, 0), &missing);
    if (error == ENNEAD_NO_MEMORY)
        answer(call, missing);
    return error;
}

static unsigned slot_info(struct m_call *call, struct m_object *space)
{
    uint64_t first = argument(call, 0), end = first + ENNEAD_SLOTS_PER_PAGE;
    if (first >= (uint64_t)space->space.slot_pages * ENNEAD_SLOTS_PER_PAGE)
        return ENNEAD_NOT_FOUND;
    for (uint64_t index = first; index < end; index++) {
        struct m_node *slot = m_slot(space, index);
        if (!slot || slot->kind == M_EMPTY)
            continue;
        answer(call, index);
        answer(call, slot->kind == M_REPLY ? (unsigned)ENNEAD_TYPE_REPLY : slot->object->type);
        answer(call, slot->rights);
        answer(call, slot->badge);
        answer(call, slot->kind == M_REPLY ? 0 : m_depth(slot));
        return ENNEAD_OK;
    }
    answer(call, end);
    answer(call, ENNEAD_TYPE_NONE);
    return ENNEAD_OK;
}

static unsigned map_info(struct m_call *call, struct m_object *space)
{
    struct m_entry *entry = m_at_or_above(space, argument(call, 0));
    if (!entry)
        return ENNEAD_NOT_FOUND;
    answer(call, entry->base);
    answer(call, entry->order);
    answer(call, entry->node.rights);
    return ENNEAD_OK;
}

static unsigned space_describe(struct m_call *call, struct m_object *space)
{
    answer(call, (uint64_t)space->space.slot_pages * ENNEAD_SLOTS_PER_PAGE);
    answer(call, space->space.free_entries);
    answer(call, model.machine.free_tables(space->phys));
    answer(call, model.machine.user_end);
    return ENNEAD_OK;
}

/* ---- threads ---- */

static unsigned bind(struct m_call *call, struct m_object *object)
{
    struct m_node *cap;
    unsigned error = argument_cap(call, ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL, &cap);
    if (error)
        return error;
    if (object->thread.state != ENNEAD_THREAD_STOPPED)
        return ENNEAD_STATE;
    return object->thread.space ? (unsigned)ENNEAD_BUSY : m_bind(object, cap->object, argument(call, 0));
}

static unsigned set_priority(struct m_call *call, struct m_object *object)
{
    uint64_t priority = argument(call, 0), highest = argument(call, 1);
    unsigned own = call->thread->thread.priority_max;
    if (priority >= ENNEAD_PRIORITIES || highest >= ENNEAD_PRIORITIES)
        return ENNEAD_INVALID_ARG;
    if (priority > own || highest > own)
        return ENNEAD_DENIED;
    object->thread.priority_max = (uint8_t)highest;
    m_priority_changed(object, (unsigned)priority);
    return ENNEAD_OK;
}

static unsigned set_exception(struct m_call *call, struct m_object *object)
{
    return set_handler(call, &object->thread.exception);
}

static unsigned start(struct m_call *call, struct m_object *object)
{
    struct m_thread *thread = &object->thread;
    if (thread->state != ENNEAD_THREAD_STOPPED || !thread->space)
        return ENNEAD_STATE;
    thread->again = false;
    thread->finishing = false;
    m_context_start(object, (ennead_word)argument(call, 0), (ennead_word)argument(call, 1),
                    (ennead_word)argument(call, 2));
    m_wake(object);
    return ENNEAD_OK;
}

static unsigned stop(struct m_call *call, struct m_object *object)
{
    (void)call;
    return m_stop(object);
}

static unsigned resume(struct m_call *call, struct m_object *object)
{
    (void)call;
    struct m_thread *thread = &object->thread;
    bool still = thread->state == ENNEAD_THREAD_STOPPED || thread->state == ENNEAD_THREAD_STARVED;
    if (!still || !thread->space)
        return ENNEAD_STATE;
    if (thread->queue)
        m_take_out(object);
    m_wake(object);
    return ENNEAD_OK;
}

static unsigned cancel(struct m_call *call, struct m_object *object)
{
    (void)call;
    if (!m_blocked(object))
        return ENNEAD_STATE;
    m_cancel(object, ENNEAD_CANCELLED);
    return ENNEAD_OK;
}

static bool registers_are_still(const struct m_object *object)
{
    return object->thread.state == ENNEAD_THREAD_STOPPED || object->thread.fault;
}

static unsigned read_registers(struct m_call *call, struct m_object *object)
{
    uint64_t first = argument(call, 0), count = argument(call, 1), all = model.machine.registers;
    if (!registers_are_still(object))
        return ENNEAD_STATE;
    if (count > 12 || first > all || count > all - first)
        return ENNEAD_RANGE;
    for (unsigned i = 0; i < count; i++)
        answer(call, m_read_reg(object, (unsigned)first + i));
    return ENNEAD_OK;
}

static unsigned write_registers(struct m_call *call, struct m_object *object)
{
    uint64_t first = argument(call, 0), count = argument_count(call), all = model.machine.registers;
    if (!registers_are_still(object))
        return ENNEAD_STATE;
    if (count == 0 || first > all || count - 1 > all - first)
        return ENNEAD_RANGE;
    for (unsigned i = 1; i < count; i++)
        m_write_reg(object, (unsigned)first + i - 1, argument(call, i));
    return ENNEAD_OK;
}

static unsigned set_tls(struct m_call *call, struct m_object *object)
{
    if (argument(call, 0) >= model.machine.user_end)
        return ENNEAD_RANGE;
    object->thread.tls = (ennead_word)argument(call, 0);
    return ENNEAD_OK;
}

static unsigned thread_describe(struct m_call *call, struct m_object *object)
{
    struct m_object *own = object->thread.own;
    answer(call, object->thread.state);
    answer(call, object->thread.priority);
    answer(call, own ? own->context.cpu : 0);
    answer(call, own ? m_consumed(own) : 0);
    answer(call, model.machine.registers);
    return ENNEAD_OK;
}

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
    m_signal(object, (uint32_t)argument(call, 0) | call->cap->badge);
    return ENNEAD_OK;
}

static unsigned wait(struct m_call *call, struct m_object *object)
{
    struct m_thread *thread = &call->thread->thread;
    if (!thread->call)
        return ENNEAD_INVALID_OP;
    if (object->notification.bits) {
        answer(call, take(object));
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
    answer(call, take(object));
    return ENNEAD_OK;
}

static unsigned notification_bind(struct m_call *call, struct m_object *object)
{
    struct m_node *cap;
    unsigned error = argument_cap(call, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL, &cap);
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
    object->notification.armed_bits = (uint32_t)argument(call, 1);
    m_arm(object, model.this_cpu, argument(call, 0));
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
    answer(call, object->notification.bits);
    answer(call, model.now);
    return ENNEAD_OK;
}

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
    unsigned error = argument_cap(call, ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL, &pool);
    if (!error)
        error = make(call, pool->object, ENNEAD_TYPE_IRQ, m_order_of(ENNEAD_TYPE_IRQ), &irq);
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
    if (argument(call, 0) >= model.machine.irq_sources)
        return ENNEAD_RANGE;
    return make_irq(call, (unsigned)argument(call, 0), false);
}

static unsigned claim_msi(struct m_call *call, struct m_object *object)
{
    uint64_t cpu = argument(call, 0), address, data;
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
    answer(call, address);
    answer(call, data);
    return ENNEAD_OK;
}

static unsigned irq_bind(struct m_call *call, struct m_object *object)
{
    struct m_irq *irq = &object->irq;
    struct m_node *cap;
    unsigned error = argument_cap(call, ENNEAD_TYPE_NOTIFICATION, ENNEAD_RIGHT_CONTROL, &cap);
    if (error)
        return error;
    if (irq->source == ENNEAD_IRQ_ROOT)
        return ENNEAD_INVALID_OP;
    if (irq->notification)
        return ENNEAD_BUSY;
    struct m_notification *notification = &cap->object->notification;
    irq->notification = cap->object;
    irq->bits = (uint32_t)argument(call, 0);
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
    answer(call, object->irq.source);
    answer(call, object->irq.taken);
    return ENNEAD_OK;
}

/* ---- processor time ---- */

static unsigned configure(struct m_call *call, struct m_object *object)
{
    uint64_t budget = argument(call, 0), period = argument(call, 1), cpu = argument(call, 2);
    if (budget < 10000 || period > 1ull << 60 || budget > period)
        return ENNEAD_INVALID_ARG;
    if (cpu >= model.machine.cpus)
        return ENNEAD_RANGE;
    m_context_configure(object, budget, period, (unsigned)cpu);
    return ENNEAD_OK;
}

static unsigned time_bind(struct m_call *call, struct m_object *object)
{
    struct m_node *cap;
    unsigned error = argument_cap(call, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL, &cap);
    return error ? error : m_context_bind(object, cap->object);
}

static unsigned time_unbind(struct m_call *call, struct m_object *object)
{
    (void)call;
    if (!object->context.owner)
        return ENNEAD_NOT_FOUND;
    m_context_unbind(object);
    return ENNEAD_OK;
}

static unsigned consumed(struct m_call *call, struct m_object *object)
{
    answer(call, m_consumed(object));
    return ENNEAD_OK;
}

static unsigned time_describe(struct m_call *call, struct m_object *object)
{
    answer(call, object->context.budget);
    answer(call, object->context.period);
    answer(call, object->context.cpu);
    answer(call, m_remaining(object));
    answer(call, m_consumed(object));
    answer(call, model.machine.cpus);
    return ENNEAD_OK;
}

/* ---- which operation, with which right ---- */

#define READ    ENNEAD_RIGHT_READ
#define WRITE   ENNEAD_RIGHT_WRITE
#define CONTROL ENNEAD_RIGHT_CONTROL

static const struct operation {
    unsigned (*run)(struct m_call *, struct m_object *);
    uint8_t right; /* one bit, ANY: one of them at least, 0: none is needed */
} operations[][12] = {
    [ENNEAD_TYPE_REGION] = {{region_describe, 0},
                            {carve, CONTROL},
                            {map, 0},
                            {load, READ},
                            {store, WRITE},
                            {make_pool, CONTROL},
                            {region_revoke, CONTROL},
                            {set_cache, CONTROL},
                            {phys, ENNEAD_RIGHT_PHYS}},
    [ENNEAD_TYPE_POOL] = {{pool_describe, 0}, {pool_make, CONTROL}, {pool_destroy, CONTROL}, {pool_revoke, CONTROL}},
    [ENNEAD_TYPE_SPACE] = {{space_describe, READ},
                           {delegate, CONTROL},
                           {unmap, CONTROL},
                           {delete, CONTROL},
                           {revoke, CONTROL},
                           {revoke_map, CONTROL},
                           {grow, CONTROL},
                           {set_pager, CONTROL},
                           {add_utcb, CONTROL},
                           {slot_info, READ},
                           {map_info, READ}},
    [ENNEAD_TYPE_THREAD] = {{thread_describe, READ},
                            {bind, CONTROL},
                            {set_priority, CONTROL},
                            {set_exception, CONTROL},
                            {start, WRITE},
                            {stop, WRITE},
                            {resume, WRITE},
                            {cancel, WRITE},
                            {read_registers, READ},
                            {write_registers, WRITE},
                            {set_tls, WRITE}},
    [ENNEAD_TYPE_NOTIFICATION] = {{notification_describe, ANY},
                                  {signal, WRITE},
                                  {wait, READ},
                                  {poll, READ},
                                  {notification_bind, CONTROL},
                                  {notification_unbind, CONTROL},
                                  {arm, WRITE},
                                  {disarm, WRITE}},
    [ENNEAD_TYPE_IRQ] = {{irq_describe, ANY},
                         {claim, CONTROL},
                         {irq_bind, CONTROL},
                         {acknowledge, WRITE},
                         {irq_unbind, CONTROL},
                         {claim_msi, CONTROL}},
    [ENNEAD_TYPE_SCHED_CONTEXT] =
        {{time_describe, READ}, {configure, CONTROL}, {time_bind, CONTROL}, {time_unbind, CONTROL}, {consumed, READ}},
};

static unsigned dispatch(struct m_call *call)
{
    struct m_object *object = call->cap->object;
    unsigned operation = ENNEAD_TAG_OPERATION(call->tag);
    if (ENNEAD_TAG_PROTOCOL(call->tag) != object->type || operation >= 12 || !operations[object->type][operation].run)
        return ENNEAD_INVALID_OP;
    const struct operation *chosen = &operations[object->type][operation];
    if (chosen->right && !(call->cap->rights & chosen->right))
        return ENNEAD_DENIED;
    if (operation == ENNEAD_OP_DESCRIBE) {
        answer(call, object->type);
        answer(call, ENNEAD_ABI_VERSION);
        answer(call, model.machine.page_sizes);
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
