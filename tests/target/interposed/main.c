/* The ABI's tests with a user-level server before each type of object: all must end as they do without. */
#include "forwarder.h"
#include <ennead/text.h>

void ennead_thread_start(void);

#define SET(type) (1u << ENNEAD_TYPE_##type)

extern const struct group group_ipc, group_reply, group_items, group_objects, group_threads, group_time, group_ends,
    group_spaces, group_faults, group_interrupts;
static const struct group *const suite[] = {&group_ipc,     &group_reply,     &group_items, &group_objects,
                                            &group_threads, &group_time,      &group_ends,  &group_spaces,
                                            &group_faults,  &group_interrupts};

/* Who stands for a type stands for those named together with it. */
static const struct kind {
    const char *name;
    unsigned types;
} kinds[] = {
    {"region", SET(REGION)},
    {"pool", SET(POOL) | SET(REGION) | SET(IRQ)},
    {"space", SET(SPACE) | SET(THREAD) | SET(NOTIFICATION) | SET(SCHED_CONTEXT) | SET(IRQ)},
    {"thread", SET(THREAD) | SET(NOTIFICATION) | SET(SCHED_CONTEXT) | SET(IRQ)},
    {"notification", SET(NOTIFICATION) | SET(IRQ)},
    {"irq", SET(IRQ)},
    {"sched_context", SET(SCHED_CONTEXT)},
    {"endpoint", SET(ENDPOINT)}, /* senders go to the forwarder; whoever receives has the real one */
};

#define RECEIVING  "receiving is primitive: what stands for an object is an endpoint, and is refused as one"
#define BADGES     "setting a badge is primitive: it can be set on what is an endpoint"
#define HANDLERS   "a handler is any endpoint, also one that stands for a pool"
#define POLLING    "whether a call is to block is not told to its receiver"
#define BUFFERS    "whether a caller has a message buffer is not told to its receiver"
#define STATUS     "a server answers with a label; the status is the system call's own"
#define PRIORITY   "a priority is measured by the caller's, and the caller of the kernel is the server"
#define SENDING    "a message without a call is done with when the server has it"
#define CANCELLED  "the end of a call is not told to its server, which has made another one"
#define COPIES     "a copy of a copy is made without the server's hearing of it, so it cannot take it back"
#define POOL_ALONE "the end of an object with its pool is not told to who stands for it and not for the pool"

/* Tests that cannot end the same, and why: each reason is a property of the ABI. */
static const struct exception {
    const char *kind, *test, *reason;
} exceptions[] = {
    {"region", "objects.destroying_a_pool_takes_all_inside", POOL_ALONE},
    {"region", "objects.cache_and_physical_addresses", COPIES},
    {"pool", "ipc.slots_that_hold_nothing", RECEIVING},
    {"pool", "ipc.threads_without_message_buffer", BUFFERS},
    {"pool", "items.badges_are_set_once", BADGES},
    {"pool", "objects.cache_and_physical_addresses", COPIES},
    {"pool", "spaces.handlers_are_set_and_cleared", HANDLERS},
    {"space", "ipc.nothing_blocks_with_poll", POLLING},
    {"space", "threads.priorities_above_ones_own_are_denied", PRIORITY},
    {"space", "ends.waiters_for_bits_hear_of_the_end", STATUS},
    {"thread", "ipc.nothing_blocks_with_poll", POLLING},
    {"thread", "threads.priorities_above_ones_own_are_denied", PRIORITY},
    {"thread", "ends.waiters_for_bits_hear_of_the_end", STATUS},
    {"notification", "ipc.nothing_blocks_with_poll", POLLING},
    {"notification", "ends.waiters_for_bits_hear_of_the_end", STATUS},
    {"endpoint", "ipc.threads_without_message_buffer", SENDING},
    {"endpoint", "ipc.in_order_of_arrival", SENDING},
    {"endpoint", "ipc.errors_are_the_senders", SENDING},
    {"endpoint", "items.nothing_arrives_outside", SENDING},
    {"endpoint", "threads.a_dead_endpoint_or_notification_wakes_all", SENDING},
    {"endpoint", "reply.receiving_again_destroys_it", STATUS},
    {"endpoint", "reply.a_deleted_right_or_a_dead_holder", STATUS},
    {"endpoint", "reply.a_cancelled_callers_right_vanishes", CANCELLED},
    {"endpoint", "time.a_handler_may_cancel", STATUS},
    {NULL, NULL, NULL},
};

/* The capabilities of the boot that tests use by their numbers. */
static const struct well_known {
    unsigned type;
    uint32_t slot;
} well_known[] = {{ENNEAD_TYPE_SPACE, ENNEAD_ROOT_SPACE}, {ENNEAD_TYPE_IRQ, ENNEAD_ROOT_IRQ}};
#define WELL_KNOWN (sizeof well_known / sizeof well_known[0])
static uint32_t true_slot[WELL_KNOWN], handle;
static unsigned standing;
static uint64_t had_free;

/* Same type and rights, elsewhere in the root task's table. */
static uint32_t copy_of(uint32_t slot)
{
    uint32_t to = new_slot();
    CHECK_OK(space_delegate(harness.space, to, ennead_item_cap(slot, ALL, 0)));
    return to;
}

static void move(uint32_t from, uint32_t to)
{
    struct ennead_item item = ennead_item_cap(from, ALL, 0);
    item.flags = ENNEAD_ITEM_GRANT;
    CHECK_OK(space_delegate(handle, to, item));
}

/* Of the endpoint capabilities that the test sends to: what stands for each. */
#define SENDERS 64u
static struct sender {
    uint32_t slot, stand_in;
} senders[SENDERS];
static unsigned sender_count;

static uint32_t sent(uint32_t slot)
{
    if (!forwarder_stands_for(ENNEAD_TYPE_ENDPOINT) || type_in(harness.space, slot) != ENNEAD_TYPE_ENDPOINT)
        return slot;
    for (unsigned i = 0; i < sender_count; i++) {
        if (senders[i].slot == slot)
            return senders[i].stand_in;
    }
    CHECK(sender_count < SENDERS);
    /* What the test put into the message buffer is still to be sent. */
    struct ennead_utcb *utcb = ennead_utcb(), kept = *utcb;
    struct sender *sender = &senders[sender_count++];
    *sender = (struct sender){slot, copy_of(slot)};
    forwarder_replace(sender->stand_in, ENNEAD_TYPE_ENDPOINT);
    *utcb = kept;
    return sender->stand_in;
}

/* After a test all it made is gone, and with it whatever stood for it. */
static void renew(void)
{
    CHECK_IS(forwarder_objects(), standing);
    CHECK_IS(forwarder_free(), had_free);
    sender_count = 0;
    harness.pool = harness.true_pool;
    harness.ram = harness.true_ram;
    if (forwarder_stands_for(ENNEAD_TYPE_POOL)) {
        harness.pool = copy_of(harness.true_pool);
        forwarder_replace(harness.pool, ENNEAD_TYPE_POOL);
    }
    if (forwarder_stands_for(ENNEAD_TYPE_REGION)) {
        harness.ram = copy_of(harness.true_ram);
        forwarder_replace(harness.ram, ENNEAD_TYPE_REGION);
    }
}

static void made(uint32_t pool, uint32_t slot, unsigned type)
{
    bool replaced = pool != harness.true_pool && forwarder_stands_for(ENNEAD_TYPE_POOL);
    if (type != ENNEAD_TYPE_ENDPOINT && forwarder_stands_for(type) && !replaced)
        forwarder_replace(slot, type);
}

static const struct interposer interposer = {.renew = renew, .made = made, .copied = forwarder_copy, .sent = sent};

static void interpose(unsigned types)
{
    forwarder_types(types);
    standing = 0;
    for (unsigned i = 0; i < WELL_KNOWN; i++) {
        if (!forwarder_stands_for(well_known[i].type))
            continue;
        move(well_known[i].slot, true_slot[i]);
        CHECK_OK(space_delegate(handle, well_known[i].slot, ennead_item_cap(true_slot[i], ALL, 0)));
        forwarder_replace(well_known[i].slot, well_known[i].type);
        standing++;
    }
    had_free = forwarder_free();
    harness.interposer = &interposer;
    start_over();
}

static void withdraw(void)
{
    harness.interposer = NULL;
    harness.pool = harness.true_pool;
    harness.ram = harness.true_ram;
    for (unsigned i = 0; i < WELL_KNOWN; i++) {
        if (!forwarder_stands_for(well_known[i].type))
            continue;
        CHECK_OK(space_delete(handle, well_known[i].slot));
        move(true_slot[i], well_known[i].slot);
    }
    start_over();
    CHECK_IS(forwarder_objects(), 0);
}

/* ---- what would wait for ever ends ---- */

#define PATIENCE_NS UINT64_C(1000000000)
static uint32_t watch;

/* Nothing was charged to the root thread, in its own name or a server's: it waits for what never comes, and gives up.
 */
static void watch_tests(void *argument)
{
    uint64_t seen[2] = {0};
    (void)argument;
    for (;;) {
        struct notification_describe_out about = {0};
        uint64_t bits, used = 0;
        (void)!notification_describe(watch, &about);
        (void)!notification_arm(watch, about.now_ns + PATIENCE_NS, 1);
        (void)!notification_wait(watch, &bits);
        (void)!sched_consumed(ENNEAD_ROOT_SCHED_CONTEXT, &used);
        if (used == seen[0] && used == seen[1])
            (void)!thread_cancel(ENNEAD_ROOT_THREAD);
        seen[0] = seen[1];
        seen[1] = used;
    }
}

static void start_watch(void)
{
    static struct actor watcher = {.entry = watch_tests};
    static _Alignas(16) char stack[STACK_BYTES];
    uint64_t utcb = new_range(12);
    uint32_t thread = make_plain(ENNEAD_ROOT_POOL, ENNEAD_TYPE_THREAD);
    uint32_t context = make_plain(ENNEAD_ROOT_POOL, ENNEAD_TYPE_SCHED_CONTEXT);
    watch = make_plain(ENNEAD_ROOT_POOL, ENNEAD_TYPE_NOTIFICATION);
    watcher.utcb = (ennead_word)utcb;
    CHECK_OK(space_add_utcb(ENNEAD_ROOT_SPACE, utcb));
    CHECK_OK(thread_bind(thread, utcb, ENNEAD_ROOT_SPACE));
    CHECK_OK(thread_set_priority(thread, ENNEAD_PRIORITIES - 1, ENNEAD_PRIORITIES - 1));
    CHECK_OK(thread_set_tls(thread, (uintptr_t)&watcher));
    CHECK_OK(sched_configure(context, UNLIMITED_NS, UNLIMITED_NS, 0));
    CHECK_OK(sched_bind(context, thread));
    CHECK_OK(
        thread_start(thread, (uintptr_t)ennead_thread_start, (uintptr_t)stack + sizeof stack, (uintptr_t)&watcher));
}

static void prepare(void)
{
    CHECK_OK(thread_set_priority(ENNEAD_ROOT_THREAD, ENNEAD_PRIORITIES - 2, ENNEAD_PRIORITIES - 1));
    handle = new_slot();
    CHECK_OK(space_delegate(ENNEAD_ROOT_SPACE, handle, ennead_item_cap(ENNEAD_ROOT_SPACE, ALL, 0)));
    harness.space = handle;
    for (unsigned i = 0; i < WELL_KNOWN; i++)
        true_slot[i] = new_slot();
    start_watch();
    forwarder_start();
}

/* ---- the comparison ---- */

static const char *expected(const struct kind *kind, const char *name)
{
    for (unsigned i = 0; exceptions[i].kind != NULL; i++) {
        if (text_equal(exceptions[i].kind, kind->name) && text_equal(exceptions[i].test, name))
            return exceptions[i].reason;
    }
    return NULL;
}

static unsigned compare(const struct kind *kind)
{
    unsigned count = 0, same = 0, wrong = 0;
    for (unsigned g = 0; g < sizeof suite / sizeof suite[0]; g++) {
        for (unsigned i = 0; i < suite[g]->count; i++) {
            struct attempt outcome;
            char name[96];
            text_format(name, sizeof name, "%s.%s", suite[g]->name, suite[g]->tests[i].name);
            attempt(&suite[g]->tests[i], &outcome);
            const char *reason = expected(kind, name);
            count++;
            same += outcome.held;
            wrong += outcome.held != (reason == NULL);
            if (!outcome.held)
                say("differs %s %s: %s\n", kind->name, name, reason != NULL ? reason : outcome.why);
            if (outcome.held != (reason == NULL))
                say("%s %s: %s\n", reason == NULL ? "without a reason" : "the same after all", kind->name, name);
        }
    }
    say("interposed %s: %u of %u the same\n", kind->name, same, count);
    return wrong;
}

static void before(unsigned index)
{
    if (handle == 0)
        prepare();
    interpose(kinds[index].types);
    unsigned calls = forwarder_calls(), wrong = compare(&kinds[index]);
    calls = forwarder_calls() - calls;
    say("%u calls passed on\n", calls);
    withdraw();
    CHECK(calls > 0);
    CHECK_IS(wrong, 0);
}

TEST(nothing, CLAUSES("OBJ-1"))
{
    static const struct kind none = {"nothing", 0};
    prepare();
    CHECK_IS(compare(&none), 0);
}

#define KIND(name, index)                                                                                              \
    TEST(name, CLAUSES("OBJ-1", "OBJ-3", "OBJ-4"))                                                                     \
    {                                                                                                                  \
        before(index);                                                                                                 \
    }
KIND(region, 0)
KIND(pool, 1)
KIND(space, 2)
KIND(thread, 3)
KIND(notification, 4)
KIND(irq, 5)
KIND(sched_context, 6)
KIND(endpoint, 7)

GROUP(interposed, RUN(nothing), RUN(region), RUN(pool), RUN(space), RUN(thread), RUN(notification), RUN(irq),
      RUN(sched_context), RUN(endpoint));

const struct group *const test_groups[] = {&group_interposed, NULL};
