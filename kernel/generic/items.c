/*
 * Typed items: delegation of capabilities, mappings and reply rights, into the windows of a receiver. All items of a
 * message arrive or none: what was done is undone, item by item, if a later one fails.
 */
#include "ipc.h"
#include "region.h"

void delivery_open(struct delivery *delivery, struct thread *receiver)
{
    const volatile struct ennead_window *shared = &receiver->utcb->window;
    delivery->space = receiver->space;
    delivery->utcb = receiver->utcb;
    delivery->caps = 0;
    delivery->items = 0;
    delivery->window.cap_base = shared->cap_base;
    delivery->window.cap_count = shared->cap_count;
    delivery->window.mem_base = shared->mem_base;
    delivery->window.mem_order_log2 = shared->mem_order_log2;
}

void delivery_close(struct delivery *delivery)
{
    *delivery = (struct delivery){0};
}

static inline error_t MUST_CHECK find_delivery_slot(struct delivery *delivery, struct node **slot)
{
    if (UNLIKELY(delivery->caps >= delivery->window.cap_count))
        return ENNEAD_WINDOW;
    *slot = space_slot(delivery->space, (uint64_t)delivery->window.cap_base + delivery->caps);
    if (UNLIKELY(!*slot))
        return ENNEAD_NO_SLOT;
    return (*slot)->kind == NODE_EMPTY ? ENNEAD_OK : ENNEAD_OCCUPIED;
}

error_t delivery_slot(struct delivery *delivery, struct node **slot)
{
    return find_delivery_slot(delivery, slot);
}

error_t delivery_range(struct delivery *delivery, uint64_t offset, unsigned order_log2, uint64_t *address)
{
    unsigned window = delivery->window.mem_order_log2;
    if (window == 0)
        return ENNEAD_WINDOW;
    if (order_log2 > 62)
        return ENNEAD_INVALID_ARG;
    uint64_t size = (uint64_t)1 << order_log2;
    if (window < 63 && (order_log2 > window || offset > ((uint64_t)1 << window) - size))
        return ENNEAD_WINDOW;
    *address = delivery->window.mem_base + offset;
    if (*address < offset)
        return ENNEAD_RANGE;
    return map_check(delivery->space, *address, order_log2);
}

void delivery_describe(struct delivery *delivery, unsigned kind, uint64_t base, unsigned order_log2, uint32_t badge)
{
    if (kind == ENNEAD_ITEM_CAP || kind == ENNEAD_ITEM_REPLY)
        delivery->caps++;
    if (!delivery->utcb || delivery->items >= ENNEAD_MSG_ITEMS)
        return;
    delivery->utcb->items[delivery->items++] =
        (struct ennead_item){.kind = (uint8_t)kind, .order_log2 = (uint8_t)order_log2, .badge = badge, .base = base};
}

/* What was done for one item, so that it can be undone. */
struct step {
    struct node *to;   /* NULL: nothing */
    struct node *from; /* granted: where it came from, and what it was */
    uint32_t badge;
    uint8_t rights;
};

/* A capability that moves, and whatever is no capability to be copied. */
static RARE error_t MUST_CHECK move_cap(struct node *source, const struct ennead_item *item, struct delivery *delivery,
                                        struct step *step)
{
    struct node *slot;
    if (!source || source->kind == NODE_EMPTY)
        return ENNEAD_INVALID_CAP;
    error_t error = delivery_slot(delivery, &slot);
    if (error)
        return error;
    if (!(item->flags & ENNEAD_ITEM_GRANT))
        return ENNEAD_DENIED;
    struct step done = {slot, source, source->badge, source->rights};
    error = cap_move(source, slot, item->rights, item->badge);
    if (error)
        return error;
    *step = done;
    unsigned kind = slot->kind == NODE_REPLY ? ENNEAD_ITEM_REPLY : ENNEAD_ITEM_CAP;
    delivery_describe(delivery, kind, delivery->window.cap_base + delivery->caps, 0, slot->badge);
    return ENNEAD_OK;
}

static inline error_t MUST_CHECK send_cap(struct thread *from, const struct ennead_item *item,
                                          struct delivery *delivery, struct object *own, struct step *step)
{
    struct node *source = space_slot(from->space, item->base), *slot;
    if (source && own && source->object == own && source->badge && source->kind == NODE_CAP) {
        delivery_describe(delivery, ENNEAD_ITEM_OWN, 0, 0, source->badge);
        return ENNEAD_OK;
    }
    if (UNLIKELY(!source || source->kind != NODE_CAP || item->flags & ENNEAD_ITEM_GRANT))
        return move_cap(source, item, delivery, step);
    error_t error = find_delivery_slot(delivery, &slot);
    if (!error)
        error = cap_copy(source, slot, item->rights, item->badge);
    if (error)
        return error;
    step->to = slot;
    step->from = NULL;
    delivery_describe(delivery, ENNEAD_ITEM_CAP, delivery->window.cap_base + delivery->caps, 0, slot->badge);
    return ENNEAD_OK;
}

static RARE error_t MUST_CHECK drop_to_move(struct entry *entry, unsigned order_log2)
{
    if (order_log2 != entry->order_log2)
        return ENNEAD_RANGE;
    error_t error = map_drop(entry);
    entry->dropping = DROP_MOVE;
    return error;
}

/* The part of a mapping that an item names: it lies within one entry, a granted one is the whole entry. */
static error_t MUST_CHECK find_source(struct thread *from, const struct ennead_item *item, struct entry **entry)
{
    ASSERT(item->order_log2 >= PORT_PAGE_LOG2 && item->order_log2 <= 62); /* delivery_range() took it */
    uint64_t size = (uint64_t)1 << item->order_log2;
    if (item->base & (size - 1))
        return ENNEAD_ALIGNMENT;
    *entry = map_find(from->space, item->base);
    if (!*entry || (*entry)->node.kind != NODE_ENTRY)
        return ENNEAD_NOT_FOUND;
    if (item->base + size - 1 > entry_last(*entry))
        return ENNEAD_RANGE;
    if ((*entry)->dropping == DROP_DELETE)
        return ENNEAD_NOT_FOUND;
    return item->flags & ENNEAD_ITEM_GRANT ? drop_to_move(*entry, item->order_log2) : ENNEAD_OK;
}

/* May the mapping be copied, or moved? One that may not move after all can be used again. */
static error_t MUST_CHECK may_leave(struct entry *source, bool grant)
{
    if (!grant)
        return node_may_derive(&source->node);
    source->dropping = 0;
    return object_settle(source->node.object);
}

static RARE error_t MUST_CHECK send_page(struct thread *from, const struct ennead_item *item, struct delivery *delivery,
                                         struct step *step)
{
    struct entry *source;
    uint64_t address;
    error_t error = delivery_range(delivery, item->offset, item->order_log2, &address);
    if (!error)
        error = find_source(from, item, &source);
    if (!error)
        error = may_leave(source, item->flags & ENNEAD_ITEM_GRANT);
    if (error)
        return error;
    struct region *region = region_of(source->node.object);
    struct entry *entry =
        map_insert(delivery->space, address, item->order_log2, source->phys + (item->base - entry_base(source)));
    *step = (struct step){&entry->node, NULL, 0, source->node.rights};
    if (item->flags & ENNEAD_ITEM_GRANT) {
        step->from = &source->node;
        node_move(&source->node, &entry->node);
        entry->dropping = 0;
        entry->node.rights &= item->rights;
    } else {
        node_insert_child(&source->node, &entry->node, source->node.object, source->node.rights & item->rights);
        entry->node.kind = NODE_ENTRY;
        region->mappings++;
    }
    delivery_describe(delivery, ENNEAD_ITEM_PAGE, address, item->order_log2, 0);
    return ENNEAD_OK;
}

static RARE error_t MUST_CHECK send_reply(struct thread *from, struct delivery *delivery, struct step *step)
{
    struct node *slot;
    error_t error = delivery_slot(delivery, &slot);
    if (error)
        return error;
    if (!from->caller)
        return ENNEAD_NO_REPLY;
    reply_into_slot(from, slot);
    *step = (struct step){.to = slot};
    delivery_describe(delivery, ENNEAD_ITEM_REPLY, delivery->window.cap_base + delivery->caps, 0, 0);
    return ENNEAD_OK;
}

static RARE void undo(struct thread *from, const struct step *step)
{
    struct node *to = step->to;
    if (!to)
        return;
    bool page = to->kind == NODE_ENTRY;
    if (to->kind == NODE_REPLY && !step->from) {
        reply_out_of_slot(to, from);
    } else if (to->kind == NODE_REPLY) {
        reply_slot_moved(to, step->from);
    } else if (step->from) {
        node_move(to, step->from);
        node_set_rights(step->from, step->rights);
        step->from->badge = step->badge;
    } else {
        if (page)
            region_of(to->object)->mappings--;
        node_unlink(to);
    }
    if (page)
        map_remove(CONTAINER_OF(to, struct entry, node));
}

static error_t MUST_CHECK send_item(struct thread *from, const struct ennead_item *item, struct delivery *delivery,
                                    struct object *own, struct step *step)
{
    step->to = NULL;
    if (item->kind == ENNEAD_ITEM_CAP)
        return send_cap(from, item, delivery, own, step);
    if (item->kind == ENNEAD_ITEM_PAGE)
        return send_page(from, item, delivery, step);
    return item->kind == ENNEAD_ITEM_REPLY ? send_reply(from, delivery, step) : ENNEAD_TYPE;
}

/* A granted page left its old entry behind, empty: it goes once nothing can fail any more. */
static inline void settle_step(const struct step *step)
{
    if (step->to && step->from && step->to->kind == NODE_ENTRY)
        map_remove(CONTAINER_OF(step->from, struct entry, node));
}

error_t transfer_item(struct thread *from, const struct ennead_item *item, struct delivery *delivery,
                      struct object *own)
{
    struct step step;
    error_t error = send_item(from, item, delivery, own, &step);
    if (!error)
        settle_step(&step);
    return error;
}

static RARE error_t MUST_CHECK transfer_many(struct thread *from, unsigned count, struct delivery *delivery,
                                             struct object *own)
{
    struct step steps[ENNEAD_MSG_ITEMS];
    for (unsigned i = 0; i < count; i++) {
        struct ennead_item item;
        item_read(from, i, &item);
        error_t error = send_item(from, &item, delivery, own, &steps[i]);
        if (!error)
            continue;
        while (i-- > 0)
            undo(from, &steps[i]);
        return error;
    }
    for (unsigned i = 0; i < count; i++)
        settle_step(&steps[i]);
    return ENNEAD_OK;
}

error_t transfer_items(struct thread *from, unsigned count, struct delivery *delivery, struct object *own)
{
    struct ennead_item item;
    if (UNLIKELY(count != 1))
        return transfer_many(from, count, delivery, own);
    item_read(from, 0, &item);
    return transfer_item(from, &item, delivery, own);
}
