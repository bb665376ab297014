/*
 * The forwarder: workers and their messages, and how the root task makes and asks it.
 *
 * Each object that it stands for has an endpoint of its own: see stands.c. A worker receives at one endpoint at a time;
 * those without one wait to be sent somewhere. One that makes a call which may block first sends another to its
 * endpoint.
 */
#include "stands.h"

#define WORKERS        120u
#define WORKER_STACK   8192u
#define FORWARDER_POOL (UINT64_C(4) * 1024 * 1024)
#define TOP            (ENNEAD_PRIORITIES - 1)

#define WORKER_SLOTS (OBJECT_SLOTS + OBJECTS * SLOTS_EACH)
#define WINDOW_SLOTS ENNEAD_MSG_ITEMS
/* Its address space: two ranges for each worker. */
#define BUFFERS     UINT64_C(0x0d100000)
#define RANGES      UINT64_C(0x40000000)
#define RANGE_ORDER 22u

enum control { CONTROL_REPLACE, CONTROL_COPY, CONTROL_COUNT };

/* What a worker was sent, or got as an answer, kept while it makes calls of its own. */
struct message {
    struct ennead_msg msg;
    struct ennead_item items[ENNEAD_MSG_ITEMS];
    ennead_word words[ENNEAD_MSG_WORDS];
};

struct worker {
    struct actor actor; /* first: its thread's control block */
    uint32_t in, out;   /* slots of its windows */
    uint64_t in_range, out_range;
    struct message call, answer;
    struct object *made; /* by the call, and stood for */
};

static struct worker workers[WORKERS];
static _Alignas(16) char worker_stacks[WORKERS][WORKER_STACK];
static volatile unsigned stands_for, calls;
static uint32_t control, endpoint_pool;

void ennead_thread_start(void);

/* ---- inside its space ---- */

static void save(struct message *message, struct ennead_msg msg)
{
    const struct ennead_utcb *utcb = ennead_utcb();
    message->msg = msg;
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        message->items[i] = utcb->items[i];
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < ENNEAD_TAG_WORDS(msg.tag); i++)
        message->words[i] = utcb->words[i];
}

static void load(const struct message *message)
{
    struct ennead_utcb *utcb = ennead_utcb();
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        utcb->items[i] = message->items[i];
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < ENNEAD_TAG_WORDS(message->msg.tag); i++)
        utcb->words[i] = message->words[i];
}

static uint64_t field(const struct message *message, unsigned index)
{
    uint64_t value = 0;
    for (unsigned k = 0; k < ENNEAD_FIELD_WORDS; k++) {
        unsigned i = (unsigned)(index * ENNEAD_FIELD_WORDS) + k;
        ennead_word word = i < ENNEAD_MSG_REG_WORDS ? message->msg.w[i] : message->words[i];
        if (i < ENNEAD_TAG_WORDS(message->msg.tag))
            value |= (uint64_t)word << (k * ENNEAD_WORD_BITS);
    }
    return value;
}

static bool is(const struct message *call, unsigned type, unsigned operation)
{
    return ENNEAD_TAG_LABEL(call->msg.tag) == (type << 8 | operation);
}

static unsigned type_made(const struct message *call)
{
    if (is(call, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE))
        return (unsigned)field(call, 0);
    if (is(call, ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE))
        return ENNEAD_TYPE_REGION;
    if (is(call, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL))
        return ENNEAD_TYPE_POOL;
    if (is(call, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM) || is(call, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI))
        return ENNEAD_TYPE_IRQ;
    return ENNEAD_TYPE_NONE;
}

static bool ends_others(const struct message *call)
{
    return is(call, ENNEAD_TYPE_REGION, ENNEAD_REGION_REVOKE) || is(call, ENNEAD_TYPE_POOL, ENNEAD_POOL_REVOKE) ||
           is(call, ENNEAD_TYPE_POOL, ENNEAD_POOL_DESTROY) || is(call, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE) ||
           is(call, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_REVOKE);
}

/* Whatever is sent to an endpoint is for its receiver, whenever that comes. */
static bool may_block(const struct object *object, const struct message *call)
{
    return object->type == ENNEAD_TYPE_ENDPOINT || is(call, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT);
}

/* What becomes a handler hangs below the capability that it was set with, which therefore has to stay: in which slot?
 */
static uint32_t kept_slot(const struct object *object, const struct message *call)
{
    if (is(call, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER))
        return stand_slot(object, KEPT) + (field(call, 0) == ENNEAD_HANDLER_EXCEPTION);
    return is(call, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_EXCEPTION) ? stand_slot(object, KEPT) : 0;
}

/* An item that arrived, as it is to be sent on: what is delegated leaves, so that it hangs where it did. */
static struct ennead_item pass_on(const struct worker *me, const struct object *object, struct ennead_item item)
{
    const struct message *call = &me->call;
    bool delegates = object->type == ENNEAD_TYPE_ENDPOINT || is(call, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE);
    if (item.kind == ENNEAD_ITEM_PAGE) {
        item = ennead_item_page(item.base, item.order_log2, item.base - me->in_range, ALL);
    } else {
        uint32_t slot = (uint32_t)item.base;
        struct object *own = delegates ? NULL : stand_recognise(slot);
        uint32_t badge = own != NULL ? (uint32_t)stand_look(slot).badge : 0;
        item = ennead_item_cap(own != NULL ? stand_real(own, badge) : slot, ALL, 0);
    }
    if (delegates)
        item.flags = ENNEAD_ITEM_GRANT;
    return item;
}

static void call_real(struct worker *me, struct object *object)
{
    struct message *call = &me->call;
    uint32_t real = stand_real(object, call->msg.badge), kept = 0;
    unsigned type = object->type == ENNEAD_TYPE_ENDPOINT ? ENNEAD_TYPE_NONE : type_made(call);
    struct ennead_item arrived = call->items[0];
    for (unsigned i = 0; i < ENNEAD_TAG_ITEMS(call->msg.tag); i++)
        call->items[i] = pass_on(me, object, call->items[i]);
    if (ENNEAD_TAG_ITEMS(call->msg.tag) != 0 && call->items[0].base == arrived.base)
        kept = kept_slot(object, call);
    me->made = forwarder_stands_for(type) ? stand_allocate(type) : NULL;
    if (may_block(object, call))
        stand_send_worker(object);
    load(call);
    ennead_window_caps(me->made != NULL ? stand_slot(me->made, REAL) : me->out, me->made != NULL ? 1 : WINDOW_SLOTS);
    ennead_window_memory(me->out_range, RANGE_ORDER);
    struct ennead_msg msg = ennead_call(real, call->msg.tag & ~0xf000u, call->msg.w);
    ennead_window_close();
    save(&me->answer, msg);
    if (kept != 0 && ennead_outcome(&msg) == ENNEAD_OK) {
        struct ennead_item item = ennead_item_cap((uint32_t)arrived.base, ALL, 0);
        item.flags = ENNEAD_ITEM_GRANT;
        stand_empty(kept);
        EXPECT(space_delegate(SELF, kept, item) == ENNEAD_OK);
    }
}

/* The answer as the client is to get it. */
static void turn_answer(struct worker *me)
{
    struct message *answer = &me->answer;
    if (answer->msg.status != ENNEAD_OK)
        ennead_answer(&answer->msg, (enum ennead_error)answer->msg.status);
    unsigned items = ENNEAD_TAG_ITEMS(answer->msg.tag);
    if (me->made != NULL && items == 0) {
        stand_drop(me->made);
        me->made = NULL;
    }
    if (me->made != NULL)
        stand_begin(me->made);
    for (unsigned i = 0; i < items; i++) {
        struct ennead_item *item = &answer->items[i];
        if (item->kind == ENNEAD_ITEM_PAGE)
            *item = ennead_item_page(item->base, item->order_log2, item->base - me->out_range, ALL);
        else
            *item = me->made != NULL ? stand_item(me->made) : ennead_item_cap((uint32_t)item->base, ALL, 0);
        item->flags = ENNEAD_ITEM_GRANT;
    }
}

static void clear_range(uint64_t range)
{
    uint64_t base, order_log2, rights;
    while (space_map_info(SELF, range, &base, &order_log2, &rights) == ENNEAD_OK && base >= range &&
           base - range < UINT64_C(1) << RANGE_ORDER)
        EXPECT(space_unmap(SELF, base) == ENNEAD_OK);
}

/* What was neither sent on nor taken by the client. */
static void clear(struct worker *me, bool items)
{
    if (me->made != NULL && stand_look(stand_slot(me->made, ROOT)).type != ENNEAD_TYPE_NONE)
        stand_empty(stand_slot(me->made, THROUGH));
    me->made = NULL;
    if (!items)
        return;
    for (unsigned i = 0; i < WINDOW_SLOTS; i++) {
        stand_empty(me->in + i);
        stand_empty(me->out + i);
    }
    clear_range(me->in_range);
    clear_range(me->out_range);
}

static void reply(struct worker *me, const struct object *object)
{
    struct message *call = &me->call, *answer = &me->answer;
    load(answer);
    struct ennead_msg msg = ennead_ipc(ennead_target(0, ENNEAD_REPLY), answer->msg.tag, answer->msg.w);
    /* Bits that nobody waits for any more are the next one's. */
    if (is(call, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT) && object->type == ENNEAD_TYPE_NOTIFICATION &&
        msg.status == ENNEAD_NO_REPLY && ennead_outcome(&answer->msg) == ENNEAD_OK)
        (void)!notification_signal(stand_slot(object, REAL), field(answer, 0));
    clear(me, ENNEAD_TAG_ITEMS(call->msg.tag) + ENNEAD_TAG_ITEMS(answer->msg.tag) != 0);
}

static struct ennead_msg receive(const struct worker *me, uint32_t endpoint, unsigned phases)
{
    ennead_window_caps(me->in, WINDOW_SLOTS);
    ennead_window_memory(me->in_range, RANGE_ORDER);
    struct ennead_msg msg = ipc(endpoint, phases, 0, 0, 0, 0, 0);
    ennead_window_close();
    return msg;
}

static void work(void *argument)
{
    struct worker *me = argument;
    for (;;) {
        struct ennead_msg msg = receive(me, IDLE, ENNEAD_RECV);
        if (msg.status != ENNEAD_OK)
            continue;
        struct object *object = stand_object((unsigned)msg.w[0]);
        bool stays = true;
        msg = receive(me, stand_slot(object, RECEIVE), ENNEAD_REPLY_RECV);
        while (stays && msg.status == ENNEAD_OK) {
            save(&me->call, msg);
            stays = !may_block(object, &me->call);
            calls++;
            call_real(me, object);
            turn_answer(me);
            if (object->type != ENNEAD_TYPE_ENDPOINT && ends_others(&me->call))
                stand_sweep();
            reply(me, object);
            if (stays)
                msg = receive(me, stand_slot(object, RECEIVE), ENNEAD_RECV);
        }
        if (stays)
            stand_bury(object);
    }
}

/* The real object of one it stands for alone may end without anybody telling. */
static enum ennead_error replace(struct worker *me)
{
    if (stand_count() > OBJECTS / 2)
        stand_sweep();
    struct object *object = stand_allocate((unsigned)field(&me->call, 0));
    if (object == NULL)
        return ENNEAD_NO_SLOT;
    struct ennead_item item = ennead_item_cap(me->in, ALL, 0);
    item.flags = ENNEAD_ITEM_GRANT;
    EXPECT(space_delegate(SELF, stand_slot(object, REAL), item) == ENNEAD_OK);
    stand_begin(object);
    me->answer.items[0] = stand_item(object);
    me->answer.msg.tag = ENNEAD_TAG(0, 0, 0, 1);
    return ENNEAD_OK;
}

static enum ennead_error make_copy(struct worker *me)
{
    uint32_t slot = me->in, key = 0;
    struct object *object = stand_recognise(slot);
    if (object == NULL)
        return ENNEAD_NOT_FOUND;
    /* A copy of a copy is what that one is. */
    enum ennead_error error = ENNEAD_OK;
    if (stand_look(slot).badge == 0)
        error = stand_copy(object, (unsigned)field(&me->call, 0), (uint32_t)field(&me->call, 1), &key);
    ennead_put(me->answer.msg.w, 0, key);
    me->answer.msg.tag = ANSWER(ENNEAD_FIELDS(1));
    return error;
}

static void be_controlled(void *argument)
{
    struct worker *me = argument;
    for (;;) {
        save(&me->call, receive(me, CONTROL_RECEIVE, ENNEAD_RECV));
        me->answer = (struct message){0};
        unsigned operation = ENNEAD_TAG_OPERATION(me->call.msg.tag);
        enum ennead_error error = operation == CONTROL_REPLACE ? replace(me)
                                  : operation == CONTROL_COPY  ? make_copy(me)
                                                               : ENNEAD_OK;
        if (error != ENNEAD_OK)
            ennead_answer(&me->answer.msg, error);
        reply(me, NULL);
    }
}

/* ---- in the root task ---- */

static void start_worker(unsigned index, uint32_t pool, uint32_t space)
{
    struct worker *worker = &workers[index];
    worker->in = WORKER_SLOTS + index * 2 * WINDOW_SLOTS;
    worker->out = worker->in + WINDOW_SLOTS;
    worker->in_range = RANGES + ((uint64_t)index * 2 << RANGE_ORDER);
    worker->out_range = worker->in_range + (UINT64_C(1) << RANGE_ORDER);
    worker->actor.utcb = (ennead_word)(BUFFERS + (uint64_t)index * ENNEAD_UTCB_BYTES);
    worker->actor.entry = index == 0 ? be_controlled : work;
    worker->actor.argument = worker;
    uint32_t thread = make_from(pool, ENNEAD_TYPE_THREAD, 0), context = make_from(pool, ENNEAD_TYPE_SCHED_CONTEXT, 0);
    CHECK_OK(thread_bind(thread, worker->actor.utcb, space));
    CHECK_OK(thread_set_priority(thread, TOP, TOP));
    CHECK_OK(thread_set_tls(thread, (uintptr_t)&worker->actor));
    CHECK_OK(sched_configure(context, UNLIMITED_NS, UNLIMITED_NS, 0));
    CHECK_OK(sched_bind(context, thread));
    CHECK_OK(thread_start(thread, (uintptr_t)ennead_thread_start, (uintptr_t)worker_stacks[index] + WORKER_STACK,
                          (uintptr_t)&worker->actor));
}

void forwarder_start(void)
{
    uint32_t pool = extra_pool(FORWARDER_POOL), space = make_space_from(pool);
    uint32_t idle = make_from(pool, ENNEAD_TYPE_ENDPOINT, 0);
    endpoint_pool = make_from(pool, ENNEAD_TYPE_POOL, 16);
    control = make_from(pool, ENNEAD_TYPE_ENDPOINT, 0);
    CHECK_OK(space_grow(space, ENNEAD_TABLE_SLOTS, 16));
    CHECK_OK(space_grow(space, ENNEAD_TABLE_SLOTS, 16));
    CHECK_OK(space_grow(space, ENNEAD_TABLE_ENTRIES, 4));
    CHECK_OK(space_grow(space, ENNEAD_TABLE_PAGES, 16));
    CHECK_OK(give(space, SELF, space, ALL, 0));
    CHECK_OK(give(space, ENDPOINTS, endpoint_pool, ALL, 0));
    CHECK_OK(give(space, CONTROL_RECEIVE, control, READ, 0));
    CHECK_OK(give(space, IDLE, idle, READ | WRITE, 0));
    for (unsigned i = 0; i < WORKERS; i += 2)
        CHECK_OK(space_add_utcb(space, BUFFERS + (uint64_t)i * ENNEAD_UTCB_BYTES));
    for (unsigned i = 0; i < WORKERS; i++)
        start_worker(i, pool, space);
    keep_for_good();
}

unsigned forwarder_calls(void)
{
    return calls;
}

void forwarder_types(unsigned types)
{
    stands_for = types;
}

bool forwarder_stands_for(unsigned type)
{
    return type < 32 && (stands_for >> type & 1) != 0;
}

static struct ennead_msg ask(unsigned operation, unsigned items, uint64_t f0, uint64_t f1)
{
    ennead_word words[ENNEAD_BUFFER(2)] = {0};
    ennead_put(words, 0, f0);
    ennead_put(words, 1, f1);
    return ennead_call(control, ENNEAD_TAG(USER, operation, ENNEAD_FIELDS(2), items), words);
}

void forwarder_replace(uint32_t slot, unsigned type)
{
    struct ennead_item item = ennead_item_cap(slot, ALL, 0);
    item.flags = ENNEAD_ITEM_GRANT;
    ennead_utcb()->items[0] = item;
    ennead_window_caps(slot, 1);
    struct ennead_msg msg = ask(CONTROL_REPLACE, 1, type, 0);
    ennead_window_close();
    CHECK_OK(ennead_outcome(&msg));
}

void forwarder_copy(uint32_t slot, unsigned *rights, uint32_t *badge)
{
    ennead_utcb()->items[0] = ennead_item_cap(slot, ALL, 0);
    struct ennead_msg msg = ask(CONTROL_COPY, 1, *rights, *badge);
    if (ennead_outcome(&msg) == ENNEAD_NOT_FOUND)
        return;
    CHECK_OK(ennead_outcome(&msg));
    *rights = ALL;
    *badge = (uint32_t)ennead_get(&msg, 0);
}

unsigned forwarder_objects(void)
{
    struct ennead_msg msg = ask(CONTROL_COUNT, 0, 0, 0);
    CHECK_OK(ennead_outcome(&msg));
    CHECK_IS(stand_broken(), 0);
    return stand_count();
}

uint64_t forwarder_free(void)
{
    return pool_free(endpoint_pool);
}
