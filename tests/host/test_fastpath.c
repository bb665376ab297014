/* The fast path: which messages take it, with one CPU and with two, and which must not. */
#include "fixture.h"
#include "machine.h"

#define USER ENNEAD_PROTOCOL_USER

static unsigned endpoint, at_server; /* its slots in root's table and in the server's */
static struct thread *server;

/* A server that waits for root, in a space of its own. */
static void start_server(void)
{
    unsigned space = new_space();
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    at_server = put_cap(space, endpoint, ENNEAD_RIGHTS_ALL, 0);
    server = new_thread(space);
    run(server);
    ipc(at_server, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
}

/* How many of the messages of one call took the fast path; the items are in the bits above the words. */
static uint64_t taken_by(unsigned slot, unsigned phases, unsigned words)
{
    const ennead_word word[ENNEAD_MSG_REG_WORDS] = {1, 2, 3, 4};
    uint64_t before = host_fast_messages();
    host_ipc(0, (ennead_word)slot << ENNEAD_TARGET_SHIFT | phases, ENNEAD_TAG(USER, 7, words & 0xff, words >> 8), word);
    return host_fast_messages() - before;
}

static void machine_with_cpus(unsigned count)
{
    struct host_config config = {.cpus = count, .ram_bytes = 16 << 20};
    host_power_off();
    machine_on_with(&config);
}

static void calls_and_answers_take_it(void **state)
{
    (void)state;
    CLAUSES("IPC-1", "TIM-3");
    for (unsigned count = 1; count <= 2; count++) {
        machine_with_cpus(count);
        start_server();
        for (unsigned words = 0; words <= ENNEAD_MSG_WORDS; words += 25) {
            server->space->active_on[0] = false; /* as after a shootdown */
            assert_int_equal(taken_by(endpoint, ENNEAD_CALL, words), 1);
            assert_ptr_equal(host_current(0), server);
            assert_int_equal(server->context.tag, ENNEAD_TAG(USER, 7, words, 0));
            assert_int_equal(server->space->active_on[0], count > 1);
            check_invariants();
            assert_int_equal(taken_by(at_server, ENNEAD_REPLY_RECV, words), 1);
            assert_ptr_equal(host_current(0), root);
            check_invariants();
        }
    }
}

static void none_takes_it_that_is_told_not_to(void **state)
{
    (void)state;
    start_server();
    host_take_fast_path(false);
    assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 0), 0);
    assert_ptr_equal(host_current(0), server);
}

/* Copies of what the sender has go along; what would move, or cannot arrive, goes the general way. */
static void items_that_are_copies_take_it(void **state)
{
    (void)state;
    CLAUSES("IPC-1", "ITM-1");
    for (unsigned i = 0; i < 4; i++) {
        machine_with_cpus(1 + i / 2);
        start_server();
        struct ennead_item *item = &root->utcb->items[0];
        unsigned arrives = at_server + 1, words = i % 2 * 9;
        server->utcb->window = (struct ennead_window){.cap_base = arrives, .cap_count = 1};
        *item = (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = ENNEAD_RIGHTS_ALL, .base = ENNEAD_ROOT_SPACE};
        assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 1u << 8 | words), 1);
        assert_ptr_equal(space_slot(server->space, arrives)->object, &root->space->object);
        assert_int_equal(taken_by(at_server, ENNEAD_REPLY_RECV, words), 1);
        assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 1u << 8 | words), 0); /* the slot is taken */
        assert_ptr_equal(host_current(0), root);
        *item = (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .base = ENNEAD_ROOT_SPACE, .flags = ENNEAD_ITEM_GRANT};
        assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 1u << 8 | words), 0);
        assert_int_equal(taken_by(endpoint, ENNEAD_CALL, (ENNEAD_MSG_ITEMS + 1) << 8 | words), 0);
        check_invariants();
    }
}

/* ---- what does not take it: one thing is otherwise, and nothing is done ---- */

static ennead_word target;
static uint32_t tag;

#define REFUSED_IF(what, value)                                                                                        \
    do {                                                                                                               \
        __typeof__(what) kept = (what);                                                                                \
        (what) = (value);                                                                                              \
        assert_null(host_enter_message(target, tag));                                                                  \
        (what) = kept;                                                                                                 \
    } while (0)

static ennead_word target_of(unsigned slot, unsigned phases)
{
    return (ennead_word)slot << ENNEAD_TARGET_SHIFT | phases;
}

/* What calls and answers have in common. The running thread's message goes to `to`, by way of its slot. */
static void refused_either_way(unsigned slot, unsigned phases, unsigned words, struct thread *to)
{
    struct thread *thread = host_current(0);
    struct node *cap = space_slot(thread->space, slot);
    target = target_of(slot, phases);
    tag = ENNEAD_TAG(USER, 7, words, 0);
    REFUSED_IF(target, target_of(32000, phases));
    REFUSED_IF(target, target_of(100, phases));
    REFUSED_IF(target, target | ENNEAD_POLL);
    REFUSED_IF(cap->passes, phases == ENNEAD_CALL ? ENNEAD_RIGHT_READ : ENNEAD_RIGHT_WRITE);
    REFUSED_IF(cap->passes, 0);
    REFUSED_IF(cpus[0].highest_ready, to->priority + 1);
    REFUSED_IF(tag, tag | 0x100);
    REFUSED_IF(tag, ENNEAD_TAG(USER, 7, ENNEAD_MSG_WORDS + 1, 0));
    REFUSED_IF(tag, tag | 0x8000);
    to->fpu_cpu = 1; /* so that it is looked at as any message */
    REFUSED_IF(cap->passes, phases == ENNEAD_CALL ? ENNEAD_RIGHT_READ : ENNEAD_RIGHT_WRITE);
    REFUSED_IF(cpus[0].highest_ready, to->priority + 1);
    to->fpu_cpu = 0;
    if (words > ENNEAD_MSG_REG_WORDS) {
        REFUSED_IF(thread->utcb, NULL);
        REFUSED_IF(to->utcb, NULL);
    }
}

/* Another CPU, which has the lock for it, pokes this one; or it was seen to. */
static void set_poked(bool poked)
{
    lock_wait(&cpus[1]);
    cpus[0].poked = poked;
    lock_pass(&cpus[1]);
}

/* What others may have done meanwhile. */
static void refused_among_cpus(void)
{
    set_poked(true);
    assert_null(host_enter_message(target, tag));
    set_poked(false);
    endpoint_of(object_at(endpoint))->home = NULL; /* so that it is looked at with the lock */
    REFUSED_IF(cpus[0].poked, true);
    REFUSED_IF(cpus[0].noted, true);
    REFUSED_IF(cpus[0].reschedule, true);
    REFUSED_IF(cpus[0].rotate, true);
    REFUSED_IF(cpus[0].clock_stale, true);
}

static void refused_calls(unsigned words)
{
    refused_either_way(endpoint, ENNEAD_CALL, words, server);
    REFUSED_IF(server->state, ENNEAD_THREAD_SENDING);
    REFUSED_IF(target, target_of(endpoint, ENNEAD_SEND));
}

static void refused_answers(unsigned words)
{
    static struct notification notification = {.bits = 1};
    struct endpoint *empty = endpoint_of(object_at(endpoint));
    refused_either_way(at_server, ENNEAD_REPLY_RECV, words, root);
    REFUSED_IF(server->caller, NULL);
    REFUSED_IF(root->fault_operation, ENNEAD_FAULT_EXCEPTION);
    REFUSED_IF(server->own, server->run);
    REFUSED_IF(server->notification_bound, &notification);
    uint8_t *state = (uint8_t *)&empty->nobody;
    REFUSED_IF(*state, ENNEAD_THREAD_SENDING); /* as somebody who sends would look */
}

static void what_is_not_plain_is_refused(void **state)
{
    static const unsigned words[] = {0, 9};
    (void)state;
    CLAUSES("IPC-4", "IPC-5", "IPC-6");
    for (unsigned i = 0; i < 4; i++) {
        machine_with_cpus(1 + i / 2);
        start_server();
        refused_calls(words[i % 2]);
        if (i / 2)
            refused_among_cpus();
        assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 0), 1);
        refused_answers(words[i % 2]);
        if (i / 2)
            refused_among_cpus();
        assert_int_equal(taken_by(at_server, ENNEAD_REPLY_RECV, 0), 1);
        assert_ptr_equal(host_current(0), root);
    }
}

/* ---- local sections ---- */

static unsigned waits;
static struct cpu *nowhere; /* where the lock's holder puts others */

/* CPU 1 comes out of a local section, for which whoever has the lock waits. */
static void let_out(void)
{
    assert_ptr_not_equal(cpus[1].local, &cpus[1]);
    nowhere = cpus[1].local;
    cpus[1].current = NULL;
    waits++;
}

/* Does the message take the lock, which waits for CPU 1? */
static bool takes_the_lock(unsigned slot, unsigned phases, unsigned words)
{
    unsigned before = waits;
    cpus[1].current = (void *)&cpus[1];
    host_on_relax(let_out);
    assert_int_equal(taken_by(slot, phases, words), 1);
    host_on_relax(NULL);
    cpus[1].current = NULL;
    assert_false(lock_is_local(&cpus[0]));
    assert_ptr_equal(cpus[1].local, &cpus[1]);
    check_invariants();
    return waits > before;
}

/* Messages between threads of one CPU pass without the lock once the endpoint is at home there. */
static void messages_of_one_cpu_are_local(void **state)
{
    (void)state;
    CLAUSES("IPC-1");
    machine_with_cpus(2);
    start_server();
    struct endpoint *between = endpoint_of(object_at(endpoint));
    for (unsigned words = 0; words <= ENNEAD_MSG_WORDS; words += 25) {
        between->home = NULL;
        assert_true(takes_the_lock(endpoint, ENNEAD_CALL, words));
        assert_ptr_equal(between->home, &cpus[0]);
        assert_false(takes_the_lock(at_server, ENNEAD_REPLY_RECV, words));
        assert_false(takes_the_lock(endpoint, ENNEAD_CALL, words));
        between->home = &cpus[1];
        assert_true(takes_the_lock(at_server, ENNEAD_REPLY_RECV, words));
        assert_ptr_equal(between->home, &cpus[0]);
    }
    cpus[0].local = nowhere; /* as if another CPU took the lock, and passed it on in the middle */
    assert_true(takes_the_lock(endpoint, ENNEAD_CALL, 0));
    assert_ptr_equal(cpus[0].local, &cpus[0]);
}

/* ---- beside a message ---- */

/* The FPU is off for whoever does not own it, and on again for its owner. */
static void the_unit_goes_with_its_owner(void **state)
{
    (void)state;
    CLAUSES("THR-9");
    for (unsigned i = 0; i < 4; i++) {
        machine_with_cpus(1 + i / 2);
        start_server();
        host_use_fpu(0, 77);
        assert_int_equal(taken_by(endpoint, ENNEAD_CALL, i % 2 * 9), 1);
        assert_false(host.cpu[0].fpu_on);
        assert_int_equal(taken_by(at_server, ENNEAD_REPLY_RECV, i % 2 * 9), 1);
        assert_true(host.cpu[0].fpu_on);
        assert_int_equal(host_read_fpu(0), 77);
    }
}

/* Between threads of one space no translations change. */
static void threads_of_one_space(void **state)
{
    (void)state;
    CLAUSES("IPC-1");
    for (unsigned i = 0; i < 4; i++) {
        machine_with_cpus(1 + i / 2);
        endpoint = make(ENNEAD_TYPE_ENDPOINT);
        server = new_thread(ENNEAD_ROOT_SPACE);
        run(server);
        ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
        run(root);
        assert_int_equal(taken_by(endpoint, ENNEAD_CALL, i % 2 * 9), 1);
        assert_int_equal(taken_by(endpoint, ENNEAD_REPLY_RECV, i % 2 * 9), 1);
        assert_ptr_equal(host_current(0), root);
    }
}

/* A server's bits come before the next call; where there are none, nothing is otherwise. */
static void bits_are_seen_before_waiting(void **state)
{
    (void)state;
    CLAUSES("NTF-3");
    for (unsigned i = 0; i < 4; i++) {
        machine_with_cpus(1 + i / 2);
        start_server();
        unsigned notification = make(ENNEAD_TYPE_NOTIFICATION);
        with_cap(slot_of_thread(server));
        assert_int_equal(op(notification, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_BIND, NO_FIELDS), ENNEAD_OK);
        assert_int_equal(taken_by(endpoint, ENNEAD_CALL, i % 2 * 9), 1);
        assert_int_equal(taken_by(at_server, ENNEAD_REPLY_RECV, i % 2 * 9), 1);
        assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 0), 1);
        notification_signal(notification_of(object_at(notification)), 0x50);
        assert_int_equal(taken_by(at_server, ENNEAD_REPLY_RECV, 0), 0);
        assert_int_equal(server->state, ENNEAD_THREAD_READY);
        assert_int_equal(last(server).label, ENNEAD_PROTOCOL_NOTIFY << 8 | ENNEAD_NOTIFY_BITS);
        assert_int_equal(last(server).field[0], 0x50);
        assert_int_equal(root->state, ENNEAD_THREAD_READY);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(calls_and_answers_take_it),         TEST(items_that_are_copies_take_it),
        TEST(none_takes_it_that_is_told_not_to), TEST(what_is_not_plain_is_refused),
        TEST(the_unit_goes_with_its_owner),      TEST(threads_of_one_space),
        TEST(bits_are_seen_before_waiting),      TEST(messages_of_one_cpu_are_local),
    };
    return RUN("fastpath", tests);
}
