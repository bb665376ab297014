/*
 * Processor time: budgets, lending, its end inside a server, parking, starvation.
 *
 * A period of FOR_EVER makes a used-up budget stay used up, so that nothing here depends on how fast the machine is.
 */
#include "../harness/harness.h"

void ennead_thread_start(void);

#define MS       UINT64_C(1000000)
#define FOR_EVER (UINT64_C(1) << 59)

static uint32_t endpoint, gate, slot;
static struct actor *client, *server;
static void (*work)(void);
static volatile bool go_on;
static volatile uint64_t turns, before, after;

static uint64_t consumed(const struct actor *actor)
{
    uint64_t ns = 0;
    return sched_consumed(actor->sched, &ns) == ENNEAD_OK ? ns : 0;
}

static void spin(void *argument)
{
    (void)argument;
    while (!go_on)
        turns++;
}

static void spin_here(void)
{
    spin(NULL);
}

static void serve(void *argument)
{
    uint64_t bits;
    (void)argument;
    (void)ennead_recv(endpoint);
    (void)!notification_wait(gate, &bits);
    work();
    (void)ipc(endpoint, ENNEAD_REPLY_RECV, ANSWER(1), 42, 0, 0, 0);
}

/* Whoever stands for the gate has a call to answer. */
static bool is_at_gate(void)
{
    unsigned state = state_of(server);
    return state == ENNEAD_THREAD_WAITING || (harness.interposer != NULL && state == ENNEAD_THREAD_CALLING);
}

/* The client called the server, which waits at the gate before it works; the root thread may change budgets. */
static void called(void (*what)(void), bool passive)
{
    work = what;
    go_on = false;
    turns = 0;
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    gate = make(ENNEAD_TYPE_NOTIFICATION);
    slot = new_slot();
    client = new_actor((struct plan){0});
    server = new_actor((struct plan){.entry = serve});
    settle();
    if (passive)
        CHECK_OK(sched_unbind(server->sched));
    CHECK(!actor_ask(client, endpoint, ENNEAD_CALL, MESSAGE(1), 1, 0));
    CHECK(is_at_gate());
}

static void open_gate(void)
{
    CHECK_OK(notification_signal(gate, 1));
    settle();
}

/* The client's time ends for ever after a millisecond. */
static void short_of_time(void)
{
    CHECK_OK(sched_configure(client->sched, MS, FOR_EVER, 0));
}

static void served(void)
{
    CHECK_OK(sched_configure(client->sched, UNLIMITED_NS, UNLIMITED_NS, 0));
    settle();
    CHECK_OK(status(client));
    CHECK_IS(client->result.w[0], 42);
}

TEST(budgets_are_checked, CLAUSES("TIM-1", "TIM-2"))
{
    static const uint64_t bad[][2] = {
        {0, MS}, {9999, MS}, {MS + 1, MS}, {MS, UINT64_C(1) << 61}, {UINT64_MAX, UINT64_MAX}};
    struct actor *actor = new_actor((struct plan){0});
    uint32_t context = make(ENNEAD_TYPE_SCHED_CONTEXT), thread = make(ENNEAD_TYPE_THREAD);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_IS(sched_configure(context, bad[i][0], bad[i][1], 0), ENNEAD_INVALID_ARG);
    CHECK_IS(sched_configure(context, MS, MS, harness.boot->cpus), ENNEAD_RANGE);
    CHECK_IS(sched_configure(context, MS, MS, UINT64_MAX), ENNEAD_RANGE);
    CHECK_IS(sched_bind(context, actor->thread), ENNEAD_BUSY);
    CHECK_IS(sched_bind(actor->sched, thread), ENNEAD_BUSY);
    CHECK_IS(sched_unbind(context), ENNEAD_NOT_FOUND);
    CHECK_OK(sched_unbind(actor->sched));
    CHECK_OK(sched_bind(context, actor->thread));
}

TEST(a_used_up_budget_waits, CLAUSES("TIM-1", "TIM-8"))
{
    go_on = false;
    turns = 0;
    struct actor *actor = new_actor((struct plan){.entry = spin, .held = true});
    CHECK_OK(sched_configure(actor->sched, MS, FOR_EVER, 0));
    actor_run(actor, ennead_thread_start);
    settle();
    uint64_t had = turns, used = consumed(actor);
    struct sched_describe_out about;
    CHECK_OK(sched_describe(actor->sched, &about));
    CHECK(used >= MS);
    CHECK_IS(about.consumed_ns, used);
    CHECK_IS(about.remaining_ns, 0);
    CHECK_IS(about.cpus, harness.boot->cpus);
    settle();
    CHECK_IS(turns, had);
    CHECK_IS(consumed(actor), used);
    go_on = true;
    CHECK_OK(sched_configure(actor->sched, UNLIMITED_NS, UNLIMITED_NS, 0));
    actor_join(actor);
}

TEST(no_refill_comes_early, CLAUSES("TIM-1"))
{
    go_on = false;
    turns = 0;
    struct actor *actor = new_actor((struct plan){.entry = spin, .held = true});
    uint64_t start = now_ns();
    CHECK_OK(sched_configure(actor->sched, MS, 20 * MS, 0));
    actor_run(actor, ennead_thread_start);
    settle();
    uint64_t had = turns;
    while (turns == had)
        settle();
    CHECK(now_ns() - start >= 20 * MS);
    go_on = true;
    actor_join(actor);
}

/* Ends when the caller's context was charged for it. */
static void use_callers_time(void)
{
    uint64_t start = consumed(client);
    before = consumed(server);
    while (consumed(client) < start + MS)
        turns++;
    after = consumed(server);
}

TEST(a_call_lends_and_its_answer_returns, CLAUSES("TIM-3", "TIM-8"))
{
    for (unsigned passive = 0; passive < 2; passive++) {
        called(use_callers_time, passive);
        open_gate();
        CHECK_IS(before, after);
        served();
        CHECK_IS(state_of(server), ENNEAD_THREAD_RECEIVING);
        CHECK_IS(state_of(client), ENNEAD_THREAD_WAITING);
        start_over();
    }
}

/* Ends when the server's own context was charged for it. */
static void use_own_time(void)
{
    uint64_t start = consumed(server);
    while (consumed(server) == start)
        turns++;
}

TEST(a_server_goes_on_with_its_reserve, CLAUSES("TIM-5", "TIM-3"))
{
    called(use_own_time, false);
    uint64_t start = consumed(client);
    short_of_time();
    open_gate();
    CHECK(consumed(client) - start >= MS);
    CHECK_IS(state_of(server), ENNEAD_THREAD_RECEIVING);
    CHECK_IS(state_of(client), ENNEAD_THREAD_READY);
    CHECK(!answered(client));
    served();
}

/* The server's time fault, of which its own handler hears. */
static uint32_t time_fault(void)
{
    uint32_t handler = make(ENNEAD_TYPE_ENDPOINT);
    called(spin_here, true);
    CHECK_OK(thread_set_exception(server->thread, ennead_item_cap(handler, ALL, 0)));
    short_of_time();
    open_gate();
    struct ennead_msg msg = ipc(handler, ENNEAD_RECV | ENNEAD_POLL, 0, 0, 0, 0, 0);
    CHECK_OK(msg.status);
    CHECK_IS(ENNEAD_TAG_LABEL(msg.tag), ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_TIME);
    CHECK_IS(ennead_get(&msg, 0) | ennead_get(&msg, 1), 0);
    CHECK(ennead_get(&msg, 2) != 0);
    CHECK_IS(state_of(server), ENNEAD_THREAD_CALLING);
    return handler;
}

TEST(without_reserve_there_is_a_time_fault, CLAUSES("TIM-5"))
{
    (void)time_fault();
    uint64_t had = turns;
    settle();
    CHECK_IS(turns, had);
    CHECK_OK(sched_bind(server->sched, server->thread));
    go_on = true;
    CHECK_OK(ipc(0, ENNEAD_REPLY, ANSWER(0), 0, 0, 0, 0).status);
    settle();
    CHECK_IS(state_of(server), ENNEAD_THREAD_RECEIVING);
    served();
}

TEST(a_time_fault_that_is_refused_starves, CLAUSES("TIM-9", "FLT-4"))
{
    (void)time_fault();
    CHECK_OK(ipc(0, ENNEAD_REPLY, ENNEAD_TAG(0, 1, 0, 0), 0, 0, 0, 0).status);
    settle();
    CHECK_IS(state_of(server), ENNEAD_THREAD_STARVED);
    go_on = true;
    CHECK_OK(sched_bind(server->sched, server->thread));
    settle();
    CHECK_IS(state_of(server), ENNEAD_THREAD_RECEIVING);
    served();
}

TEST(a_handler_may_cancel, CLAUSES("TIM-5", "TIM-9", "FLT-4"))
{
    uint32_t handler = time_fault();
    CHECK_OK(thread_cancel(server->thread));
    CHECK_IS(state_of(server), ENNEAD_THREAD_STARVED);
    CHECK_IS(ipc(0, ENNEAD_REPLY, ANSWER(0), 0, 0, 0, 0).status, ENNEAD_NO_REPLY);
    CHECK_IS(ipc(handler, ENNEAD_RECV | ENNEAD_POLL, 0, 0, 0, 0, 0).status, ENNEAD_WOULD_BLOCK);
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, server->thread));
    CHECK_OK(sched_configure(client->sched, UNLIMITED_NS, UNLIMITED_NS, 0));
    settle();
    CHECK_IS(status(client), ENNEAD_DEAD);
}

static void store_and_work(void)
{
    (void)!ennead_store_reply(slot);
    before = consumed(client);
    use_own_time();
    after = consumed(client);
    const ennead_word words[ENNEAD_MSG_REG_WORDS] = {42};
    (void)!ennead_send(slot, ANSWER(1), words);
}

TEST(storing_the_right_parks_the_time, CLAUSES("TIM-6", "REP-3"))
{
    called(store_and_work, false);
    open_gate();
    CHECK_IS(before, after);
    served();
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, slot), ENNEAD_TYPE_NONE);
}

TEST(a_cancelled_caller_gets_its_time_back, CLAUSES("TIM-7", "TIM-5"))
{
    uint32_t handler = make(ENNEAD_TYPE_ENDPOINT);
    called(spin_here, true);
    CHECK_OK(thread_set_exception(server->thread, ennead_item_cap(handler, ALL, 0)));
    CHECK_OK(thread_cancel(client->thread));
    settle();
    CHECK_IS(status(client), ENNEAD_CANCELLED);
    open_gate();
    struct ennead_msg msg = ipc(handler, ENNEAD_RECV | ENNEAD_POLL, 0, 0, 0, 0, 0);
    CHECK_OK(msg.status);
    CHECK_IS(ENNEAD_TAG_LABEL(msg.tag), ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_TIME);
    CHECK_IS(turns, 0);
}

TEST(a_dead_callers_time_leaves_the_server, CLAUSES("TIM-7", "TIM-9"))
{
    called(use_own_time, false);
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, client->thread));
    open_gate();
    CHECK_IS(state_of(server), ENNEAD_THREAD_RECEIVING);
}

/* The client hears its answer when it has time again. */
TEST(a_destroyed_lent_context_harms_its_owner_alone, CLAUSES("TIM-5", "TIM-9"))
{
    called(use_own_time, false);
    uint32_t handler = make(ENNEAD_TYPE_ENDPOINT), context = make(ENNEAD_TYPE_SCHED_CONTEXT);
    CHECK_OK(thread_set_exception(client->thread, ennead_item_cap(handler, ALL, 0)));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, client->sched));
    open_gate();
    CHECK_IS(state_of(server), ENNEAD_THREAD_RECEIVING);
    CHECK(!answered(client));
    struct ennead_msg msg = ipc(handler, ENNEAD_RECV | ENNEAD_POLL, 0, 0, 0, 0, 0);
    CHECK_OK(msg.status);
    CHECK_IS(ENNEAD_TAG_LABEL(msg.tag), ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_TIME);
    CHECK_OK(sched_configure(context, UNLIMITED_NS, UNLIMITED_NS, 0));
    CHECK_OK(sched_bind(context, client->thread));
    CHECK_OK(ipc(0, ENNEAD_REPLY, ANSWER(0), 0, 0, 0, 0).status);
    settle();
    CHECK_OK(status(client));
    CHECK_IS(client->result.w[0], 42);
}

TEST(a_thread_without_time_and_handler_starves, CLAUSES("TIM-9", "TIM-2"))
{
    go_on = true;
    struct actor *actor = new_actor((struct plan){.entry = spin, .space = make_space(), .passive = true});
    settle();
    CHECK_IS(state_of(actor), ENNEAD_THREAD_STARVED);
    CHECK(!actor->ended);
    CHECK_OK(sched_configure(actor->sched, UNLIMITED_NS, UNLIMITED_NS, 0));
    CHECK_OK(sched_bind(actor->sched, actor->thread));
    actor_join(actor);
}

static volatile bool is_served;

static void note_it(void)
{
    is_served = true;
}

static void call_it(void *argument)
{
    (void)argument;
    (void)ipc(endpoint, ENNEAD_CALL, MESSAGE(0), 0, 0, 0, 0);
}

static void serve_at_once(void *argument)
{
    (void)argument;
    (void)ennead_recv(endpoint);
    work();
    (void)ipc(endpoint, ENNEAD_REPLY_RECV, ANSWER(1), 42, 0, 0, 0);
}

/* The root thread keeps its own processor busy, to which the server's reserve belongs. */
TEST(a_server_runs_where_its_caller_does, CLAUSES("TIM-4"))
{
    for (unsigned cpu = 1; cpu < harness.boot->cpus; cpu++) {
        for (unsigned passive = 0; passive < 2; passive++) {
            endpoint = make(ENNEAD_TYPE_ENDPOINT);
            is_served = false;
            work = note_it;
            server = new_actor((struct plan){.entry = serve_at_once});
            settle();
            if (passive)
                CHECK_OK(sched_unbind(server->sched));
            client = new_actor((struct plan){.entry = call_it, .cpu = cpu});
            while (!is_served || !client->ended)
                continue;
            CHECK_IS(state_of(server), ENNEAD_THREAD_RECEIVING);
            start_over();
        }
    }
}

#define EQUALS 3u
static struct equal {
    struct actor *actor;
    volatile unsigned refused;
} equals[EQUALS];
static volatile unsigned sequence[EQUALS * EQUALS], taken;

static void take_turns(void *argument)
{
    struct equal *me = argument;
    for (unsigned i = 0; i < EQUALS; i++) {
        sequence[taken++] = (unsigned)(me - equals);
        me->refused += sched_yield(me->actor->sched) != ENNEAD_OK;
    }
}

/* No slice ends here but by a yield. */
TEST(equals_take_turns_by_yielding, CLAUSES("TIM-10", "THR-8"))
{
    taken = 0;
    for (unsigned i = 0; i < EQUALS; i++) {
        struct plan plan = {.entry = take_turns, .argument = &equals[i], .held = true};
        equals[i] = (struct equal){.actor = new_actor(plan)};
        CHECK_OK(sched_configure(equals[i].actor->sched, FOR_EVER, FOR_EVER, 0));
    }
    for (unsigned i = 0; i < EQUALS; i++)
        actor_run(equals[i].actor, ennead_thread_start);
    settle();
    CHECK_IS(taken, EQUALS * EQUALS);
    for (unsigned i = 0; i < EQUALS * EQUALS; i++)
        CHECK_IS(sequence[i], i % EQUALS);
    for (unsigned i = 0; i < EQUALS; i++)
        CHECK_IS(equals[i].refused, 0);
}

static void yield_both(void)
{
    before = sched_yield(client->sched);
    after = sched_yield(server->sched);
}

TEST(only_who_runs_on_a_context_yields_it, CLAUSES("TIM-10", "TIM-3", "OBJ-1"))
{
    CHECK_OK(sched_yield(ENNEAD_ROOT_SCHED_CONTEXT));
    called(yield_both, false);
    CHECK_IS(sched_yield(client->sched), ENNEAD_STATE);
    CHECK_IS(sched_yield(derive(client->sched, READ | CONTROL, 0)), ENNEAD_DENIED);
    open_gate();
    CHECK_IS(before, ENNEAD_OK);
    CHECK_IS(after, ENNEAD_STATE);
    served();
}

GROUP(time, RUN(budgets_are_checked), RUN(a_used_up_budget_waits), RUN(no_refill_comes_early),
      RUN(a_call_lends_and_its_answer_returns), RUN(a_server_goes_on_with_its_reserve),
      RUN(without_reserve_there_is_a_time_fault), RUN(a_time_fault_that_is_refused_starves), RUN(a_handler_may_cancel),
      RUN(storing_the_right_parks_the_time), RUN(a_cancelled_caller_gets_its_time_back),
      RUN(a_dead_callers_time_leaves_the_server), RUN(a_destroyed_lent_context_harms_its_owner_alone),
      RUN(a_thread_without_time_and_handler_starves), RUN(a_server_runs_where_its_caller_does),
      RUN(equals_take_turns_by_yielding), RUN(only_who_runs_on_a_context_yields_it));
