/* Results to the letter: what a mistake in one line would change and no other test would notice. */
#include "fixture.h"
#include "machine.h"

#include <string.h>

#define USER ENNEAD_PROTOCOL_USER
#define MS   1000000ull

static unsigned space_op(unsigned operation, uint64_t a, uint64_t b)
{
    return op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, operation, FIELDS(a, b));
}

static unsigned thread_op(const struct thread *thread, unsigned operation, uint64_t a, uint64_t b)
{
    return op(slot_of_thread(thread), ENNEAD_TYPE_THREAD, operation, FIELDS(a, b));
}

static unsigned region_op(unsigned region, unsigned operation, uint64_t a, uint64_t b, uint64_t c)
{
    return op(region, ENNEAD_TYPE_REGION, operation, FIELDS(a, b, c));
}

static unsigned configure(const struct thread *thread, uint64_t budget, uint64_t period, unsigned on)
{
    return op(slot_of_thread(thread) + 1, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE,
              FIELDS(budget, period, on));
}

static unsigned page_to(unsigned space, uint64_t base, unsigned rights, uint64_t address)
{
    with_item(
        (struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .rights = (uint8_t)rights, .order_log2 = 12, .base = base});
    return op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(address));
}

/* ---- messages ---- */

static void registers_travel_whatever_the_tag_counts(void **state)
{
    (void)state;
    CLAUSES("IPC-7", "THR-9", "IPC-10");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *receiver = new_thread(ENNEAD_ROOT_SPACE);
    run(receiver);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
    const ennead_word sent[4] = {1, 2, 3, 4};
    host_ipc(0, (ennead_word)endpoint << ENNEAD_TARGET_SHIFT | ENNEAD_CALL, ENNEAD_TAG(USER, 0, 2, 0), sent);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(receiver->context.words[i], i + 1);
    run(receiver);
    root->context.badge = 5;
    host_ipc(0, ENNEAD_REPLY, ENNEAD_TAG(0, 0, 1, 0), sent);
    assert_int_equal(root->context.badge, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(root->context.words[i], i + 1);
}

static void four_words_need_no_buffer(void **state)
{
    (void)state;
    CLAUSES("IPC-6", "IPC-12");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), slot = make(ENNEAD_TYPE_THREAD);
    unsigned time = make(ENNEAD_TYPE_SCHED_CONTEXT);
    struct thread *bare = thread_of(object_at(slot));
    with_cap(ENNEAD_ROOT_SPACE);
    assert_int_equal(thread_op(bare, ENNEAD_THREAD_BIND, 0, 0), ENNEAD_OK);
    with_cap(slot);
    assert_int_equal(op(time, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(thread_op(bare, ENNEAD_THREAD_START, 1, 2), ENNEAD_OK);
    run(bare);
    const ennead_word sent[4] = {1, 2, 3, 4};
    host_ipc(0, (ennead_word)endpoint << ENNEAD_TARGET_SHIFT | ENNEAD_SEND, ENNEAD_TAG(USER, 0, 4, 0), sent);
    assert_int_equal(bare->state, ENNEAD_THREAD_SENDING);
}

static void received_items_are_described_exactly(void **state)
{
    (void)state;
    CLAUSES("ITM-8");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), region = carve(0x1000), badged = copy(endpoint, 3, 9);
    struct thread *receiver = new_thread(ENNEAD_ROOT_SPACE);
    unsigned other = make(ENNEAD_TYPE_ENDPOINT);
    map_page(region, 0, 0x30000000, 12, 7);
    run(receiver);
    window(120, 2, 0x40000000, 20);
    ipc(other, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
    with_cap(badged);
    with_item((struct ennead_item){
        .kind = ENNEAD_ITEM_PAGE, .rights = 1, .order_log2 = 12, .base = 0x30000000, .offset = 0x5000});
    assert_int_equal(ipc(other, ENNEAD_SEND, USER, 0, NO_FIELDS).status, ENNEAD_OK);
    struct ennead_item cap = receiver->utcb->items[0], page = receiver->utcb->items[1];
    assert_int_equal(cap.kind, ENNEAD_ITEM_CAP);
    assert_int_equal(cap.base, 120);
    assert_int_equal(cap.badge, 9);
    assert_int_equal(cap.order_log2, 0);
    assert_int_equal(page.kind, ENNEAD_ITEM_PAGE);
    assert_int_equal(page.base, 0x40005000);
    assert_int_equal(page.order_log2, 12);
    assert_int_equal(page.badge, 0);
}

/* ---- faults ---- */

static void a_fault_that_is_over_is_over(void **state)
{
    (void)state;
    CLAUSES("FLT-3", "THR-5", "FLT-4");
    unsigned pager = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    with_cap(pager);
    assert_int_equal(space_op(ENNEAD_SPACE_SET_PAGER, ENNEAD_HANDLER_PAGER, 0), ENNEAD_OK);
    assert_int_equal(thread_op(thread, ENNEAD_THREAD_SET_TLS, 0x7000, 0), ENNEAD_OK);
    for (unsigned i = 0; i < 2; i++) {
        run(thread);
        assert_false(host_store(0, 0x51234000, 5));
        run(root);
        ipc(pager, ENNEAD_RECV, 0, 0, NO_FIELDS);
        assert_int_equal(thread_op(thread, ENNEAD_THREAD_READ_REGS, 0, 1), ENNEAD_OK);
        ipc(0, ENNEAD_REPLY, 0, i ? ENNEAD_NOT_FOUND : 0, FIELDS(HOST_REGISTERS - 1, 0x77, 0x88, 0x99));
        if (i)
            assert_int_equal(thread_op(thread, ENNEAD_THREAD_RESUME, 0, 0), ENNEAD_OK);
        assert_int_equal(thread->context.tls, 0x7000);
        assert_int_equal(thread_op(thread, ENNEAD_THREAD_READ_REGS, 0, 1), ENNEAD_STATE);
    }
}

static void a_forbidden_access_reaches_the_pager(void **state)
{
    (void)state;
    CLAUSES("FLT-1", "ITM-7");
    unsigned pager = make(ENNEAD_TYPE_ENDPOINT), region = carve(0x2000);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    with_cap(pager);
    assert_int_equal(space_op(ENNEAD_SPACE_SET_PAGER, ENNEAD_HANDLER_PAGER, 0), ENNEAD_OK);
    map_page(region, 0, 0x30000000, 12, ENNEAD_RIGHT_READ);
    assert_int_equal(page_to(ENNEAD_ROOT_SPACE, 0x30000000, 7, 0x40000000), ENNEAD_OK);
    assert_int_equal(map_find(root->space, 0x40000000)->node.rights, ENNEAD_RIGHT_READ);
    run(thread);
    uint64_t value;
    assert_true(host_load(0, 0x40000000, &value));
    assert_false(host_store(0, 0x40000000, 1));
    run(root);
    struct result got = ipc(pager, ENNEAD_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS);
    assert_int_equal(got.label, ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_PAGE);
    assert_int_equal(got.field[1], ENNEAD_RIGHT_WRITE);
}

/* ---- maps ---- */

static void a_large_page_does_not_lie_over_a_small_one(void **state)
{
    (void)state;
    CLAUSES("ITM-2", "REG-4");
    unsigned region = carve(0x8000);
    map_page(region, 0, 0x30002000, 12, 7);
    window(0, 0, 0x30000000, 63);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAP, 0, 14, 7), ENNEAD_OCCUPIED);
}

static bool served;

static void serve_for_cpu_1(void)
{
    served = true;
    host_cpu = 1;
    cpu_serve_requests();
    host_cpu = 0;
}

/* Before the call ends the other CPU has forgotten: it is waited for. */
static void an_unmapping_waits_for_other_cpus(void **state)
{
    (void)state;
    CLAUSES("SPC-4");
    unsigned region = carve(0x2000);
    struct thread *away = new_thread(ENNEAD_ROOT_SPACE);
    uint64_t value;
    map_page(region, 0, 0x30000000, 12, 7);
    assert_int_equal(configure(away, MS, MS, 1), ENNEAD_OK);
    host_advance_ns(0);
    assert_true(host_load(1, 0x30000000, &value));
    served = false;
    host_on_relax(serve_for_cpu_1);
    assert_int_equal(space_op(ENNEAD_SPACE_UNMAP, 0x30000000, 0), ENNEAD_OK);
    host_on_relax(NULL);
    assert_true(served);
}

/* What is half unmapped is not entered again by a fault: it would be forgotten to be forgotten. */
static void a_page_that_is_going_is_not_filled(void **state)
{
    (void)state;
    CLAUSES("SPC-4");
    unsigned region = carve(8 << 20);
    struct thread *unmapper = new_thread(ENNEAD_ROOT_SPACE), *user = new_thread(ENNEAD_ROOT_SPACE);
    uint64_t value;
    map_page(region, 0, 0x30000000, 23, 7);
    run(unmapper);
    sched_priority_changed(user, 40);
    sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
    host_preempt_at(2);
    ipc(ENNEAD_ROOT_SPACE, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_UNMAP, FIELDS(0x30000000));
    host_preempt_at(0);
    run(root);
    root->priority = ENNEAD_PRIORITIES - 2;
    assert_true(unmapper->again);
    run(user);
    assert_false(host_load(0, 0x30000000, &value));
    assert_int_equal(user->state, ENNEAD_THREAD_STOPPED);
}

/* ---- memory ---- */

static void memory_around_a_new_pool_is_left_alone(void **state)
{
    (void)state;
    CLAUSES("REG-5", "POL-7");
    unsigned before = carve(0x1000), region = carve(0x4000), behind = carve(0x1000);
    char *middle = phys_to_virt(region_of(object_at(region))->base);
    assert_int_equal(region_op(before, ENNEAD_REGION_STORE, 0xff8, 8, 0x1122), ENNEAD_OK);
    assert_int_equal(region_op(behind, ENNEAD_REGION_STORE, 0, 8, 0x3344), ENNEAD_OK);
    memset(middle, 0x5a, 0x4000);
    window(new_slot(), 1, 0, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(region_op(before, ENNEAD_REGION_LOAD, 0xff8, 8, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], 0x1122);
    assert_int_equal(region_op(behind, ENNEAD_REGION_LOAD, 0, 8, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], 0x3344);
}

static void a_buffers_page_comes_back_clean(void **state)
{
    (void)state;
    CLAUSES("POL-7", "SPC-9");
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 17), space = make_in(pool, ENNEAD_TYPE_SPACE, 0);
    struct space *object = CONTAINER_OF(object_at(space), struct space, object);
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, FIELDS(0x9000)), ENNEAD_OK);
    char *page = phys_to_virt(map_find(object, 0x9000)->phys);
    memset(page, 0x5a, 0x1000);
    assert_int_equal(delete_slot(space), ENNEAD_OK);
    for (unsigned i = sizeof(struct list); i < 0x1000; i++)
        assert_int_equal(page[i], 0);
}

static void regions_describe_themselves(void **state)
{
    (void)state;
    CLAUSES("OBJ-2", "REG-6", "REG-8");
    unsigned region = carve(0x3000), device = slot_of(ENNEAD_RESOURCE_DEVICE, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, ENNEAD_CACHE_UNCACHED, 0, 0), ENNEAD_OK);
    assert_int_equal(region_op(region, ENNEAD_OP_DESCRIBE, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(ENNEAD_TAG_WORDS(answered.tag), 6 * ENNEAD_FIELD_WORDS);
    assert_int_equal(answered.field[3], 0x3000);
    assert_int_equal(answered.field[4], ENNEAD_REGION_RAM | ENNEAD_REGION_POOLABLE);
    assert_int_equal(answered.field[5], ENNEAD_CACHE_UNCACHED);
    assert_int_equal(region_op(region, ENNEAD_REGION_STORE, 8, 8, UINT64_MAX), ENNEAD_OK);
    static const unsigned widths[] = {1, 2, 4, 8};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(region_op(region, ENNEAD_REGION_STORE, 0, 8, UINT64_MAX), ENNEAD_OK);
        assert_int_equal(region_op(region, ENNEAD_REGION_STORE, 0, widths[i], 0), ENNEAD_OK);
        assert_int_equal(region_op(region, ENNEAD_REGION_LOAD, 0, widths[i], 0), ENNEAD_OK);
        assert_int_equal(answered.field[0], 0);
        if (widths[i] < 8) {
            assert_int_equal(region_op(region, ENNEAD_REGION_LOAD, widths[i], 1, 0), ENNEAD_OK);
            assert_int_equal(answered.field[0], 0xff);
        }
    }
    assert_int_equal(region_op(device, ENNEAD_REGION_STORE, 24, 4, 7), ENNEAD_OK);
    assert_true(host_last_store() == region_of(object_at(device))->base + 24);
    assert_int_equal(region_op(slot_of(ENNEAD_RESOURCE_IO, 0), ENNEAD_REGION_LOAD, 0, 8, 0), ENNEAD_INVALID_ARG);
    assert_int_equal(ENNEAD_TAG_WORDS(answered.tag), 0); /* an error has no fields */
}

/* While a region is being made a pool, in steps, nothing else is done with it; revoking gives that up. */
static void a_half_made_pool_is_busy(void **state)
{
    (void)state;
    CLAUSES("REG-5", "REG-10");
    unsigned region = carve(0x8000), slot = new_slot();
    struct thread *maker = new_thread(ENNEAD_ROOT_SPACE);
    run(maker);
    sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
    host_preempt_at(3);
    window(slot, 1, 0, 0);
    ipc(region, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL, NO_FIELDS);
    host_preempt_at(0);
    run(root);
    root->priority = ENNEAD_PRIORITIES - 2;
    assert_true(maker->again);
    assert_int_equal(region_of(object_at(region))->cleared, 0x600); /* until the third point, and not before */
    window(new_slot(), 1, 0x30000000, 63);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAP, 0, 12, 7), ENNEAD_BUSY);
    assert_int_equal(region_op(region, ENNEAD_REGION_STORE, 0, 8, 7), ENNEAD_BUSY);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, 0, 0, 0), ENNEAD_BUSY);
    assert_int_equal(thread_op(maker, ENNEAD_THREAD_STOP, 0, 0), ENNEAD_OK);
    assert_int_equal(last(maker).status, ENNEAD_CANCELLED);
    assert_int_equal(region_op(region, ENNEAD_REGION_REVOKE, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(region_op(region, ENNEAD_REGION_STORE, 0, 8, 7), ENNEAD_OK);
    assert_int_equal(thread_op(maker, ENNEAD_THREAD_RESUME, 0, 0), ENNEAD_OK); /* and does not try again */
    run(maker);
    assert_int_equal(space_slot(root->space, slot)->kind, NODE_EMPTY);
    run(root);
    char *memory = phys_to_virt(region_of(object_at(region))->base);
    memset(memory, 0x5a, 0x8000);
    window(slot, 1, 0, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(pool_largest_free(CONTAINER_OF(object_at(slot), struct pool, object)), 0x4000);
    assert_int_equal(memory[0x7fff], 0); /* cleared from the start again */
    assert_int_equal(memory[0x1fff], 0);
}

/* ---- rights and registers ---- */

static void looking_into_a_space_needs_read_alone(void **state)
{
    (void)state;
    CLAUSES("OBJ-1", "SPC-6", "SPC-7");
    unsigned reads = copy(ENNEAD_ROOT_SPACE, ENNEAD_RIGHT_READ, 0);
    unsigned controls = copy(ENNEAD_ROOT_SPACE, ENNEAD_RIGHT_CONTROL, 0);
    static const unsigned operations[] = {ENNEAD_OP_DESCRIBE, ENNEAD_SPACE_SLOT_INFO, ENNEAD_SPACE_MAP_INFO};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(op(reads, ENNEAD_TYPE_SPACE, operations[i], FIELDS(1)), ENNEAD_OK);
        assert_int_equal(op(controls, ENNEAD_TYPE_SPACE, operations[i], FIELDS(1)), ENNEAD_DENIED);
    }
    assert_int_equal(op(controls, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(0)), ENNEAD_OK);
    assert_int_equal(op(reads, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(0)), ENNEAD_DENIED);
}

static void a_new_thread_is_all_zero(void **state)
{
    (void)state;
    CLAUSES("THR-2", "THR-5", "POL-7");
    unsigned slot = make(ENNEAD_TYPE_THREAD);
    for (unsigned i = 0; i < HOST_REGISTERS; i++) {
        assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_READ_REGS, FIELDS(i, 1)), ENNEAD_OK);
        assert_int_equal(answered.field[0], 0);
    }
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_OK);
    for (unsigned i = 3; i < 7; i++)
        assert_int_equal(answered.field[i], 0);
    assert_int_equal(answered.field[7], HOST_REGISTERS);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_WRITE_REGS, FIELDS(HOST_REGISTERS)), ENNEAD_OK);
}

/* ---- time ---- */

/* What is left of a budget does not outlive its period, and what was used is back after it. */
static void a_period_begins_with_a_whole_budget(void **state)
{
    (void)state;
    CLAUSES("TIM-1");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(configure(thread, 4 * MS, 10 * MS, 0), ENNEAD_OK);
    run(thread);
    host_advance_ns(3 * MS);
    assert_int_equal(thread->own->remaining_ticks, 4 * MS); /* charged when it leaves */
    sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
    preempt();
    assert_int_equal(thread->own->remaining_ticks, MS);
    host_advance_ns(20 * MS);
    root->priority = ENNEAD_PRIORITIES - 2;
    run(thread);
    assert_int_equal(thread->own->remaining_ticks, 4 * MS);
}

/* Whose priority is set goes behind its equals. */
static void a_new_priority_begins_at_the_end(void **state)
{
    (void)state;
    CLAUSES("THR-8");
    unsigned nowhere = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *a = new_thread(ENNEAD_ROOT_SPACE), *b = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(thread_op(a, ENNEAD_THREAD_SET_PRIORITY, 10, 10), ENNEAD_OK);
    ipc(nowhere, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(host_current(0), b);
    assert_true(list_linked(&a->queue_link));
}

/* A thread that was stopped on another CPU goes on there when it is resumed, and is not stopped again. */
static void a_stop_is_for_once(void **state)
{
    (void)state;
    CLAUSES("THR-3");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    assert_int_equal(configure(thread, MS, MS, 1), ENNEAD_OK);
    host_advance_ns(0);
    for (unsigned i = 0; i < 3; i++) {
        assert_ptr_equal(host_current(1), thread);
        assert_int_equal(thread_op(thread, ENNEAD_THREAD_STOP, 0, 0), ENNEAD_OK);
        assert_null(host_current(1));
        assert_int_equal(thread_op(thread, ENNEAD_THREAD_RESUME, 0, 0), ENNEAD_OK);
        host_advance_ns(2 * MS);
    }
    assert_ptr_equal(host_current(1), thread);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(registers_travel_whatever_the_tag_counts),
        TEST(four_words_need_no_buffer),
        TEST(received_items_are_described_exactly),
        TEST(a_fault_that_is_over_is_over),
        TEST(a_forbidden_access_reaches_the_pager),
        TEST(a_large_page_does_not_lie_over_a_small_one),
        TEST(an_unmapping_waits_for_other_cpus),
        TEST(a_page_that_is_going_is_not_filled),
        TEST(memory_around_a_new_pool_is_left_alone),
        TEST(a_buffers_page_comes_back_clean),
        TEST(regions_describe_themselves),
        TEST(a_half_made_pool_is_busy),
        TEST(looking_into_a_space_needs_read_alone),
        TEST(a_new_thread_is_all_zero),
        TEST(a_period_begins_with_a_whole_budget),
        TEST(a_new_priority_begins_at_the_end),
        TEST(a_stop_is_for_once),
    };
    return RUN("exact", tests);
}
