/* Registers: as a thread starts, after system calls, across IPC and preemption, and on other processors. */
#include "../harness/harness.h"
#include <target/port.h>

#define COMPUTING 4u
#define FPU       UINT64_C(0x0123456789ab0000)

static void nothing(void *argument)
{
    (void)argument;
}

TEST(a_thread_starts_with_zeroes, CLAUSES("THR-2", "THR-9"))
{
    struct actor *actor = new_actor((struct plan){.entry = nothing, .held = true});
    actor_run(actor, port_dump_start);
    actor_join(actor);
    CHECK_IS(port_check_first_registers((uintptr_t)actor->stack_top, (uintptr_t)actor), -1);
    CHECK(port_fpu_is_new());
}

static void check_call(uint32_t slot, unsigned phases, uint32_t tag, ennead_word w0)
{
    struct ennead_msg result;
    const ennead_word words[ENNEAD_MSG_REG_WORDS] = {w0, 0x1111, 0x2222, 0x3333};
    CHECK_IS(port_check_call(ennead_target(slot, phases), tag, words, 0, &result), -1);
    for (unsigned i = ENNEAD_TAG_WORDS(result.tag); i < ENNEAD_MSG_REG_WORDS; i++)
        CHECK_IS(result.w[i], 0);
}

/* Every phase, every kind of object, successes and failures. */
TEST(no_register_tells_more_than_the_message, CLAUSES("THR-9", "IPC-3"))
{
    static const unsigned types[] = {ENNEAD_TYPE_SPACE, ENNEAD_TYPE_THREAD, ENNEAD_TYPE_NOTIFICATION,
                                     ENNEAD_TYPE_SCHED_CONTEXT};
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT);
    for (unsigned phases = 0; phases < 0x100; phases++)
        check_call(phases & ENNEAD_POLL ? endpoint : 0, phases, MESSAGE(2), 5);
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        uint32_t slot = make(types[i]);
        for (unsigned operation = 0; operation < 12; operation++) {
            if (types[i] != ENNEAD_TYPE_NOTIFICATION || operation != ENNEAD_NOTIFICATION_WAIT)
                check_call(slot, ENNEAD_CALL, ENNEAD_TAG(types[i], operation, 2, 0),
                           (ennead_word)UINT64_C(0x7fffffff0000));
        }
    }
    check_call(harness.pool, ENNEAD_CALL, ENNEAD_TAG(ENNEAD_TYPE_POOL, 0, 0, 0), 0);
    check_call(harness.ram, ENNEAD_CALL, ENNEAD_TAG(ENNEAD_TYPE_REGION, 0, 0, 0), 0);
    check_call(ENNEAD_ROOT_IRQ, ENNEAD_CALL, ENNEAD_TAG(ENNEAD_TYPE_IRQ, 0, 0, 0), 0);
}

static struct {
    uint32_t slot;
    unsigned phases;
    unsigned then; /* phases of what it sends afterwards; 0: nothing */
    int leak;
    struct ennead_msg result;
} blocking;

static void block(void *argument)
{
    (void)argument;
    const ennead_word words[ENNEAD_MSG_REG_WORDS] = {1, 2, 3, 4};
    blocking.leak =
        port_check_call(ennead_target(blocking.slot, blocking.phases), MESSAGE(4), words, FPU + 1, &blocking.result);
    if (blocking.then)
        ipc(blocking.slot, blocking.then, ANSWER(0), 0, 0, 0, 0);
}

/* Blocks, others compute meanwhile, then goes on: registers hold the message alone, and the FPU what it held. */
static struct actor *block_then_compute(uint32_t endpoint, unsigned phases)
{
    blocking.slot = endpoint;
    blocking.phases = phases;
    struct actor *actor = new_actor((struct plan){.entry = block});
    settle();
    CHECK_IS(port_compute(FPU + 2, 10), 0);
    return actor;
}

TEST(nor_after_one_that_blocked, CLAUSES("THR-9", "IPC-7"))
{
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct actor *actor = block_then_compute(endpoint, ENNEAD_RECV);
    CHECK_OK(ipc(endpoint, ENNEAD_SEND, MESSAGE(2), 11, 12, 13, 14).status);
    actor_join(actor);
    CHECK_IS(blocking.leak, -1);
    CHECK_IS(blocking.result.w[1], 12);
    CHECK_IS(blocking.result.w[2], 13);
    CHECK_IS(blocking.result.w[3], 14);
    actor = block_then_compute(endpoint, ENNEAD_CALL);
    CHECK_IS(ipc(endpoint, ENNEAD_RECV, 0, 0, 0, 0, 0).w[3], 4);
    CHECK_OK(ipc(0, ENNEAD_REPLY, ANSWER(1), 21, 22, 23, 24).status);
    actor_join(actor);
    CHECK_IS(blocking.leak, -1);
    CHECK_IS(blocking.result.w[0], 21);
    CHECK_IS(blocking.result.w[1], 22);
}

/* A call to who waits, and an answer by who waits next: the fast path's way out, to the one and back to the other. */
TEST(nor_after_one_that_took_the_fast_path, CLAUSES("THR-9", "IPC-7"))
{
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT);
    blocking.then = ENNEAD_REPLY;
    struct actor *actor = block_then_compute(endpoint, ENNEAD_RECV);
    CHECK_OK(ipc(endpoint, ENNEAD_CALL, MESSAGE(4), 31, 32, 33, 34).status);
    actor_join(actor);
    CHECK_IS(blocking.leak, -1);
    CHECK_IS(blocking.result.w[0], 31);
    CHECK_IS(blocking.result.w[3], 34);
    blocking.then = ENNEAD_SEND;
    actor = block_then_compute(endpoint, ENNEAD_CALL);
    CHECK_IS(ipc(endpoint, ENNEAD_RECV, 0, 0, 0, 0, 0).w[3], 4);
    CHECK_OK(ipc(endpoint, ENNEAD_REPLY_RECV, ANSWER(4), 41, 42, 43, 44).status);
    actor_join(actor);
    CHECK_IS(blocking.leak, -1);
    CHECK_IS(blocking.result.w[0], 41);
    CHECK_IS(blocking.result.w[3], 44);
    blocking.then = 0;
}

TEST(nor_after_one_that_was_cancelled, CLAUSES("THR-9", "THR-4"))
{
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT);
    for (unsigned phases = ENNEAD_SEND; phases <= ENNEAD_CALL; phases *= 2) {
        struct actor *actor = block_then_compute(endpoint, phases);
        CHECK_OK(thread_cancel(actor->thread));
        actor_join(actor);
        CHECK_IS(blocking.leak, -1);
        CHECK_IS(blocking.result.status, ENNEAD_CANCELLED);
        CHECK_IS(blocking.result.w[0] | blocking.result.w[1] | blocking.result.tag | blocking.result.badge, 0);
    }
}

TEST(the_thread_pointer_is_kept, CLAUSES("THR-7"))
{
    static ennead_word block[2] = {1, 2};
    struct space_describe_out about;
    struct actor *actor = new_actor((struct plan){0});
    CHECK_OK(space_describe(ENNEAD_ROOT_SPACE, &about));
    CHECK_IS(thread_set_tls(actor->thread, about.end), ENNEAD_RANGE);
    CHECK_IS(thread_set_tls(actor->thread, UINT64_MAX), ENNEAD_RANGE);
    uintptr_t own = (uintptr_t)ennead_utcb();
    CHECK(!actor_ask(actor, harness.park, ENNEAD_RECV, 0, 0, 0));
    CHECK_IS((uintptr_t)ennead_utcb(), own);
    actor = new_actor((struct plan){.entry = nothing, .held = true});
    CHECK_OK(thread_set_tls(actor->thread, (uintptr_t)block));
    uint64_t values[1] = {0};
    unsigned count = 1;
    CHECK_OK(thread_read_regs(actor->thread, ENNEAD_REGISTER_COUNT - 1, 1, values, &count));
    CHECK_IS(values[0], (uintptr_t)block);
}

/* ---- message buffers ---- */

#define BUFFER_WORD(i) ((ennead_word)0xb0f0 + (i))
#define BUFFER_BASE    UINT64_C(0x5eed0000)

static struct {
    uint32_t endpoint;
    unsigned phases;
    struct ennead_msg result;
    unsigned changed; /* places of the buffer beyond the message that did not stay as they were */
} buffer;

static void fill_buffer(struct ennead_utcb *utcb)
{
    for (unsigned i = 0; i < ENNEAD_MSG_WORDS; i++)
        utcb->words[i] = BUFFER_WORD(i);
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        utcb->items[i] =
            (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = 0x5a, .badge = i, .base = BUFFER_BASE + i};
}

/* Words that came in registers are not in the buffer. */
static unsigned changed_beyond(const struct ennead_utcb *utcb, unsigned words, unsigned items)
{
    unsigned changed = 0;
    for (unsigned i = 0; i < ENNEAD_MSG_WORDS; i++)
        changed += (i < ENNEAD_MSG_REG_WORDS || i >= words) && utcb->words[i] != BUFFER_WORD(i);
    for (unsigned i = items; i < ENNEAD_MSG_ITEMS; i++)
        changed += utcb->items[i].kind != ENNEAD_ITEM_CAP || utcb->items[i].rights != 0x5a ||
                   utcb->items[i].badge != i || utcb->items[i].base != BUFFER_BASE + i;
    return changed;
}

static void receive_in_buffer(void *argument)
{
    struct ennead_utcb *utcb = ennead_utcb();
    const ennead_word words[ENNEAD_MSG_REG_WORDS] = {1, 2, 3, 4};
    uint32_t slot = (uint32_t)(uintptr_t)argument;
    fill_buffer(utcb);
    ennead_window_caps(slot, ENNEAD_MSG_ITEMS);
    buffer.result = ennead_ipc(ennead_target(buffer.endpoint, buffer.phases), MESSAGE(4), words);
    buffer.changed = changed_beyond(utcb, ENNEAD_TAG_WORDS(buffer.result.tag), ENNEAD_TAG_ITEMS(buffer.result.tag));
}

static struct actor *start_receiving(unsigned phases)
{
    buffer.phases = phases;
    buffer.changed = 1;
    uint32_t window = harness.next_slot;
    harness.next_slot += ENNEAD_MSG_ITEMS;
    struct actor *actor = new_actor((struct plan){.entry = receive_in_buffer, .argument = (void *)(uintptr_t)window});
    settle();
    return actor;
}

static void expect_message(struct actor *actor, unsigned words, unsigned items)
{
    actor_join(actor);
    CHECK_OK(buffer.result.status);
    CHECK_IS(ENNEAD_TAG_WORDS(buffer.result.tag), words);
    CHECK_IS(ENNEAD_TAG_ITEMS(buffer.result.tag), items);
    CHECK_IS(buffer.changed, 0);
}

/* By either path, with items and without, from threads and from others. */
TEST(nor_a_message_buffer, CLAUSES("IPC-3"))
{
    uint32_t notification = make(ENNEAD_TYPE_NOTIFICATION);
    buffer.endpoint = make(ENNEAD_TYPE_ENDPOINT);
    for (unsigned words = 0; words <= ENNEAD_MSG_WORDS; words += 25) {
        struct actor *actor = start_receiving(ENNEAD_RECV);
        CHECK_OK(ipc(buffer.endpoint, ENNEAD_SEND, MESSAGE(words), 1, 2, 3, 4).status);
        expect_message(actor, words, 0);
        actor = start_receiving(ENNEAD_CALL);
        CHECK_OK(ipc(buffer.endpoint, ENNEAD_RECV, 0, 0, 0, 0, 0).status);
        CHECK_OK(ipc(0, ENNEAD_REPLY, ANSWER(words), 1, 2, 3, 4).status);
        expect_message(actor, words, 0);
        start_over();
        notification = make(ENNEAD_TYPE_NOTIFICATION);
        buffer.endpoint = make(ENNEAD_TYPE_ENDPOINT);
    }
    for (unsigned items = 1; items < ENNEAD_MSG_ITEMS; items++) {
        struct actor *actor = start_receiving(ENNEAD_RECV);
        for (unsigned i = 0; i < items; i++)
            ennead_utcb()->items[i] = ennead_item_cap(notification, ALL, 0);
        CHECK_OK(ipc(buffer.endpoint, ENNEAD_SEND, ENNEAD_TAG(USER, 1, 6, items), 1, 2, 3, 4).status);
        expect_message(actor, 6, items);
    }
    struct actor *actor = start_receiving(ENNEAD_RECV);
    CHECK_OK(thread_cancel(actor->thread));
    actor_join(actor);
    CHECK_IS(buffer.result.status, ENNEAD_CANCELLED);
    CHECK_IS(buffer.changed, 0);
}

/* ---- preemption ---- */

static volatile bool stop;
static struct worker {
    uint64_t pattern;
    volatile uint64_t rounds, wrong;
} workers[COMPUTING];

static void compute(void *argument)
{
    struct worker *worker = argument;
    while (!stop) {
        worker->wrong |= port_compute(worker->pattern, 20000);
        worker->rounds++;
    }
}

static bool all_reached(uint64_t rounds)
{
    for (unsigned i = 0; i < COMPUTING; i++) {
        if (workers[i].rounds < rounds)
            return false;
    }
    return true;
}

static void sleep_a_little(uint32_t notification)
{
    uint64_t bits;
    CHECK_OK(notification_arm(notification, now_ns() + 300000, 1));
    CHECK_OK(notification_wait(notification, &bits));
}

static void compute_together(bool migrate)
{
    uint32_t notification = make(ENNEAD_TYPE_NOTIFICATION);
    struct actor *actor[COMPUTING];
    stop = false;
    for (unsigned i = 0; i < COMPUTING; i++) {
        workers[i] = (struct worker){.pattern = UINT64_C(0x0102030405060708) * (i + 1) + i};
        actor[i] = new_actor((struct plan){.entry = compute, .argument = &workers[i]});
        CHECK_OK(sched_configure(actor[i]->sched, 1000000, 1000000, 0));
    }
    for (unsigned round = 0; round < 60 || !all_reached(20); round++) {
        sleep_a_little(notification);
        if (migrate)
            CHECK_OK(sched_configure(actor[round % COMPUTING]->sched, 1000000, 1000000,
                                     (round / COMPUTING + round) % harness.boot->cpus));
    }
    stop = true;
    for (unsigned i = 0; i < COMPUTING; i++) {
        CHECK_OK(sched_configure(actor[i]->sched, UNLIMITED_NS, UNLIMITED_NS, 0));
        actor_join(actor[i]);
        CHECK_IS(workers[i].wrong, 0);
    }
}

TEST(preempted_threads_keep_all_registers, CLAUSES("THR-8", "TIM-1"))
{
    compute_together(false);
}

TEST(migrated_threads_keep_all_registers, CLAUSES("TIM-4"))
{
    compute_together(true);
}

/* ---- other ways into the kernel and back ---- */

#define TIMES 24u

static struct worker paged;

/* The entries of a space's map that hold the code that computes, wherever it goes over a page's end. */
static void code_pages(uint32_t space, uint64_t *first, uint64_t *order)
{
    uint64_t rights;
    CHECK_OK(space_map_info(space, (uintptr_t)port_compute, first, order, &rights));
}

static struct ennead_item code_item(uint64_t first, uint64_t order)
{
    return ennead_item_page(first, (unsigned)order, 0, READ | EXECUTE);
}

/* The code is taken away from below the thread, and is there again: the kernel enters it. Or it is not, until the
 * handler of the fault has put it there. */
static void take_code(uint32_t space, uint32_t faults, bool at_once)
{
    uint64_t first = 0, order = 0;
    code_pages(space, &first, &order);
    CHECK_OK(space_unmap(space, first));
    if (at_once) {
        CHECK_OK(give_item(space, first, code_item(first, order)));
        return;
    }
    struct ennead_msg msg = ennead_recv(faults);
    CHECK_OK(msg.status);
    CHECK_IS(ENNEAD_TAG_LABEL(msg.tag), ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_PAGE);
    CHECK_OK(give_item(space, first, code_item(first, order)));
    CHECK_OK(ipc(0, ENNEAD_REPLY, ENNEAD_TAG(0, ENNEAD_OK, 0, 0), 0, 0, 0, 0).status);
}

TEST(threads_that_fault_keep_all_registers, CLAUSES("FLT-1", "FLT-3"))
{
    uint32_t notification = make(ENNEAD_TYPE_NOTIFICATION), faults = make(ENNEAD_TYPE_ENDPOINT), space = make_space();
    CHECK_OK(space_set_pager(space, ENNEAD_HANDLER_PAGER, ennead_item_cap(faults, ALL, 0)));
    stop = false;
    paged = (struct worker){.pattern = UINT64_C(0x1122334455667788)};
    struct actor *actor = new_actor((struct plan){.entry = compute, .argument = &paged, .space = space});
    for (unsigned i = 0; i < TIMES; i++) {
        sleep_a_little(notification);
        take_code(space, faults, i % 2 == 0);
    }
    uint64_t rounds = paged.rounds;
    while (paged.rounds < rounds + 2)
        sleep_a_little(notification);
    stop = true;
    actor_join(actor);
    CHECK_IS(paged.wrong, 0);
}

/* Deadlines that nobody waits for: the thread goes on at once. */
TEST(interrupted_threads_keep_all_registers, CLAUSES("THR-8"))
{
    uint32_t notification = make(ENNEAD_TYPE_NOTIFICATION);
    stop = false;
    paged = (struct worker){.pattern = UINT64_C(0x2233445566778899)};
    struct actor *actor = new_actor((struct plan){.entry = compute, .argument = &paged});
    for (unsigned i = 0; i < TIMES; i++) {
        uint64_t now = now_ns();
        for (unsigned n = 0; n < 8; n++)
            CHECK_OK(notification_arm(make(ENNEAD_TYPE_NOTIFICATION), now + 20000 * (n + 1), 1));
        sleep_a_little(notification);
    }
    while (paged.rounds == 0)
        sleep_a_little(notification);
    stop = true;
    actor_join(actor);
    CHECK_IS(paged.wrong, 0);
}

GROUP(registers, RUN(a_thread_starts_with_zeroes), RUN(no_register_tells_more_than_the_message),
      RUN(nor_after_one_that_blocked), RUN(nor_after_one_that_took_the_fast_path),
      RUN(nor_after_one_that_was_cancelled), RUN(the_thread_pointer_is_kept), RUN(preempted_threads_keep_all_registers),
      RUN(migrated_threads_keep_all_registers), RUN(nor_a_message_buffer), RUN(threads_that_fault_keep_all_registers),
      RUN(interrupted_threads_keep_all_registers));
