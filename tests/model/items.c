/* Messages and the items in them: everything arrives, or nothing does. */
#include "internal.h"

#include <string.h>

struct ennead_utcb *m_utcb(const struct m_object *thread)
{
    return thread->thread.utcb_phys ? (struct ennead_utcb *)&model.ram[thread->thread.utcb_phys] : NULL;
}

ennead_word m_word(const struct m_object *thread, unsigned index)
{
    return index < ENNEAD_MSG_REG_WORDS ? thread->thread.word[index] : m_utcb(thread)->words[index];
}

void m_set_word(struct m_object *thread, unsigned index, ennead_word value)
{
    if (index < ENNEAD_MSG_REG_WORDS)
        thread->thread.word[index] = value;
    else
        m_utcb(thread)->words[index] = value;
}

uint64_t m_field(const struct m_object *thread, unsigned index)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < ENNEAD_FIELD_WORDS; i++)
        value |= (uint64_t)m_word(thread, index * ENNEAD_FIELD_WORDS + i) << 32 * i;
    return value;
}

/* ---- where things arrive ---- */

void m_delivery_open(struct m_delivery *delivery, struct m_object *receiver)
{
    *delivery = (struct m_delivery){.space = receiver->thread.space, .utcb = m_utcb(receiver)};
    delivery->window = delivery->utcb->window;
}

unsigned m_delivery_slot(struct m_delivery *delivery, struct m_node **slot)
{
    if (delivery->caps >= delivery->window.cap_count)
        return ENNEAD_WINDOW;
    *slot = m_slot(delivery->space, (uint64_t)delivery->window.cap_base + delivery->caps);
    if (!*slot)
        return ENNEAD_NO_SLOT;
    return (*slot)->kind == M_EMPTY ? ENNEAD_OK : ENNEAD_OCCUPIED;
}

unsigned m_delivery_range(struct m_delivery *delivery, uint64_t offset, unsigned order, uint64_t *address)
{
    unsigned window = delivery->window.mem_order_log2;
    if (window == 0)
        return ENNEAD_WINDOW;
    if (order > 62)
        return ENNEAD_INVALID_ARG;
    if (window < 63 && (order > window || offset > (1ull << window) - (1ull << order)))
        return ENNEAD_WINDOW;
    if (delivery->window.mem_base > UINT64_MAX - offset)
        return ENNEAD_RANGE;
    *address = delivery->window.mem_base + offset;
    return m_map_check(delivery->space, *address, order);
}

void m_describe_item(struct m_delivery *delivery, unsigned kind, uint64_t base, unsigned order, uint32_t badge)
{
    if (kind == ENNEAD_ITEM_CAP || kind == ENNEAD_ITEM_REPLY)
        delivery->caps++;
    if (!delivery->utcb || delivery->items >= ENNEAD_MSG_ITEMS)
        return;
    delivery->utcb->items[delivery->items++] =
        (struct ennead_item){.kind = (uint8_t)kind, .order_log2 = (uint8_t)order, .badge = badge, .base = base};
}

/* ---- one item ---- */

/* An item as it was read, and what was done for it, so that it can be undone. */
struct done {
    struct ennead_item item;
    struct m_node *to, *from;
    uint32_t badge;
    uint8_t rights;
    /* of a page, which is entered once all items are known to arrive */
    struct m_entry *source;
    unsigned unfound;
    uint64_t address;
};

static unsigned send_cap(struct m_object *from, struct m_delivery *delivery, struct m_object *own, struct done *done)
{
    const struct ennead_item *item = &done->item;
    struct m_node *source = m_slot(from->thread.space, item->base), *slot;
    if (!source || source->kind == M_EMPTY)
        return ENNEAD_INVALID_CAP;
    if (own && source->kind == M_CAP && source->object == own && source->badge) {
        m_describe_item(delivery, ENNEAD_ITEM_OWN, 0, 0, source->badge);
        return ENNEAD_OK;
    }
    unsigned error = m_delivery_slot(delivery, &slot);
    if (error)
        return error;
    bool grant = item->flags & ENNEAD_ITEM_GRANT;
    done->badge = source->badge;
    done->rights = source->rights;
    error = m_derive(source, slot, item->rights, item->badge, grant);
    if (error)
        return error;
    done->to = slot;
    done->from = grant ? source : NULL;
    m_describe_item(delivery, slot->kind == M_REPLY ? ENNEAD_ITEM_REPLY : ENNEAD_ITEM_CAP,
                    delivery->window.cap_base + delivery->caps, 0, slot->badge);
    return ENNEAD_OK;
}

static bool moves(const struct done *done)
{
    return done->item.flags & ENNEAD_ITEM_GRANT;
}

static unsigned find_source(struct m_object *space, struct done *done)
{
    const struct ennead_item *item = &done->item;
    if (item->order_log2 > 62)
        return ENNEAD_RANGE;
    uint64_t size = 1ull << item->order_log2;
    if (item->base % size)
        return ENNEAD_ALIGNMENT;
    done->source = m_find(space, item->base);
    if (!done->source || done->source->node.kind != M_ENTRY)
        return ENNEAD_NOT_FOUND;
    if (item->base + size - 1 > done->source->base + (1ull << done->source->order) - 1)
        return ENNEAD_RANGE;
    if (done->source->dropping == M_DROP_DELETE)
        return ENNEAD_NOT_FOUND;
    return moves(done) && item->order_log2 != done->source->order ? ENNEAD_RANGE : ENNEAD_OK;
}

/* What moves is forgotten by the MMU in steps, of which the last one is a step as well. */
static unsigned prepare_page(struct m_object *space, struct done *done)
{
    done->unfound = find_source(space, done);
    if (done->unfound || !moves(done) || done->source->dropping == M_DROP_MOVED)
        return ENNEAD_OK;
    unsigned error = m_map_drop(done->source);
    done->source->dropping = error ? M_DROP_MOVE : M_DROP_MOVED;
    return error || m_preemption_point() ? AGAIN : ENNEAD_OK;
}

/* END-3, before anything is done. */
static unsigned settle_source(struct m_object *from, const struct done *done)
{
    if (done->item.kind == ENNEAD_ITEM_PAGE)
        return done->unfound ? (unsigned)ENNEAD_OK : m_settle(done->source->node.object);
    struct m_node *source = done->item.kind == ENNEAD_ITEM_CAP ? m_slot(from->thread.space, done->item.base) : NULL;
    return source && source->kind != M_EMPTY ? m_settle(source->object) : (unsigned)ENNEAD_OK;
}

/* ITM-2, as if the pages before it in the message were there already, and what moves with it gone. */
static unsigned check_beside(const struct m_delivery *delivery, const struct done *done, unsigned index)
{
    const struct done *one = &done[index];
    unsigned pages = 0, error = one->unfound;
    for (unsigned i = 0; i < index; i++) {
        if (done[i].item.kind != ENNEAD_ITEM_PAGE)
            continue;
        if (done[i].address <= one->address + (1ull << one->item.order_log2) - 1 &&
            one->address <= done[i].address + (1ull << done[i].item.order_log2) - 1)
            return ENNEAD_OCCUPIED;
        if (!error && moves(&done[i]) && done[i].source == one->source)
            error = ENNEAD_NOT_FOUND;
        pages++;
    }
    return pages == delivery->space->space.free_entries ? (unsigned)ENNEAD_NO_ENTRY : error;
}

static unsigned send_page(struct m_delivery *delivery, struct done *done, unsigned index)
{
    struct done *one = &done[index];
    unsigned error = m_delivery_range(delivery, one->item.offset, one->item.order_log2, &one->address);
    if (!error)
        error = check_beside(delivery, done, index);
    if (!error)
        error = moves(one) ? m_settle(one->source->node.object) : m_may_derive(&one->source->node);
    if (!error)
        m_describe_item(delivery, ENNEAD_ITEM_PAGE, one->address, one->item.order_log2, 0);
    return error;
}

static void put_page(struct m_object *space, const struct done *done)
{
    struct m_entry *source = done->source;
    struct m_object *region = source->node.object;
    struct m_entry *entry =
        m_map_insert(space, done->address, done->item.order_log2, source->phys + (done->item.base - source->base));
    if (moves(done)) {
        m_move(&source->node, &entry->node);
        entry->node.rights &= done->item.rights;
    } else {
        m_insert(&source->node, &entry->node, region, source->node.rights & done->item.rights);
        entry->node.kind = M_ENTRY;
        region->region.mappings++;
    }
}

static unsigned send_reply(struct m_object *from, struct m_delivery *delivery, struct done *done)
{
    struct m_node *slot;
    unsigned error = m_delivery_slot(delivery, &slot);
    if (error)
        return error;
    if (!from->thread.caller)
        return ENNEAD_NO_REPLY;
    m_reply_into_slot(from, slot);
    done->to = slot;
    m_describe_item(delivery, ENNEAD_ITEM_REPLY, delivery->window.cap_base + delivery->caps, 0, 0);
    return ENNEAD_OK;
}

static void undo(struct m_object *from, const struct done *done)
{
    struct m_node *to = done->to;
    if (!to)
        return;
    if (to->kind == M_REPLY && done->from) {
        m_reply_slot_moved(to, done->from);
    } else if (to->kind == M_REPLY) {
        m_reply_out_of_slot(to, from);
    } else if (done->from) {
        m_move(to, done->from);
        done->from->rights = done->rights;
        done->from->badge = done->badge;
    } else {
        m_unlink(to);
    }
}

static unsigned prepare(struct m_object *from, struct done *done, unsigned count)
{
    unsigned error = ENNEAD_OK;
    for (unsigned i = 0; i < count && !error; i++) {
        if (done[i].item.kind == ENNEAD_ITEM_PAGE)
            error = prepare_page(from->thread.space, &done[i]);
        if (!error)
            error = settle_source(from, &done[i]);
    }
    return error;
}

static void put_pages(struct m_delivery *delivery, const struct done *done, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (done[i].item.kind == ENNEAD_ITEM_PAGE)
            put_page(delivery->space, &done[i]);
    for (unsigned i = 0; i < count; i++) {
        if (done[i].item.kind == ENNEAD_ITEM_PAGE && moves(&done[i])) {
            m_map_remove(done[i].source);
            m_vacated();
        }
    }
}

unsigned m_items(struct m_object *from, unsigned count, struct m_delivery *delivery, struct m_object *own)
{
    struct done done[ENNEAD_MSG_ITEMS];
    memset(done, 0, sizeof done);
    for (unsigned i = 0; i < count; i++)
        done[i].item = m_utcb(from)->items[i];
    unsigned error = prepare(from, done, count);
    if (error)
        return error;
    for (unsigned i = 0; i < count; i++) {
        unsigned kind = done[i].item.kind;
        error = kind == ENNEAD_ITEM_CAP     ? send_cap(from, delivery, own, &done[i])
                : kind == ENNEAD_ITEM_PAGE  ? send_page(delivery, done, i)
                : kind == ENNEAD_ITEM_REPLY ? send_reply(from, delivery, &done[i])
                                            : (unsigned)ENNEAD_TYPE;
        if (!error)
            continue;
        while (i-- > 0)
            undo(from, &done[i]);
        return error;
    }
    put_pages(delivery, done, count);
    return ENNEAD_OK;
}

unsigned m_message(struct m_object *from, struct m_object *to, uint32_t tag, struct m_object *own)
{
    unsigned words = ENNEAD_TAG_WORDS(tag), items = ENNEAD_TAG_ITEMS(tag);
    if (!to->thread.utcb_phys && (items || words > ENNEAD_MSG_REG_WORDS))
        return ENNEAD_WINDOW;
    if (items) {
        struct m_delivery delivery;
        m_delivery_open(&delivery, to);
        unsigned error = m_items(from, items, &delivery, own);
        if (error)
            return error;
    }
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        to->thread.word[i] = from->thread.word[i];
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < words; i++)
        m_utcb(to)->words[i] = m_utcb(from)->words[i];
    return ENNEAD_OK;
}
