/*
 * Typed items: delegation of capabilities, mappings and reply rights, into the windows of a receiver. All items of a
 * message arrive or none: capabilities and reply rights are taken back if a later one fails, and pages go into the map
 * when none can fail any more (pages.c). All that is in one go, so that nothing of it shows before; what takes long is
 * done before that, in steps.
 */
#include "items.h"

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

void delivery_describe(struct delivery *delivery, unsigned kind, uint64_t base, unsigned order_log2, uint32_t badge)
{
    if (kind == ENNEAD_ITEM_CAP || kind == ENNEAD_ITEM_REPLY)
        delivery->caps++;
    if (!delivery->utcb || delivery->items >= ENNEAD_MSG_ITEMS)
        return;
    delivery->utcb->items[delivery->items++] =
        (struct ennead_item){(uint8_t)kind, 0, 0, (uint8_t)order_log2, badge, base, 0};
}

/* A capability that moves, and whatever is no capability to be copied. */
static RARE error_t MUST_CHECK move_cap(struct delivery *delivery, struct step *step)
{
    const struct ennead_item *item = step->item;
    struct node *source = step->from, *slot;
    if (!source || source->kind == NODE_EMPTY)
        return ENNEAD_INVALID_CAP;
    error_t error = delivery_slot(delivery, &slot);
    if (error)
        return error;
    if (!(item->flags & ENNEAD_ITEM_GRANT))
        return ENNEAD_DENIED;
    step->badge = source->badge;
    step->rights = source->rights;
    error = cap_move(source, slot, item->rights, item->badge);
    if (error)
        return error;
    step->to = slot;
    unsigned kind = slot->kind == NODE_REPLY ? ENNEAD_ITEM_REPLY : ENNEAD_ITEM_CAP;
    delivery_describe(delivery, kind, delivery->window.cap_base + delivery->caps, 0, slot->badge);
    return ENNEAD_OK;
}

static inline error_t MUST_CHECK send_cap(struct delivery *delivery, struct object *own, struct step *step)
{
    const struct ennead_item *item = step->item;
    struct node *source = step->from, *slot;
    if (source && own && source->object == own && source->badge && source->kind == NODE_CAP) {
        step->to = NULL;
        delivery_describe(delivery, ENNEAD_ITEM_OWN, 0, 0, source->badge);
        return ENNEAD_OK;
    }
    if (UNLIKELY(!source || source->kind != NODE_CAP || item->flags & ENNEAD_ITEM_GRANT))
        return move_cap(delivery, step);
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

static RARE error_t MUST_CHECK send_reply(struct thread *from, struct delivery *delivery, struct step *step)
{
    struct node *slot;
    error_t error = delivery_slot(delivery, &slot);
    if (error)
        return error;
    if (!from->caller)
        return ENNEAD_NO_REPLY;
    reply_into_slot(from, slot);
    step->to = slot;
    step->from = NULL;
    delivery_describe(delivery, ENNEAD_ITEM_REPLY, delivery->window.cap_base + delivery->caps, 0, 0);
    return ENNEAD_OK;
}

static RARE void undo(struct thread *from, const struct step *step)
{
    struct node *to = step->to;
    if (step->item->kind == ENNEAD_ITEM_PAGE || !to)
        return;
    if (to->kind == NODE_REPLY && !step->from) {
        reply_out_of_slot(to, from);
    } else if (to->kind == NODE_REPLY) {
        reply_slot_moved(to, step->from);
    } else if (step->from) {
        node_move(to, step->from);
        node_set_rights(step->from, step->rights);
        step->from->badge = step->badge;
    } else {
        node_unlink(to);
    }
}

/*
 * Find what an item names. What takes long and does no harm is done here, before anything else, in steps: what moves is
 * dropped, and what is being revoked ends, as nothing is derived from it, and may end who takes part in the message.
 * OK, or AGAIN. What was found holds until the message is delivered, as from the last step on nobody else has the lock.
 */
static error_t MUST_CHECK prepare(struct thread *from, struct step *step)
{
    struct node *source = NULL;
    error_t error = ENNEAD_OK;
    if (step->item->kind == ENNEAD_ITEM_CAP) {
        source = step->from = space_slot(from->space, step->item->base);
    } else if (step->item->kind == ENNEAD_ITEM_PAGE) {
        error = page_prepare(from->space, step);
        source = step->unfound ? NULL : &step->source->node;
    }
    if (error || !source || !source->object)
        return error;
    return object_settle(source->object);
}

static error_t MUST_CHECK send_item(struct thread *from, struct delivery *delivery, struct object *own,
                                    struct step *steps, struct step *step)
{
    if (step->item->kind == ENNEAD_ITEM_CAP)
        return send_cap(delivery, own, step);
    if (step->item->kind == ENNEAD_ITEM_PAGE)
        return page_send(delivery, steps, step);
    return step->item->kind == ENNEAD_ITEM_REPLY ? send_reply(from, delivery, step) : ENNEAD_TYPE;
}

static error_t MUST_CHECK transfer(struct thread *from, struct delivery *delivery, struct object *own,
                                   struct step *steps, unsigned count)
{
    error_t error = ENNEAD_OK;
    for (unsigned i = 0; i < count && !error; i++)
        error = prepare(from, &steps[i]);
    if (error)
        return error;
    for (unsigned i = 0; i < count; i++) {
        error = send_item(from, delivery, own, steps, &steps[i]);
        if (!error)
            continue;
        while (i-- > 0)
            undo(from, &steps[i]);
        return error;
    }
    pages_put(delivery->space, steps, count);
    return ENNEAD_OK;
}

error_t transfer_item(struct thread *from, const struct ennead_item *item, struct delivery *delivery,
                      struct object *own)
{
    struct step step;
    step.item = item;
    return transfer(from, delivery, own, &step, 1);
}

static RARE error_t MUST_CHECK transfer_many(struct thread *from, unsigned count, struct delivery *delivery,
                                             struct object *own)
{
    struct ennead_item items[ENNEAD_MSG_ITEMS];
    struct step steps[ENNEAD_MSG_ITEMS];
    for (unsigned i = 0; i < count; i++) {
        item_read(from, i, &items[i]);
        steps[i].item = &items[i];
    }
    return transfer(from, delivery, own, steps, count);
}

error_t transfer_items(struct thread *from, unsigned count, struct delivery *delivery, struct object *own)
{
    struct ennead_item item;
    if (UNLIKELY(count != 1))
        return transfer_many(from, count, delivery, own);
    item_read(from, 0, &item);
    return transfer_item(from, &item, delivery, own);
}
