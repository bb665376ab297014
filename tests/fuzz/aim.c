/* Calls that aim at one error each: what chance would bring about too rarely. */
#include "draft.h"

enum aim_value { EXACTLY, THE_SIZE, USER_END, ODD };

/* Which argument is wrong in which way. */
static const struct {
    uint8_t type, operation, error, field, how;
    uint64_t value;
} wrong[] = {
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, ENNEAD_RANGE, 0, THE_SIZE, 0},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, ENNEAD_ALIGNMENT, 0, ODD, 0x10},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, ENNEAD_INVALID_ARG, 1, EXACTLY, 11},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, ENNEAD_RANGE, 0, THE_SIZE, 0},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, ENNEAD_ALIGNMENT, 0, ODD, 8},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_LOAD, ENNEAD_INVALID_ARG, 1, EXACTLY, 3},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_LOAD, ENNEAD_RANGE, 0, THE_SIZE, 0},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_LOAD, ENNEAD_ALIGNMENT, 0, ODD, 1},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_STORE, ENNEAD_INVALID_ARG, 1, EXACTLY, 16},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_STORE, ENNEAD_RANGE, 0, THE_SIZE, 0},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_STORE, ENNEAD_ALIGNMENT, 0, ODD, 1},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_SET_CACHE, ENNEAD_INVALID_ARG, 0, EXACTLY, 3},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_PHYS, ENNEAD_RANGE, 0, THE_SIZE, 0},
    {ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, ENNEAD_INVALID_ARG, 0, EXACTLY, ENNEAD_TYPE_IRQ},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_UNMAP, ENNEAD_NOT_FOUND, 0, EXACTLY, 0x70000000},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, ENNEAD_RANGE, 0, EXACTLY, 1 << 20},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_REVOKE, ENNEAD_RANGE, 0, EXACTLY, 0},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_REVOKE_MAP, ENNEAD_NOT_FOUND, 0, USER_END, 0},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, ENNEAD_INVALID_ARG, 1, EXACTLY, 3},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, ENNEAD_NO_MEMORY, 1, EXACTLY, 16},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, ENNEAD_INVALID_ARG, 0, EXACTLY, 2},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, ENNEAD_RANGE, 1, EXACTLY, 100},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, ENNEAD_ALIGNMENT, 0, ODD, 0x800},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, ENNEAD_RANGE, 0, USER_END, 0},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SLOT_INFO, ENNEAD_NOT_FOUND, 0, EXACTLY, 1 << 20},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_MAP_INFO, ENNEAD_NOT_FOUND, 0, USER_END, 0},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, ENNEAD_INVALID_ARG, 0, EXACTLY, 64},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, ENNEAD_DENIED, 0, EXACTLY, 63},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_EXCEPTION, ENNEAD_RANGE, 2, EXACTLY, 100},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_READ_REGS, ENNEAD_RANGE, 1, EXACTLY, 13},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_WRITE_REGS, ENNEAD_RANGE, 0, EXACTLY, 100},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_TLS, ENNEAD_RANGE, 0, USER_END, 0},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, ENNEAD_RANGE, 0, EXACTLY, 1000},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI, ENNEAD_RANGE, 0, EXACTLY, 1000},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, ENNEAD_INVALID_ARG, 0, EXACTLY, 1},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, ENNEAD_RANGE, 2, EXACTLY, 1000},
};
#define WRONGS (sizeof wrong / sizeof wrong[0])

static void set_field(unsigned index, uint64_t value)
{
    for (unsigned i = 0; i < ENNEAD_FIELD_WORDS; i++)
        e->word[index * ENNEAD_FIELD_WORDS + i] = (ennead_word)(value >> 32 * i);
}

static void one_wrong_argument(const struct m_object *object, unsigned index)
{
    uint64_t value = wrong[index].value;
    unsigned field_index = wrong[index].field;
    if (wrong[index].how == THE_SIZE)
        value = object->region.size;
    else if (wrong[index].how == USER_END)
        value = model.machine.user_end;
    else if (wrong[index].how == ODD)
        value |= e->word[field_index * ENNEAD_FIELD_WORDS];
    set_field(field_index, value);
    if (wrong[index].how == ODD &&
        (wrong[index].operation == ENNEAD_REGION_LOAD || wrong[index].operation == ENNEAD_REGION_STORE))
        set_field(1, 4);
}

static bool is_poor_pool(const struct m_node *node, unsigned unused, unsigned rights)
{
    (void)unused;
    return has_rights(node, ENNEAD_TYPE_POOL, rights) && m_largest_free(node->object) < 256;
}

static bool is_poor_space(const struct m_node *node, unsigned unused, unsigned rights)
{
    (void)unused;
    return has_rights(node, ENNEAD_TYPE_SPACE, rights) &&
           (node->object->space.extents >= 63 || m_largest_free(node->object->pool) < 4096);
}

static bool is_crowded(const struct m_node *node, unsigned unused, unsigned rights)
{
    (void)unused;
    return has_rights(node, ENNEAD_TYPE_SPACE, rights) && !node->object->space.free_entries;
}

/* No ordinary RAM, or too little of it. */
static bool is_odd_region(const struct m_node *node, unsigned unused, unsigned rights)
{
    (void)unused;
    return has_rights(node, ENNEAD_TYPE_REGION, rights) &&
           (!(node->object->region.flags & ENNEAD_REGION_POOLABLE) || node->object->region.size < 8192);
}

/* Whether or not it fits the operation; true if a slot for the target was chosen. */
static unsigned aim_target(const struct choice *choice)
{
    static chooser *const poor[] = {is_poor_space, is_crowded};
    switch (below(6)) {
    case 0:
        return pick(space, lacks_rights, choice->type, choice->rights ? choice->rights : ENNEAD_RIGHTS_ALL);
    case 1:
        return pick(space, is_deep, choice->type, choice->rights);
    case 2:
        return choice->type == ENNEAD_TYPE_REGION  ? pick(space, is_odd_region, 0, choice->rights)
               : choice->type == ENNEAD_TYPE_POOL  ? pick(space, is_poor_pool, 0, choice->rights)
               : choice->type == ENNEAD_TYPE_SPACE ? pick(space, poor[below(2)], 0, choice->rights)
                                                   : 0;
    default:
        return 0;
    }
}

/* Twice as large as what is mapped, to where that would fit; or not aligned. */
void aim_page(struct ennead_item *item)
{
    const struct m_entry *entry = pick_entry(space, M_ENTRY);
    if (!entry || one_in(4)) {
        item->order_log2 = (uint8_t)(one_in(3) ? 13 : one_in(3) ? 5 : 60 + below(5));
        item->base |= 0x400;
        return;
    }
    item->base = entry->base;
    item->order_log2 = (uint8_t)(entry->order + 1);
    item->offset = 0x800000;
    if (e->words)
        e->word[0] = 0x38000000, item->offset = 0;
}

void aim_item(void)
{
    struct ennead_item *item = &e->item[0];
    switch (below(9)) {
    case 0:
        e->items = 0;
        break;
    case 1:
        item->base = pick_empty(space);
        break;
    case 2:
        item->kind = 7;
        break;
    case 3:
        item->base = pick(space, lacks_rights, 1 + below(8), ENNEAD_RIGHT_CONTROL);
        break;
    case 4:
    case 7:
    case 8:
        item->base = pick(space, is_at_the_bottom, 0, 0);
        item->badge = 0;
        item->flags = 0;
        break;
    case 5:
        item->base = pick(space, is_poor_pool, 0, ENNEAD_RIGHT_CONTROL);
        break;
    default:
        if (item->kind == ENNEAD_ITEM_PAGE)
            aim_page(item);
        else if (thread->thread.caller || one_in(2))
            item->kind = ENNEAD_ITEM_REPLY;
        break;
    }
}

void aim_window(void)
{
    const struct m_entry *entry = pick_entry(space, M_ENTRY);
    switch (below(3)) {
    case 0:
        open_at(pick_empty(space), 0, 0, 0);
        break;
    case 1:
        open_at(1 << 20, 3, model.machine.user_end - 0x1000, 24);
        break;
    default:
        open_at(pick(space, is_used, 0, 0), 3, entry ? entry->base : 0, 24);
        break;
    }
}

static bool is_root_irq(const struct m_node *node, unsigned unused, unsigned rights)
{
    (void)unused;
    return has_rights(node, ENNEAD_TYPE_IRQ, rights) && node->object->irq.source == ENNEAD_IRQ_ROOT;
}

static bool is_bound_irq(const struct m_node *node, unsigned unused, unsigned rights)
{
    (void)unused;
    return has_rights(node, ENNEAD_TYPE_IRQ, rights) && node->object->irq.notification;
}

static bool is_free_region(const struct m_node *node, unsigned unused, unsigned rights)
{
    (void)unused;
    return has_rights(node, ENNEAD_TYPE_REGION, rights) && node->object->region.flags & ENNEAD_REGION_POOLABLE &&
           !node->object->region.mappings && !node->object->region.is_pool && !node->object->region.children &&
           node->object->region.size >= 8192;
}

/* One where there is something to go wrong in: where what it asks for is there. */
static unsigned pick_target(const struct choice *choice)
{
    bool makes_irq = choice->type == ENNEAD_TYPE_IRQ &&
                     (choice->operation == ENNEAD_IRQ_CLAIM || choice->operation == ENNEAD_IRQ_MSI);
    bool takes_region = choice->type == ENNEAD_TYPE_REGION &&
                        (choice->operation == ENNEAD_REGION_MAKE_POOL || choice->operation == ENNEAD_REGION_CARVE);
    bool binds_irq = choice->type == ENNEAD_TYPE_IRQ && choice->operation == ENNEAD_IRQ_BIND && one_in(2);
    unsigned slot = binds_irq      ? pick(space, is_bound_irq, 0, choice->rights)
                    : makes_irq    ? pick(space, is_root_irq, 0, choice->rights)
                    : takes_region ? pick(space, is_free_region, 0, choice->rights)
                                   : 0;
    return slot ? slot : pick(space, has_rights, choice->type, choice->rights);
}

/* Operations with items and windows have more ways to fail. */
static const struct choice *choose_aim(void)
{
    static const uint8_t rich[][2] = {{ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE},
                                      {ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL},
                                      {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM},
                                      {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI},
                                      {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER},
                                      {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE},
                                      {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_EXCEPTION}};
    unsigned at = below(sizeof rich / sizeof rich[0]);
    const struct choice *choice = &choices[below(choice_count)];
    bool any = one_in(2);
    for (unsigned i = 0; i < choice_count && !any; i++)
        if (choices[i].type == rich[at][0] && choices[i].operation == rich[at][1])
            return &choices[i];
    return choice;
}

void aimed_call(void)
{
    unsigned at = below(WRONGS);
    const struct choice *choice = choose_aim();
    bool argument = one_in(3);
    for (unsigned i = 0; argument && i < choice_count; i++)
        if (choices[i].type == wrong[at].type && choices[i].operation == wrong[at].operation)
            choice = &choices[i];
    unsigned slot = argument ? 0 : aim_target(choice);
    if (!slot)
        slot = pick_target(choice);
    struct m_node *node = m_slot(space, slot);
    if (!node || node->kind != M_CAP || node->object->type != choice->type)
        return;
    arguments(node->object, choice->operation);
    if (argument)
        one_wrong_argument(node->object, at);
    else if (e->items && one_in(2))
        aim_item();
    else if (e->sets_window && one_in(2))
        aim_window();
    bool wait = choice->type == ENNEAD_TYPE_NOTIFICATION && choice->operation == ENNEAD_NOTIFICATION_WAIT;
    call_with(slot,
              wait && one_in(2) ? ENNEAD_SEND
              : wait            ? ENNEAD_CALL | ENNEAD_POLL
                                : ENNEAD_CALL,
              choice->type, choice->operation);
}

/* A thread without a message buffer can call no object; each is tried. */
void mute_call(void)
{
    const struct choice *choice = &choices[below(choice_count)];
    unsigned slot = pick(space, has_rights, choice->type, 0);
    call_with(slot, ENNEAD_CALL, choice->type, one_in(6) ? 15 : choice->operation);
}
