/* Fast paths that begin inside the kernel: faults and their answers, SIGNAL and WAIT. Which take them, and which must
 * not. */
#include "fixture.h"
#include "leave.h"
#include "machine.h"

#define PAGE   0x51000000u
#define SOURCE 0x30000000u

static struct thread *thread; /* whose pager and handler root is */
static unsigned handler, pages;

/* Root waits for the faults of a thread, which runs now. */
static void start(unsigned cpu_count, bool own_space)
{
    struct host_config config = {.cpus = cpu_count, .ram_bytes = 16 << 20};
    host_power_off();
    machine_on_with(&config);
    unsigned space = own_space ? new_space() : ENNEAD_ROOT_SPACE;
    handler = make(ENNEAD_TYPE_ENDPOINT);
    pages = carve(0x4000);
    map_page(pages, 0, SOURCE, 12, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE);
    thread = new_thread(space);
    for (unsigned which = 0; which < 2; which++) {
        with_cap(handler);
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(which)), ENNEAD_OK);
    }
    ipc(handler, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(host_current(0), thread);
}

static void a_fault_and_its_answer(void **state)
{
    (void)state;
    CLAUSES("FLT-1", "FLT-3", "ITM-7");
    for (unsigned i = 0; i < 4; i++) {
        start(1 + i / 2, i % 2);
        assert_false(host_store(0, PAGE, 5));
        assert_ptr_equal(host_current(0), root);
        assert_int_equal(last(root).label, ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_PAGE);
        assert_int_equal(last(root).field[0], PAGE);
        with_item((struct ennead_item){
            .kind = ENNEAD_ITEM_PAGE, .rights = 3, .order_log2 = 12, .base = SOURCE, .offset = PAGE});
        ipc(handler, ENNEAD_REPLY_RECV, 0, 0, NO_FIELDS);
        assert_ptr_equal(host_current(0), thread);
        assert_true(host_store(0, PAGE, 5));
        assert_int_equal(CONTAINER_OF(object_at(pages), struct region, object)->mappings, 2);
        host_exception(0, ENNEAD_EXCEPTION_BREAKPOINT);
        assert_ptr_equal(host_current(0), root);
        ipc(handler, ENNEAD_REPLY_RECV, 0, 0, FIELDS(HOST_REGISTERS - 1, 0x77));
        assert_ptr_equal(host_current(0), thread);
        assert_int_equal(context_read_reg(&thread->context, HOST_REGISTERS - 1), 0x77);
        host_exception(0, ENNEAD_EXCEPTION_BREAKPOINT);
        ipc(handler, ENNEAD_REPLY_RECV, 0, 0, FIELDS((uint64_t)1 << 32 | (HOST_REGISTERS - 1), 0x99));
        assert_int_equal(context_read_reg(&thread->context, HOST_REGISTERS - 1), 0x77);
        assert_int_equal(thread->fault_operation, 0);
        check_invariants();
    }
}

/* ---- one thing is otherwise, and nothing is done ---- */

#define NOTHING_IF(call, what, value)                                                                                  \
    do {                                                                                                               \
        __typeof__(what) kept = (what);                                                                                \
        (what) = (value);                                                                                              \
        assert_null(call);                                                                                             \
        (what) = kept;                                                                                                 \
    } while (0)

static void nothing_among_cpus(struct arch_context *(*call)(void))
{
    if (cpu_count == 1)
        return;
    NOTHING_IF(call(), cpus[0].noted, true);
    NOTHING_IF(call(), cpus[0].reschedule, true);
    NOTHING_IF(call(), cpus[0].rotate, true);
    NOTHING_IF(call(), cpus[0].clock_stale, true);
}

static struct arch_context *raise_fault(void)
{
    return fastpath_fault(&cpus[0], host_current(0));
}

static struct arch_context *answer_fault(void)
{
    return fastpath_fault_answer(&cpus[0], host_current(0));
}

static void a_fault_that_is_not_plain(void **state)
{
    static struct notification notification = {.bits = 1};
    (void)state;
    CLAUSES("FLT-1", "FLT-3");
    for (unsigned i = 0; i < 2; i++) {
        start(1 + i, true);
        struct endpoint *endpoint = endpoint_of(object_at(handler));
        fault_note(thread, ENNEAD_FAULT_PAGE, PAGE, ENNEAD_RIGHT_WRITE, 0);
        NOTHING_IF(raise_fault(), root->state, ENNEAD_THREAD_SENDING);
        NOTHING_IF(raise_fault(), cpus[0].highest_ready, root->priority + 1);
        NOTHING_IF(raise_fault(), thread->space->handler[ENNEAD_HANDLER_PAGER].node.passes, 0);
        thread->space->handler[ENNEAD_HANDLER_PAGER].register_count = 1;
        NOTHING_IF(raise_fault(), root->utcb, NULL);
        thread->space->handler[ENNEAD_HANDLER_PAGER].register_count = 0;
        nothing_among_cpus(raise_fault);
        thread->fault_operation = 0;
        host_exception(0, ENNEAD_EXCEPTION_BREAKPOINT);
        assert_ptr_equal(host_current(0), root);
        struct node *cap = space_slot(root->space, handler);
        root->context.target = (ennead_word)handler << ENNEAD_TARGET_SHIFT | ENNEAD_REPLY_RECV;
        root->context.tag = 0;
        NOTHING_IF(answer_fault(), root->context.target, (ennead_word)32000 << ENNEAD_TARGET_SHIFT);
        NOTHING_IF(answer_fault(), root->context.tag, ENNEAD_TAG(0, 1, 0, 0));
        NOTHING_IF(answer_fault(), cap->passes, ENNEAD_RIGHT_WRITE);
        NOTHING_IF(answer_fault(), revocations, 1);
        NOTHING_IF(answer_fault(), root->notification_bound, &notification);
        NOTHING_IF(answer_fault(), *(uint8_t *)&endpoint->nobody, ENNEAD_THREAD_SENDING);
        NOTHING_IF(answer_fault(), root->own, root->run);
        NOTHING_IF(answer_fault(), cpus[0].highest_ready, thread->priority + 1);
        root->utcb->items[0] = (struct ennead_item){.kind = ENNEAD_ITEM_REPLY};
        NOTHING_IF(answer_fault(), root->context.tag, ENNEAD_TAG(0, 0, 0, 1));
        nothing_among_cpus(answer_fault);
        assert_int_equal(thread->state, ENNEAD_THREAD_CALLING);
    }
}

static void a_page_that_is_not_plain(void **state)
{
    (void)state;
    CLAUSES("FLT-1", "ITM-7", "ITM-10");
    start(1, true);
    assert_false(host_store(0, PAGE, 5));
    struct entry *source = map_find(root->space, SOURCE);
    struct ennead_item *item = &root->utcb->items[0];
    *item =
        (struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .rights = 3, .order_log2 = 12, .base = SOURCE, .offset = PAGE};
    root->context.target = (ennead_word)handler << ENNEAD_TARGET_SHIFT | ENNEAD_REPLY_RECV;
    root->context.tag = ENNEAD_TAG(0, 0, 0, 1);
    NOTHING_IF(answer_fault(), root->context.tag, ENNEAD_TAG(0, 0, 0, 2));
    NOTHING_IF(answer_fault(), root->context.tag, ENNEAD_TAG(0, 0, 1, 1));
    NOTHING_IF(answer_fault(), thread->fault_operation, ENNEAD_FAULT_EXCEPTION);
    NOTHING_IF(answer_fault(), thread->space->free_entry_count, 0);
    NOTHING_IF(answer_fault(), item->kind, ENNEAD_ITEM_CAP);
    NOTHING_IF(answer_fault(), item->flags, ENNEAD_ITEM_GRANT);
    NOTHING_IF(answer_fault(), item->order_log2, 11);
    NOTHING_IF(answer_fault(), item->order_log2, 63);
    NOTHING_IF(answer_fault(), item->order_log2, 13);
    NOTHING_IF(answer_fault(), item->base, SOURCE + 1);
    NOTHING_IF(answer_fault(), item->base, SOURCE - 4096);
    NOTHING_IF(answer_fault(), item->offset, PAGE + 1);
    NOTHING_IF(answer_fault(), item->offset, PORT_USER_END);
    NOTHING_IF(answer_fault(), source->node.kind, NODE_UTCB);
    NOTHING_IF(answer_fault(), source->node.depth, ENNEAD_DEPTH_MAX);
    NOTHING_IF(answer_fault(), source->dropping, DROP_DELETE);
    assert_int_equal(thread->state, ENNEAD_THREAD_CALLING);
    item->rights = ENNEAD_RIGHT_READ; /* copied, but of no use: it is missed again */
    assert_ptr_equal(answer_fault(), &thread->context);
    assert_null(answer_fault()); /* occupied, and answered */
    assert_int_equal(map_find(thread->space, PAGE)->node.rights, ENNEAD_RIGHT_READ);
    check_invariants();
}

/* Its budget was used up as somebody else's turn came: it waits for its refill. */
static void who_has_no_time_is_not_next(void **state)
{
    (void)state;
    CLAUSES("TIM-5");
    struct thread *next = new_thread(ENNEAD_ROOT_SPACE);
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    next->own->budget_ns = 1000000;
    next->own->period_ns = 2000000;
    next->own->remaining_ticks = 0;
    next->own->refill_ticks = platform_now_ns() + 1000000;
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_null(host_current(0));
    assert_int_not_equal(next->own->refill.link.height, 0);
}

/* ---- notifications ---- */

static unsigned first, second;

static void wait_for(unsigned notification)
{
    ipc(notification, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, NO_FIELDS);
}

static unsigned signal_with(unsigned notification, uint64_t bits)
{
    return op(notification, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_SIGNAL, FIELDS(bits));
}

/* Two threads of one priority in root's space, the first of which waits; the second runs. */
static struct thread *start_pair(unsigned cpu_count)
{
    start(cpu_count, false);
    ipc(0, ENNEAD_POLL, 0, 0, NO_FIELDS); /* nothing: whoever runs goes on */
    run(thread);
    host_exception(0, ENNEAD_EXCEPTION_BREAKPOINT);
    first = make(ENNEAD_TYPE_NOTIFICATION);
    second = make(ENNEAD_TYPE_NOTIFICATION);
    struct thread *other = new_thread(ENNEAD_ROOT_SPACE);
    ipc(handler, ENNEAD_REPLY_RECV, 0, 0, NO_FIELDS);
    run(thread);
    wait_for(first);
    assert_ptr_equal(host_current(0), other);
    return other;
}

static void a_signal_and_a_wait(void **state)
{
    (void)state;
    CLAUSES("NTF-1", "NTF-2");
    for (unsigned i = 1; i <= 2; i++) {
        struct thread *other = start_pair(i);
        assert_int_equal(signal_with(first, 6), ENNEAD_OK);
        assert_ptr_equal(host_current(0), other);
        assert_int_equal(thread->state, ENNEAD_THREAD_READY);
        assert_int_equal(last(thread).field[0], 6);
        assert_int_equal(signal_with(second, 0), ENNEAD_OK);
        assert_int_equal(signal_with(second, 9), ENNEAD_OK);
        wait_for(second);
        assert_ptr_equal(host_current(0), other);
        assert_int_equal(last(other).field[0], 9);
        wait_for(second);
        assert_ptr_equal(host_current(0), thread);
        assert_ptr_equal(cpus[0].charged, thread->run);
        check_invariants();
        assert_int_equal(signal_with(second, 1), ENNEAD_OK);
        assert_ptr_equal(host_current(0), thread);
        assert_int_equal(last(other).field[0], 1);
        check_invariants();
    }
}

#define SIGNAL_TAG ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_SIGNAL, ENNEAD_FIELD_WORDS, 0)
#define WAIT_TAG   ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, 0, 0)

/* The first in line has used up its time, or has a call to make again: it is seen to, and does not run. */
static void who_is_next_cannot_go_on(void **state)
{
    (void)state;
    CLAUSES("NTF-1", "TIM-1");
    for (unsigned i = 0; i < 4; i++) {
        struct thread *other = start_pair(1 + i / 2);
        assert_int_equal(signal_with(first, 6), ENNEAD_OK);
        if (i % 2) {
            thread->again = true;
            thread->context.tag = WAIT_TAG;
        } else {
            thread->own->budget_ns = 1000000;
            thread->own->period_ns = 2000000;
            thread->own->remaining_ticks = 0;
            thread->own->refill_ticks = platform_now_ns() + 1000000;
        }
        wait_for(second);
        assert_null(host_current(0));
        assert_int_equal(other->state, ENNEAD_THREAD_WAITING);
        assert_int_equal(thread->state, i % 2 ? ENNEAD_THREAD_WAITING : ENNEAD_THREAD_READY);
        assert_false(thread->again);
        assert_int_equal(thread->own->refill.link.height != 0, i % 2 == 0);
        check_invariants();
    }
}

static void yield_on(unsigned context)
{
    ipc(context, ENNEAD_CALL, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_YIELD, NO_FIELDS);
}

static void who_yields_goes_behind_its_equals(void **state)
{
    (void)state;
    CLAUSES("TIM-10", "NTF-2");
    for (unsigned i = 1; i <= 2; i++) {
        struct thread *other = start_pair(i);
        unsigned time = slot_of_thread(other) + 1;
        yield_on(time);
        assert_ptr_equal(host_current(0), other); /* nobody else is ready */
        assert_int_equal(last(other).label, ENNEAD_PROTOCOL_ANSWER << 8);
        struct thread *third = new_thread(ENNEAD_ROOT_SPACE);
        assert_int_equal(signal_with(first, 1), ENNEAD_OK);
        yield_on(time);
        assert_ptr_equal(host_current(0), third);
        assert_ptr_equal(cpus[0].charged, third->run);
        wait_for(second);
        assert_ptr_equal(host_current(0), thread);
        assert_true(list_linked(&other->queue_link));
        wait_for(second);
        assert_ptr_equal(host_current(0), other);
        check_invariants();
    }
}

static struct node *called;

static struct arch_context *signal_now(void)
{
    return fastpath_signal(&cpus[0], host_current(0), called);
}

/* Its time is on another CPU, or it is still that one's current thread. */
static void a_waiter_elsewhere(void)
{
    struct thread *there = cpus[1].current;
    NOTHING_IF(signal_now(), thread->run->cpu, &cpus[1]);
    cpus[1].current = thread;
    NOTHING_IF(signal_now(), thread->ran_on, &cpus[1]);
    cpus[1].current = there;
}

static void a_signal_that_is_not_plain(void **state)
{
    (void)state;
    CLAUSES("NTF-1", "TIM-7");
    for (unsigned i = 1; i <= 2; i++) {
        struct thread *other = start_pair(i);
        struct notification *unwaited = notification_of(object_at(second));
        struct thread receiver = {.state = ENNEAD_THREAD_RECEIVING};
        called = space_slot(root->space, first);
        other->context.tag = SIGNAL_TAG;
        context_set_word(&other->context, 0, 1);
        NOTHING_IF(signal_now(), other->utcb, NULL);
        NOTHING_IF(signal_now(), called->rights, ENNEAD_RIGHT_READ);
        NOTHING_IF(signal_now(), thread->run, NULL);
        NOTHING_IF(signal_now(), thread->run->remaining_ticks, 0);
        if (cpu_count > 1)
            a_waiter_elsewhere();
        NOTHING_IF(signal_now(), thread->priority, other->priority + 1);
        NOTHING_IF(signal_now(), other->context.tag,
                   ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_ARM, 0, 0));
        context_set_word(&other->context, 0, 0);
        assert_null(signal_now());
        called = space_slot(root->space, second);
        NOTHING_IF(signal_now(), unwaited->bound, &receiver);
        assert_false(list_empty(&notification_of(object_at(first))->queue));
    }
}

/* A call without words that kernel_message() leaves to kernel_ipc(): the lock is held then. */
static struct arch_context *call_at_once(unsigned slot, uint32_t tag)
{
    ennead_word target = (ennead_word)slot << ENNEAD_TARGET_SHIFT | ENNEAD_CALL;
    struct arch_context *to = host_enter_message(target, tag);
    assert_ptr_equal(cpus[0].called, space_slot(root->space, slot));
    cpus[0].called = NULL;
    lock_release(&cpus[0]);
    return to;
}

#define WAIT_NOW()  call_at_once(second, WAIT_TAG)
#define POLL_NOW()  call_at_once(second, ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_POLL, 0, 0))
#define YIELD_NOW() call_at_once(time, ENNEAD_TAG(ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_YIELD, 0, 0))

static void a_call_without_words_that_is_not_plain(void **state)
{
    (void)state;
    CLAUSES("NTF-1", "NTF-2", "TIM-7");
    for (unsigned i = 1; i <= 2; i++) {
        struct thread *other = start_pair(i);
        struct node *cap = space_slot(root->space, second);
        unsigned time = slot_of_thread(other) + 1;
        assert_null(WAIT_NOW()); /* nobody is ready */
        assert_int_equal(signal_with(first, 1), ENNEAD_OK);
        NOTHING_IF(WAIT_NOW(), cap->rights, ENNEAD_RIGHT_WRITE);
        NOTHING_IF(WAIT_NOW(), other->utcb, NULL);
        assert_null(call_at_once(first, SIGNAL_TAG));
        NOTHING_IF(POLL_NOW(), cap->rights, ENNEAD_RIGHT_WRITE);
        NOTHING_IF(POLL_NOW(), other->utcb, NULL);
        NOTHING_IF(YIELD_NOW(), space_slot(root->space, time)->rights, ENNEAD_RIGHT_READ);
        NOTHING_IF(YIELD_NOW(), other->utcb, NULL);
        time = slot_of_thread(thread) + 1;
        assert_null(YIELD_NOW()); /* it does not run on that */
        assert_int_equal(thread->state, ENNEAD_THREAD_READY);
    }
}

/* ---- capabilities ---- */

static struct arch_context *call_space(void)
{
    return fastpath_capability(&cpus[0], root, space_slot(root->space, ENNEAD_ROOT_SPACE));
}

static struct arch_context *call_with(uint32_t tag, uint64_t field)
{
    root->context.tag = tag;
    for (unsigned i = 0; i < ENNEAD_FIELD_WORDS; i++)
        context_set_word(&root->context, i, (ennead_word)(field >> 32 * i));
    return call_space();
}

#define COPY   ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, ENNEAD_FIELD_WORDS, 1)
#define DELETE ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, ENNEAD_FIELD_WORDS, 0)

static void a_capability_that_is_not_just_copied(void **state)
{
    (void)state;
    CLAUSES("SPC-2", "SPC-3");
    start(1, true);
    host_exception(0, ENNEAD_EXCEPTION_BREAKPOINT);
    unsigned from = make(ENNEAD_TYPE_ENDPOINT), to = new_slot(), empty = new_slot();
    struct node *cap = space_slot(root->space, ENNEAD_ROOT_SPACE), *source = space_slot(root->space, from);
    struct ennead_item *item = &root->utcb->items[0];
    *item = (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = ENNEAD_RIGHT_WRITE, .base = from};
    assert_null(call_with(COPY, from));
    assert_null(call_with(COPY, 0));
    assert_null(call_with(COPY, (uint64_t)1 << 32 | to));
    assert_null(call_with(COPY + 1, to));
    assert_null(call_with(ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_OP_DESCRIBE, ENNEAD_FIELD_WORDS, 1), to));
    NOTHING_IF(call_with(COPY, to), cpus[0].among_others, true);
    NOTHING_IF(call_with(COPY, to), revocations, 1);
    NOTHING_IF(call_with(COPY, to), cap->rights, ENNEAD_RIGHT_READ);
    NOTHING_IF(call_with(COPY, to), item->kind, ENNEAD_ITEM_PAGE);
    NOTHING_IF(call_with(COPY, to), item->flags, ENNEAD_ITEM_GRANT);
    NOTHING_IF(call_with(COPY, to), item->base, empty);
    NOTHING_IF(call_with(COPY, to), item->base, 32000);
    NOTHING_IF(call_with(COPY, to), source->depth, ENNEAD_DEPTH_MAX);
    assert_ptr_equal(call_with(COPY, to), &root->context);
    assert_int_equal(space_slot(root->space, to)->rights, ENNEAD_RIGHT_WRITE);
    assert_null(call_with(DELETE, from)); /* what was copied hangs below it */
    assert_null(call_with(DELETE, empty));
    NOTHING_IF(call_with(DELETE, to), dying_objects.next, &root->object.dying_link);
    NOTHING_IF(call_with(DELETE, to), source->object->root, space_slot(root->space, to));
    assert_ptr_equal(call_with(DELETE, to), &root->context);
    assert_null(call_with(DELETE, from)); /* the endpoint's root node */
    assert_int_equal(root->context.tag, DELETE);
    check_invariants();
}

static void a_copy_stays_in_its_window(void **state)
{
    (void)state;
    CLAUSES("ITM-7");
    start(1, true);
    struct ennead_window *window = &thread->utcb->window;
    struct ennead_item *item = &root->utcb->items[0];
    *window = (struct ennead_window){.cap_base = 5, .cap_count = 1, .mem_base = PAGE, .mem_order_log2 = 13};
    *item =
        (struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .rights = 1, .order_log2 = 12, .base = SOURCE, .offset = 0x1000};
    assert_true(transfer_copy(root, thread, NULL));
    assert_int_equal(thread->utcb->items[0].base, PAGE + 0x1000);
    assert_non_null(map_find(thread->space, PAGE + 0x1000));
    item->offset = 0x2000; /* beyond it */
    assert_false(transfer_copy(root, thread, NULL));
    item->offset = 0x800;
    assert_false(transfer_copy(root, thread, NULL));
    item->offset = 0;
    item->order_log2 = 14;
    assert_false(transfer_copy(root, thread, NULL));
    item->kind = ENNEAD_ITEM_CAP;
    item->base = handler;
    assert_true(transfer_copy(root, thread, NULL));
    assert_int_equal(thread->utcb->items[0].base, 5);
    assert_false(transfer_copy(root, thread, NULL)); /* its slot is taken */
    window->cap_base = 6;
    item->base = new_slot(); /* nothing is in it */
    assert_false(transfer_copy(root, thread, NULL));
    item->base = 32000;
    assert_false(transfer_copy(root, thread, NULL));
    item->base = handler;
    space_slot(root->space, handler)->badge = 7;
    assert_true(transfer_copy(root, thread, object_at(handler)));
    assert_int_equal(thread->utcb->items[0].kind, ENNEAD_ITEM_OWN);
    assert_int_equal(thread->utcb->items[0].badge, 7);
    space_slot(root->space, handler)->badge = 0;
    window->cap_base = 32000;
    assert_false(transfer_copy(root, thread, NULL));
    window->cap_base = 6;
    item->flags = ENNEAD_ITEM_GRANT;
    assert_false(transfer_copy(root, thread, NULL));
    item->flags = 0;
    item->kind = ENNEAD_ITEM_OWN;
    assert_false(transfer_copy(root, thread, NULL));
    item->kind = ENNEAD_ITEM_CAP;
    window->cap_count = 0;
    assert_false(transfer_copy(root, thread, NULL));
    *item = (struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .rights = 1, .order_log2 = 12, .base = PAGE};
    assert_false(transfer_copy(root, thread, NULL)); /* nothing is there */
    *window = (struct ennead_window){.mem_base = UINT64_MAX - 0xfff, .mem_order_log2 = 63};
    item->base = SOURCE;
    item->offset = 0x1000;
    assert_false(transfer_copy(root, thread, NULL));
    item->order_log2 = 63;
    assert_false(transfer_copy(root, thread, NULL));
    check_invariants();
}

/* ---- the way out ---- */

#define NOT_IF(what, value)                                                                                            \
    do {                                                                                                               \
        __typeof__(what) kept = (what);                                                                                \
        (what) = (value);                                                                                              \
        assert_false(may_just_return(&cpus[0], cpus[0].current));                                                      \
        (what) = kept;                                                                                                 \
    } while (0)

static void nobody_just_returns_to_whom_something_happened(void **state)
{
    static struct sched_context other;
    static struct space elsewhere;
    (void)state;
    CLAUSES("TIM-3", "THR-9");
    assert_true(may_just_return(&cpus[0], root));
    NOT_IF(cpus[0].reschedule, true);
    NOT_IF(cpus[0].starved.next, &cpus[1].starved);
    NOT_IF(cpus[0].current, NULL);
    NOT_IF(root->state, ENNEAD_THREAD_WAITING);
    NOT_IF(root->again, true);
    NOT_IF(root->run, NULL);
    NOT_IF(root->run, &other);
    NOT_IF(root->run->cpu, &cpus[1]);
    NOT_IF(root->run->remaining_ticks, 0);
    NOT_IF(root->space, &elsewhere);
    NOT_IF(cpus[0].fpu_on, true);
    NOT_IF(cpus[0].fpu_owner, root);
    cpus[0].charged = NULL;
    preempt();
    assert_ptr_equal(cpus[0].charged, root->run);
    host_use_fpu(0, 77);
    assert_true(may_just_return(&cpus[0], root));
    fpu_switch(&cpus[0], NULL);
    preempt();
    assert_int_equal(host_read_fpu(0), 77);
    assert_true(may_just_return(&cpus[0], root));
}

/* A badge is set as a capability moves, by who may. */
static void a_capability_moves_and_is_badged(void **state)
{
    (void)state;
    CLAUSES("ITM-4");
    for (unsigned badge = 0; badge < 2; badge++) {
        unsigned from = copy(make(ENNEAD_TYPE_ENDPOINT), ENNEAD_RIGHTS_ALL, badge), to = new_slot();
        with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP,
                                       .flags = ENNEAD_ITEM_GRANT,
                                       .rights = ENNEAD_RIGHTS_ALL,
                                       .badge = 7,
                                       .base = from});
        unsigned moved = op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(to));
        assert_int_equal(moved, badge ? ENNEAD_DENIED : ENNEAD_OK);
        assert_int_equal(space_slot(root->space, to)->badge, badge ? 0 : 7);
    }
}

/* ---- interrupts that came while others had the lock ---- */

static void interrupts_come_first(void **state)
{
    uint64_t value;
    (void)state;
    CLAUSES("TIM-7");
    start(2, true);
    cpus[0].noted = true;
    host_exception(0, ENNEAD_EXCEPTION_BREAKPOINT);
    assert_ptr_equal(host_current(0), root);
    cpus[0].noted = true;
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_OK);
    cpus[0].noted = true;
    assert_true(host_load(0, SOURCE, &value));
    assert_false(cpus[0].noted);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_fault_and_its_answer),
        TEST(a_fault_that_is_not_plain),
        TEST(a_page_that_is_not_plain),
        TEST(a_signal_and_a_wait),
        TEST(who_is_next_cannot_go_on),
        TEST(who_yields_goes_behind_its_equals),
        TEST(a_signal_that_is_not_plain),
        TEST(a_call_without_words_that_is_not_plain),
        TEST(interrupts_come_first),
        TEST(who_has_no_time_is_not_next),
        TEST(nobody_just_returns_to_whom_something_happened),
        TEST(a_capability_that_is_not_just_copied),
        TEST(a_copy_stays_in_its_window),
        TEST(a_capability_moves_and_is_badged),
    };
    return RUN("fastways", tests);
}
