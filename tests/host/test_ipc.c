/* The system call's phases: sending, receiving, calling, polling, and what goes wrong. */
#include "fixture.h"

#include <string.h>

#define USER ENNEAD_PROTOCOL_USER

/* A server that receives on a new endpoint, and the endpoint's slot. */
static struct thread *start_server(unsigned *endpoint)
{
    *endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *server = new_thread(ENNEAD_ROOT_SPACE);
    run(server);
    ipc(*endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(server->state, ENNEAD_THREAD_RECEIVING);
    run(root);
    return server;
}

static void a_call_reaches_the_receiver_and_its_answer_returns(void **state)
{
    (void)state;
    CLAUSES("IPC-1", "IPC-7", "REP-1");
    unsigned endpoint;
    struct thread *server = start_server(&endpoint);
    ipc(endpoint, ENNEAD_CALL, USER, 5, FIELDS(11, 22));
    assert_int_equal(root->state, ENNEAD_THREAD_CALLING);
    assert_ptr_equal(host_current(0), server);
    struct result got = last(server);
    assert_int_equal(got.status, ENNEAD_OK);
    assert_int_equal(got.tag, ENNEAD_TAG(USER, 5, 2 * ENNEAD_FIELD_WORDS, 0));
    assert_int_equal(got.field[0], 11);
    assert_int_equal(got.field[1], 22);
    for (unsigned i = 2 * ENNEAD_FIELD_WORDS; i < ENNEAD_MSG_REG_WORDS; i++)
        assert_int_equal(server->context.words[i], 0); /* as they were sent */
    ipc(endpoint, ENNEAD_REPLY_RECV, 0, 0, FIELDS(33));
    assert_ptr_equal(host_current(0), root);
    assert_int_equal(last(root).status, ENNEAD_OK);
    assert_int_equal(last(root).field[0], 33);
    assert_int_equal(server->state, ENNEAD_THREAD_RECEIVING);
}

static void long_messages_arrive_whole(void **state)
{
    (void)state;
    CLAUSES("IPC-7");
    unsigned endpoint;
    struct thread *server = start_server(&endpoint);
    for (unsigned i = 0; i < ENNEAD_MSG_WORDS; i++)
        root->utcb->words[i] = i * 3 + 1;
    ennead_word word[4] = {1, 4, 7, 10};
    host_ipc(0, (ennead_word)endpoint << 8 | ENNEAD_SEND, ENNEAD_TAG(USER, 0, ENNEAD_MSG_WORDS, 0), word);
    assert_int_equal(last(root).status, ENNEAD_OK);
    for (unsigned i = 0; i < ENNEAD_MSG_WORDS; i++)
        assert_int_equal(message_word(server, i), i * 3 + 1);
}

static void a_sender_waits_for_a_receiver(void **state)
{
    (void)state;
    CLAUSES("IPC-8", "IPC-10");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    unsigned badged = copy(endpoint, ENNEAD_RIGHT_WRITE, 77);
    struct thread *first = new_thread(ENNEAD_ROOT_SPACE), *second = new_thread(ENNEAD_ROOT_SPACE);
    run(first);
    ipc(badged, ENNEAD_SEND, USER, 1, FIELDS(1));
    assert_int_equal(first->state, ENNEAD_THREAD_SENDING);
    run(second);
    ipc(endpoint, ENNEAD_SEND, USER, 2, FIELDS(2));
    run(root);
    struct result got = ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(got.badge, 77);
    assert_int_equal(got.field[0], 1);
    got = ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(got.badge, 0);
    assert_int_equal(got.field[0], 2);
    assert_int_equal(first->state, ENNEAD_THREAD_READY);
    assert_int_equal(last(first).status, ENNEAD_OK);
}

static void polling_never_blocks(void **state)
{
    (void)state;
    CLAUSES("IPC-9");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), notification = make(ENNEAD_TYPE_NOTIFICATION);
    assert_int_equal(ipc(endpoint, ENNEAD_SEND | ENNEAD_POLL, USER, 0, NO_FIELDS).status, ENNEAD_WOULD_BLOCK);
    assert_int_equal(ipc(endpoint, ENNEAD_CALL | ENNEAD_POLL, USER, 0, NO_FIELDS).status, ENNEAD_WOULD_BLOCK);
    assert_int_equal(ipc(endpoint, ENNEAD_RECV | ENNEAD_POLL, USER, 0, NO_FIELDS).status, ENNEAD_WOULD_BLOCK);
    assert_int_equal(ipc(endpoint, ENNEAD_REPLY_RECV | ENNEAD_POLL, USER, 0, NO_FIELDS).status, ENNEAD_WOULD_BLOCK);
    struct result got =
        ipc(notification, ENNEAD_CALL | ENNEAD_POLL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, NO_FIELDS);
    assert_int_equal(got.label, ENNEAD_WOULD_BLOCK);
}

static void senseless_phases_are_refused(void **state)
{
    (void)state;
    CLAUSES("IPC-2", "IPC-3");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    static const unsigned valid[] = {ENNEAD_SEND,  ENNEAD_RECV,       ENNEAD_CALL,
                                     ENNEAD_REPLY, ENNEAD_REPLY_RECV, ENNEAD_STORE};
    for (unsigned phases = 0; phases < 256; phases++) {
        bool is_valid = false;
        for (unsigned i = 0; i < sizeof valid / sizeof valid[0]; i++)
            is_valid |= (phases & ~(unsigned)ENNEAD_POLL) == valid[i];
        if (is_valid)
            continue;
        struct result got = ipc(endpoint, phases, USER, 1, FIELDS(1, 2));
        assert_int_equal(got.status, ENNEAD_INVALID_OP);
        assert_int_equal(got.badge | got.tag, 0);
        for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
            assert_int_equal(root->context.words[i], 0);
    }
}

static void empty_and_wild_slots_are_refused(void **state)
{
    (void)state;
    CLAUSES("IPC-4");
    static const unsigned slots[] = {0, 30, 127, 128, 4096, ENNEAD_SLOTS_MAX, 0xffffff};
    for (unsigned i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        assert_int_equal(ipc(slots[i], ENNEAD_SEND, USER, 0, NO_FIELDS).status, ENNEAD_INVALID_CAP);
        assert_int_equal(ipc(slots[i], ENNEAD_CALL, USER, 0, NO_FIELDS).status, ENNEAD_INVALID_CAP);
        assert_int_equal(ipc(slots[i], ENNEAD_RECV, USER, 0, NO_FIELDS).status, ENNEAD_INVALID_CAP);
    }
    assert_int_equal(ipc(ENNEAD_ROOT_POOL, ENNEAD_RECV, 0, 0, NO_FIELDS).status, ENNEAD_INVALID_OP);
}

static void rights_are_needed_to_send_and_receive(void **state)
{
    (void)state;
    CLAUSES("IPC-5");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    unsigned reads = copy(endpoint, ENNEAD_RIGHT_READ, 0), writes = copy(endpoint, ENNEAD_RIGHT_WRITE, 0);
    assert_int_equal(ipc(reads, ENNEAD_SEND, USER, 0, NO_FIELDS).status, ENNEAD_DENIED);
    assert_int_equal(ipc(reads, ENNEAD_CALL, USER, 0, NO_FIELDS).status, ENNEAD_DENIED);
    assert_int_equal(ipc(writes, ENNEAD_RECV, USER, 0, NO_FIELDS).status, ENNEAD_DENIED);
}

static void oversized_messages_are_refused(void **state)
{
    (void)state;
    CLAUSES("IPC-6");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    ennead_word word[4] = {0};
    ennead_word target = (ennead_word)endpoint << 8 | ENNEAD_SEND;
    host_ipc(0, target, ENNEAD_TAG(USER, 0, ENNEAD_MSG_WORDS + 1, 0), word);
    assert_int_equal(last(root).status, ENNEAD_INVALID_ARG);
    host_ipc(0, target, ENNEAD_TAG(USER, 0, 0, ENNEAD_MSG_ITEMS + 1), word);
    assert_int_equal(last(root).status, ENNEAD_INVALID_ARG);
}

/* A thread without a message buffer, running. */
static struct thread *run_bare_thread(void)
{
    unsigned slot = make(ENNEAD_TYPE_THREAD), context = make(ENNEAD_TYPE_SCHED_CONTEXT);
    with_cap(ENNEAD_ROOT_SPACE);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(0)), ENNEAD_OK);
    with_cap(slot);
    assert_int_equal(op(context, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(1, 2, 3)), ENNEAD_OK);
    struct thread *thread = thread_of(object_at(slot));
    run(thread);
    return thread;
}

static void a_thread_without_buffer_has_short_messages_only(void **state)
{
    (void)state;
    CLAUSES("IPC-6", "IPC-12", "OBJ-6");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *bare = run_bare_thread();
    ennead_word word[4] = {0};
    ennead_word target = (ennead_word)endpoint << 8;
    host_ipc(0, target | ENNEAD_SEND, ENNEAD_TAG(USER, 0, 5, 0), word);
    assert_int_equal(last(bare).status, ENNEAD_NO_UTCB);
    host_ipc(0, target | ENNEAD_SEND, ENNEAD_TAG(USER, 0, 0, 1), word);
    assert_int_equal(last(bare).status, ENNEAD_NO_UTCB);
    host_ipc(0, ENNEAD_ROOT_POOL << 8 | ENNEAD_CALL, ENNEAD_TAG(ENNEAD_TYPE_POOL, 0, 0, 0), word);
    assert_int_equal(last(bare).status, ENNEAD_NO_UTCB);
    host_ipc(0, target | ENNEAD_RECV, 0, word);
    run(root);
    host_ipc(0, target | ENNEAD_SEND, ENNEAD_TAG(USER, 0, 5, 0), word);
    assert_int_equal(last(root).status, ENNEAD_WINDOW);
    assert_int_equal(bare->state, ENNEAD_THREAD_RECEIVING);
    host_ipc(0, target | ENNEAD_SEND, ENNEAD_TAG(USER, 0, 4, 0), word);
    assert_int_equal(last(root).status, ENNEAD_OK);
}

static void an_undeliverable_message_is_its_senders_error(void **state)
{
    (void)state;
    CLAUSES("IPC-11", "IPC-13");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *sender = new_thread(ENNEAD_ROOT_SPACE), *good = new_thread(ENNEAD_ROOT_SPACE);
    run(sender);
    with_cap(endpoint);
    with_cap(endpoint);
    ipc(endpoint, ENNEAD_SEND, USER, 1, NO_FIELDS);
    run(good);
    ipc(endpoint, ENNEAD_SEND, USER, 2, FIELDS(9));
    run(root);
    window(100, 1, 0, 0); /* room for one of the two capabilities */
    struct result got = ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(got.field[0], 9);
    assert_int_equal(last(sender).status, ENNEAD_WINDOW);
    assert_int_equal(space_slot(root->space, 100)->kind, NODE_EMPTY);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_call_reaches_the_receiver_and_its_answer_returns),
        TEST(long_messages_arrive_whole),
        TEST(a_sender_waits_for_a_receiver),
        TEST(polling_never_blocks),
        TEST(senseless_phases_are_refused),
        TEST(empty_and_wild_slots_are_refused),
        TEST(rights_are_needed_to_send_and_receive),
        TEST(oversized_messages_are_refused),
        TEST(a_thread_without_buffer_has_short_messages_only),
        TEST(an_undeliverable_message_is_its_senders_error),
    };
    return RUN("ipc", tests);
}
