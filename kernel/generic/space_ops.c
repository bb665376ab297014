/* Calls to a space: what its manager, perhaps itself, does to its map and its capability table. */
#include "ipc.h"
#include "pool.h"
#include "space.h"

/* An item goes where it says, in this space, whoever calls: as if the space had opened that window. */
static error_t MUST_CHECK delegate_item(struct thread *from, const struct ennead_item *item, struct space *space,
                                        uint64_t where)
{
    struct delivery delivery = {.space = space};
    if (item->kind == ENNEAD_ITEM_PAGE) {
        delivery.window.mem_base = where;
        delivery.window.mem_order_log2 = 63;
    } else if (item->kind == ENNEAD_ITEM_CAP || item->kind == ENNEAD_ITEM_REPLY) {
        if (where >= ENNEAD_SLOTS_MAX)
            return ENNEAD_NO_SLOT;
        delivery.window.cap_base = (uint32_t)where;
        delivery.window.cap_count = 1;
    }
    return transfer_item(from, item, &delivery, NULL);
}

static RARE error_t MUST_CHECK delegate(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    struct ennead_item item;
    if (ENNEAD_TAG_ITEMS(invocation->tag) != 1)
        return ENNEAD_INVALID_ARG;
    item_read(invocation->thread, 0, &item);
    return delegate_item(invocation->thread, &item, space, argument(invocation, 0));
}

static error_t MUST_CHECK find_entry(struct invocation *invocation, struct space *space, struct entry **entry)
{
    *entry = map_find(space, argument(invocation, 0));
    return *entry && (*entry)->node.kind == NODE_ENTRY ? ENNEAD_OK : ENNEAD_NOT_FOUND;
}

static error_t MUST_CHECK find_slot(struct invocation *invocation, struct space *space, struct node **slot)
{
    *slot = space_slot(space, argument(invocation, 0));
    if (!*slot)
        return ENNEAD_RANGE;
    return (*slot)->kind != NODE_EMPTY ? ENNEAD_OK : ENNEAD_NOT_FOUND;
}

static error_t MUST_CHECK unmap(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    struct entry *entry;
    error_t error = find_entry(invocation, space, &entry);
    return error ? error : node_delete(&entry->node);
}

static RARE error_t MUST_CHECK revoke_map(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    struct entry *entry;
    error_t error = find_entry(invocation, space, &entry);
    return error ? error : node_revoke(&entry->node);
}

/* Once the slot is empty a preempted deletion is not looked up again: see `finishing` in thread.h. */
static error_t MUST_CHECK delete (struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    struct node *slot;
    error_t error = find_slot(invocation, space, &slot);
    return error ? error : node_delete(slot);
}

static RARE error_t MUST_CHECK revoke(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    struct node *slot;
    error_t error = find_slot(invocation, space, &slot);
    if (!error && slot->kind == NODE_REPLY)
        return ENNEAD_OK;
    return error ? error : node_revoke(slot);
}

static RARE error_t MUST_CHECK grow(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    uint64_t missing = 0, table = argument(invocation, 0);
    if (table > ENNEAD_TABLE_PAGES)
        return ENNEAD_INVALID_ARG;
    error_t error = space_grow(space, (unsigned)table, argument(invocation, 1), &missing);
    if (error == ENNEAD_NO_MEMORY)
        answer(invocation, missing);
    return error;
}

static RARE error_t MUST_CHECK set_pager(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    uint64_t which = argument(invocation, 0);
    if (which > ENNEAD_HANDLER_EXCEPTION)
        return ENNEAD_INVALID_ARG;
    return handler_set(invocation, &space->handler[which]);
}

static RARE error_t MUST_CHECK add_utcb(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    uint64_t missing = 0;
    error_t error = space_add_utcb(space, argument(invocation, 0), &missing);
    if (error == ENNEAD_NO_MEMORY)
        answer(invocation, missing);
    return error;
}

/* The first slot from `index` on, and before `end`, that is not empty; or `end`. Slot 0 is always empty. */
static unsigned used_slot(const struct space *space, unsigned index, unsigned end)
{
    while (index < end) {
        const struct node *slot = &space->slots[index / ENNEAD_SLOTS_PER_PAGE][index % ENNEAD_SLOTS_PER_PAGE];
        unsigned next_page = (index | (ENNEAD_SLOTS_PER_PAGE - 1)) + 1, stop = next_page < end ? next_page : end;
        for (; index < stop; index++, slot++)
            if (slot->kind != NODE_EMPTY)
                return index;
    }
    return end;
}

/* At most a page of slots is looked through; the answer 0 with OK says: nothing up to there, ask on. */
static RARE error_t MUST_CHECK slot_info(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    uint64_t first = argument(invocation, 0), slots = (uint64_t)space->slot_pages * ENNEAD_SLOTS_PER_PAGE;
    if (first >= slots)
        return ENNEAD_NOT_FOUND;
    uint64_t end = first + ENNEAD_SLOTS_PER_PAGE, last = end < slots ? end : slots;
    unsigned index = used_slot(space, (unsigned)first, (unsigned)last);
    const struct node *slot = space_slot(space, index);
    if (slot && index < last) {
        answer(invocation, index);
        answer(invocation, slot->kind == NODE_REPLY ? (unsigned)ENNEAD_TYPE_REPLY : slot->object->type);
        answer(invocation, slot->rights);
        answer(invocation, slot->badge);
        answer(invocation, slot->depth);
        return ENNEAD_OK;
    }
    answer(invocation, end);
    answer(invocation, ENNEAD_TYPE_NONE);
    return ENNEAD_OK;
}

static RARE error_t MUST_CHECK map_info(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    struct entry *entry = map_at_or_above(space, argument(invocation, 0));
    if (!entry)
        return ENNEAD_NOT_FOUND;
    answer(invocation, entry_base(entry));
    answer(invocation, entry->order_log2);
    answer(invocation, entry->node.rights);
    return ENNEAD_OK;
}

static RARE error_t MUST_CHECK describe(struct invocation *invocation, struct object *object)
{
    struct space *space = CONTAINER_OF(object, struct space, object);
    answer(invocation, (uint64_t)space->slot_pages * ENNEAD_SLOTS_PER_PAGE);
    answer(invocation, space->free_entry_count);
    answer(invocation, mmu_free_tables(&space->mmu));
    answer(invocation, PORT_USER_END);
    return ENNEAD_OK;
}

const struct operation space_operations[] = {
    [ENNEAD_OP_DESCRIBE] = {describe, ENNEAD_RIGHT_READ},
    [ENNEAD_SPACE_DELEGATE] = {delegate, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SPACE_UNMAP] = {unmap, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SPACE_DELETE] = {delete, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SPACE_REVOKE] = {revoke, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SPACE_REVOKE_MAP] = {revoke_map, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SPACE_GROW] = {grow, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SPACE_SET_PAGER] = {set_pager, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SPACE_ADD_UTCB] = {add_utcb, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_SPACE_SLOT_INFO] = {slot_info, ENNEAD_RIGHT_READ},
    [ENNEAD_SPACE_MAP_INFO] = {map_info, ENNEAD_RIGHT_READ},
};
