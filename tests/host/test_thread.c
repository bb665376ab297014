/* Threads, faults and exceptions, notifications and interrupts. */
#include "fixture.h"

#include <string.h>

static unsigned thread_op(unsigned slot, unsigned operation, uint64_t a, uint64_t b, uint64_t c)
{
    return op(slot, ENNEAD_TYPE_THREAD, operation, FIELDS(a, b, c));
}

static unsigned notification_op(unsigned slot, unsigned operation, uint64_t a, uint64_t b)
{
    return op(slot, ENNEAD_TYPE_NOTIFICATION, operation, FIELDS(a, b));
}

static unsigned set_handler(unsigned which, unsigned endpoint)
{
    with_cap(endpoint);
    return op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(which));
}

/* ---- threads ---- */

static void a_started_thread_has_what_it_was_given(void **state)
{
    (void)state;
    CLAUSES("THR-2", "THR-5");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(thread), bare = make(ENNEAD_TYPE_THREAD);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_START, 1, 2, 3), ENNEAD_STATE);
    assert_int_equal(thread_op(bare, ENNEAD_THREAD_START, 1, 2, 3), ENNEAD_STATE);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_READ_REGS, 0, 3, 0), ENNEAD_STATE);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_STOP, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_READ_REGS, 0, 4, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], 0x1000);
    assert_int_equal(answered.field[1], 0x2000);
    assert_int_equal(answered.field[2], 7);
    assert_int_equal(answered.field[3], 0);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_WRITE_REGS, 1, 0x99, 0x98), ENNEAD_OK);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_READ_REGS, 1, 2, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], 0x99);
    assert_int_equal(answered.field[1], 0x98);
    static const uint64_t bad[][2] = {{0, 13}, {HOST_REGISTERS, 1}, {UINT64_MAX, 1}, {UINT64_MAX, UINT64_MAX}};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(thread_op(slot, ENNEAD_THREAD_READ_REGS, bad[i][0], bad[i][1], 0), ENNEAD_RANGE);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_WRITE_REGS, HOST_REGISTERS - 1, 1, 1), ENNEAD_RANGE);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_WRITE_REGS, UINT64_MAX, 1, 1), ENNEAD_RANGE);
}

static void stopping_ends_a_blocked_phase(void **state)
{
    (void)state;
    CLAUSES("THR-3", "THR-4");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(thread);
    for (unsigned i = 0; i < 2; i++) {
        run(thread);
        ipc(endpoint, i ? ENNEAD_RECV : ENNEAD_SEND, 40, 0, NO_FIELDS);
        run(root);
        unsigned operation = i ? ENNEAD_THREAD_CANCEL : ENNEAD_THREAD_STOP;
        assert_int_equal(thread_op(slot, operation, 0, 0, 0), ENNEAD_OK);
        assert_int_equal(last(thread).status, ENNEAD_CANCELLED);
        assert_int_equal(thread->state, i ? ENNEAD_THREAD_READY : ENNEAD_THREAD_STOPPED);
        assert_int_equal(thread_op(slot, ENNEAD_THREAD_RESUME, 0, 0, 0), i ? ENNEAD_STATE : ENNEAD_OK);
    }
    run(thread);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_STOP, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(thread->state, ENNEAD_THREAD_STOPPED);
    assert_ptr_equal(host_current(0), root);
}

static void priorities_are_bounded_by_the_givers(void **state)
{
    (void)state;
    CLAUSES("THR-6");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(thread);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_SET_PRIORITY, 64, 0, 0), ENNEAD_INVALID_ARG);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_SET_PRIORITY, 0, UINT64_MAX, 0), ENNEAD_INVALID_ARG);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_SET_PRIORITY, 10, 20, 0), ENNEAD_OK);
    run(thread);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_SET_PRIORITY, 21, 20, 0), ENNEAD_DENIED);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_SET_PRIORITY, 10, 21, 0), ENNEAD_DENIED);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_SET_PRIORITY, 20, 20, 0), ENNEAD_OK);
}

static void the_thread_pointer_is_kept(void **state)
{
    (void)state;
    CLAUSES("THR-7");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(thread);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_SET_TLS, PORT_USER_END, 0, 0), ENNEAD_RANGE);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_SET_TLS, 0x7000, 0, 0), ENNEAD_OK);
    run(thread);
    ipc(0, ENNEAD_SEND, 0, 0, NO_FIELDS);
    assert_int_equal(thread->context.tls, 0x7000);
}

static void the_highest_priority_runs(void **state)
{
    (void)state;
    CLAUSES("THR-8");
    struct thread *low = new_thread(ENNEAD_ROOT_SPACE), *high = new_thread(ENNEAD_ROOT_SPACE);
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    assert_int_equal(thread_op(slot_of_thread(high), ENNEAD_THREAD_SET_PRIORITY, 11, 11, 0), ENNEAD_OK);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(host_current(0), high);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(host_current(0), low);
    ipc(endpoint, ENNEAD_SEND, 40, 0, NO_FIELDS); /* to root, the first receiver */
    assert_ptr_equal(host_current(0), root);
    ipc(endpoint, ENNEAD_SEND, 40, 0, NO_FIELDS);
    assert_ptr_equal(host_current(0), root);
    assert_int_equal(high->state, ENNEAD_THREAD_READY);
}

static void equals_take_turns(void **state)
{
    (void)state;
    CLAUSES("THR-8", "TIM-1");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *a = new_thread(ENNEAD_ROOT_SPACE), *b = new_thread(ENNEAD_ROOT_SPACE);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(host_current(0), a);
    host_advance_ns(10000000);
    assert_ptr_equal(host_current(0), b);
    host_advance_ns(10000000);
    assert_ptr_equal(host_current(0), a);
}

static void the_fpu_belongs_to_its_user(void **state)
{
    (void)state;
    CLAUSES("THR-9");
    struct thread *a = new_thread(ENNEAD_ROOT_SPACE), *b = new_thread(ENNEAD_ROOT_SPACE);
    run(a);
    host_use_fpu(0, 100);
    run(b);
    assert_int_equal(host_read_fpu(0), 0);
    host_use_fpu(0, 200);
    run(a);
    assert_int_equal(host_read_fpu(0), 100);
    run(root);
    assert_int_equal(delete_slot(slot_of_thread(a)), ENNEAD_OK);
    for (unsigned i = 0; i < sizeof a->fpu; i++)
        assert_int_equal(((const char *)&a->fpu)[i], 0);
    run(b);
    assert_int_equal(host_read_fpu(0), 200);
}

/* ---- faults ---- */

static void a_page_fault_is_a_call_to_the_pager(void **state)
{
    (void)state;
    CLAUSES("FLT-1");
    unsigned pager = make(ENNEAD_TYPE_ENDPOINT), badged = copy(pager, ENNEAD_RIGHT_WRITE, 12), region = carve(0x2000);
    map_page(region, 0, 0x30000000, 12, 7);
    assert_int_equal(set_handler(ENNEAD_HANDLER_PAGER, badged), ENNEAD_OK);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    run(thread);
    assert_false(host_store(0, 0x51234000, 5));
    run(root);
    struct result got = ipc(pager, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(got.badge, 12);
    assert_int_equal(got.label, ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_PAGE);
    assert_int_equal(got.field[0], 0x51234000);
    assert_int_equal(got.field[1], ENNEAD_RIGHT_WRITE);
    assert_int_equal(got.field[2], 0x1000);
    with_item((struct ennead_item){
        .kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x30000000, .offset = 0x51234000});
    ipc(0, ENNEAD_REPLY, 0, 0, NO_FIELDS);
    run(thread);
    assert_true(host_store(0, 0x51234000, 5));
    uint64_t value;
    assert_true(host_load(0, 0x30000000, &value));
    assert_int_equal(value, 5);
}

static void an_exception_goes_to_its_handler(void **state)
{
    (void)state;
    CLAUSES("FLT-2", "FLT-3", "SPC-8");
    unsigned of_space = make(ENNEAD_TYPE_ENDPOINT), of_thread = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(set_handler(ENNEAD_HANDLER_EXCEPTION, of_space), ENNEAD_OK);
    assert_int_equal(set_handler(2, of_space), ENNEAD_INVALID_ARG);
    for (unsigned i = 0; i < 2; i++) {
        run(thread);
        host_exception(0, ENNEAD_EXCEPTION_ILLEGAL);
        run(root);
        struct result got = ipc(i ? of_thread : of_space, ENNEAD_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS);
        assert_int_equal(got.label, ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_EXCEPTION);
        assert_int_equal(got.field[0], ENNEAD_EXCEPTION_ILLEGAL);
        ipc(0, ENNEAD_REPLY, 0, 0, FIELDS(0, 0x4444 + i, 0x5555));
        assert_int_equal(thread->context.reg[0], 0x4444 + i);
        assert_int_equal(thread->context.reg[1], 0x5555);
        with_cap(of_thread);
        assert_int_equal(thread_op(slot_of_thread(thread), ENNEAD_THREAD_SET_EXCEPTION, 0, 0, 0), ENNEAD_OK);
    }
}

static void a_fault_message_carries_the_registers_asked_for(void **state)
{
    (void)state;
    CLAUSES("FLT-5");
    unsigned handler = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    static const uint64_t bad[][2] = {{HOST_REGISTERS, 1}, {0, HOST_REGISTERS + 1}, {UINT64_MAX, 1}, {1, UINT64_MAX}};
    for (unsigned i = 0; i < 4; i++) {
        with_cap(handler);
        assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER,
                            FIELDS(ENNEAD_HANDLER_EXCEPTION, bad[i][0], bad[i][1])),
                         ENNEAD_RANGE);
    }
    with_cap(handler);
    assert_int_equal(
        op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(ENNEAD_HANDLER_EXCEPTION, 1, 3)),
        ENNEAD_OK);
    run(thread);
    host_exception(0, ENNEAD_EXCEPTION_STEP);
    run(root);
    struct result got = ipc(handler, ENNEAD_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS);
    assert_int_equal(ENNEAD_TAG_WORDS(got.tag), 7 * ENNEAD_FIELD_WORDS);
    assert_int_equal(got.field[4], 0x2000);
    assert_int_equal(got.field[5], 7);
    assert_int_equal(got.field[6], 0);
}

static void an_unanswered_fault_leaves_the_thread_stopped(void **state)
{
    (void)state;
    CLAUSES("FLT-4");
    unsigned pager = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(thread);
    for (unsigned i = 0; i < 4; i++) {
        run(thread);
        assert_false(host_store(0, 0x51234000, 5));
        run(root);
        if (i == 1) /* another label */
            ipc(pager, ENNEAD_RECV, 0, 0, NO_FIELDS), ipc(0, ENNEAD_REPLY, 0, ENNEAD_NOT_FOUND, NO_FIELDS);
        else if (i == 2) /* cancelled */
            assert_int_equal(thread_op(slot, ENNEAD_THREAD_CANCEL, 0, 0, 0), ENNEAD_OK);
        else if (i == 3) /* the handler's endpoint dies */
            assert_int_equal(delete_slot(pager), ENNEAD_OK);
        assert_int_equal(thread->state, ENNEAD_THREAD_STOPPED);
        assert_int_equal(context_pc(&thread->context), 0x1000);
        assert_int_equal(thread_op(slot, ENNEAD_THREAD_RESUME, 0, 0, 0), ENNEAD_OK);
        if (i == 0)
            assert_int_equal(set_handler(ENNEAD_HANDLER_PAGER, pager), ENNEAD_OK);
    }
}

/* A handler without a message buffer cannot take a fault with registers: it goes on waiting, the thread is stopped. */
static void a_fault_that_its_handler_cannot_take(void **state)
{
    (void)state;
    CLAUSES("FLT-4", "IPC-11");
    unsigned pager = make(ENNEAD_TYPE_ENDPOINT), slot = make(ENNEAD_TYPE_THREAD),
             time = make(ENNEAD_TYPE_SCHED_CONTEXT);
    with_cap(pager);
    assert_int_equal(
        op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(ENNEAD_HANDLER_PAGER, 0, 3)),
        ENNEAD_OK);
    struct thread *faulting = new_thread(ENNEAD_ROOT_SPACE), *mute = thread_of(object_at(slot));
    with_cap(ENNEAD_ROOT_SPACE);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_BIND, 0, 0, 0), ENNEAD_OK);
    with_cap(slot);
    assert_int_equal(op(time, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_START, 0x1000, 0x2000, 0), ENNEAD_OK);
    run(faulting);
    assert_false(host_store(0, 0x51234000, 5));
    assert_int_equal(faulting->state, ENNEAD_THREAD_SENDING);
    run(mute);
    ipc(pager, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(mute->state, ENNEAD_THREAD_RECEIVING);
    assert_int_equal(faulting->state, ENNEAD_THREAD_STOPPED);
    assert_int_equal(faulting->fault_operation, 0);
}

/* An answer that makes no sense in part: what does, counts; what cannot be delivered leaves the thread stopped. */
static void answers_to_faults_are_checked(void **state)
{
    (void)state;
    CLAUSES("FLT-1", "FLT-3", "FLT-4");
    unsigned pager = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(set_handler(ENNEAD_HANDLER_PAGER, pager), ENNEAD_OK);
    for (unsigned i = 0; i < 3; i++) {
        run(thread);
        assert_false(host_store(0, 0x51234000, 5));
        run(root);
        ipc(pager, ENNEAD_RECV, 0, 0, NO_FIELDS);
        if (i == 0) { /* registers beyond the set are not written */
            ipc(0, ENNEAD_REPLY, 0, 0, FIELDS(HOST_REGISTERS - 1, 0x77, 0x88, 0x99));
            assert_int_equal(thread->state, ENNEAD_THREAD_READY);
            assert_int_equal(context_read_reg(&thread->context, HOST_REGISTERS - 1), 0x77);
            assert_int_equal(context_pc(&thread->context), 0x1000);
        } else if (i == 1) {
            with_item((struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .order_log2 = 12, .base = 0x66666000});
            assert_int_equal(ipc(0, ENNEAD_REPLY, 0, 0, NO_FIELDS).status, ENNEAD_OK);
            assert_int_equal(thread->state, ENNEAD_THREAD_STOPPED);
            assert_int_equal(thread_op(slot_of_thread(thread), ENNEAD_THREAD_RESUME, 0, 0, 0), ENNEAD_OK);
        } else { /* the pager goes away with the right in its hands */
            ipc(pager, ENNEAD_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS);
            assert_int_equal(thread->state, ENNEAD_THREAD_STOPPED);
        }
    }
}

/* Of two pages that come with an answer the one missed is there, and no register is written. */
static void an_answer_with_items_writes_no_registers(void **state)
{
    (void)state;
    CLAUSES("FLT-1", "FLT-3");
    unsigned pager = make(ENNEAD_TYPE_ENDPOINT), region = carve(0x10000);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    map_page(region, 0, 0x30000000, 13, 7);
    assert_int_equal(set_handler(ENNEAD_HANDLER_PAGER, pager), ENNEAD_OK);
    for (unsigned pages = 1; pages <= 2; pages++) {
        uint64_t missed = 0x51230000 + pages * 0x10000u;
        run(thread);
        assert_false(host_store(0, missed, 5));
        run(root);
        ipc(pager, ENNEAD_RECV, 0, 0, NO_FIELDS);
        ennead_word before = thread->context.reg[1];
        for (unsigned i = 0; i < pages; i++)
            with_item((struct ennead_item){.kind = ENNEAD_ITEM_PAGE,
                                           .rights = 7,
                                           .order_log2 = 12,
                                           .base = 0x30000000 + i * 0x1000u,
                                           .offset = missed + i * 0x1000u});
        ipc(0, ENNEAD_REPLY, 0, 0, FIELDS(1, 0x77));
        assert_int_equal(thread->state, ENNEAD_THREAD_READY);
        assert_int_equal(thread->context.reg[1], before);
        run(thread);
        assert_true(host_store(0, missed, 5));
        assert_true(host_store(0, missed + (pages - 1) * 0x1000u, 5));
    }
}

static void an_answer_writes_the_registers_that_it_holds(void **state)
{
    (void)state;
    CLAUSES("FLT-3");
    unsigned handler = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(set_handler(ENNEAD_HANDLER_EXCEPTION, handler), ENNEAD_OK);
    run(thread);
    for (unsigned i = 0; i < HOST_REGISTERS; i++)
        thread->context.reg[i] = 0x100 + i;
    host_exception(0, ENNEAD_EXCEPTION_STEP);
    run(root);
    ipc(handler, ENNEAD_RECV, 0, 0, NO_FIELDS);
    ipc(0, ENNEAD_REPLY, 0, 0, FIELDS(5, 0x77, 0x88));
    static const uint64_t expected[] = {0x104, 0x77, 0x88, 0x107};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(context_read_reg(&thread->context, 4 + i), expected[i]);
}

/* The handler has no buffer for the registers that it was set to get: nobody is told. */
static void a_handler_without_buffer_gets_no_registers(void **state)
{
    (void)state;
    CLAUSES("FLT-4", "FLT-5", "IPC-12");
    unsigned handler = make(ENNEAD_TYPE_ENDPOINT), slot = make(ENNEAD_TYPE_THREAD);
    unsigned time = make(ENNEAD_TYPE_SCHED_CONTEXT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE), *bare = thread_of(object_at(slot));
    with_cap(ENNEAD_ROOT_SPACE);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_BIND, 0, 0, 0), ENNEAD_OK);
    with_cap(slot);
    assert_int_equal(op(time, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(thread_op(slot, ENNEAD_THREAD_START, 1, 2, 3), ENNEAD_OK);
    with_cap(handler);
    assert_int_equal(
        op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(ENNEAD_HANDLER_EXCEPTION, 0, 4)),
        ENNEAD_OK);
    run(bare);
    ennead_word word[4] = {0};
    host_ipc(0, (ennead_word)handler << ENNEAD_TARGET_SHIFT | ENNEAD_RECV, 0, word);
    assert_int_equal(bare->state, ENNEAD_THREAD_RECEIVING);
    run(thread);
    host_exception(0, ENNEAD_EXCEPTION_ILLEGAL);
    assert_int_equal(thread->state, ENNEAD_THREAD_STOPPED);
    assert_int_equal(bare->state, ENNEAD_THREAD_RECEIVING);
    run(root);
    assert_int_equal(delete_slot(slot), ENNEAD_OK); /* a thread without buffer has none to give back */
}

/* An address that no map can hold is no page to ask a pager for. */
static void an_address_outside_user_space_is_an_exception(void **state)
{
    (void)state;
    CLAUSES("FLT-1", "FLT-2");
    unsigned pager = make(ENNEAD_TYPE_ENDPOINT), handler = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(set_handler(ENNEAD_HANDLER_PAGER, pager), ENNEAD_OK);
    assert_int_equal(set_handler(ENNEAD_HANDLER_EXCEPTION, handler), ENNEAD_OK);
    run(thread);
    assert_false(host_store(0, PORT_USER_END, 5));
    run(root);
    assert_int_equal(ipc(pager, ENNEAD_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS).status, ENNEAD_WOULD_BLOCK);
    struct result got = ipc(handler, ENNEAD_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS);
    assert_int_equal(got.label, ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_EXCEPTION);
    assert_int_equal(got.field[0], ENNEAD_EXCEPTION_ACCESS);
    assert_int_equal(got.field[1], ENNEAD_RIGHT_WRITE);
    assert_int_equal(got.field[3], PORT_USER_END);
}

/* ---- notifications ---- */

static void bits_are_collected_and_taken_at_once(void **state)
{
    (void)state;
    CLAUSES("NTF-1", "NTF-2");
    unsigned notification = make(ENNEAD_TYPE_NOTIFICATION), badged = copy(notification, ENNEAD_RIGHT_WRITE, 0x100);
    struct thread *first = new_thread(ENNEAD_ROOT_SPACE), *second = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_SIGNAL, 1, 0), ENNEAD_OK);
    assert_int_equal(notification_op(badged, ENNEAD_NOTIFICATION_SIGNAL, 2, 0), ENNEAD_OK);
    assert_int_equal(notification_op(badged, ENNEAD_NOTIFICATION_POLL, 0, 0), ENNEAD_DENIED);
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_POLL, 0, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], 0x103);
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_POLL, 0, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], 0);
    run(first);
    ipc(notification, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, NO_FIELDS);
    run(second);
    ipc(notification, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, NO_FIELDS);
    run(root);
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_SIGNAL, 6, 0), ENNEAD_OK);
    assert_int_equal(first->state, ENNEAD_THREAD_READY);
    assert_int_equal(last(first).field[0], 6);
    assert_int_equal(second->state, ENNEAD_THREAD_WAITING);
}

static void bound_bits_arrive_in_a_receive_phase(void **state)
{
    (void)state;
    CLAUSES("NTF-3");
    unsigned notification = make(ENNEAD_TYPE_NOTIFICATION), endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    for (unsigned i = 0; i < 2; i++) {
        with_cap(slot_of_thread(thread));
        assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_BIND, 0, 0), i ? ENNEAD_BUSY : ENNEAD_OK);
    }
    for (unsigned early = 0; early < 2; early++) {
        if (early)
            assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_SIGNAL, 8, 0), ENNEAD_OK);
        run(thread);
        ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
        run(root);
        if (!early)
            assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_SIGNAL, 8, 0), ENNEAD_OK);
        struct result got = last(thread);
        assert_int_equal(got.label, ENNEAD_PROTOCOL_NOTIFY << 8 | ENNEAD_NOTIFY_BITS);
        assert_int_equal(got.badge, 0);
        assert_int_equal(got.field[0], 8);
    }
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_UNBIND, 0, 0), ENNEAD_OK);
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_UNBIND, 0, 0), ENNEAD_NOT_FOUND);
}

static void deadlines_signal_in_time(void **state)
{
    (void)state;
    CLAUSES("NTF-4", "NTF-5");
    unsigned notification = make(ENNEAD_TYPE_NOTIFICATION);
    struct notification *object = notification_of(object_at(notification));
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_ARM, 5000, 1), ENNEAD_OK);
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_ARM, 7000, 2), ENNEAD_OK);
    host_advance_ns(6999);
    assert_int_equal(object->bits, 0);
    host_advance_ns(1);
    assert_int_equal(object->bits, 2);
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_ARM, 8000, 4), ENNEAD_OK);
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_DISARM, 0, 0), ENNEAD_OK);
    host_advance_ns(10000);
    assert_int_equal(object->bits, 2);
    assert_int_equal(notification_op(notification, ENNEAD_NOTIFICATION_ARM, 0, 8), ENNEAD_OK);
    host_advance_ns(0);
    assert_int_equal(object->bits, 10);
    assert_int_equal(notification_op(notification, ENNEAD_OP_DESCRIBE, 0, 0), ENNEAD_OK);
    assert_int_equal(answered.field[4], platform_now_ns());
}

static void many_deadlines_expire_in_order(void **state)
{
    (void)state;
    CLAUSES("NTF-4");
    unsigned slots[40];
    for (unsigned i = 0; i < 40; i++) {
        slots[i] = make(ENNEAD_TYPE_NOTIFICATION);
        assert_int_equal(notification_op(slots[i], ENNEAD_NOTIFICATION_ARM, 1000 + (i * 7) % 40 * 10, 1), ENNEAD_OK);
    }
    for (unsigned step = 0; step < 40; step += 13) {
        host_advance_ns(1000 + step * 10 - platform_now_ns());
        for (unsigned i = 0; i < 40; i++)
            assert_int_equal(notification_of(object_at(slots[i]))->bits, (i * 7) % 40 <= step);
    }
}

/* ---- interrupts ---- */

static unsigned claim(uint64_t source, unsigned *slot)
{
    *slot = new_slot();
    window(*slot, 1, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    return op(ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, FIELDS(source));
}

static unsigned bind_irq(unsigned irq, unsigned notification, unsigned bits)
{
    with_cap(notification);
    return op(irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_BIND, FIELDS(bits));
}

static void interrupts_signal_and_wait_for_the_acknowledgement(void **state)
{
    (void)state;
    CLAUSES("IRQ-1", "IRQ-2");
    unsigned irq, none, notification = make(ENNEAD_TYPE_NOTIFICATION);
    struct notification *object = notification_of(object_at(notification));
    assert_int_equal(claim(1000, &none), ENNEAD_RANGE);
    assert_int_equal(claim(UINT64_MAX, &none), ENNEAD_RANGE);
    assert_int_equal(claim(4, &irq), ENNEAD_OK);
    assert_int_equal(op(irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, FIELDS(5)), ENNEAD_INVALID_OP);
    assert_int_equal(op(irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_ACK, NO_FIELDS), ENNEAD_STATE);
    assert_true(host_irq_is_masked(4));
    assert_int_equal(bind_irq(irq, notification, 0x10), ENNEAD_OK);
    assert_int_equal(bind_irq(irq, notification, 0x10), ENNEAD_BUSY);
    assert_false(host_irq_is_masked(4));
    host_raise_irq(4);
    assert_true(host_irq_is_masked(4));
    assert_int_equal(object->bits, 0x10);
    assert_int_equal(op(irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_ACK, NO_FIELDS), ENNEAD_OK);
    assert_false(host_irq_is_masked(4));
    assert_int_equal(delete_slot(irq), ENNEAD_OK);
    assert_true(host_irq_is_masked(4));
}

/* Found by test_random: woken in the very entry in which it blocked, a thread was queued and current at once. */
static void a_thread_may_be_woken_as_it_blocks(void **state)
{
    (void)state;
    CLAUSES("NTF-1", "IRQ-2");
    unsigned irq, notification = make(ENNEAD_TYPE_NOTIFICATION);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(claim(4, &irq), ENNEAD_OK);
    assert_int_equal(bind_irq(irq, notification, 2), ENNEAD_OK);
    run(thread);
    interrupt_note_source(4);
    ipc(notification, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, NO_FIELDS);
    assert_int_equal(last(thread).field[0], 2);
    assert_true(list_linked(&thread->queue_link) != (thread_cpu(thread) != NULL));
    run(thread);
}

static void a_shared_source_waits_for_all(void **state)
{
    (void)state;
    CLAUSES("IRQ-3");
    unsigned irq[2], notification = make(ENNEAD_TYPE_NOTIFICATION);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(claim(9, &irq[i]), ENNEAD_OK);
        assert_int_equal(bind_irq(irq[i], notification, 1u << i), ENNEAD_OK);
    }
    host_raise_irq(9);
    assert_int_equal(notification_of(object_at(notification))->bits, 3);
    assert_int_equal(op(irq[0], ENNEAD_TYPE_IRQ, ENNEAD_IRQ_ACK, NO_FIELDS), ENNEAD_OK);
    assert_true(host_irq_is_masked(9));
    host_advance_ns(100000000);
    assert_false(host_irq_is_masked(9));
    assert_int_equal(op(irq[1], ENNEAD_TYPE_IRQ, ENNEAD_IRQ_ACK, NO_FIELDS), ENNEAD_STATE);
}

static void message_signalled_sources_are_given_and_returned(void **state)
{
    (void)state;
    CLAUSES("IRQ-1");
    for (unsigned i = 0; i < 20; i++) {
        unsigned slot = new_slot();
        window(slot, 1, 0, 0);
        with_cap(ENNEAD_ROOT_POOL);
        assert_int_equal(op(ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI, FIELDS(1)), ENNEAD_OK);
        assert_int_equal(answered.field[0], 0xfee01000);
        assert_int_equal(delete_slot(slot), ENNEAD_OK);
    }
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(op(ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI, FIELDS(2)), ENNEAD_RANGE);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_started_thread_has_what_it_was_given),
        TEST(stopping_ends_a_blocked_phase),
        TEST(priorities_are_bounded_by_the_givers),
        TEST(the_thread_pointer_is_kept),
        TEST(the_highest_priority_runs),
        TEST(equals_take_turns),
        TEST(the_fpu_belongs_to_its_user),
        TEST(a_page_fault_is_a_call_to_the_pager),
        TEST(an_exception_goes_to_its_handler),
        TEST(a_fault_message_carries_the_registers_asked_for),
        TEST(an_unanswered_fault_leaves_the_thread_stopped),
        TEST(a_fault_that_its_handler_cannot_take),
        TEST(answers_to_faults_are_checked),
        TEST(an_answer_with_items_writes_no_registers),
        TEST(an_answer_writes_the_registers_that_it_holds),
        TEST(a_handler_without_buffer_gets_no_registers),
        TEST(an_address_outside_user_space_is_an_exception),
        TEST(bits_are_collected_and_taken_at_once),
        TEST(bound_bits_arrive_in_a_receive_phase),
        TEST(deadlines_signal_in_time),
        TEST(many_deadlines_expire_in_order),

        TEST(interrupts_signal_and_wait_for_the_acknowledgement),
        TEST(a_thread_may_be_woken_as_it_blocks),
        TEST(a_shared_source_waits_for_all),
        TEST(message_signalled_sources_are_given_and_returned),
    };
    return RUN("thread", tests);
}
