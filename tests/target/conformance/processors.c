/* Processors, timer and interrupts. */
#include "../harness/harness.h"
#include <ennead/text.h>

#define MS UINT64_C(1000000)

static volatile unsigned count[ENNEAD_CPUS_MAX];
static volatile bool stop;

static void spin(void *argument)
{
    volatile unsigned *counter = argument;
    while (!stop)
        ++*counter;
}

/* The root thread never leaves CPU 0 to anybody meanwhile. */
TEST(threads_run_on_the_processor_of_their_context, CLAUSES("TIM-4"))
{
    struct actor *actor[ENNEAD_CPUS_MAX];
    stop = false;
    for (unsigned i = 1; i < harness.boot->cpus; i++) {
        count[i] = 0;
        actor[i] = new_actor((struct plan){.entry = spin, .argument = (void *)&count[i], .cpu = i});
    }
    for (unsigned i = 1; i < harness.boot->cpus; i++) {
        struct thread_describe_out about;
        while (count[i] < 1000)
            continue;
        CHECK_OK(thread_describe(actor[i]->thread, &about));
        CHECK_IS(about.cpu, i);
    }
    count[0] = 0;
    actor[0] = new_actor((struct plan){.entry = spin, .argument = (void *)&count[0], .cpu = 0});
    for (unsigned i = 1; i < harness.boot->cpus; i++) {
        unsigned from = count[i];
        while (count[i] < from + 1000)
            continue;
    }
    CHECK_IS(count[0], 0);
    stop = true;
    for (unsigned i = 0; i < harness.boot->cpus; i++)
        actor_join(actor[i]);
}

TEST(every_processor_answers, CLAUSES("TIM-4", "REP-1"))
{
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT);
    for (unsigned i = 0; i < harness.boot->cpus; i++) {
        struct actor *client = new_actor((struct plan){.cpu = i});
        actor_ask(client, endpoint, ENNEAD_CALL, MESSAGE(1), 100 + i, 0);
        struct ennead_msg msg = ennead_recv(endpoint);
        CHECK_IS(msg.w[0], 100 + i);
        CHECK_OK(ipc(0, ENNEAD_REPLY, ANSWER(1), 200 + i, 0, 0, 0).status);
        while (!answered(client))
            settle();
        CHECK_IS(client->result.w[0], 200 + i);
    }
}

static volatile bool has_server;
static uint32_t called;
static struct ennead_msg reply;

static void call_server(void *argument)
{
    ++*(volatile unsigned *)argument;
    while (!has_server)
        continue;
    reply = ipc(called, ENNEAD_CALL, MESSAGE(1), 300, 0, 0, 0);
}

/* Its pages of code are entered while the client runs, on a processor that knows nothing of the space yet. */
TEST(a_message_goes_to_a_space_that_never_ran_there, CLAUSES("TIM-4", "REP-1"))
{
    called = make(ENNEAD_TYPE_ENDPOINT);
    for (unsigned i = 1; i < harness.boot->cpus; i++) {
        has_server = false;
        count[i] = 0;
        struct actor *client = new_actor((struct plan){.entry = call_server, .argument = (void *)&count[i], .cpu = i});
        while (!count[i])
            continue;
        uint32_t space = make_space();
        CHECK_OK(give(space, 10, called, ALL, 0));
        struct actor *server = new_actor((struct plan){.space = space});
        CHECK(!actor_ask(server, 10, ENNEAD_RECV, 0, 0, 0));
        has_server = true;
        while (!answered(server))
            settle();
        CHECK_IS(server->result.w[0], 300);
        actor_ask(server, 0, ENNEAD_REPLY, ANSWER(1), 400 + i, 0);
        actor_join(client);
        CHECK_IS(reply.w[0], 400 + i);
    }
}

/* ---- messages on several processors at once ---- */

#define ROUNDS 500u
#define TURNS  5u
#define LAST   0xfffffu

static struct pair {
    uint32_t endpoint;
    volatile unsigned rounds;
    volatile bool wrong;
} pairs[ENNEAD_CPUS_MAX];

static void serve_pair(void *argument)
{
    struct pair *pair = argument;
    struct ennead_msg msg = ennead_recv(pair->endpoint);
    while (msg.w[0] != LAST)
        msg = ipc(pair->endpoint, ENNEAD_REPLY_RECV, ANSWER(2), msg.w[0] + 1, msg.w[1] ^ msg.w[0], 0, 0);
    (void)!ipc(0, ENNEAD_REPLY, ANSWER(0), 0, 0, 0, 0).status;
}

static bool asked(const struct pair *pair, ennead_word first, ennead_word second)
{
    struct ennead_msg msg = ipc(pair->endpoint, ENNEAD_CALL, MESSAGE(2), first, second, 0, 0);
    return !msg.status && msg.w[0] == first + 1 && msg.w[1] == (second ^ first);
}

static void ask_pair(void *argument)
{
    struct pair *pair = argument;
    while (pair->rounds < ROUNDS) {
        if (!asked(pair, pair->rounds, ROUNDS))
            pair->wrong = true;
        pair->rounds++;
    }
}

/* A client and its server on each processor but the first, whose root thread calls all servers and copies capabilities.
 */
TEST(messages_on_all_processors_at_once_arrive, CLAUSES("TIM-4", "IPC-1", "REP-1"))
{
    struct actor *server[ENNEAD_CPUS_MAX], *client[ENNEAD_CPUS_MAX];
    uint32_t space = make_space();
    uint64_t bits;
    unsigned turns = 0;
    bool busy;
    for (unsigned i = 1; i < harness.boot->cpus; i++) {
        pairs[i] = (struct pair){.endpoint = make(ENNEAD_TYPE_ENDPOINT)};
        server[i] = new_actor((struct plan){.entry = serve_pair, .argument = &pairs[i], .cpu = i});
        client[i] = new_actor((struct plan){.entry = ask_pair, .argument = &pairs[i], .cpu = i});
    }
    do {
        busy = false;
        for (unsigned i = 1; i < harness.boot->cpus; i++) {
            if (turns < TURNS) {
                CHECK(asked(&pairs[i], ROUNDS + i, turns));
                CHECK_OK(give(space, 10, pairs[i].endpoint, ALL, i));
                CHECK_OK(space_delete(space, 10));
            }
            busy |= pairs[i].rounds < ROUNDS;
        }
        turns++;
        CHECK_OK(notification_arm(harness.clock, now_ns() + MS, 1));
        CHECK_OK(notification_wait(harness.clock, &bits));
    } while (busy);
    for (unsigned i = 1; i < harness.boot->cpus; i++) {
        actor_join(client[i]);
        CHECK_IS(ipc(pairs[i].endpoint, ENNEAD_CALL, MESSAGE(1), LAST, 0, 0, 0).status, ENNEAD_OK);
        actor_join(server[i]);
        CHECK(!pairs[i].wrong);
    }
}

TEST(a_processor_beyond_the_last_is_refused, CLAUSES("TIM-1"))
{
    uint32_t context = make(ENNEAD_TYPE_SCHED_CONTEXT);
    CHECK_OK(sched_configure(context, MS, MS, harness.boot->cpus - 1));
    CHECK_IS(sched_configure(context, MS, MS, harness.boot->cpus), ENNEAD_RANGE);
    CHECK_IS(sched_configure(context, MS, MS, UINT64_C(1) << 32), ENNEAD_RANGE);
}

/* ---- timer ---- */

TEST(deadlines_are_never_early_and_come_in_order, CLAUSES("NTF-4", "NTF-5"))
{
    static const unsigned order[] = {3, 1, 2, 0};
    uint32_t slot[4];
    uint64_t deadline[4], bits, start = now_ns();
    for (unsigned i = 0; i < 4; i++) {
        slot[i] = make(ENNEAD_TYPE_NOTIFICATION);
        deadline[i] = start + 2 * MS + order[i] * MS;
        CHECK_OK(notification_arm(slot[i], deadline[i], 1u << i));
    }
    CHECK_OK(notification_wait(slot[3], &bits));
    CHECK_IS(bits, 8);
    CHECK(now_ns() >= deadline[3]);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_OK(notification_poll(slot[i], &bits));
        CHECK(bits == 0 || now_ns() >= deadline[i]);
        if (bits != 0)
            CHECK_OK(notification_signal(slot[i], bits));
    }
    CHECK_OK(notification_wait(slot[0], &bits));
    CHECK(now_ns() >= deadline[0]);
    for (unsigned i = 1; i < 3; i++) {
        CHECK_OK(notification_poll(slot[i], &bits));
        CHECK_IS(bits, 1u << i);
    }
}

static struct {
    uint32_t slot;
    volatile uint64_t deadline, woken;
} sleeper[ENNEAD_CPUS_MAX];

static void sleep_there(void *argument)
{
    unsigned i = (unsigned)(uintptr_t)argument;
    struct notification_describe_out about = {0};
    uint64_t bits;
    for (unsigned round = 0; round < 5; round++) {
        (void)!notification_describe(sleeper[i].slot, &about);
        sleeper[i].deadline = about.now_ns + MS;
        (void)!notification_arm(sleeper[i].slot, sleeper[i].deadline, 1);
        (void)!notification_wait(sleeper[i].slot, &bits);
        (void)!notification_describe(sleeper[i].slot, &about);
        if (about.now_ns < sleeper[i].deadline)
            return;
    }
    sleeper[i].woken = about.now_ns;
}

TEST(every_processor_has_its_timer, CLAUSES("NTF-4"))
{
    struct actor *actor[ENNEAD_CPUS_MAX];
    for (unsigned i = 0; i < harness.boot->cpus; i++) {
        sleeper[i].slot = make(ENNEAD_TYPE_NOTIFICATION);
        sleeper[i].woken = 0;
        actor[i] = new_actor((struct plan){.entry = sleep_there, .argument = (void *)(uintptr_t)i, .cpu = i});
    }
    for (unsigned i = 0; i < harness.boot->cpus; i++) {
        actor_join(actor[i]);
        CHECK(sleeper[i].woken >= sleeper[i].deadline && sleeper[i].woken != 0);
    }
}

TEST(a_past_time_signals_at_once_and_disarm_stops_it, CLAUSES("NTF-4"))
{
    uint32_t slot = make(ENNEAD_TYPE_NOTIFICATION);
    uint64_t bits;
    CHECK_OK(notification_arm(slot, 0, 4));
    CHECK_OK(notification_wait(slot, &bits));
    CHECK_IS(bits, 4);
    /* On a machine that stands still for a while the deadline may come before it is disarmed: then again, later. */
    uint64_t deadline, interval = MS;
    do {
        CHECK_OK(notification_poll(slot, &bits));
        deadline = now_ns() + interval;
        interval *= 2;
        CHECK_OK(notification_arm(slot, deadline, 4));
        CHECK_OK(notification_disarm(slot));
    } while (now_ns() >= deadline);
    while (now_ns() < deadline + MS)
        continue;
    CHECK_OK(notification_poll(slot, &bits));
    CHECK_IS(bits, 0);
}

/* The clock never goes back, whoever reads it. */
static volatile bool backwards;
static volatile uint64_t latest;

static void read_clock(void *argument)
{
    uint32_t slot = (uint32_t)(uintptr_t)argument;
    for (unsigned i = 0; i < 300; i++) {
        struct notification_describe_out about = {0};
        uint64_t before = latest;
        (void)!notification_describe(slot, &about);
        if (about.now_ns < before)
            backwards = true;
        latest = about.now_ns;
    }
}

TEST(the_clock_is_the_same_everywhere, CLAUSES("NTF-5"))
{
    uint32_t slot = make(ENNEAD_TYPE_NOTIFICATION);
    backwards = false;
    latest = 0;
    for (unsigned i = 0; i < harness.boot->cpus * 3 && i < ACTORS_MAX; i++) {
        struct actor *actor = new_actor(
            (struct plan){.entry = read_clock, .argument = (void *)(uintptr_t)slot, .cpu = i % harness.boot->cpus});
        actor_join(actor);
    }
    CHECK(!backwards);
}

GROUP(processors, RUN(threads_run_on_the_processor_of_their_context), RUN(every_processor_answers),
      RUN(a_message_goes_to_a_space_that_never_ran_there), RUN(messages_on_all_processors_at_once_arrive),
      RUN(a_processor_beyond_the_last_is_refused), RUN(deadlines_are_never_early_and_come_in_order),
      RUN(every_processor_has_its_timer), RUN(a_past_time_signals_at_once_and_disarm_stops_it),
      RUN(the_clock_is_the_same_everywhere));
