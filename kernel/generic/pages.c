/*
 * Pages of messages: copied or moved from map to map. They are only looked at until all items of their message are
 * known to arrive, so that there is nothing to take back.
 */
#include "cpu.h"
#include "items.h"
#include "region.h"

/* Is it within a window of this size? 64-bit arithmetic is dear on 32-bit ports. */
static inline bool is_inside(uint64_t offset, unsigned order_log2, unsigned window)
{
    if (order_log2 > window)
        return false;
    if (window >= 8 * sizeof(ennead_word))
        return offset <= ((uint64_t)1 << window) - ((uint64_t)1 << order_log2);
    ennead_word last = ((ennead_word)1 << window) - ((ennead_word)1 << order_log2);
    return offset == (ennead_word)offset && (ennead_word)offset <= last;
}

error_t delivery_range(struct delivery *delivery, uint64_t offset, unsigned order_log2, uint64_t *address)
{
    unsigned window = delivery->window.mem_order_log2;
    if (window == 0)
        return ENNEAD_WINDOW;
    if (order_log2 > 62)
        return ENNEAD_INVALID_ARG;
    if (window < 63 && !is_inside(offset, order_log2, window))
        return ENNEAD_WINDOW;
    *address = delivery->window.mem_base + offset;
    if (*address < offset)
        return ENNEAD_RANGE;
    return map_check(delivery->space, *address, order_log2);
}

static inline bool is_page(const struct step *step)
{
    return step->item->kind == ENNEAD_ITEM_PAGE;
}

static inline bool moves(const struct step *step)
{
    return step->item->flags & ENNEAD_ITEM_GRANT;
}

/* The part of a mapping that an item names: it lies within one entry, a granted one is the whole entry. */
static error_t MUST_CHECK find_source(struct space *space, struct step *step)
{
    error_t error = map_find_page(space, step->item->base, step->item->order_log2, &step->source);
    if (error)
        return error;
    if (step->source->dropping == DROP_DELETE)
        return ENNEAD_NOT_FOUND;
    return moves(step) && step->source->order_log2 != step->item->order_log2 ? ENNEAD_RANGE : ENNEAD_OK;
}

/* What moves is not to be used any more. It is, and is dropped anew, if its message fails or is never made again. */
static RARE error_t MUST_CHECK drop_to_move(struct entry *entry)
{
    if (entry->dropping == DROP_MOVED)
        return ENNEAD_OK;
    error_t error = map_drop(entry);
    entry->dropping = error ? DROP_MOVE : DROP_MOVED;
    return !error && preemption_point() ? AGAIN : error;
}

error_t page_prepare(struct space *space, struct step *step)
{
    step->unfound = find_source(space, step);
    return !step->unfound && moves(step) ? drop_to_move(step->source) : ENNEAD_OK;
}

static inline bool overlap(const struct step *a, const struct step *b)
{
    unsigned order = a->item->order_log2 > b->item->order_log2 ? a->item->order_log2 : b->item->order_log2;
    return (a->address ^ b->address) >> order == 0;
}

/*
 * Is there room beside the pages of the same message, and its source not one that moves with it? The last of them below
 * it will be in the map before it.
 */
static error_t MUST_CHECK check_beside(const struct delivery *delivery, struct step *steps, struct step *step)
{
    struct entry *below = delivery->space->recent;
    ennead_word floor = below ? (ennead_word)entry_base(below) : 0;
    error_t error = step->unfound;
    unsigned pages = 0;
    step->below = below;
    step->behind = NULL;
    for (struct step *other = steps; other < step; other++) {
        if (!is_page(other))
            continue;
        if (overlap(other, step))
            return ENNEAD_OCCUPIED;
        if (other->address >= floor && other->address < step->address) {
            floor = other->address;
            step->behind = other;
        }
        if (!error && moves(other) && other->source == step->source)
            error = ENNEAD_NOT_FOUND;
        pages++;
    }
    return pages < delivery->space->free_entry_count ? error : ENNEAD_NO_ENTRY;
}

error_t page_send(struct delivery *delivery, struct step *steps, struct step *step)
{
    uint64_t address;
    error_t error = delivery_range(delivery, step->item->offset, step->item->order_log2, &address);
    if (error)
        return error;
    step->address = (ennead_word)address;
    error = check_beside(delivery, steps, step);
    if (!error && !moves(step))
        error = node_may_derive(&step->source->node);
    if (!error)
        delivery_describe(delivery, ENNEAD_ITEM_PAGE, address, step->item->order_log2, 0);
    return error;
}

static void put(struct space *space, struct step *step)
{
    struct entry *source = step->source;
    uint64_t phys = source->phys + (step->item->base - entry_base(source));
    struct entry *entry = map_insert(space, step->address, step->item->order_log2, phys);
    step->entry = entry;
    if (moves(step)) {
        node_move(&source->node, &entry->node);
        entry->node.rights &= step->item->rights;
        map_vacate(source);
    } else {
        node_link_mapping(&source->node, &entry->node, source->node.rights & step->item->rights);
        region_of(entry->node.object)->mappings++;
    }
}

void pages_put(struct space *space, struct step *steps, unsigned count)
{
    for (struct step *step = steps; step < steps + count; step++) {
        if (!is_page(step))
            continue;
        if (count > 1) /* else the map was just asked */
            map_recall(space, step->behind ? step->behind->entry : step->below, step->address);
        put(space, step);
    }
}
