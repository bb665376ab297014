/* Processor time: budgets, lending, withdrawal, starvation, and CPUs. */
#include "fixture.h"

#include <platform/clock.h>

#define USER ENNEAD_PROTOCOL_USER
#define MS   1000000ull

static unsigned sched_op(unsigned slot, unsigned operation, uint64_t a, uint64_t b, uint64_t c)
{
    return op(slot, ENNEAD_TYPE_SCHED_CONTEXT, operation, FIELDS(a, b, c));
}

/* The slot of the context that new_thread() bound: it made it just after the thread. */
static unsigned context_of(const struct thread *thread)
{
    return slot_of_thread(thread) + 1;
}

static void limit(const struct thread *thread, uint64_t budget, uint64_t period)
{
    assert_int_equal(sched_op(context_of(thread), ENNEAD_SCHED_CONFIGURE, budget, period, 0), ENNEAD_OK);
}

/* Root waits for ever, so that lower priorities run. */
static void root_sleeps(void)
{
    unsigned nowhere = make(ENNEAD_TYPE_ENDPOINT);
    run(root);
    ipc(nowhere, ENNEAD_RECV, 0, 0, NO_FIELDS);
}

static unsigned endpoint;
static struct thread *client, *server, *other;

/* A client with 2 of 10 ms in a call to a server (passive, or with a reserve), which runs; `other` is ready too. */
static void call_with_limited_time(bool passive)
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    client = new_thread(ENNEAD_ROOT_SPACE);
    other = new_thread(ENNEAD_ROOT_SPACE);
    server = new_thread(ENNEAD_ROOT_SPACE);
    limit(client, 2 * MS, 10 * MS);
    run(server);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
    if (passive)
        assert_int_equal(sched_op(context_of(server), ENNEAD_SCHED_UNBIND, 0, 0, 0), ENNEAD_OK);
    run(client);
    server->priority = 12;
    ipc(endpoint, ENNEAD_CALL, USER, 1, NO_FIELDS);
}

static void budgets_are_checked(void **state)
{
    (void)state;
    CLAUSES("TIM-1");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = context_of(thread), second = make(ENNEAD_TYPE_SCHED_CONTEXT);
    static const uint64_t bad[][2] = {{0, MS}, {9999, MS}, {MS + 1, MS}, {MS, 1ull << 61}, {UINT64_MAX, UINT64_MAX}};
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(sched_op(slot, ENNEAD_SCHED_CONFIGURE, bad[i][0], bad[i][1], 0), ENNEAD_INVALID_ARG);
    assert_int_equal(sched_op(slot, ENNEAD_SCHED_CONFIGURE, 10000, MS, 0), ENNEAD_OK); /* the least */
    assert_int_equal(sched_op(slot, ENNEAD_SCHED_CONFIGURE, MS, MS, 2), ENNEAD_RANGE);
    assert_int_equal(sched_op(slot, ENNEAD_SCHED_CONFIGURE, MS, MS, UINT64_MAX), ENNEAD_RANGE);
    with_cap(slot_of_thread(thread));
    assert_int_equal(sched_op(second, ENNEAD_SCHED_BIND, 0, 0, 0), ENNEAD_BUSY);
    with_cap(ENNEAD_ROOT_THREAD);
    assert_int_equal(sched_op(slot, ENNEAD_SCHED_BIND, 0, 0, 0), ENNEAD_BUSY);
    assert_int_equal(sched_op(second, ENNEAD_SCHED_UNBIND, 0, 0, 0), ENNEAD_NOT_FOUND);
}

static void a_used_up_budget_waits_for_its_period(void **state)
{
    (void)state;
    CLAUSES("TIM-1", "TIM-8");
    struct thread *limited = new_thread(ENNEAD_ROOT_SPACE), *rest = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = context_of(limited);
    limit(limited, 2 * MS, 10 * MS);
    assert_int_equal(op(slot_of_thread(limited), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, FIELDS(20, 20)),
                     ENNEAD_OK);
    root_sleeps();
    uint64_t used = 0;
    for (unsigned ms = 0; ms < 50; ms++) {
        used += host_current(0) == limited;
        host_advance_ns(MS);
    }
    assert_int_equal(used, 10);
    assert_int_equal(sched_context_consumed(sched_context_of(object_at(slot))), 10 * MS);
    assert_int_equal(rest->state, ENNEAD_THREAD_READY);
}

static void a_call_lends_and_its_answer_returns(void **state)
{
    (void)state;
    CLAUSES("TIM-3", "TIM-8");
    for (unsigned passive = 0; passive < 2; passive++) {
        call_with_limited_time(passive);
        struct sched_context *context = sched_context_of(object_at(context_of(client)));
        assert_ptr_equal(host_current(0), root);
        root_sleeps();
        assert_ptr_equal(host_current(0), server);
        assert_ptr_equal(server->run, context);
        assert_null(client->run);
        host_advance_ns(MS);
        ipc(endpoint, ENNEAD_REPLY_RECV, 0, 0, NO_FIELDS);
        assert_ptr_equal(client->run, context);
        assert_int_equal(client->state, ENNEAD_THREAD_READY);
        assert_ptr_equal(server->run, passive ? NULL : server->own);
        assert_int_equal(sched_op(context_of(client), ENNEAD_SCHED_CONSUMED, 0, 0, 0), ENNEAD_OK);
        assert_int_equal(answered.field[0], MS);
        machine_off(NULL);
        machine_on(NULL);
    }
}

static void a_server_runs_where_its_caller_does(void **state)
{
    (void)state;
    CLAUSES("TIM-4");
    call_with_limited_time(false);
    unsigned slot = context_of(client);
    assert_ptr_equal(host_current(0), root);
    assert_int_equal(sched_op(slot, ENNEAD_SCHED_CONFIGURE, 2 * MS, 10 * MS, 1), ENNEAD_OK);
    host_advance_ns(0);
    assert_ptr_equal(host_current(1), server);
    cpu = 1;
    ipc(endpoint, ENNEAD_REPLY_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(host_current(1), client);
    cpu = 0;
}

static void lent_time_that_ends_returns_to_its_owner(void **state)
{
    (void)state;
    CLAUSES("TIM-5");
    call_with_limited_time(false);
    root_sleeps();
    assert_ptr_equal(host_current(0), server);
    host_advance_ns(2 * MS);
    assert_ptr_equal(server->run, server->own);
    assert_ptr_equal(client->run, client->own);
    assert_int_equal(client->state, ENNEAD_THREAD_CALLING);
    assert_int_equal(server->state, ENNEAD_THREAD_READY);
    assert_ptr_equal(host_current(0), server);
    ipc(endpoint, ENNEAD_REPLY_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(host_current(0), other); /* the client waits for its refill */
    host_advance_ns(8 * MS);
    assert_true(thread_cpu(client) || list_linked(&client->queue_link));
}

/* The server behind the server has fallen back on its reserve: that is nobody's to withdraw. */
static void a_chain_on_its_own_time_keeps_it(void **state)
{
    (void)state;
    CLAUSES("TIM-7", "TIM-5");
    call_with_limited_time(false);
    unsigned second = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *third = new_thread(ENNEAD_ROOT_SPACE);
    run(third);
    ipc(second, ENNEAD_RECV, 0, 0, NO_FIELDS);
    third->priority = 13;
    run(server);
    ipc(second, ENNEAD_CALL, USER, 1, NO_FIELDS);
    root_sleeps();
    assert_ptr_equal(host_current(0), third);
    assert_ptr_equal(third->run, client->own);
    host_advance_ns(2 * MS);
    assert_ptr_equal(third->run, third->own);
    assert_int_equal(op(slot_of_thread(client), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, NO_FIELDS), ENNEAD_OK);
    assert_ptr_equal(third->run, third->own);
    assert_ptr_equal(third->own->runner, third);
}

static void without_reserve_there_is_a_time_fault(void **state)
{
    (void)state;
    CLAUSES("TIM-5", "TIM-9");
    unsigned handler = make(ENNEAD_TYPE_ENDPOINT);
    call_with_limited_time(true);
    with_cap(handler);
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(ENNEAD_HANDLER_EXCEPTION)),
                     ENNEAD_OK);
    unsigned context = make(ENNEAD_TYPE_SCHED_CONTEXT), slot = slot_of_thread(server);
    ipc(handler, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(host_current(0), server);
    host_advance_ns(2 * MS);
    assert_ptr_equal(host_current(0), root);
    assert_int_equal(last(root).label, ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_TIME);
    assert_int_equal(server->state, ENNEAD_THREAD_CALLING);
    with_cap(slot);
    assert_int_equal(sched_op(context, ENNEAD_SCHED_BIND, 0, 0, 0), ENNEAD_OK);
    ipc(handler, ENNEAD_REPLY_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(host_current(0), server);
    ipc(endpoint, ENNEAD_REPLY_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(client->state, ENNEAD_THREAD_READY);
    assert_int_equal(last(client).status, ENNEAD_OK);
}

static void a_thread_without_time_and_handler_starves(void **state)
{
    (void)state;
    CLAUSES("TIM-9", "TIM-2");
    struct thread *passive = new_passive(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(passive), context = make(ENNEAD_TYPE_SCHED_CONTEXT);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(1, 2, 3)), ENNEAD_OK);
    assert_int_equal(passive->state, ENNEAD_THREAD_STARVED);
    with_cap(slot);
    assert_int_equal(sched_op(context, ENNEAD_SCHED_BIND, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(passive->state, ENNEAD_THREAD_READY);
    run(passive);
}

static void storing_the_right_parks_the_time(void **state)
{
    (void)state;
    CLAUSES("TIM-6");
    call_with_limited_time(false);
    root_sleeps();
    assert_ptr_equal(host_current(0), server);
    assert_int_equal(ipc(126, ENNEAD_STORE, 0, 0, NO_FIELDS).status, ENNEAD_OK);
    assert_ptr_equal(server->run, server->own);
    assert_ptr_equal(client->run, client->own);
    assert_int_equal(ipc(126, ENNEAD_SEND, 0, 0, NO_FIELDS).status, ENNEAD_OK);
    assert_int_equal(client->state, ENNEAD_THREAD_READY);
}

static void a_cancelled_caller_gets_its_time_back(void **state)
{
    (void)state;
    CLAUSES("TIM-7");
    call_with_limited_time(false);
    assert_ptr_equal(host_current(0), root);
    assert_int_equal(op(slot_of_thread(client), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, NO_FIELDS), ENNEAD_OK);
    assert_ptr_equal(client->run, client->own);
    assert_ptr_equal(server->run, server->own);
    assert_int_equal(server->state, ENNEAD_THREAD_READY);
}

static void a_broken_chain_returns_time_to_the_owner(void **state)
{
    (void)state;
    CLAUSES("TIM-7");
    call_with_limited_time(false);
    unsigned second = make(ENNEAD_TYPE_ENDPOINT);
    run(other);
    ipc(second, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(server);
    ipc(second, ENNEAD_CALL, USER, 2, NO_FIELDS);
    assert_ptr_equal(other->run, client->own);
    run(root);
    assert_int_equal(op(slot_of_thread(client), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, NO_FIELDS), ENNEAD_OK);
    assert_ptr_equal(client->own->runner, client);
    assert_ptr_equal(client->run, client->own);
    assert_ptr_equal(other->run, other->own);
    assert_int_equal(delete_slot(slot_of_thread(server)), ENNEAD_OK);
    run(other);
    assert_int_equal(ipc(0, ENNEAD_REPLY, 0, 0, NO_FIELDS).status, ENNEAD_NO_REPLY);
}

static void destroying_a_lent_context_harms_nobody_else(void **state)
{
    (void)state;
    CLAUSES("TIM-5", "TIM-9");
    call_with_limited_time(true);
    assert_ptr_equal(host_current(0), root);
    assert_int_equal(delete_slot(context_of(client)), ENNEAD_OK);
    assert_int_equal(server->state, ENNEAD_THREAD_STARVED);
    assert_null(client->own);
    assert_int_equal(client->state, ENNEAD_THREAD_CALLING);
}

/* Found by test_random: the handler of another thread's time fault took the place of the thread that ran. */
static void a_time_fault_displaces_nobody(void **state)
{
    (void)state;
    CLAUSES("TIM-5");
    unsigned handler = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *waiting = new_thread(ENNEAD_ROOT_SPACE), *passive = new_passive(ENNEAD_ROOT_SPACE);
    with_cap(handler);
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(ENNEAD_HANDLER_EXCEPTION)),
                     ENNEAD_OK);
    run(waiting);
    ipc(handler, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
    waiting->priority = ENNEAD_PRIORITIES - 1;
    ipc(slot_of_thread(passive), ENNEAD_CALL, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(1, 2, 3));
    assert_ptr_equal(host_current(0), waiting);
    assert_int_equal(root->state, ENNEAD_THREAD_READY);
    assert_true(list_linked(&root->queue_link));
}

/* Found by test_random: a server that was queued on its caller's CPU stayed there when the caller took its time back.
 */
static void a_queued_server_moves_to_the_cpu_of_its_reserve(void **state)
{
    (void)state;
    CLAUSES("TIM-4", "TIM-7");
    call_with_limited_time(false);
    assert_ptr_equal(host_current(0), root);
    assert_int_equal(sched_op(context_of(server), ENNEAD_SCHED_CONFIGURE, MS, MS, 1), ENNEAD_OK);
    assert_int_equal(op(slot_of_thread(client), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, NO_FIELDS), ENNEAD_OK);
    host_advance_ns(0);
    assert_ptr_equal(host_current(1), server);
    for (unsigned i = 0; i < ENNEAD_PRIORITIES; i++)
        assert_int_equal(cpus[0].ready_mask >> i & 1, !list_empty(&cpus[0].ready[i]));
}

/* A context is configured whatever its runner does: nobody, somebody blocked, stopped, running, ready or elsewhere. */
static void a_context_is_configured_in_any_state(void **state)
{
    (void)state;
    CLAUSES("TIM-1", "TIM-4");
    unsigned nowhere = make(ENNEAD_TYPE_ENDPOINT), unbound = make(ENNEAD_TYPE_SCHED_CONTEXT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(thread);
    assert_int_equal(sched_op(unbound, ENNEAD_SCHED_CONFIGURE, MS, 2 * MS, 1), ENNEAD_OK);
    assert_int_equal(sched_op(unbound, ENNEAD_OP_DESCRIBE, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(answered.field[3], MS);
    assert_int_equal(answered.field[4], 2 * MS);
    assert_int_equal(answered.field[5], 1);
    run(thread);
    ipc(nowhere, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
    assert_int_equal(sched_op(context_of(thread), ENNEAD_SCHED_CONFIGURE, MS, 2 * MS, 1), ENNEAD_OK);
    assert_int_equal(thread->state, ENNEAD_THREAD_RECEIVING);
    assert_null(host_current(1));
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, NO_FIELDS), ENNEAD_OK);
    host_advance_ns(0);
    assert_ptr_equal(host_current(1), thread);
    assert_int_equal(sched_op(context_of(thread), ENNEAD_SCHED_CONFIGURE, MS, MS, 0), ENNEAD_OK); /* called back */
    host_advance_ns(0);
    assert_null(host_current(1));
    assert_true(list_linked(&thread->queue_link));
    assert_int_equal(sched_op(ENNEAD_ROOT_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, MS, 2 * MS, 0), ENNEAD_OK);
    assert_ptr_equal(host_current(0), root);
    host_advance_ns(MS);
    assert_ptr_equal(host_current(0), thread); /* the budget counts from now */
    host_advance_ns(MS);
    assert_ptr_equal(host_current(0), root);
}

/* A context given to a thread that waits in a call is its reserve when it goes on, or nobody's again. */
static void a_caller_may_get_a_reserve_meanwhile(void **state)
{
    (void)state;
    CLAUSES("TIM-2", "TIM-3", "TIM-9");
    for (unsigned again = 0; again < 2; again++) {
        call_with_limited_time(false);
        unsigned slot = slot_of_thread(client), second = make(ENNEAD_TYPE_SCHED_CONTEXT);
        assert_int_equal(sched_op(context_of(client), ENNEAD_SCHED_UNBIND, 0, 0, 0), ENNEAD_OK);
        assert_ptr_equal(server->run, server->own); /* what was lent is nobody's any more */
        with_cap(slot);
        assert_int_equal(sched_op(second, ENNEAD_SCHED_BIND, 0, 0, 0), ENNEAD_OK);
        assert_null(client->run);
        if (again) {
            assert_int_equal(sched_op(second, ENNEAD_SCHED_UNBIND, 0, 0, 0), ENNEAD_OK);
            assert_null(client->own);
        }
        run(server);
        ipc(endpoint, ENNEAD_REPLY_RECV, 0, 0, NO_FIELDS);
        assert_int_equal(client->state, again ? ENNEAD_THREAD_STARVED : ENNEAD_THREAD_READY);
        assert_ptr_equal(client->run, again ? NULL : sched_context_of(object_at(second)));
        machine_off(NULL);
        machine_on(NULL);
    }
}

/* A server on borrowed time gets a reserve: it is for later. */
static void a_reserve_is_for_when_the_loan_is_over(void **state)
{
    (void)state;
    CLAUSES("TIM-2", "TIM-3");
    call_with_limited_time(true);
    unsigned context = make(ENNEAD_TYPE_SCHED_CONTEXT);
    with_cap(slot_of_thread(server));
    assert_int_equal(sched_op(context, ENNEAD_SCHED_BIND, 0, 0, 0), ENNEAD_OK);
    assert_ptr_equal(server->run, client->own);
    run(server);
    ipc(0, ENNEAD_REPLY, 0, 0, NO_FIELDS);
    assert_ptr_equal(server->run, server->own);
    assert_ptr_equal(client->run, client->own);
}

/* A budget whose runner is gone, or blocked, is refilled for nobody. */
static void a_refill_wakes_only_who_waits_for_it(void **state)
{
    (void)state;
    CLAUSES("TIM-1");
    for (unsigned what = 0; what < 3; what++) {
        struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
        unsigned slot = slot_of_thread(thread), context = context_of(thread);
        limit(thread, 2 * MS, 10 * MS);
        run(thread);
        sched_priority_changed(root, 1);
        host_advance_ns(2 * MS);
        assert_ptr_equal(host_current(0), root);
        assert_true(sched_context_of(object_at(context))->refill.link.height);
        if (what == 0)
            assert_int_equal(sched_op(context, ENNEAD_SCHED_UNBIND, 0, 0, 0), ENNEAD_OK);
        else if (what == 1)
            assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, NO_FIELDS), ENNEAD_OK);
        host_advance_ns(8 * MS);
        assert_ptr_equal(host_current(0), what == 2 ? thread : root);
        assert_int_equal(sched_context_of(object_at(context))->remaining_ticks, 2 * MS);
        assert_int_equal(thread->state, what == 0   ? ENNEAD_THREAD_STARVED
                                        : what == 1 ? ENNEAD_THREAD_STOPPED
                                                    : ENNEAD_THREAD_READY);
        machine_off(NULL);
        machine_on(NULL);
    }
}

/* A thread without time wakes on a CPU that sleeps: its time fault reaches the handler there. */
static void a_time_fault_wakes_a_sleeping_cpu(void **state)
{
    (void)state;
    CLAUSES("TIM-9", "TIM-5", "NTF-4");
    unsigned handler = make(ENNEAD_TYPE_ENDPOINT), notification = make(ENNEAD_TYPE_NOTIFICATION);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    with_cap(handler);
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(ENNEAD_HANDLER_EXCEPTION)),
                     ENNEAD_OK);
    run(thread);
    ipc(notification, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, NO_FIELDS);
    run(root);
    assert_int_equal(sched_op(context_of(thread), ENNEAD_SCHED_UNBIND, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(op(notification, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_ARM, FIELDS(MS, 4)), ENNEAD_OK);
    ipc(handler, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_null(host_current(0));
    host_advance_ns(MS);
    assert_ptr_equal(host_current(0), root);
    assert_int_equal(last(root).label, ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_TIME);
    assert_ptr_equal(root->caller, thread);
    assert_int_equal(last(thread).field[0], 4);
}

static unsigned yield(const struct thread *thread)
{
    return sched_op(context_of(thread), ENNEAD_SCHED_YIELD, 0, 0, 0);
}

/* What it does not use of its slice is there when its turn comes again; a lower one's never comes. */
static void equals_take_turns_by_yielding(void **state)
{
    (void)state;
    CLAUSES("TIM-10", "THR-8");
    struct thread *equal[3], *lower = new_thread(ENNEAD_ROOT_SPACE);
    for (unsigned i = 0; i < 3; i++)
        equal[i] = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(op(slot_of_thread(lower), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, FIELDS(9, 9)),
                     ENNEAD_OK);
    root_sleeps();
    for (unsigned turn = 0; turn < 9; turn++) {
        struct thread *one = equal[turn % 3];
        assert_ptr_equal(host_current(0), one);
        host_advance_ns(MS);
        assert_ptr_equal(host_current(0), one);
        assert_int_equal(yield(one), ENNEAD_OK);
        assert_int_equal(one->state, ENNEAD_THREAD_READY);
        assert_int_equal(one->own->remaining_ticks, (10 - 1 - turn / 3) * MS);
    }
    assert_int_equal(sched_context_consumed(lower->own), 0);
}

static void who_has_no_equal_goes_on_after_a_yield(void **state)
{
    (void)state;
    CLAUSES("TIM-10");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(sched_op(ENNEAD_ROOT_SCHED_CONTEXT, ENNEAD_SCHED_YIELD, 0, 0, 0), ENNEAD_OK);
    assert_ptr_equal(host_current(0), root);
    limit(thread, 2 * MS, 10 * MS);
    root_sleeps();
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(yield(thread), ENNEAD_OK);
        assert_ptr_equal(host_current(0), thread);
        host_advance_ns(MS);
    }
    assert_null(host_current(0)); /* a yield buys no time */
}

static void only_who_runs_on_a_context_yields_it(void **state)
{
    (void)state;
    CLAUSES("TIM-10", "TIM-3", "OBJ-1");
    call_with_limited_time(false);
    unsigned weak = copy(ENNEAD_ROOT_SCHED_CONTEXT, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_CONTROL, 0);
    assert_int_equal(sched_op(weak, ENNEAD_SCHED_YIELD, 0, 0, 0), ENNEAD_DENIED);
    assert_int_equal(yield(other), ENNEAD_STATE);
    assert_int_equal(op(slot_of_thread(server), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, FIELDS(10, 10)),
                     ENNEAD_OK);
    root_sleeps();
    assert_ptr_equal(host_current(0), other);
    assert_int_equal(yield(client), ENNEAD_STATE);
    assert_int_equal(yield(other), ENNEAD_OK);
    assert_ptr_equal(host_current(0), server);
    assert_int_equal(yield(server), ENNEAD_STATE);
    assert_ptr_equal(host_current(0), server);
    assert_int_equal(yield(client), ENNEAD_OK); /* on its time, but the turn is the server's */
    assert_ptr_equal(host_current(0), other);
}

/* Counters of 62.5 MHz, 24 MHz, 512 MHz, 10 MHz, and of 2.9 and 4.1 GHz. */
static const uint64_t rates[] = {62500000, 24000000, 512000000, 10000000, 2900000000, 4100000000};
static const uint64_t durations[] = {
    0, 1, 2, 15, 16, 17, 99, 10000, 1000003, 10 * MS, 86400000 * MS, (1ull << 60) - 1, 1ull << 60};

static uint64_t ns_of(uint64_t ticks)
{
    return cpu_scale(ticks, platform_clock.ns_per_tick);
}

static void a_duration_has_the_fewest_ticks_that_last_so_long(void **state)
{
    (void)state;
    CLAUSES("TIM-1", "NTF-4");
    const struct platform_clock before = platform_clock;
    for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        platform_clock = (struct platform_clock){12345, (1000 * MS << 32) / rates[i], (rates[i] << 32) / (1000 * MS)};
        for (unsigned k = 0; k < sizeof durations / sizeof durations[0]; k++) {
            uint64_t ticks = clock_ticks(durations[k]);
            assert_true(ns_of(ticks) >= durations[k]);
            assert_true(ticks == 0 || ns_of(ticks - 1) < durations[k]);
            assert_int_equal(clock_time(durations[k]), ticks + 12345);
        }
    }
    assert_int_equal(clock_ticks(UINT64_MAX / 2), UINT64_MAX); /* the last one counts four in a ns */
    platform_clock = (struct platform_clock){3, 1ull << 32, 1ull << 32};
    assert_int_equal(clock_time(UINT64_MAX - 3), UINT64_MAX);
    assert_int_equal(clock_time(UINT64_MAX - 2), UINT64_MAX);
    platform_clock = before;
}

/* Nobody sees in a budget in what unit the kernel counts: what is left of it is never more. */
static void a_budget_is_told_as_it_was_given(void **state)
{
    (void)state;
    CLAUSES("TIM-1", "TIM-2");
    const struct platform_clock before = platform_clock;
    platform_clock = (struct platform_clock){0, 3ull << 31, (1ull << 33) / 3};
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    limit(thread, 10001, 100000);
    const struct sched_context *context = thread->own;
    assert_int_equal(context->remaining_ticks, 6668);
    assert_int_equal(sched_op(context_of(thread), ENNEAD_OP_DESCRIBE, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(answered.field[3], 10001);
    assert_int_equal(answered.field[6], 10001);
    platform_clock = before;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(budgets_are_checked),
        TEST(a_used_up_budget_waits_for_its_period),
        TEST(a_call_lends_and_its_answer_returns),
        TEST(a_server_runs_where_its_caller_does),
        TEST(lent_time_that_ends_returns_to_its_owner),
        TEST(a_chain_on_its_own_time_keeps_it),
        TEST(without_reserve_there_is_a_time_fault),
        TEST(a_thread_without_time_and_handler_starves),
        TEST(storing_the_right_parks_the_time),
        TEST(a_cancelled_caller_gets_its_time_back),
        TEST(a_broken_chain_returns_time_to_the_owner),
        TEST(destroying_a_lent_context_harms_nobody_else),
        TEST(a_time_fault_displaces_nobody),
        TEST(a_queued_server_moves_to_the_cpu_of_its_reserve),
        TEST(a_context_is_configured_in_any_state),
        TEST(a_caller_may_get_a_reserve_meanwhile),
        TEST(a_reserve_is_for_when_the_loan_is_over),
        TEST(a_refill_wakes_only_who_waits_for_it),
        TEST(a_time_fault_wakes_a_sleeping_cpu),
        TEST(equals_take_turns_by_yielding),
        TEST(who_has_no_equal_goes_on_after_a_yield),
        TEST(only_who_runs_on_a_context_yields_it),
        TEST(a_duration_has_the_fewest_ticks_that_last_so_long),
        TEST(a_budget_is_told_as_it_was_given),
    };
    return RUN("time", tests);
}
