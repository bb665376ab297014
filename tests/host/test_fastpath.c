/* The fast path: which messages take it, with one CPU and with two, and which must not. */
#include "fixture.h"

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

/* How many of the messages of one call took the fast path. */
static uint64_t taken_by(unsigned slot, unsigned phases, unsigned words)
{
    const ennead_word word[ENNEAD_MSG_REG_WORDS] = {1, 2, 3, 4};
    uint64_t before = host_fast_messages();
    host_ipc(0, (ennead_word)slot << ENNEAD_TARGET_SHIFT | phases, ENNEAD_TAG(USER, 7, words, 0), word);
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
            server->space->cpus_active = 0; /* as after a shootdown */
            assert_int_equal(taken_by(endpoint, ENNEAD_CALL, words), 1);
            assert_ptr_equal(host_current(0), server);
            assert_int_equal(server->context.tag, ENNEAD_TAG(USER, 7, words, 0));
            assert_true(server->space->cpus_active & 1);
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

static void a_right_to_receive_calls_nobody(void **state)
{
    (void)state;
    CLAUSES("IPC-5");
    start_server();
    unsigned slot = copy(endpoint, ENNEAD_RIGHT_READ, 0);
    assert_int_equal(taken_by(slot, ENNEAD_CALL, 0), 0);
    assert_int_equal(root->context.status, ENNEAD_DENIED);
    slot = copy(endpoint, ENNEAD_RIGHT_WRITE, 0);
    assert_int_equal(taken_by(slot, ENNEAD_CALL, 0), 1);
    assert_int_equal(taken_by(at_server, ENNEAD_REPLY_RECV, 0), 1);
}

static void polling_sending_and_nonsense_go_the_general_way(void **state)
{
    static const unsigned phases[] = {ENNEAD_CALL | ENNEAD_POLL, ENNEAD_SEND, ENNEAD_RECV | ENNEAD_POLL, ENNEAD_STORE,
                                      0xff};
    (void)state;
    CLAUSES("IPC-2");
    for (unsigned i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        machine_with_cpus(2);
        start_server();
        assert_int_equal(taken_by(endpoint, phases[i], 0), 0);
    }
}

static void messages_too_long_or_nowhere_to_put_go_the_general_way(void **state)
{
    (void)state;
    CLAUSES("IPC-6", "IPC-12");
    start_server();
    assert_int_equal(taken_by(endpoint, ENNEAD_CALL, ENNEAD_MSG_WORDS + 1), 0);
    assert_int_equal(root->context.status, ENNEAD_INVALID_ARG);
    struct ennead_utcb *buffer = server->utcb;
    server->utcb = NULL;
    assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 5), 0);
    assert_int_equal(root->context.status, ENNEAD_WINDOW);
    server->utcb = buffer;
}

/* Its notification's bits come before the next call. */
static void bits_are_seen_before_waiting(void **state)
{
    (void)state;
    CLAUSES("NTF-3");
    start_server();
    unsigned notification = make(ENNEAD_TYPE_NOTIFICATION);
    with_cap(slot_of_thread(server));
    assert_int_equal(op(notification, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_BIND, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 0), 1);
    notification_signal(notification_of(object_at(notification)), 0x50);
    assert_int_equal(taken_by(at_server, ENNEAD_REPLY_RECV, 0), 0);
    assert_int_equal(server->state, ENNEAD_THREAD_READY);
    assert_int_equal(last(server).tag, ENNEAD_TAG(ENNEAD_PROTOCOL_NOTIFY, ENNEAD_NOTIFY_BITS, ENNEAD_FIELD_WORDS, 0));
    assert_int_equal(last(server).field[0], 0x50);
    assert_int_equal(root->state, ENNEAD_THREAD_READY);
}

/* With several CPUs others may have left something to be seen to: here, another end of the budget. */
static void what_is_due_goes_first(void **state)
{
    (void)state;
    CLAUSES("TIM-1");
    start_server();
    cpus[0].clock_stale = true;
    assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 0), 0);
    assert_ptr_equal(host_current(0), server);
    assert_false(cpus[0].clock_stale);
    assert_int_equal(taken_by(at_server, ENNEAD_REPLY_RECV, 0), 1);
    root->stop_requested = true; /* as another CPU does, whose interrupt is still to come */
    assert_int_equal(taken_by(endpoint, ENNEAD_CALL, 0), 0);
    root->stop_requested = false;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(calls_and_answers_take_it),
        TEST(none_takes_it_that_is_told_not_to),
        TEST(a_right_to_receive_calls_nobody),
        TEST(polling_sending_and_nonsense_go_the_general_way),
        TEST(messages_too_long_or_nowhere_to_put_go_the_general_way),
        TEST(bits_are_seen_before_waiting),
        TEST(what_is_due_goes_first),
    };
    return RUN("fastpath", tests);
}
