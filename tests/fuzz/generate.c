/* See generate.h. Everything here reads the model and writes an event. */
#include "generate.h"

#include <string.h>

/* ---- randomness ---- */

static uint64_t state;
static const uint8_t *input;
static size_t input_left;

void random_seed(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15ull + 1;
    input = NULL;
}

void random_bytes(const uint8_t *bytes, size_t count)
{
    state = 1;
    input = bytes;
    input_left = count;
}

bool random_exhausted(void)
{
    return input && !input_left;
}

static uint64_t random64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static unsigned below(unsigned n)
{
    if (!input)
        return (unsigned)(random64() >> 16) % n;
    unsigned value = 0;
    for (unsigned i = 1; i < n && input_left; i <<= 8, input_left--)
        value = value << 8 | *input++;
    return value % n;
}

static bool one_in(unsigned n)
{
    return below(n) == 0;
}

/* ---- what there is ---- */

#define USER_BASE  0x30000000u
#define USER_PAGES 64u
#define SLOTS      ENNEAD_SLOTS_PER_PAGE

typedef bool chooser(const struct m_node *node, unsigned wanted, unsigned rights);

static bool has_rights(const struct m_node *node, unsigned type, unsigned rights)
{
    return node->kind == M_CAP && node->object->type == type && (node->rights & rights) == rights;
}

static bool lacks_rights(const struct m_node *node, unsigned type, unsigned rights)
{
    return node->kind == M_CAP && node->object->type == type && (node->rights & rights) != rights;
}

static bool is_kind(const struct m_node *node, unsigned kind, unsigned unused)
{
    (void)unused;
    return node->kind == kind;
}

static bool is_used(const struct m_node *node, unsigned unused, unsigned unused_too)
{
    (void)unused, (void)unused_too;
    return node->kind != M_EMPTY;
}

static bool is_deep(const struct m_node *node, unsigned type, unsigned rights)
{
    return has_rights(node, type, rights) && m_depth(node) >= ENNEAD_DEPTH_MAX;
}

/* A slot of the first page that is chosen, each as likely; 0: there is none. */
static unsigned pick(struct m_object *space, chooser *choose, unsigned wanted, unsigned rights)
{
    unsigned first = below(SLOTS);
    for (unsigned i = 0; i < SLOTS; i++) {
        unsigned index = (first + i) % SLOTS;
        struct m_node *node = m_slot(space, index);
        if (node && choose(node, wanted, rights))
            return index;
    }
    return 0;
}

static unsigned pick_empty(struct m_object *space)
{
    return pick(space, is_kind, M_EMPTY, 0);
}

static const struct m_entry *pick_entry(struct m_object *space, unsigned kind)
{
    const struct m_entry *chosen = NULL;
    unsigned seen = 0;
    for (const struct m_entry *entry = space->space.map; entry; entry = entry->higher)
        if (entry->node.kind == kind && one_in(++seen))
            chosen = entry;
    return chosen;
}

static uint64_t hostile(void)
{
    switch (below(8)) {
    case 0:
        return random64();
    case 1:
        return UINT64_MAX - below(4096);
    case 2:
        return USER_BASE + below(USER_PAGES) * 0x1000u + (one_in(4) ? below(4096) : 0);
    case 3:
        return (uint64_t)1 << below(64);
    case 4:
        return 0x20000000 + below(64) * 0x800u;
    case 5:
        return below(8) * 0x1000u;
    default:
        return below(130);
    }
}

/* ---- putting an event together ---- */

static struct event *e;
static struct m_object *thread, *space;
static unsigned fields;

static void field(uint64_t value)
{
    for (unsigned i = 0; i < ENNEAD_FIELD_WORDS; i++)
        e->word[fields * ENNEAD_FIELD_WORDS + i] = (ennead_word)(value >> 32 * i);
    fields++;
    e->words = (uint8_t)(fields * ENNEAD_FIELD_WORDS);
}

static void item_cap(unsigned slot)
{
    e->item[e->items++] = (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = ENNEAD_RIGHTS_ALL, .base = slot};
}

static void window(unsigned slot, unsigned count, uint64_t base, unsigned order)
{
    e->sets_window = 1;
    e->window = (struct ennead_window){slot, count, base, order, 0};
}

/* Somewhere to receive: free slots and a part of the address space. */
static void open_window(void)
{
    window(pick_empty(space), 1 + below(3), USER_BASE, 24);
}

static void call_with(unsigned slot, unsigned phases, unsigned protocol, unsigned operation)
{
    e->target = (uint64_t)slot << ENNEAD_TARGET_SHIFT | phases;
    e->tag = ENNEAD_TAG(protocol, operation, e->words, e->items);
}

/* ---- arguments of each operation ---- */

static void a_cap_to_give(void)
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

static void a_page_to_give(uint64_t offset)
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

static void something_to_give(void)
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
    field(one_in(30) ? below(12) : types[below(one_in(6) ? 6 : 4)]);
    field(12 + below(5));
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
        field(one_in(8) ? hostile() : pick(object, is_used, 0, 0));
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
static const struct choice {
    uint8_t type, operation, rights, weight;
} choices[] = {
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
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, 8, 6},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_BIND, 8, 6},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_ACK, 2, 5},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_UNBIND, 8, 3},
    {ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI, 8, 4},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_OP_DESCRIBE, 1, 2},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, 8, 5},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, 8, 7},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_UNBIND, 8, 3},
    {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONSUMED, 1, 2},
};
#define CHOICES (sizeof choices / sizeof choices[0])

static const struct choice *choose_operation(void)
{
    static unsigned total;
    if (!total)
        for (unsigned i = 0; i < CHOICES; i++)
            total += choices[i].weight;
    unsigned at = below(total), i = 0;
    while (at >= choices[i].weight)
        at -= choices[i++].weight;
    return &choices[i];
}

static void arguments(struct m_object *object, unsigned operation)
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
static void spoil(void)
{
    switch (below(9)) {
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
        window(one_in(2) ? pick(space, is_used, 0, 0) : SLOTS * (1 + below(4)), one_in(4) ? 0 : 3, USER_BASE, 24);
        break;
    case 6:
        window(pick_empty(space), below(2), hostile(), below(70));
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

static void object_call(void)
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

/* ---- messages between threads ---- */

static bool has_receiver(const struct m_node *node, unsigned type, unsigned rights)
{
    return has_rights(node, type, rights) && node->object->endpoint.queue.first && node->object->endpoint.receivers;
}

static bool has_sender(const struct m_node *node, unsigned type, unsigned rights)
{
    return has_rights(node, type, rights) && node->object->endpoint.queue.first && !node->object->endpoint.receivers;
}

static void a_message(void)
{
    unsigned words = below(one_in(8) ? FUZZ_WORDS : 6);
    for (unsigned i = 0; i < words; i++)
        e->word[i] = (ennead_word)random64();
    e->words = (uint8_t)words;
    if (one_in(3))
        for (unsigned i = 1 + below(one_in(4) ? 4 : 2); i > 0; i--)
            something_to_give();
    if (one_in(2))
        open_window();
    if (e->items && one_in(8))
        spoil();
}

/* Rather one where somebody waits to be met than one where the thread will wait. */
static unsigned pick_endpoint(bool receives)
{
    unsigned right = receives ? ENNEAD_RIGHT_READ : ENNEAD_RIGHT_WRITE;
    unsigned slot = pick(space, receives ? has_sender : has_receiver, ENNEAD_TYPE_ENDPOINT, right);
    return slot && !one_in(6) ? slot : pick(space, has_rights, ENNEAD_TYPE_ENDPOINT, right);
}

static void message_call(void)
{
    static const uint8_t phases[] = {ENNEAD_CALL, ENNEAD_CALL,  ENNEAD_CALL,       ENNEAD_SEND,
                                     ENNEAD_RECV, ENNEAD_RECV,  ENNEAD_REPLY_RECV, ENNEAD_REPLY_RECV,
                                     ENNEAD_RECV, ENNEAD_REPLY, ENNEAD_STORE,      ENNEAD_SEND | 0x80};
    unsigned phase = phases[below(sizeof phases)], slot;
    if (thread->thread.caller && !one_in(4))
        phase = one_in(6) ? ENNEAD_STORE : ENNEAD_REPLY_RECV;
    if (phase == ENNEAD_STORE || phase == ENNEAD_RECV)
        open_window();
    else
        a_message();
    if (phase == ENNEAD_STORE)
        slot = one_in(8) ? (unsigned)hostile() : pick_empty(space);
    else if (phase & 0x80)
        slot = pick(space, is_kind, M_REPLY, 0);
    else
        slot = pick_endpoint(phase & ENNEAD_RECV);
    if (one_in(24))
        slot = one_in(2) ? below(SLOTS) : pick(space, lacks_rights, ENNEAD_TYPE_ENDPOINT, 3);
    if (one_in(6))
        open_window();
    phase &= 0x7f;
    bool polls = one_in(3);
    call_with(slot, phase | (polls ? ENNEAD_POLL : 0), thread->thread.caller && one_in(2) ? 0 : 32 + below(8),
              thread->thread.caller && one_in(2) ? 0 : below(4));
    if (one_in(60))
        e->tag = (uint32_t)random64();
    if (one_in(100))
        e->target = (uint64_t)slot << ENNEAD_TARGET_SHIFT | below(256);
}

/* ---- events that are no calls ---- */

static void touch_memory(void)
{
    const struct m_entry *entry = pick_entry(space, one_in(6) ? M_UTCB : M_ENTRY);
    e->kind = (uint8_t)(EVENT_LOAD + below(3));
    e->target = entry && !one_in(6) ? entry->base + below(1u << (entry->order - 3 > 20 ? 20 : entry->order - 3)) * 8u
                                    : hostile() & ~7ull;
    if (sizeof(ennead_word) < 8)
        e->target = (uint32_t)e->target;
    e->value = random64();
}

static void hardware(void)
{
    if (one_in(3)) {
        e->kind = EVENT_RAISE;
        e->target = below(one_in(4) ? 72 : 8);
    } else {
        e->kind = EVENT_ADVANCE;
        e->target = below(one_in(4) ? 2000000 : 100000);
    }
}

/* ---- the world ---- */

#define SPACES    8u
#define THREADS   18u
#define FIRST     40u /* the root task's slots from here on are the world's */
#define UTCB_BASE 0x20000000u

static struct {
    unsigned cpus, step, spaces, threads, next;
    unsigned region, pool, small_pool, memory, clock;
    unsigned space[SPACES], endpoint[4], thread_slot, time_slot;
    uint64_t utcb;
} world;

void world_begin(unsigned cpus)
{
    memset(&world, 0, sizeof world);
    world.cpus = cpus;
    world.next = FIRST;
}

static void begin(struct event *event, unsigned cpu)
{
    memset(event, 0, sizeof *event);
    e = event;
    e->cpu = (uint8_t)cpu;
    fields = 0;
    thread = model_current(cpu);
    space = thread ? thread->thread.space : NULL;
}

static unsigned arrives(void)
{
    unsigned slot = world.next++;
    window(slot, 1, 0, 0);
    return slot;
}

static unsigned make(unsigned pool, unsigned type, unsigned order)
{
    field(type);
    field(order);
    unsigned slot = arrives();
    call_with(pool, ENNEAD_CALL, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE);
    return slot;
}

static unsigned carve(uint64_t offset, uint64_t size)
{
    field(offset);
    field(size);
    item_cap(ENNEAD_ROOT_POOL);
    unsigned slot = arrives();
    call_with(root_ram_slot, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE);
    return slot;
}

static void on_space(unsigned slot, unsigned operation)
{
    call_with(slot, ENNEAD_CALL, ENNEAD_TYPE_SPACE, operation);
}

static void on_thread(unsigned slot, unsigned operation)
{
    call_with(slot, ENNEAD_CALL, ENNEAD_TYPE_THREAD, operation);
}

/* The steps that make one thread in a space; the last of the threads has no message buffer. */
static bool make_thread(unsigned step)
{
    unsigned slot = world.space[world.threads % SPACES];
    bool mute = world.threads == THREADS - 1;
    switch (step) {
    case 0:
        world.thread_slot = make(world.pool, ENNEAD_TYPE_THREAD, 0);
        return true;
    case 1:
        world.utcb = UTCB_BASE + world.threads * 0x1000u;
        field(world.utcb);
        on_space(slot, ENNEAD_SPACE_ADD_UTCB);
        return true;
    case 2:
        field(mute ? 0 : world.utcb);
        item_cap(slot);
        on_thread(world.thread_slot, ENNEAD_THREAD_BIND);
        return true;
    case 3:
        field(2 + below(4));
        field(6);
        on_thread(world.thread_slot, ENNEAD_THREAD_SET_PRIORITY);
        return true;
    case 4:
        world.time_slot = make(world.pool, ENNEAD_TYPE_SCHED_CONTEXT, 0);
        return true;
    case 5:
        field(one_in(3) ? 100000 : 1000000);
        field(1000000);
        field(world.threads % world.cpus);
        call_with(world.time_slot, ENNEAD_CALL, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE);
        return true;
    case 6:
        if (world.threads % 6 == 5)
            field(0); /* a server without time: the call has no thread and fails */
        else
            item_cap(world.thread_slot);
        call_with(world.time_slot, ENNEAD_CALL, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND);
        return true;
    default:
        field(0x1000);
        field(0x2000);
        field(world.threads);
        on_thread(world.thread_slot, ENNEAD_THREAD_START);
        return false;
    }
}

static bool world_objects(unsigned step)
{
    switch (step) {
    case 0:
        world.region = carve(0, 3 << 20);
        return true;
    case 1:
        world.pool = arrives();
        call_with(world.region, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL);
        return true;
    case 2:
        world.memory = carve(3 << 20, 1 << 18);
        return true;
    case 3:
        world.small_pool = make(world.pool, ENNEAD_TYPE_POOL, 14);
        return true;
    case 4:
        world.clock = make(world.pool, ENNEAD_TYPE_NOTIFICATION, 0);
        return true;
    case 5:
    case 6:
    case 7:
    case 8:
        world.endpoint[step - 5] = make(world.pool, ENNEAD_TYPE_ENDPOINT, 0);
        return true;
    case 9:
    case 10:
    case 11:
        (void)make(world.pool, ENNEAD_TYPE_NOTIFICATION, 0);
        return true;
    default:
        if (step - 12 >= SPACES)
            return false;
        world.space[step - 12] = make(world.pool, ENNEAD_TYPE_SPACE, 0);
        return true;
    }
}

/* Every space hears of faults at an endpoint, has some memory, and is given capabilities to most of the world. */
static bool furnish(unsigned step)
{
    unsigned per_space = 4 + 26, index = step / per_space, part = step % per_space;
    if (index >= SPACES)
        return false;
    unsigned slot = world.space[index];
    if (part < 2) {
        field(part);
        field(0);
        field(one_in(2) ? 0 : 3);
        item_cap(world.endpoint[below(4)]);
        on_space(slot, ENNEAD_SPACE_SET_PAGER);
    } else if (part < 4) {
        field(USER_BASE + part * 0x4000u);
        e->item[e->items++] = (struct ennead_item){
            .kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 14, .base = 0x60000000 + below(4) * 0x4000u};
        on_space(slot, ENNEAD_SPACE_DELEGATE);
    } else {
        unsigned source = part == 4   ? slot
                          : part == 5 ? world.pool
                          : part == 6 ? world.memory
                          : part == 7 ? (one_in(2) ? root_io_slot : root_device_slot)
                          : part == 8 ? (one_in(2) ? (unsigned)ENNEAD_ROOT_IRQ : world.small_pool)
                          : part < 13 ? world.endpoint[part - 9]
                                      : FIRST + below(world.next - FIRST);
        field(10 + part);
        item_cap(source);
        bool endpoint = part >= 9 && part < 13;
        if (part > 12 && one_in(4))
            e->item[0].rights = (uint8_t)below(32);
        if (endpoint && one_in(2))
            e->item[0].badge = 1 + below(9);
        on_space(slot, ENNEAD_SPACE_DELEGATE);
    }
    return true;
}

static void map_memory(void)
{
    field(0);
    field(16);
    field(7);
    field(0);
    window(0, 0, 0x60000000, 30);
    call_with(world.memory, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP);
}

/* Objects first, then threads, then memory, then what each space is given. Root's own calls all along. */
bool world_next(struct event *event)
{
    begin(event, 0);
    if (!thread)
        return false;
    if (world.spaces == 0) {
        if (world_objects(world.step++))
            return true;
        world.spaces = 1;
        world.step = 0;
    }
    if (world.spaces == 1) {
        map_memory();
        world.spaces = 2;
        return true;
    }
    if (world.spaces == 2) {
        if (world.threads < THREADS) {
            if (!make_thread(world.step++)) {
                world.threads++;
                world.step = 0;
            }
            return true;
        }
        world.spaces = 3;
        world.step = 0;
    }
    return furnish(world.step++);
}

/* ---- the root task: sleeps, and now and then repairs what the others broke ---- */

static void root_sleeps(bool armed)
{
    if (!armed) {
        field(model.now + 20000 + below(100000));
        field(1);
        call_with(world.clock, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_ARM);
        return;
    }
    call_with(world.clock, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT);
}

static void wake_somebody(void)
{
    unsigned slot = pick(space, has_rights, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_WRITE);
    struct m_node *node = m_slot(space, slot);
    if (!node || node->object == thread) {
        root_sleeps(false);
        return;
    }
    unsigned state_now = node->object->thread.state;
    unsigned operation = state_now == ENNEAD_THREAD_STOPPED   ? (one_in(2) ? ENNEAD_THREAD_RESUME : ENNEAD_THREAD_START)
                         : state_now == ENNEAD_THREAD_STARVED ? ENNEAD_THREAD_RESUME
                         : (state_now >= ENNEAD_THREAD_SENDING && state_now <= ENNEAD_THREAD_WAITING) && one_in(2)
                             ? ENNEAD_THREAD_CANCEL
                             : ENNEAD_OP_DESCRIBE;
    for_thread(node->object, operation);
    on_thread(slot, operation);
}

static bool is_shallow_cap(const struct m_node *node, unsigned unused, unsigned unused_too)
{
    (void)unused, (void)unused_too;
    return node->kind == M_CAP && m_depth(node) > 1 && m_depth(node) < 60;
}

/* Copies of copies: down to where nothing can be derived any more. */
static void deepen(void)
{
    unsigned deepest = 0, depth = 0;
    for (unsigned i = 1; i < SLOTS; i++) {
        struct m_node *node = m_slot(space, i);
        if (node->kind == M_CAP && node->rights == ENNEAD_RIGHTS_ALL && m_depth(node) > depth &&
            m_depth(node) < ENNEAD_DEPTH_MAX)
            deepest = i, depth = m_depth(node);
    }
    field(pick_empty(space));
    item_cap(one_in(8) ? pick(space, is_shallow_cap, 0, 0) : deepest);
    on_space(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_DELEGATE);
}

static void hand_out(void)
{
    unsigned to = pick(space, has_rights, ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL);
    struct m_node *node = m_slot(space, to);
    if (!node)
        return;
    field(pick_empty(node->object));
    item_cap(pick(space, is_shallow_cap, 0, 0));
    if (one_in(4))
        e->item[0].rights = (uint8_t)below(32);
    on_space(to, ENNEAD_SPACE_DELEGATE);
}

/* Room in the root task's own table. */
static void clear_a_slot(void)
{
    unsigned slot = FIRST + below(SLOTS - FIRST);
    field(world.next > slot && !one_in(20) ? world.next - 1 + below(SLOTS - world.next + 1) : slot);
    on_space(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_DELETE);
}

static bool is_root(void)
{
    struct m_node *first = m_slot(space, ENNEAD_ROOT_IRQ);
    return first && first->kind == M_CAP && first->object->type == ENNEAD_TYPE_IRQ && m_depth(first) == 1;
}

static void root_acts(void)
{
    switch (below(one_in(8) ? 12 : 6)) {
    case 0:
    case 1:
        wake_somebody();
        break;
    case 2:
        hand_out();
        break;
    case 3:
        deepen();
        break;
    case 4:
        if (one_in(3))
            clear_a_slot();
        else
            hand_out();
        break;
    case 5:
        if (one_in(3))
            object_call();
        else
            wake_somebody();
        break;
    default:
        root_sleeps(model.objects[0].used && m_slot(space, world.clock) && m_slot(space, world.clock)->kind == M_CAP &&
                    m_slot(space, world.clock)->object->armed);
        break;
    }
}

void generate(struct event *event)
{
    unsigned cpu = below(model.machine.cpus);
    for (unsigned i = 0; i < model.machine.cpus && !model_current(cpu); i++)
        cpu = (cpu + 1) % model.machine.cpus;
    begin(event, cpu);
    if (one_in(8))
        e->preempt = (uint8_t)(1 + below(one_in(4) ? 40 : 4));
    if (!thread || one_in(14))
        hardware();
    else if (is_root())
        root_acts();
    else if (one_in(14))
        touch_memory();
    else if (one_in(40)) {
        e->kind = EVENT_EXCEPTION;
        e->target = below(8);
    } else if (one_in(30)) {
        e->kind = one_in(2) ? EVENT_FPU_WRITE : EVENT_FPU_READ;
        e->value = random64();
    } else if (one_in(2))
        object_call();
    else
        message_call();
}
