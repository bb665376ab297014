/* Calls to objects: what each operation wants, and now and then something else. */
#include "draft.h"

void a_cap_to_give(void)
{
    item_cap(one_in(12) ? below(SLOTS) : pick(space, is_used, 0, 0));
    struct ennead_item *item = &e->item[e->items - 1];
    struct m_node *node = m_slot(space, item->base);
    if (one_in(3))
        item->rights = (uint8_t)below(32);
    if (one_in(4))
        item->flags = ENNEAD_ITEM_GRANT;
    bool takes_badge = node && node->kind == M_CAP && !node->badge &&
                       (node->object->type == ENNEAD_TYPE_ENDPOINT || node->object->type == ENNEAD_TYPE_NOTIFICATION);
    if (one_in(takes_badge ? 2 : 20))
        item->badge = 1 + below(9);
    if (node && node->kind == M_REPLY && !one_in(8))
        item->flags = ENNEAD_ITEM_GRANT;
}

void a_page_to_give(uint64_t offset)
{
    const struct m_entry *entry = pick_entry(space, M_ENTRY);
    struct ennead_item item = {.kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = USER_BASE};
    if (entry) {
        item.order_log2 = (uint8_t)(one_in(3) ? 12 : entry->order);
        item.base = entry->base + (item.order_log2 < entry->order ? below(1u << (entry->order - 12)) * 0x1000ull : 0);
        item.flags = one_in(3) && item.order_log2 == entry->order ? ENNEAD_ITEM_GRANT : 0;
    }
    item.rights = one_in(3) ? (uint8_t)below(8) : 7;
    item.offset = offset;
    e->item[e->items++] = item;
}

void something_to_give(void)
{
    if (one_in(3))
        a_page_to_give(below(USER_PAGES) * 0x1000u);
    else if (thread->thread.caller && one_in(4))
        e->item[e->items++] = (struct ennead_item){.kind = ENNEAD_ITEM_REPLY};
    else
        a_cap_to_give();
}

static uint64_t an_offset(const struct m_object *region, unsigned granule)
{
    uint64_t parts = region->region.size / granule;
    return parts ? below(parts > 4096 ? 4096 : (unsigned)parts) * (uint64_t)granule : 0;
}

static void for_region(const struct m_object *object, unsigned operation)
{
    static const uint8_t widths[] = {1, 2, 4, 8};
    unsigned width = widths[below(4)];
    switch (operation) {
    case ENNEAD_REGION_CARVE:
        field(an_offset(object, 4096));
        field(4096 * (1 + below(one_in(4) ? 8 : 3)));
        item_cap(pick(space, has_rights, ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL));
        open_window();
        break;
    case ENNEAD_REGION_MAP:
        field(an_offset(object, 4096));
        field(12 + (one_in(3) ? below(3) : 0));
        field(one_in(3) ? below(32) : 7);
        field(below(USER_PAGES / 4) * 0x4000u);
        open_window();
        break;
    case ENNEAD_REGION_LOAD:
    case ENNEAD_REGION_STORE:
        field(an_offset(object, width));
        field(width);
        if (operation == ENNEAD_REGION_STORE)
            field(random64());
        break;
    case ENNEAD_REGION_MAKE_POOL:
        open_window();
        break;
    case ENNEAD_REGION_SET_CACHE:
        field(below(one_in(4) ? 5 : 3));
        break;
    case ENNEAD_REGION_PHYS:
        field(an_offset(object, 1));
        break;
    }
}

static void for_pool(const struct m_object *object, unsigned operation)
{
    static const uint8_t types[] = {ENNEAD_TYPE_ENDPOINT, ENNEAD_TYPE_NOTIFICATION, ENNEAD_TYPE_SCHED_CONTEXT,
                                    ENNEAD_TYPE_THREAD,   ENNEAD_TYPE_POOL,         ENNEAD_TYPE_SPACE};
    (void)object;
    if (operation != ENNEAD_POOL_MAKE)
        return;
    field(one_in(30) ? below(12) : types[below(one_in(4) ? 6 : 4)]);
    field(one_in(12) ? 29 + below(3) : one_in(20) ? 11 : 12 + below(5));
    open_window();
}

static void for_space(struct m_object *object, unsigned operation)
{
    const struct m_entry *entry = pick_entry(object, one_in(8) ? M_UTCB : M_ENTRY);
    switch (operation) {
    case ENNEAD_SPACE_DELEGATE:
        if (one_in(3)) {
            field(USER_BASE + below(USER_PAGES) * 0x1000u);
            a_page_to_give(0);
            if (one_in(8))
                aim_page(&e->item[0]);
        } else {
            field(one_in(12) ? below(SLOTS) : pick_empty(object));
            if (thread->thread.caller && one_in(6))
                e->item[e->items++] = (struct ennead_item){.kind = ENNEAD_ITEM_REPLY};
            else
                a_cap_to_give();
        }
        break;
    case ENNEAD_SPACE_UNMAP:
    case ENNEAD_SPACE_REVOKE_MAP:
        field(entry && !one_in(8) ? entry->base : hostile());
        break;
    case ENNEAD_SPACE_DELETE:
    case ENNEAD_SPACE_REVOKE:
        field(one_in(8) ? hostile() : one_in(10) ? pick_empty(object) : pick(object, is_used, 0, 0));
        break;
    case ENNEAD_SPACE_GROW:
        field(below(3));
        field(1u << (one_in(8) ? below(7) : 0));
        break;
    case ENNEAD_SPACE_SET_PAGER:
        field(below(2));
        field(below(10));
        field(below(8));
        if (!one_in(3))
            item_cap(pick(space, has_rights, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE));
        break;
    case ENNEAD_SPACE_ADD_UTCB:
        field(0x20000000 + below(32) * 0x1000u);
        break;
    case ENNEAD_SPACE_SLOT_INFO:
        field(below(SLOTS));
        break;
    case ENNEAD_SPACE_MAP_INFO:
        field(entry && !one_in(4) ? entry->base : hostile());
        break;
    }
}

static void for_thread(const struct m_object *object, unsigned operation)
{
    switch (operation) {
    case ENNEAD_THREAD_BIND: {
        unsigned slot = pick(space, has_rights, ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL);
        const struct m_entry *entry = slot ? pick_entry(m_slot(space, slot)->object, M_UTCB) : NULL;
        field(entry && !one_in(6) ? entry->base + below(2) * 0x800u : one_in(2) ? 0 : hostile());
        item_cap(slot);
        break;
    }
    case ENNEAD_THREAD_SET_PRIORITY:
        field(1 + below(thread->thread.priority_max > 6 ? 6 : thread->thread.priority_max + 1));
        field(below(thread->thread.priority_max + 1u));
        break;
    case ENNEAD_THREAD_SET_EXCEPTION:
        field(0);
        field(below(10));
        field(below(8));
        if (!one_in(3))
            item_cap(pick(space, has_rights, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE));
        break;
    case ENNEAD_THREAD_START:
        field(0x1000 + below(100));
        field(0x2000);
        field(random64());
        break;
    case ENNEAD_THREAD_READ_REGS:
        field(below(10));
        field(below(9));
        break;
    case ENNEAD_THREAD_WRITE_REGS:
        field(below(16));
        field(random64());
        field(random64());
        break;
    case ENNEAD_THREAD_SET_TLS:
        field(below(0x70000000));
        break;
    }
    (void)object;
}

static void for_notification(const struct m_object *object, unsigned operation)
{
    (void)object;
    switch (operation) {
    case ENNEAD_NOTIFICATION_SIGNAL:
        field(1u << below(32));
        break;
    case ENNEAD_NOTIFICATION_BIND:
        item_cap(pick(space, has_rights, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL));
        break;
    case ENNEAD_NOTIFICATION_ARM:
        field(model.now + below(one_in(3) ? 10 : 500000));
        field(1u << below(32));
        break;
    }
}

static void for_irq(const struct m_object *object, unsigned operation)
{
    (void)object;
    switch (operation) {
    case ENNEAD_IRQ_CLAIM:
        field(below(one_in(8) ? 80 : 8));
        item_cap(pick(space, has_rights, ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL));
        open_window();
        break;
    case ENNEAD_IRQ_MSI:
        field(below(model.machine.cpus));
        item_cap(pick(space, has_rights, ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL));
        open_window();
        break;
    case ENNEAD_IRQ_BIND:
        field(1u << below(32));
        item_cap(pick(space, has_rights, ENNEAD_TYPE_NOTIFICATION, ENNEAD_RIGHT_CONTROL));
        break;
    }
}

static void for_sched_context(const struct m_object *object, unsigned operation)
{
    uint64_t period = 100000 * (1 + below(20));
    (void)object;
    switch (operation) {
    case ENNEAD_SCHED_CONFIGURE:
        field(one_in(2) ? period : period / (1 + below(8)));
        field(period);
        field(below(model.machine.cpus));
        break;
    case ENNEAD_SCHED_BIND:
        item_cap(pick(space, has_rights, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL));
        break;
    }
}

/* How often which operation, and the right that it needs. */
const struct choice choices[] = {
    {ENNEAD_TYPE_REGION, ENNEAD_OP_DESCRIBE, 0, 2},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, 8, 14},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, 0, 20},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_LOAD, 1, 5},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_STORE, 2, 5},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL, 8, 6},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_REVOKE, 8, 2},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_SET_CACHE, 8, 3},
    {ENNEAD_TYPE_REGION, ENNEAD_REGION_PHYS, 16, 2},
    {ENNEAD_TYPE_POOL, ENNEAD_OP_DESCRIBE, 0, 3},
    {ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, 8, 26},
    {ENNEAD_TYPE_POOL, ENNEAD_POOL_DESTROY, 8, 2},
    {ENNEAD_TYPE_POOL, ENNEAD_POOL_REVOKE, 8, 1},
    {ENNEAD_TYPE_SPACE, ENNEAD_OP_DESCRIBE, 1, 2},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, 8, 40},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_UNMAP, 8, 10},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, 8, 12},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_REVOKE, 8, 3},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_REVOKE_MAP, 8, 4},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, 8, 2},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, 8, 5},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, 8, 4},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SLOT_INFO, 1, 3},
    {ENNEAD_TYPE_SPACE, ENNEAD_SPACE_MAP_INFO, 1, 3},
    {ENNEAD_TYPE_THREAD, ENNEAD_OP_DESCRIBE, 1, 2},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, 8, 8},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, 8, 4},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_EXCEPTION, 8, 4},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, 2, 8},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, 2, 3},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_RESUME, 2, 8},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, 2, 6},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_READ_REGS, 1, 5},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_WRITE_REGS, 2, 5},
    {ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_TLS, 2, 2},
    {ENNEAD_TYPE_NOTIFICATION, ENNEAD_OP_DESCRIBE, 0, 2},
    {ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_SIGNAL, 2, 14},
    {ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, 1, 5},
    {ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_POLL, 1, 4},
    {ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_BIND, 8, 5},
    {ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_UNBIND, 8, 3},
    {ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_ARM, 2, 6},
    {ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_DISARM, 2, 2},
    {ENNEAD_TYPE_IRQ, ENNEAD_OP_DESCRIBE, 0, 2},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, 8, 9},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_BIND, 8, 18},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_ACK, 2, 5},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_UNBIND, 8, 1},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI, 8, 4},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_OP_DESCRIBE, 1, 2},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, 8, 5},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, 8, 7},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_UNBIND, 8, 3},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONSUMED, 1, 2},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_YIELD, 2, 6},
};
const unsigned choice_count = sizeof choices / sizeof choices[0];

static const struct choice *choose_operation(void)
{
    static unsigned total;
    if (!total)
        for (unsigned i = 0; i < choice_count; i++)
            total += choices[i].weight;
    unsigned at = below(total), i = 0;
    while (at >= choices[i].weight)
        at -= choices[i++].weight;
    return &choices[i];
}

void arguments(struct m_object *object, unsigned operation)
{
    switch (object->type) {
    case ENNEAD_TYPE_REGION:
        for_region(object, operation);
        break;
    case ENNEAD_TYPE_POOL:
        for_pool(object, operation);
        break;
    case ENNEAD_TYPE_SPACE:
        for_space(object, operation);
        break;
    case ENNEAD_TYPE_THREAD:
        for_thread(object, operation);
        break;
    case ENNEAD_TYPE_NOTIFICATION:
        for_notification(object, operation);
        break;
    case ENNEAD_TYPE_IRQ:
        for_irq(object, operation);
        break;
    case ENNEAD_TYPE_SCHED_CONTEXT:
        for_sched_context(object, operation);
        break;
    }
}

/* One argument that is not what it should be. */
void spoil(void)
{
    switch (below(12)) {
    case 11: /* an argument less */
        if (e->words >= ENNEAD_FIELD_WORDS)
            e->words = (uint8_t)(e->words - ENNEAD_FIELD_WORDS);
        break;
    case 9:
        if (e->items)
            e->item[0].base = pick(space, is_at_the_bottom, 0, 0);
        break;
    case 10:
        open_at(pick_empty(space), 3, one_in(2) ? 0x20000000 : USER_BASE, 0);
        break;
    case 0:
        if (e->words)
            e->word[below(e->words)] = hostile();
        break;
    case 1:
        if (e->items)
            e->item[below(e->items)].base = one_in(2) ? below(SLOTS) : hostile();
        break;
    case 2:
        if (e->items)
            e->item[below(e->items)].kind = (uint8_t)(one_in(4) ? random64() : below(5));
        break;
    case 3:
        if (e->items)
            e->item[below(e->items)].base = pick_empty(space);
        break;
    case 4:
        e->items = 0;
        break;
    case 5:
        open_at(one_in(2) ? pick(space, is_used, 0, 0) : SLOTS * (1 + below(4)), one_in(4) ? 0 : 3, USER_BASE, 24);
        break;
    case 6:
        open_at(pick_empty(space), below(2), hostile(), below(70));
        break;
    case 7:
        if (e->items) {
            e->item[0].order_log2 = (uint8_t)random64();
            e->item[0].offset = hostile();
        }
        break;
    case 8:
        if (e->items)
            e->item[0].base = pick(space, lacks_rights, 1 + below(8), ENNEAD_RIGHT_CONTROL);
        break;
    }
}

void object_call(void)
{
    const struct choice *choice = choose_operation();
    chooser *who = one_in(16) ? lacks_rights : one_in(6) ? is_deep : has_rights;
    unsigned slot = pick(space, who, choice->type, choice->rights);
    if (!slot)
        slot = pick(space, has_rights, choice->type, choice->rights);
    if (!slot && !one_in(10))
        slot = pick(space, is_kind, M_CAP, 0);
    struct m_node *node = m_slot(space, slot);
    if (!node || node->kind != M_CAP || node->object->type == ENNEAD_TYPE_ENDPOINT) {
        call_with(slot, ENNEAD_CALL, choice->type, choice->operation);
        return;
    }
    /* Another type than wanted was found: a harmless operation of that. */
    unsigned operation = node->object->type == choice->type ? choice->operation : (unsigned)ENNEAD_OP_DESCRIBE;
    /* From where others carve nobody maps. */
    if (choice->type == ENNEAD_TYPE_REGION && operation == ENNEAD_REGION_MAP && node->object->type == choice->type &&
        !node->object->region.mappings && node->object->region.size > 0x10000)
        operation = ENNEAD_REGION_CARVE;
    bool violent = (node->object->type == ENNEAD_TYPE_POOL && operation >= ENNEAD_POOL_DESTROY) ||
                   operation == ENNEAD_REGION_REVOKE;
    if (violent && node->object->type <= ENNEAD_TYPE_POOL && m_depth(node) < 4 && !one_in(8))
        operation = ENNEAD_OP_DESCRIBE;
    arguments(node->object, operation);
    if (one_in(7))
        spoil();
    if (one_in(60))
        operation = below(16);
    call_with(slot,
              one_in(30)   ? ENNEAD_SEND
              : one_in(40) ? ENNEAD_CALL | ENNEAD_POLL
                           : ENNEAD_CALL,
              one_in(80) ? below(12) : node->object->type, operation);
}
