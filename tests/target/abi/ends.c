/* Ends: what dies with what, while timers tick and other processors enter the kernel. */
#include "../harness/harness.h"

#define POOL_ORDER  18u
#define SELF_SLOT   10u /* in spaces that end themselves */
#define MANY        96u
#define TICK_NS     20000u
#define ROUNDS      24u
#define OTHER_STACK UINT64_C(0x30010000)

void ennead_thread_start(void);

static volatile bool stop;
static volatile unsigned ticks, derived;
static uint32_t clock;
static volatile uint32_t to_destroy;

static void tick(void *argument)
{
    uint64_t bits;
    struct notification_describe_out about = {0};
    (void)argument;
    while (!stop) {
        (void)!notification_describe(clock, &about);
        (void)!notification_arm(clock, about.now_ns + TICK_NS, 1);
        (void)!notification_wait(clock, &bits);
        ticks++;
    }
}

TEST(waiters_for_bits_hear_of_the_end, CLAUSES("END-1"))
{
    uint32_t slot = make(ENNEAD_TYPE_NOTIFICATION), queue = make(ENNEAD_TYPE_ENDPOINT);
    uint32_t tag = ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, 0, 0);
    struct actor *waiters[2], *receiver = new_actor((struct plan){0});
    for (unsigned i = 0; i < 2; i++) {
        waiters[i] = new_actor((struct plan){0});
        CHECK(!actor_ask(waiters[i], slot, ENNEAD_CALL, tag, 0, 0));
    }
    CHECK(!actor_ask(receiver, queue, ENNEAD_RECV, 0, 0, 0));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, slot));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, queue));
    settle();
    for (unsigned i = 0; i < 2; i++)
        CHECK_IS(status(waiters[i]), ENNEAD_DEAD);
    CHECK_IS(status(receiver), ENNEAD_DEAD);
}

TEST(capabilities_vanish_from_every_table, CLAUSES("END-5", "OBJ-7"))
{
    uint32_t object = make(ENNEAD_TYPE_ENDPOINT), spaces[3];
    for (unsigned i = 0; i < 3; i++) {
        spaces[i] = make_bare_space();
        CHECK_OK(give(spaces[i], 7 + i, object, READ | WRITE, 0));
        CHECK_OK(give(spaces[i], 100, derive(object, ALL, 5), WRITE, 0));
    }
    struct ennead_item item = ennead_item_cap(object, ALL, 0);
    item.flags = ENNEAD_ITEM_GRANT;
    CHECK_OK(give_item(spaces[0], 50, item));
    CHECK_OK(space_delete(spaces[0], 50));
    for (unsigned i = 0; i < 3; i++) {
        CHECK_IS(type_in(spaces[i], 7 + i), ENNEAD_TYPE_NONE);
        CHECK_IS(type_in(spaces[i], 100), ENNEAD_TYPE_NONE);
    }
}

enum victim { ITS_THREAD, ITS_SPACE, ITS_POOL, ENDS };
static volatile unsigned began, survived;

static void end_itself(void *argument)
{
    (void)argument;
    began++;
    (void)!space_delete(SELF_SLOT, to_destroy);
    survived++;
}

/* The space holds the root task's, in whose table the victim is. */
static void end_one(unsigned what)
{
    static uint64_t stack;
    uint64_t had = pool_free(harness.pool);
    static struct actor self;
    uint32_t pool = make_from(harness.pool, ENNEAD_TYPE_POOL, POOL_ORDER);
    uint32_t space = make_from(pool, ENNEAD_TYPE_SPACE, 0), thread = make_from(pool, ENNEAD_TYPE_THREAD, 0);
    uint32_t time = make_from(pool, ENNEAD_TYPE_SCHED_CONTEXT, 0);
    uint64_t at = 0, base, order, rights;
    while (space_map_info(ENNEAD_ROOT_SPACE, at, &base, &order, &rights) == ENNEAD_OK && base < OTHER_UTCB) {
        CHECK_OK(give_item(space, base, ennead_item_page(base, (unsigned)order, 0, (unsigned)rights)));
        at = base + (UINT64_C(1) << order);
    }
    stack = map_ram(0, 13, READ | WRITE);
    CHECK_OK(give_item(space, OTHER_STACK, ennead_item_page(stack, 13, 0, READ | WRITE)));
    CHECK_OK(space_add_utcb(space, OTHER_UTCB));
    CHECK_OK(give(space, SELF_SLOT, ENNEAD_ROOT_SPACE, ALL, 0));
    CHECK_OK(thread_bind(thread, OTHER_UTCB, space));
    CHECK_OK(thread_set_priority(thread, MIDDLE, MIDDLE));
    CHECK_OK(thread_set_tls(thread, (uintptr_t)&self));
    self = (struct actor){.utcb = (ennead_word)OTHER_UTCB, .entry = end_itself};
    CHECK_OK(sched_configure(time, UNLIMITED_NS, UNLIMITED_NS, 0));
    CHECK_OK(sched_bind(time, thread));
    to_destroy = what == ITS_THREAD ? thread : what == ITS_SPACE ? space : pool;
    CHECK_OK(thread_start(thread, (uintptr_t)ennead_thread_start, OTHER_STACK + 8192, (uintptr_t)&self));
    settle();
    CHECK_IS(began, what + 1);
    CHECK_IS(survived, 0);
    /* Preempted after its own end it leaves the rest to who comes next: END-2. */
    enum ennead_error error = space_delete(ENNEAD_ROOT_SPACE, to_destroy);
    CHECK(error == ENNEAD_OK || error == ENNEAD_NOT_FOUND);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, to_destroy), ENNEAD_TYPE_NONE);
    if (what != ITS_POOL)
        CHECK_OK(pool_destroy(pool));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, make(ENNEAD_TYPE_ENDPOINT))); /* one that really deletes */
    CHECK_IS(pool_free(harness.pool), had);
}

TEST(a_thread_may_destroy_itself, CLAUSES("END-4", "END-2"))
{
    began = 0;
    survived = 0;
    for (unsigned what = ITS_THREAD; what < ENDS; what++)
        end_one(what);
}

/* A pool with a space, many capabilities to an endpoint and to a page of memory in it. */
static uint32_t build_tangle(void)
{
    uint32_t pool = make_from(harness.pool, ENNEAD_TYPE_POOL, POOL_ORDER);
    uint32_t space = make_from(pool, ENNEAD_TYPE_SPACE, 0), object = make_from(pool, ENNEAD_TYPE_ENDPOINT, 0);
    uint32_t inner = make_from(pool, ENNEAD_TYPE_POOL, 13), region = new_slot();
    (void)make_from(inner, ENNEAD_TYPE_NOTIFICATION, 0);
    (void)make_from(pool, ENNEAD_TYPE_THREAD, 0);
    CHECK_OK(region_carve(harness.ram, 0, 65536, pool, region));
    uint64_t mine = new_range(16);
    CHECK_OK(region_map(region, 0, 16, READ | WRITE, 0, mine, 16));
    for (unsigned i = 0; i < MANY; i++)
        CHECK_OK(give(space, 16 + i, object, ALL, i));
    for (unsigned i = 0; i < 16; i++)
        CHECK_OK(give_item(space, OTHER_FREE + i * UINT64_C(8192), ennead_item_page(mine + i * 4096, 12, 0, READ)));
    CHECK_OK(space_grow(space, ENNEAD_TABLE_SLOTS, 2));
    CHECK_OK(space_add_utcb(space, OTHER_UTCB));
    return pool;
}

static volatile enum ennead_error destroyed;

static void destroy(void *argument)
{
    (void)argument;
    destroyed = space_delete(ENNEAD_ROOT_SPACE, to_destroy);
}

static struct actor *start_ticking(void)
{
    stop = false;
    ticks = 0;
    clock = make(ENNEAD_TYPE_NOTIFICATION);
    return new_actor((struct plan){.entry = tick, .priority = MIDDLE + 1});
}

/* Armed ever nearer, so that the tick hits different steps; whether one does is the machine's affair. */
TEST(a_deletion_among_ticks_completes, CLAUSES("END-2", "POL-3"))
{
    struct actor *ticker = start_ticking();
    struct actor *worker = new_actor((struct plan){.entry = destroy, .held = true});
    uint64_t had = pool_free(harness.pool);
    for (unsigned i = 0; i < ROUNDS; i++) {
        to_destroy = build_tangle();
        worker->ended = false;
        actor_run(worker, ennead_thread_start);
        while (!worker->ended) {
            uint64_t bits;
            CHECK_OK(notification_arm(harness.clock, now_ns() + TICK_NS + i * 1000, 1));
            CHECK_OK(notification_wait(harness.clock, &bits));
        }
        CHECK_OK(destroyed);
        CHECK_OK(thread_stop(worker->thread));
        CHECK_IS(pool_free(harness.pool), had);
        CHECK_IS(type_in(ENNEAD_ROOT_SPACE, to_destroy), ENNEAD_TYPE_NONE);
    }
    CHECK(ticks > 0);
    stop = true;
    actor_join(ticker);
}

/* The revoker is stopped or destroyed wherever it is; the next deletion finishes what it left. */
TEST(whoever_comes_next_finishes, CLAUSES("END-2", "POL-3"))
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t bits, had = pool_free(harness.pool);
        struct actor *worker = new_actor((struct plan){.entry = destroy, .held = true});
        uint32_t other = make(ENNEAD_TYPE_ENDPOINT);
        to_destroy = build_tangle();
        actor_run(worker, ennead_thread_start);
        CHECK_OK(notification_arm(harness.clock, now_ns() + 5000 + i * UINT64_C(5000), 1));
        CHECK_OK(notification_wait(harness.clock, &bits));
        CHECK_OK(i % 2 ? thread_stop(worker->thread) : space_delete(ENNEAD_ROOT_SPACE, worker->thread));
        CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, other));
        enum ennead_error error = space_delete(ENNEAD_ROOT_SPACE, to_destroy);
        CHECK(error == ENNEAD_OK || error == ENNEAD_NOT_FOUND);
        start_over();
        CHECK_IS(pool_free(harness.pool), had);
    }
}

/* From another processor if there is one: copies of what is being revoked all the time. */
static void derive_on(void *argument)
{
    const uint32_t *slots = argument;
    while (!stop) {
        for (unsigned i = 1; i < 8; i++) {
            if (space_delegate(ENNEAD_ROOT_SPACE, slots[i], ennead_item_cap(slots[i - 1], ALL, 0)) == ENNEAD_OK)
                derived++;
        }
    }
}

TEST(nothing_is_derived_below_what_is_revoked, CLAUSES("END-3", "SPC-3"))
{
    static uint32_t slots[8];
    slots[0] = make(ENNEAD_TYPE_ENDPOINT);
    for (unsigned i = 1; i < 8; i++)
        slots[i] = new_slot();
    stop = false;
    derived = 0;
    struct actor *actor =
        new_actor((struct plan){.entry = derive_on, .argument = slots, .cpu = harness.boot->cpus - 1});
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned had = derived;
        uint64_t bits;
        while (derived == had) {
            CHECK_OK(notification_arm(harness.clock, now_ns() + TICK_NS, 1));
            CHECK_OK(notification_wait(harness.clock, &bits));
            CHECK_OK(space_revoke(ENNEAD_ROOT_SPACE, slots[0]));
        }
    }
    stop = true;
    while (!actor->ended)
        settle();
    CHECK_OK(space_revoke(ENNEAD_ROOT_SPACE, slots[0]));
    for (unsigned i = 1; i < 8; i++)
        CHECK_IS(type_in(ENNEAD_ROOT_SPACE, slots[i]), ENNEAD_TYPE_NONE);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, slots[0]), ENNEAD_TYPE_ENDPOINT);
}

/* Two spaces that hold each other's root nodes. */
TEST(spaces_that_hold_each_other_end, CLAUSES("SPC-9", "POL-3"))
{
    uint64_t had = pool_free(harness.pool);
    uint32_t pool = make_from(harness.pool, ENNEAD_TYPE_POOL, POOL_ORDER);
    uint32_t one = make_from(pool, ENNEAD_TYPE_SPACE, 0), two = make_from(pool, ENNEAD_TYPE_SPACE, 0);
    uint32_t handle = derive(one, ALL, 0);
    struct ennead_item item = ennead_item_cap(one, ALL, 0);
    item.flags = ENNEAD_ITEM_GRANT;
    CHECK_OK(give_item(two, 9, item));
    item.base = two;
    CHECK_OK(give_item(handle, 9, item));
    CHECK_OK(pool_destroy(pool));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, handle), ENNEAD_TYPE_NONE);
    CHECK_IS(pool_free(harness.pool), had);
}

static void run_on(void *argument)
{
    (void)argument;
    for (;;)
        derived++;
}

TEST(a_space_stops_its_threads_wherever_they_run, CLAUSES("SPC-9", "THR-3"))
{
    for (unsigned cpu = 0; cpu < harness.boot->cpus; cpu++) {
        uint32_t space = make_space(), object = make(ENNEAD_TYPE_ENDPOINT);
        struct ennead_item item = ennead_item_cap(object, ALL, 0);
        uint32_t copy = derive(object, ALL, 0);
        uint64_t bits;
        item.flags = ENNEAD_ITEM_GRANT;
        CHECK_OK(give_item(space, 60, item));
        derived = 0;
        struct actor *actor = new_actor((struct plan){.entry = run_on, .space = space, .cpu = cpu});
        while (derived == 0) {
            CHECK_OK(notification_arm(harness.clock, now_ns() + TICK_NS, 1));
            CHECK_OK(notification_wait(harness.clock, &bits));
        }
        CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, space));
        unsigned had = derived;
        CHECK_IS(state_of(actor), ENNEAD_THREAD_STOPPED);
        CHECK_IS(thread_resume(actor->thread), ENNEAD_STATE);
        settle();
        CHECK_IS(derived, had);
        CHECK_IS(type_in(ENNEAD_ROOT_SPACE, copy), ENNEAD_TYPE_NONE);
        start_over();
    }
}

GROUP(ends, RUN(waiters_for_bits_hear_of_the_end), RUN(capabilities_vanish_from_every_table),
      RUN(a_thread_may_destroy_itself), RUN(a_deletion_among_ticks_completes), RUN(whoever_comes_next_finishes),
      RUN(nothing_is_derived_below_what_is_revoked), RUN(spaces_that_hold_each_other_end),
      RUN(a_space_stops_its_threads_wherever_they_run));
