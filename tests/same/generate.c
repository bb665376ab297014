/*
 * What the threads do: chosen by chance among what is believed to be in their spaces' tables. A belief is what results
 * said; it may be out of date, and is corrected by the next error or by SLOT_INFO.
 *
 * No expression asks chance twice but in an order that C fixes: compilers differ in the order of arguments.
 */
#include "same.h"

#define SLOTS   64u /* of each table, that are used */
#define UNKNOWN 0xffu
#define NOTHING 0u
#define PAGES   (1u << (SAME_LAND_LOG2 - 12))

struct belief {
    uint8_t type; /* UNKNOWN: something */
    uint8_t rights;
    uint8_t index; /* of a space: which */
};

static uint64_t chance;
static struct belief table[SAME_SPACES][SLOTS];
static uint64_t mapped[SAME_SPACES]; /* bit n: page n of the land is believed to be */
static bool blocked[SAME_THREADS], owes_answer[SAME_THREADS];
static uint64_t fault_address[SAME_THREADS]; /* that a thread was told of and did not answer */

static struct same_step *s;
static unsigned space;

void same_begin(uint64_t seed)
{
    chance = seed * 0x9e3779b97f4a7c15ull + 1;
    for (unsigned i = 0; i < SAME_SPACES; i++) {
        mapped[i] = 0;
        for (unsigned k = 0; k < SLOTS; k++)
            table[i][k] = (struct belief){0};
    }
    for (unsigned i = 0; i < SAME_THREADS; i++) {
        blocked[i] = false;
        owes_answer[i] = false;
        fault_address[i] = 0;
    }
}

static uint64_t random64(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance;
}

static unsigned below(unsigned n)
{
    return (unsigned)(uint32_t)(random64() >> 20) % n;
}

static bool one_in(unsigned n)
{
    return below(n) == 0;
}

void same_blocked(unsigned actor, bool is)
{
    blocked[actor] = is;
}

/* ---- choosing ---- */

static uint32_t any_slot(void)
{
    return 1 + below(SLOTS - 1);
}

/* A slot that is believed to hold that with these rights; any if there is none. */
static uint32_t slot_of(unsigned type, unsigned rights)
{
    unsigned first = below(SLOTS);
    if (one_in(24))
        return any_slot();
    for (unsigned i = 0; i < SLOTS; i++) {
        unsigned slot = (first + i) % SLOTS;
        const struct belief *belief = &table[space][slot];
        if (slot && belief->type == type && (belief->rights & rights) == rights)
            return slot;
    }
    return any_slot();
}

static uint32_t free_slot_of(unsigned of)
{
    unsigned first = below(SLOTS);
    for (unsigned i = 0; i < SLOTS && !one_in(40); i++) {
        unsigned slot = (first + i) % SLOTS;
        if (slot && table[of][slot].type == NOTHING)
            return slot;
    }
    return any_slot();
}

static uint32_t used_slot(void)
{
    unsigned first = below(SLOTS);
    for (unsigned i = 0; i < SLOTS; i++) {
        unsigned slot = (first + i) % SLOTS;
        if (slot && table[space][slot].type != NOTHING)
            return slot;
    }
    return any_slot();
}

static uint64_t a_page(bool is_mapped)
{
    unsigned first = below(PAGES);
    for (unsigned i = 0; i < PAGES; i++) {
        unsigned page = (first + i) % PAGES;
        if ((bool)(mapped[space] >> page & 1) == is_mapped)
            return SAME_LAND + (uint64_t)page * 4096;
    }
    return SAME_LAND + (uint64_t)first * 4096;
}

static uint64_t hostile(void)
{
    switch (below(5)) {
    case 0:
        return random64();
    case 1:
        return UINT64_MAX - below(4096);
    case 2:
        return SAME_LAND + below(PAGES * 4096);
    default:
        return below(70);
    }
}

/* ---- putting a call together ---- */

static void field(uint64_t value)
{
    s->field[s->fields++] = one_in(60) ? hostile() : value;
}

static void item(struct ennead_item item)
{
    if (one_in(60))
        item.base = hostile();
    if (one_in(80))
        item.kind = (uint8_t)below(6);
    s->item[s->items++] = item;
}

static void cap_item(uint32_t slot)
{
    struct ennead_item made = {.kind = ENNEAD_ITEM_CAP, .rights = ENNEAD_RIGHTS_ALL, .base = slot};
    if (one_in(3))
        made.rights = (uint8_t)below(32) | ENNEAD_RIGHT_READ; /* of a region: see page_item() */
    if (one_in(6))
        made.flags = ENNEAD_ITEM_GRANT;
    unsigned type = slot < SLOTS ? table[space][slot].type : NOTHING;
    if (type == ENNEAD_TYPE_ENDPOINT && one_in(3))
        made.badge = 1 + below(9);
    item(made);
}

static void page_item(uint64_t offset)
{
    struct ennead_item made = {.kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .offset = offset};
    if (one_in(5))
        made.flags = ENNEAD_ITEM_GRANT;
    if (one_in(3))
        made.rights = (uint8_t)below(8) | ENNEAD_RIGHT_READ; /* not every MMU can forbid reading alone */
    if (one_in(8))
        made.order_log2 = 13;
    made.base = a_page(true);
    item(made);
}

static void open_window(uint32_t slot)
{
    s->sets_window = true;
    s->window = (struct ennead_window){slot, 1 + below(2), SAME_LAND, SAME_LAND_LOG2, 0};
    if (one_in(30))
        s->window.cap_count = 0;
}

static void on(uint32_t slot, unsigned type, unsigned operation)
{
    s->target = slot << ENNEAD_TARGET_SHIFT | ENNEAD_CALL;
    s->tag = ENNEAD_TAG(type, operation, s->fields, s->items);
}

/* An operation without arguments. */
static void plain(unsigned type, unsigned operation, unsigned rights)
{
    on(slot_of(type, rights), type, operation);
}

/* ---- operations ---- */

static void make_object(void)
{
    static const uint8_t types[] = {ENNEAD_TYPE_ENDPOINT, ENNEAD_TYPE_NOTIFICATION, ENNEAD_TYPE_SCHED_CONTEXT,
                                    ENNEAD_TYPE_POOL,     ENNEAD_TYPE_THREAD,       ENNEAD_TYPE_ENDPOINT};
    field(types[below(sizeof types)]);
    field(12 + below(3));
    open_window(free_slot_of(space));
    on(slot_of(ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL), ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE);
}

static void delegate(void)
{
    uint32_t to = slot_of(ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL);
    unsigned other = to < SLOTS && table[space][to].type == ENNEAD_TYPE_SPACE ? table[space][to].index : space;
    if (one_in(3)) {
        field(SAME_LAND + (uint64_t)below(PAGES) * 4096);
        page_item(0);
    } else {
        field(free_slot_of(other));
        if (owes_answer[s->actor] && one_in(8))
            item((struct ennead_item){.kind = ENNEAD_ITEM_REPLY});
        else
            cap_item(used_slot());
    }
    on(to, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE);
}

static void on_slot(unsigned operation, uint32_t slot)
{
    field(slot);
    on(slot_of(ENNEAD_TYPE_SPACE, operation == ENNEAD_SPACE_SLOT_INFO ? ENNEAD_RIGHT_READ : ENNEAD_RIGHT_CONTROL),
       ENNEAD_TYPE_SPACE, operation);
}

static void look(void)
{
    on_slot(ENNEAD_SPACE_SLOT_INFO, any_slot());
}

static void delete_slot(void)
{
    unsigned operation = one_in(4) ? ENNEAD_SPACE_REVOKE : ENNEAD_SPACE_DELETE;
    on_slot(operation, used_slot());
}

static void on_map(void)
{
    unsigned operation = one_in(3) ? ENNEAD_SPACE_REVOKE_MAP : ENNEAD_SPACE_UNMAP;
    field(a_page(true));
    on(slot_of(ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL), ENNEAD_TYPE_SPACE, operation);
}

static void look_at_map(void)
{
    s->field[s->fields++] = SAME_LAND + (uint64_t)below(PAGES) * 4096; /* the program, below, is the machine's own */
    on(slot_of(ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_READ), ENNEAD_TYPE_SPACE, ENNEAD_SPACE_MAP_INFO);
}

static void change_space(void)
{
    static const uint8_t tables[] = {ENNEAD_TABLE_SLOTS, ENNEAD_TABLE_ENTRIES};
    uint32_t to = slot_of(ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL);
    switch (below(3)) {
    case 0:
        field(tables[below(2)]);
        field(one_in(4) ? below(4) : 1);
        on(to, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW);
        break;
    case 1:
        s->field[s->fields++] = ENNEAD_HANDLER_PAGER; /* not spoilt: of exceptions, pc and code are the machine's own */
        cap_item(slot_of(ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE));
        on(to, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER);
        break;
    default:
        field(0x20000000 + below(16) * 0x1000u);
        on(to, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB);
    }
}

static void map_region(void)
{
    unsigned order = one_in(6) ? 13 : 12;
    field((uint64_t)below(SAME_LAND_BYTES >> order) << order);
    field(order);
    s->field[s->fields++] = one_in(4) ? below(8) | ENNEAD_RIGHT_READ : 7;
    field(a_page(false) - SAME_LAND);
    open_window(free_slot_of(space));
    on(slot_of(ENNEAD_TYPE_REGION, 0), ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP);
}

static void on_region(void)
{
    uint32_t to = slot_of(ENNEAD_TYPE_REGION, ENNEAD_RIGHT_CONTROL);
    switch (below(7)) {
    case 0:
    case 1:
        field((uint64_t)below(16) * 4096);
        field(4096 * (1 + below(3)));
        cap_item(slot_of(ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL));
        open_window(free_slot_of(space));
        on(to, ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE);
        break;
    case 2:
        open_window(free_slot_of(space));
        on(to, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL);
        break;
    case 3:
        on(to, ENNEAD_TYPE_REGION, ENNEAD_REGION_REVOKE);
        break;
    case 4:
        field(below(4));
        on(to, ENNEAD_TYPE_REGION, ENNEAD_REGION_SET_CACHE);
        break;
    default:
        field(below(SAME_LAND_BYTES) & ~7u);
        field(8);
        field(random64());
        on(to, ENNEAD_TYPE_REGION, one_in(2) ? ENNEAD_REGION_LOAD : ENNEAD_REGION_STORE);
    }
}

static void on_pool(void)
{
    unsigned operation = one_in(3) ? ENNEAD_POOL_DESTROY : ENNEAD_POOL_REVOKE;
    on(slot_of(ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL), ENNEAD_TYPE_POOL, operation);
}

static void describe(void)
{
    static const uint8_t types[] = {ENNEAD_TYPE_REGION,       ENNEAD_TYPE_POOL,          ENNEAD_TYPE_SPACE,
                                    ENNEAD_TYPE_NOTIFICATION, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_TYPE_THREAD};
    plain(types[below(sizeof types)], ENNEAD_OP_DESCRIBE, ENNEAD_RIGHT_READ);
}

static void on_thread(void)
{
    switch (below(8)) {
    case 0:
    case 1:
        field(3 + below(17));
        field(3 + below(18));
        on(slot_of(ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY);
        break;
    case 2:
        plain(ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, ENNEAD_RIGHT_WRITE);
        break;
    case 3:
        plain(ENNEAD_TYPE_THREAD, ENNEAD_THREAD_RESUME, ENNEAD_RIGHT_WRITE);
        break;
    default:
        plain(ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, ENNEAD_RIGHT_WRITE);
    }
}

static void on_notification(void)
{
    switch (below(12)) {
    case 0:
        cap_item(slot_of(ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL));
        plain(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_BIND, ENNEAD_RIGHT_CONTROL);
        break;
    case 1:
        plain(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_UNBIND, ENNEAD_RIGHT_CONTROL);
        break;
    case 2:
        /* Not to be spoilt into a time that comes. State is told in steps of 2^20 ns: tools/ennead/state.py. */
        s->field[s->fields++] = (UINT64_C(1) << 60) + ((uint64_t)below(4096) << 20);
        s->field[s->fields++] = 1u << below(32);
        plain(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_ARM, ENNEAD_RIGHT_WRITE);
        break;
    case 3:
        plain(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_DISARM, ENNEAD_RIGHT_WRITE);
        break;
    case 4:
    case 5:
        plain(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, ENNEAD_RIGHT_READ);
        break;
    case 6:
    case 7:
        plain(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_POLL, ENNEAD_RIGHT_READ);
        break;
    default:
        field(1u << below(32));
        plain(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_SIGNAL, ENNEAD_RIGHT_WRITE);
    }
}

static void on_time(void)
{
    uint64_t budget = (UINT64_C(1) << 50) + below(1000);
    switch (below(4)) {
    case 0:
        cap_item(slot_of(ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL));
        plain(ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, ENNEAD_RIGHT_CONTROL);
        break;
    case 1:
        plain(ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONSUMED, ENNEAD_RIGHT_READ);
        break;
    case 2:
        plain(ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_UNBIND, ENNEAD_RIGHT_CONTROL);
        break;
    default:
        s->field[s->fields++] = budget; /* long, or too long: no time that ends */
        s->field[s->fields++] = one_in(20) ? UINT64_MAX : budget;
        s->field[s->fields++] = one_in(20) ? 77 : 0;
        plain(ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, ENNEAD_RIGHT_CONTROL);
    }
}

/* ---- messages ---- */

static void something_to_say(void)
{
    unsigned fields = below(SAME_FIELDS + 1);
    while (s->fields < fields)
        s->field[s->fields++] = random64();
    unsigned items = one_in(3) ? 1 + below(2) : 0;
    for (unsigned i = 0; i < items; i++) {
        if (one_in(3))
            page_item((uint64_t)below(PAGES) * 4096);
        else
            cap_item(used_slot());
    }
}

static void send_message(void)
{
    unsigned phases = one_in(3) ? ENNEAD_SEND : ENNEAD_CALL;
    something_to_say();
    if (phases == ENNEAD_CALL)
        open_window(free_slot_of(space));
    s->target = slot_of(ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE) << ENNEAD_TARGET_SHIFT | phases;
    if (one_in(3))
        s->target |= ENNEAD_POLL;
    s->tag = ENNEAD_TAG(ENNEAD_PROTOCOL_USER, below(4), s->fields, s->items);
    if (one_in(60))
        s->tag |= 0xff; /* more than any message has */
}

static void answer_fault(void)
{
    if (!one_in(3))
        page_item(s->field[0] & ~UINT64_C(4095));
    s->fields = 0;
    s->tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, one_in(5), 0, s->items);
}

static void answer(unsigned phases, uint32_t slot)
{
    s->target = slot << ENNEAD_TARGET_SHIFT | phases | (one_in(4) && phases != ENNEAD_REPLY ? ENNEAD_POLL : 0);
    if (fault_address[s->actor]) {
        s->field[0] = fault_address[s->actor];
        answer_fault();
        return;
    }
    something_to_say();
    s->tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, one_in(8) ? below(40) : 0, s->fields, s->items);
}

static void receive(void)
{
    open_window(free_slot_of(space));
    uint32_t from = slot_of(ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_READ);
    if (owes_answer[s->actor] && !one_in(10)) {
        if (one_in(5))
            s->target = free_slot_of(space) << ENNEAD_TARGET_SHIFT | ENNEAD_STORE;
        else if (one_in(3))
            answer(ENNEAD_REPLY, 0);
        else
            answer(ENNEAD_REPLY_RECV, from);
        return;
    }
    s->target = from << ENNEAD_TARGET_SHIFT | ENNEAD_RECV | (one_in(4) ? ENNEAD_POLL : 0);
}

static void send_stored(void)
{
    something_to_say();
    s->target = slot_of(ENNEAD_TYPE_REPLY, 0) << ENNEAD_TARGET_SHIFT | ENNEAD_SEND;
    s->tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, s->fields, s->items);
}

static void touch(void)
{
    s->kind = one_in(2) ? SAME_LOAD : SAME_STORE;
    s->address = a_page(!one_in(6));
    s->address += below(512) * 8;
    s->field[0] = random64();
}

/* No protocol of the kernel's, which might name a register or an address. */
static void nonsense(void)
{
    something_to_say();
    s->target = (uint32_t)(random64() & 0xfff3f) & ~(uint32_t)ENNEAD_RECV;
    unsigned protocol = ENNEAD_TYPE_VCPU + below(200), operation = below(256);
    s->tag = ENNEAD_TAG(protocol, operation, s->fields, s->items);
    if (one_in(8))
        s->tag |= 0xff;
}

static void act(void)
{
    static const struct {
        void (*run)(void);
        uint8_t weight;
    } acts[] = {{make_object, 8}, {delegate, 10},    {delete_slot, 8},      {look, 8},      {on_map, 3},
                {look_at_map, 2}, {change_space, 1}, {map_region, 8},       {on_region, 4}, {on_pool, 1},
                {describe, 6},    {on_thread, 4},    {on_notification, 14}, {on_time, 2},   {send_message, 20},
                {receive, 24},    {send_stored, 3},  {touch, 10},           {nonsense, 2}};
    unsigned total = 0, i = 0;
    for (unsigned k = 0; k < sizeof acts / sizeof acts[0]; k++)
        total += acts[k].weight;
    for (total = below(total); total >= acts[i].weight; i++)
        total -= acts[i].weight;
    acts[i].run();
}

/* ---- the conductor ---- */

static uint32_t world_object(unsigned *type, unsigned *index)
{
    static const struct {
        uint32_t slot;
        uint8_t type, count;
    } kinds[] = {{SAME_SLOT_ENDPOINT, ENNEAD_TYPE_ENDPOINT, 4},
                 {SAME_SLOT_ENDPOINT, ENNEAD_TYPE_ENDPOINT, 4},
                 {SAME_SLOT_NOTIFICATION, ENNEAD_TYPE_NOTIFICATION, 4},
                 {SAME_SLOT_SPACE, ENNEAD_TYPE_SPACE, SAME_SPACES},
                 {SAME_SLOT_SMALL_POOL, ENNEAD_TYPE_POOL, SAME_SPACES},
                 {SAME_SLOT_LAND, ENNEAD_TYPE_REGION, SAME_SPACES},
                 {SAME_SLOT_THREAD, ENNEAD_TYPE_THREAD, SAME_THREADS},
                 {SAME_SLOT_TIME, ENNEAD_TYPE_SCHED_CONTEXT, SAME_THREADS}};
    unsigned kind = below(sizeof kinds / sizeof kinds[0]);
    *type = kinds[kind].type;
    *index = below(kinds[kind].count);
    return kinds[kind].slot + *index;
}

static unsigned told_type, told_index, told_space, told_rights;

static void hand_out(void)
{
    uint32_t slot = world_object(&told_type, &told_index);
    told_space = below(SAME_SPACES);
    told_rights = one_in(4) ? below(16) : 15;
    if (told_type == ENNEAD_TYPE_REGION)
        told_rights |= ENNEAD_RIGHT_READ;
    field(free_slot_of(told_space));
    s->item[s->items++] = (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = (uint8_t)told_rights, .base = slot};
    if (told_type == ENNEAD_TYPE_ENDPOINT && one_in(3))
        s->item[0].badge = 1 + below(9);
    on(SAME_SLOT_SPACE + told_space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE);
}

static void make_small_pool(void)
{
    unsigned i = below(SAME_SPACES);
    field(ENNEAD_TYPE_POOL);
    field(16);
    s->sets_window = true;
    s->window = (struct ennead_window){.cap_base = SAME_SLOT_SMALL_POOL + i, .cap_count = 1};
    on(SAME_SLOT_POOL, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE);
}

static void take_back(void)
{
    unsigned type, index;
    s->field[s->fields++] = world_object(&type, &index);
    on(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_REVOKE);
}

/* A thread that waits, or has no time, or was stopped on the way. */
static void free_thread(unsigned thread)
{
    if (one_in(4)) {
        s->item[s->items++] = (struct ennead_item){
            .kind = ENNEAD_ITEM_CAP, .rights = ENNEAD_RIGHTS_ALL, .base = SAME_SLOT_THREAD + thread};
        on(SAME_SLOT_TIME + thread, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND);
        return;
    }
    on(SAME_SLOT_THREAD + thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL);
}

static void conduct(void)
{
    s->actor = SAME_ROOT;
    if (one_in(60))
        take_back();
    else if (one_in(8))
        make_small_pool();
    else
        hand_out();
}

void same_next(struct same_step *step)
{
    *step = (struct same_step){0};
    s = step;
    unsigned actor = below(SAME_THREADS);
    for (unsigned i = 0; i < SAME_THREADS && blocked[actor]; i++)
        actor = (actor + 1) % SAME_THREADS;
    space = actor % SAME_SPACES;
    s->actor = (uint8_t)actor;
    if (blocked[actor] && !one_in(3)) {
        s->actor = SAME_ROOT;
        free_thread(below(SAME_THREADS));
    } else if (one_in(14)) {
        conduct();
    } else {
        act();
    }
}

/* ---- what results say ---- */

static void believe(unsigned of, uint64_t slot, unsigned type, unsigned rights, unsigned index)
{
    if (slot && slot < SLOTS)
        table[of][slot] = (struct belief){(uint8_t)type, (uint8_t)rights, (uint8_t)index};
}

/* Which space a slot of the caller's stands for; its own if that is not known. */
static unsigned meant_space(uint32_t slot)
{
    return slot < SLOTS && table[space][slot].type == ENNEAD_TYPE_SPACE ? table[space][slot].index : space;
}

static void believe_page(unsigned of, uint64_t address, unsigned order_log2, bool is)
{
    uint64_t page = (address - SAME_LAND) >> 12;
    for (uint64_t i = 0; page + i < PAGES && i < (uint64_t)1 << (order_log2 - 12); i++)
        mapped[of] = is ? mapped[of] | (uint64_t)1 << (page + i) : mapped[of] & ~((uint64_t)1 << (page + i));
}

static void learn_items(unsigned of, const struct same_result *result, unsigned type)
{
    for (unsigned i = 0; i < ENNEAD_TAG_ITEMS(result->tag) && i < ENNEAD_MSG_ITEMS; i++) {
        const struct ennead_item *item = &result->item[i];
        if (item->kind == ENNEAD_ITEM_CAP)
            believe(of, item->base, type, ENNEAD_RIGHTS_ALL, of);
        else if (item->kind == ENNEAD_ITEM_REPLY)
            believe(of, item->base, ENNEAD_TYPE_REPLY, ENNEAD_RIGHTS_ALL, 0);
        else if (item->kind == ENNEAD_ITEM_PAGE && item->order_log2 >= 12 && item->order_log2 < 32)
            believe_page(of, item->base, item->order_log2, true);
    }
}

static void learn_slot_info(unsigned of, const struct same_step *step, const struct same_result *result)
{
    for (uint64_t slot = step->field[0]; slot < result->field[0] && slot < SLOTS; slot++)
        believe(of, slot, NOTHING, 0, 0);
    unsigned type = (unsigned)result->field[1];
    if (type != ENNEAD_TYPE_SPACE)
        believe(of, result->field[0], type, (unsigned)result->field[2], 0);
}

static void learn_map_info(unsigned of, const struct same_step *step, const struct same_result *result)
{
    bool is_there = result->field[0] <= step->field[0];
    if (step->field[0] >= SAME_LAND)
        believe_page(of, step->field[0], 12, is_there);
}

static void learn_delegation(unsigned of, const struct same_step *step)
{
    const struct ennead_item *item = &step->item[0];
    if (item->kind == ENNEAD_ITEM_PAGE) {
        believe_page(of, step->field[0], item->order_log2, true);
    } else if (item->kind == ENNEAD_ITEM_REPLY) {
        believe(of, step->field[0], ENNEAD_TYPE_REPLY, ENNEAD_RIGHTS_ALL, 0);
        owes_answer[step->actor] = false;
    } else if (item->base < SLOTS) {
        struct belief from = table[space][item->base];
        believe(of, step->field[0], from.type, from.rights & item->rights, from.index);
        if (item->flags & ENNEAD_ITEM_GRANT)
            believe(space, item->base, NOTHING, 0, 0);
    }
}

static void learn_of_space(const struct same_step *step, const struct same_result *result)
{
    unsigned of = meant_space(step->target >> ENNEAD_TARGET_SHIFT);
    switch (step->tag >> 16 & 0xff) {
    case ENNEAD_SPACE_DELEGATE:
        learn_delegation(of, step);
        break;
    case ENNEAD_SPACE_DELETE:
        believe(of, step->field[0], NOTHING, 0, 0);
        break;
    case ENNEAD_SPACE_SLOT_INFO:
        learn_slot_info(of, step, result);
        break;
    case ENNEAD_SPACE_MAP_INFO:
        learn_map_info(of, step, result);
        break;
    case ENNEAD_SPACE_UNMAP:
        believe_page(of, step->field[0], 12, false);
        break;
    }
}

/* What arrived in answer to an operation of a kernel object. */
static unsigned type_made(const struct same_step *step)
{
    switch (step->tag >> 16) {
    case ENNEAD_TYPE_POOL << 8 | ENNEAD_POOL_MAKE:
        return (unsigned)step->field[0];
    case ENNEAD_TYPE_REGION << 8 | ENNEAD_REGION_CARVE:
        return ENNEAD_TYPE_REGION;
    case ENNEAD_TYPE_REGION << 8 | ENNEAD_REGION_MAKE_POOL:
        return ENNEAD_TYPE_POOL;
    default:
        return UNKNOWN;
    }
}

static void learn_by_root(const struct same_step *step, const struct same_result *result)
{
    bool handed_out = step->tag >> 16 == (ENNEAD_TYPE_SPACE << 8 | ENNEAD_SPACE_DELEGATE);
    if (handed_out && !result->status && !ENNEAD_TAG_LABEL(result->tag))
        believe(told_space, step->field[0], told_type, told_rights, told_index);
    else if (handed_out && ENNEAD_TAG_LABEL(result->tag) == ENNEAD_OCCUPIED)
        believe(told_space, step->field[0], UNKNOWN, 0, 0);
}

/* After a receive phase: is there somebody to answer? */
static void learn_received(const struct same_step *step, const struct same_result *result)
{
    unsigned protocol = ENNEAD_TAG_PROTOCOL(result->tag);
    owes_answer[step->actor] =
        !result->status && (protocol == ENNEAD_PROTOCOL_USER || protocol == ENNEAD_PROTOCOL_FAULT);
    fault_address[step->actor] = !result->status && protocol == ENNEAD_PROTOCOL_FAULT ? result->field[0] : 0;
    if (!result->status)
        learn_items(space, result, UNKNOWN);
}

void same_learn(const struct same_step *step, const struct same_result *result)
{
    if (step->actor == SAME_ROOT) {
        learn_by_root(step, result);
        return;
    }
    space = step->actor % SAME_SPACES;
    uint32_t slot = step->target >> ENNEAD_TARGET_SHIFT, phases = step->target & 0xff & ~(uint32_t)ENNEAD_POLL;
    if (step->kind != SAME_CALL) {
        believe_page(space, step->address, 12, true);
    } else if (result->status == ENNEAD_INVALID_CAP) {
        believe(space, slot, NOTHING, 0, 0);
    } else if (phases == ENNEAD_STORE && !result->status) {
        believe(space, slot, ENNEAD_TYPE_REPLY, ENNEAD_RIGHTS_ALL, 0);
        owes_answer[step->actor] = false;
    } else if (phases & ENNEAD_RECV) {
        learn_received(step, result);
    } else if (phases == ENNEAD_REPLY) {
        owes_answer[step->actor] = false;
    } else if (!result->status && !ENNEAD_TAG_LABEL(result->tag)) {
        learn_items(space, result, type_made(step));
        if (step->tag >> 24 == ENNEAD_TYPE_SPACE && phases == ENNEAD_CALL)
            learn_of_space(step, result);
    } else if (ENNEAD_TAG_LABEL(result->tag) == ENNEAD_TYPE || ENNEAD_TAG_LABEL(result->tag) == ENNEAD_DENIED) {
        believe(space, slot, UNKNOWN, 0, 0);
    }
}
