/* Reply rights: used, lost, stored, passed on, cancelled. */
#include "fixture.h"

#define USER ENNEAD_PROTOCOL_USER

static unsigned endpoint;
static struct thread *server, *client;

/* `client` has called `endpoint`; `server` holds its right and runs. */
static void call_in_progress(void)
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    server = new_thread(ENNEAD_ROOT_SPACE);
    client = new_thread(ENNEAD_ROOT_SPACE);
    run(server);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(client);
    ipc(endpoint, ENNEAD_CALL, USER, 1, FIELDS(1));
    assert_ptr_equal(host_current(0), root);
    run(server);
    assert_ptr_equal(server->caller, client);
}

static void replying_to_nobody_is_said(void **state)
{
    (void)state;
    CLAUSES("REP-1");
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    assert_int_equal(ipc(0, ENNEAD_REPLY, 0, 0, NO_FIELDS).status, ENNEAD_NO_REPLY);
    struct result got = ipc(endpoint, ENNEAD_REPLY_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS);
    assert_int_equal(got.status, ENNEAD_WOULD_BLOCK);
}

static void reply_alone_goes_on(void **state)
{
    (void)state;
    CLAUSES("REP-1");
    call_in_progress();
    assert_int_equal(ipc(0, ENNEAD_REPLY, 0, 0, FIELDS(5)).status, ENNEAD_OK);
    assert_ptr_equal(host_current(0), server);
    assert_int_equal(last(client).field[0], 5);
    assert_int_equal(client->state, ENNEAD_THREAD_READY);
}

static void receiving_again_destroys_the_right(void **state)
{
    (void)state;
    CLAUSES("REP-2");
    call_in_progress();
    ipc(endpoint, ENNEAD_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS);
    assert_int_equal(last(client).status, ENNEAD_NO_REPLY);
    assert_int_equal(client->state, ENNEAD_THREAD_READY);
}

static void a_stored_right_is_used_later(void **state)
{
    (void)state;
    CLAUSES("REP-3", "REP-4");
    call_in_progress();
    unsigned slot = new_slot();
    assert_int_equal(ipc(ENNEAD_ROOT_POOL, ENNEAD_STORE, 0, 0, NO_FIELDS).status, ENNEAD_OCCUPIED);
    assert_int_equal(ipc(5000, ENNEAD_STORE, 0, 0, NO_FIELDS).status, ENNEAD_NO_SLOT);
    assert_int_equal(ipc(slot, ENNEAD_STORE, 0, 0, NO_FIELDS).status, ENNEAD_OK);
    assert_int_equal(ipc(new_slot(), ENNEAD_STORE, 0, 0, NO_FIELDS).status, ENNEAD_NO_REPLY);
    ipc(endpoint, ENNEAD_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS);
    assert_int_equal(client->state, ENNEAD_THREAD_CALLING);
    assert_int_equal(ipc(slot, ENNEAD_CALL, USER, 0, NO_FIELDS).status, ENNEAD_INVALID_OP);
    assert_int_equal(ipc(slot, ENNEAD_SEND, 0, 0, FIELDS(8)).status, ENNEAD_OK);
    assert_int_equal(last(client).field[0], 8);
    assert_int_equal(ipc(slot, ENNEAD_SEND, 0, 0, NO_FIELDS).status, ENNEAD_INVALID_CAP);
}

static void a_right_is_passed_on_but_not_copied(void **state)
{
    (void)state;
    CLAUSES("REP-5");
    call_in_progress();
    unsigned slot = new_slot(), to = new_slot();
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_REPLY});
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(slot)), ENNEAD_OK);
    assert_null(server->caller);
    with_cap(slot);
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(to)), ENNEAD_DENIED);
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .base = slot});
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(to)), ENNEAD_OK);
    assert_ptr_equal(client->reply_slot, space_slot(root->space, to));
    assert_int_equal(ipc(to, ENNEAD_SEND, 0, 0, FIELDS(4)).status, ENNEAD_OK);
    assert_int_equal(last(client).field[0], 4);
}

static void a_right_that_ends_unused_tells_its_caller(void **state)
{
    (void)state;
    CLAUSES("REP-6");
    call_in_progress();
    unsigned slot = new_slot();
    ipc(slot, ENNEAD_STORE, 0, 0, NO_FIELDS);
    assert_int_equal(delete_slot(slot), ENNEAD_OK);
    assert_int_equal(last(client).status, ENNEAD_NO_REPLY);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(client);
    ipc(endpoint, ENNEAD_CALL, USER, 1, NO_FIELDS);
    run(root);
    assert_int_equal(delete_slot(slot_of_thread(server)), ENNEAD_OK);
    assert_int_equal(last(client).status, ENNEAD_DEAD);
}

static void a_bad_answer_is_the_callers_error(void **state)
{
    (void)state;
    CLAUSES("REP-7");
    call_in_progress();
    with_cap(endpoint);
    assert_int_equal(ipc(0, ENNEAD_REPLY, 0, 0, NO_FIELDS).status, ENNEAD_OK);
    assert_int_equal(last(client).status, ENNEAD_WINDOW);
    assert_null(server->caller);
}

static void cancelling_a_caller_removes_its_right(void **state)
{
    (void)state;
    CLAUSES("REP-8", "THR-4");
    call_in_progress();
    unsigned thread = slot_of_thread(client), slot = new_slot();
    assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, NO_FIELDS), ENNEAD_OK);
    assert_null(server->caller);
    assert_int_equal(last(client).status, ENNEAD_CANCELLED);
    assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, NO_FIELDS), ENNEAD_STATE);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(client);
    ipc(endpoint, ENNEAD_CALL, USER, 1, NO_FIELDS);
    run(server);
    ipc(slot, ENNEAD_STORE, 0, 0, NO_FIELDS);
    assert_int_equal(delete_slot(thread), ENNEAD_OK);
    assert_int_equal(space_slot(root->space, slot)->kind, NODE_EMPTY);
}

/* The receive phase behind an answer finds somebody who sends, nobody, or makes no sense: the answer was given. */
static void what_follows_an_answer_does_not_change_it(void **state)
{
    (void)state;
    CLAUSES("REP-1", "IPC-9", "IPC-4");
    for (unsigned i = 0; i < 4; i++) {
        call_in_progress();
        struct thread *sender = new_thread(ENNEAD_ROOT_SPACE);
        if (i == 0) {
            run(sender);
            ipc(endpoint, ENNEAD_SEND, USER, 9, NO_FIELDS);
            run(server);
        }
        struct result got = ipc(i == 1   ? 5000
                                : i == 2 ? ENNEAD_ROOT_POOL
                                         : endpoint,
                                ENNEAD_REPLY_RECV | (i == 3 ? ENNEAD_POLL : 0), 0, 0, FIELDS(44));
        static const unsigned status[] = {ENNEAD_OK, ENNEAD_INVALID_CAP, ENNEAD_INVALID_OP, ENNEAD_WOULD_BLOCK};
        assert_int_equal(got.status, status[i]);
        assert_ptr_equal(host_current(0), server);
        assert_int_equal(last(client).status, ENNEAD_OK);
        assert_int_equal(last(client).field[0], 44);
        assert_int_equal(client->state, ENNEAD_THREAD_READY);
        assert_true(list_linked(&client->queue_link));
        machine_off(NULL);
        machine_on(NULL);
    }
}

/* A fault whose right was stored is refused like any other. */
static void a_stored_right_to_a_fault_stops_its_thread_when_refused(void **state)
{
    (void)state;
    CLAUSES("FLT-4", "REP-4");
    unsigned pager = make(ENNEAD_TYPE_ENDPOINT), slot = new_slot();
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    with_cap(pager);
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(ENNEAD_HANDLER_PAGER)),
                     ENNEAD_OK);
    run(thread);
    assert_false(host_store(0, 0x51234000, 5));
    run(root);
    ipc(pager, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(ipc(slot, ENNEAD_STORE, 0, 0, NO_FIELDS).status, ENNEAD_OK);
    assert_int_equal(ipc(slot, ENNEAD_SEND, 0, ENNEAD_NOT_FOUND, NO_FIELDS).status, ENNEAD_OK);
    assert_int_equal(thread->state, ENNEAD_THREAD_STOPPED);
    assert_int_equal(space_slot(root->space, slot)->kind, NODE_EMPTY);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(replying_to_nobody_is_said),
        TEST(reply_alone_goes_on),
        TEST(receiving_again_destroys_the_right),
        TEST(a_stored_right_is_used_later),
        TEST(a_right_is_passed_on_but_not_copied),
        TEST(a_right_that_ends_unused_tells_its_caller),
        TEST(a_bad_answer_is_the_callers_error),
        TEST(cancelling_a_caller_removes_its_right),
        TEST(what_follows_an_answer_does_not_change_it),
        TEST(a_stored_right_to_a_fault_stops_its_thread_when_refused),
    };
    return RUN("reply", tests);
}
