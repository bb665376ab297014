/* Ends: what dies with what, in steps that can be preempted anywhere. */
#include "fixture.h"

static uint64_t boot_pool_free(void)
{
    return CONTAINER_OF(object_at(ENNEAD_ROOT_POOL), struct pool, object)->free_bytes;
}

static void waiters_hear_of_the_end(void **state)
{
    (void)state;
    CLAUSES("END-1");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), notification = make(ENNEAD_TYPE_NOTIFICATION);
    struct thread *sender = new_thread(ENNEAD_ROOT_SPACE), *waiter = new_thread(ENNEAD_ROOT_SPACE);
    run(sender);
    ipc(endpoint, ENNEAD_CALL, 40, 0, NO_FIELDS);
    run(waiter);
    ipc(notification, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, NO_FIELDS);
    run(root);
    assert_int_equal(delete_slot(endpoint), ENNEAD_OK);
    assert_int_equal(delete_slot(notification), ENNEAD_OK);
    assert_int_equal(last(sender).status, ENNEAD_DEAD);
    assert_int_equal(last(waiter).status, ENNEAD_DEAD);
    assert_int_equal(waiter->state, ENNEAD_THREAD_READY);
}

static void a_space_takes_its_threads_and_capabilities_along(void **state)
{
    (void)state;
    CLAUSES("SPC-9");
    uint64_t before = boot_pool_free();
    unsigned space = new_space(), endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *inside = new_thread(space);
    put_cap(space, endpoint, ENNEAD_RIGHTS_ALL, 0);
    with_item(
        (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .rights = 0x1f, .base = endpoint});
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(100)), ENNEAD_OK);
    assert_int_equal(delete_slot(space), ENNEAD_OK);
    assert_int_equal(inside->state, ENNEAD_THREAD_STOPPED);
    assert_null(inside->space);
    assert_int_equal(boot_pool_free(),
                     before - ENNEAD_PRICE_THREAD - ENNEAD_PRICE_SCHED_CONTEXT); /* the endpoint went too */
}

/* Two spaces that hold each other's root nodes, and a third that holds both. */
static void spaces_that_hold_each_other_can_be_destroyed(void **state)
{
    (void)state;
    CLAUSES("SPC-9", "POL-3");
    uint64_t before = boot_pool_free();
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 18);
    unsigned a = make_in(pool, ENNEAD_TYPE_SPACE, 0), b = make_in(pool, ENNEAD_TYPE_SPACE, 0);
    unsigned handle = copy(a, ENNEAD_RIGHTS_ALL, 0);
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .rights = 0x1f, .base = a});
    assert_int_equal(op(b, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(9)), ENNEAD_OK);
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .rights = 0x1f, .base = b});
    assert_int_equal(op(handle, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(9)), ENNEAD_OK);
    assert_int_equal(delete_slot(pool), ENNEAD_OK);
    assert_int_equal(boot_pool_free(), before);
}

/* Build something with everything in it, in a pool of its own; returns the pool's slot. */
static unsigned build_tangle(void)
{
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 18), region = new_slot();
    window(region, 1, 0, 0);
    with_cap(pool);
    assert_int_equal(op(ram_slot(), ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, FIELDS(0, 0x8000)), ENNEAD_OK);
    unsigned space = make_in(pool, ENNEAD_TYPE_SPACE, 0), endpoint = make_in(pool, ENNEAD_TYPE_ENDPOINT, 0);
    unsigned thread = make_in(pool, ENNEAD_TYPE_THREAD, 0), time = make_in(pool, ENNEAD_TYPE_SCHED_CONTEXT, 0);
    unsigned inner = make_in(pool, ENNEAD_TYPE_POOL, 13);
    make_in(inner, ENNEAD_TYPE_NOTIFICATION, 0);
    for (unsigned i = 0; i < 5; i++)
        put_cap(space, copy(endpoint, ENNEAD_RIGHTS_ALL, i), ENNEAD_RIGHTS_ALL, 0);
    map_page(region, 0, 0x30000000 + pool * 0x10000, 12, 7);
    with_item((struct ennead_item){
        .kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x30000000 + pool * 0x10000});
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x1000)), ENNEAD_OK);
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(ENNEAD_TABLE_SLOTS, 4)), ENNEAD_OK);
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, FIELDS(0x9000)), ENNEAD_OK);
    with_cap(space);
    assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(0x9000)), ENNEAD_OK);
    with_cap(thread);
    assert_int_equal(op(time, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(1, 2, 3)), ENNEAD_OK);
    return pool;
}

static void a_deletion_can_be_preempted_anywhere(void **state)
{
    (void)state;
    CLAUSES("END-2", "POL-3");
    uint64_t before = boot_pool_free();
    for (unsigned at = 1; at < 120; at++) {
        unsigned pool = build_tangle();
        host_preempt_at(at);
        assert_int_equal(delete_slot(pool), ENNEAD_OK);
        host_preempt_at(0);
        assert_int_equal(boot_pool_free(), before);
        machine_off(NULL);
        machine_on(NULL);
        before = boot_pool_free();
    }
}

/* A low thread begins to destroy a pool and is preempted for good; root's next deletion finishes it. */
static void whoever_comes_next_finishes(void **state)
{
    (void)state;
    CLAUSES("END-2", "POL-3");
    for (unsigned at = 1; at < 100; at += 3) {
        struct thread *revoker = new_thread(ENNEAD_ROOT_SPACE);
        uint64_t before = boot_pool_free();
        unsigned pool = build_tangle(), other = make(ENNEAD_TYPE_ENDPOINT), slot = slot_of_thread(revoker);
        run(revoker);
        sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
        host_preempt_at(at);
        ipc(ENNEAD_ROOT_SPACE, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, FIELDS(pool));
        host_preempt_at(0);
        run(root);
        assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, NO_FIELDS), ENNEAD_OK);
        assert_int_equal(delete_slot(other), ENNEAD_OK);
        if (space_slot(root->space, pool)->kind != NODE_EMPTY)
            assert_int_equal(delete_slot(pool), ENNEAD_OK);
        assert_int_equal(boot_pool_free(), before);
        machine_off(NULL);
        machine_on(NULL);
    }
}

static void nothing_is_derived_while_a_revocation_goes_on(void **state)
{
    (void)state;
    CLAUSES("END-3");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), children[10];
    for (unsigned i = 0; i < 10; i++)
        children[i] = copy(endpoint, ENNEAD_RIGHTS_ALL, i);
    struct thread *revoker = new_thread(ENNEAD_ROOT_SPACE);
    run(revoker);
    sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
    host_preempt_at(3);
    ipc(ENNEAD_ROOT_SPACE, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_REVOKE, FIELDS(endpoint));
    host_preempt_at(0);
    run(root);
    assert_true(revoker->again);
    with_cap(endpoint);
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(126)), ENNEAD_OK);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(space_slot(root->space, children[i])->kind, NODE_EMPTY);
    root->priority = ENNEAD_PRIORITIES - 2;
    run(revoker);
    assert_int_equal(last(revoker).status, ENNEAD_OK);
}

static void a_thread_may_destroy_itself(void **state)
{
    (void)state;
    CLAUSES("END-4");
    uint64_t before = boot_pool_free();
    for (unsigned what = 0; what < 3; what++) {
        unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 17);
        unsigned space = make_in(pool, ENNEAD_TYPE_SPACE, 0), thread = make_in(pool, ENNEAD_TYPE_THREAD, 0);
        unsigned time = make_in(pool, ENNEAD_TYPE_SCHED_CONTEXT, 0);
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, FIELDS(0x9000)), ENNEAD_OK);
        with_cap(space);
        assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(0x9000)), ENNEAD_OK);
        with_cap(thread);
        assert_int_equal(op(time, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, NO_FIELDS), ENNEAD_OK);
        with_cap(ENNEAD_ROOT_SPACE);
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(5)), ENNEAD_OK);
        assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(1, 2, 3)), ENNEAD_OK);
        run(thread_of(object_at(thread)));
        unsigned victim = what == 0 ? thread : what == 1 ? space : pool;
        ennead_word word[4] = {victim};
        host_ipc(0, 5 << ENNEAD_TARGET_SHIFT | ENNEAD_CALL,
                 ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, ENNEAD_FIELD_WORDS, 0), word);
        assert_ptr_equal(host_current(0), root);
        assert_int_equal(space_slot(root->space, victim)->kind, NODE_EMPTY);
        if (what < 2)
            assert_int_equal(delete_slot(pool), ENNEAD_OK);
        assert_int_equal(boot_pool_free(), before);
    }
}

/* A thread ended its own space, and its call was preempted before all was torn down: started anew it begins afresh. */
static void a_thread_that_outlived_its_space_starts_afresh(void **state)
{
    (void)state;
    CLAUSES("THR-2", "END-4");
    for (unsigned at = 1; at < 40; at++) {
        unsigned space = new_space(), slot;
        struct thread *thread = new_thread(space);
        slot = slot_of_thread(thread);
        with_cap(ENNEAD_ROOT_SPACE);
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(5)), ENNEAD_OK);
        run(thread);
        host_preempt_at(at);
        ennead_word word[4] = {space};
        host_ipc(0, 5 << ENNEAD_TARGET_SHIFT | ENNEAD_CALL,
                 ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, ENNEAD_FIELD_WORDS, 0), word);
        host_preempt_at(0);
        assert_ptr_equal(host_current(0), root);
        if (!thread->space) {
            with_cap(ENNEAD_ROOT_SPACE);
            assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(0)), ENNEAD_OK);
            assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(0x7000, 1, 9)), ENNEAD_OK);
            run(thread);
            assert_false(thread->again || thread->finishing);
            assert_int_equal(context_read_reg(&thread->context, 2), 9);
        }
        machine_off(NULL);
        machine_on(NULL);
    }
}

static void a_thread_on_another_cpu_is_stopped_first(void **state)
{
    (void)state;
    CLAUSES("END-4", "THR-3");
    struct thread *away = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(away);
    assert_int_equal(op(slot + 1, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, FIELDS(1000000, 1000000, 1)),
                     ENNEAD_OK);
    host_advance_ns(0);
    assert_ptr_equal(host_current(1), away);
    ipc(ENNEAD_ROOT_SPACE, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, FIELDS(slot));
    assert_null(host_current(1));
    assert_int_equal(space_slot(root->space, slot)->kind, NODE_EMPTY);
}

static void other_cpus_forget_what_is_unmapped(void **state)
{
    (void)state;
    CLAUSES("SPC-4");
    struct thread *away = new_thread(ENNEAD_ROOT_SPACE);
    unsigned region = carve(0x2000);
    uint64_t value;
    map_page(region, 0, 0x30000000, 12, 7);
    assert_int_equal(
        op(slot_of_thread(away) + 1, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, FIELDS(1000000, 1000000, 1)),
        ENNEAD_OK);
    host_advance_ns(0);
    assert_true(host_load(1, 0x30000000, &value));
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_UNMAP, FIELDS(0x30000000)), ENNEAD_OK);
    assert_false(host_load(1, 0x30000000, &value));
}

/*
 * A thread revokes a capability in its own table, below which the pool hangs that the table itself is in: made through
 * the capability before that was granted there.
 */
static void a_revocation_may_end_the_table_that_it_stands_in(void **state)
{
    (void)state;
    CLAUSES("END-4", "REG-10");
    unsigned region = carve(1 << 18), below = copy(region, ENNEAD_RIGHTS_ALL, 0), pool = new_slot();
    window(pool, 1, 0, 0);
    assert_int_equal(op(below, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL, NO_FIELDS), ENNEAD_OK);
    unsigned space = make_in(pool, ENNEAD_TYPE_SPACE, 0);
    struct thread *inside = new_thread(space);
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .rights = 0x1f, .base = below});
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(20)), ENNEAD_OK);
    run(inside);
    ipc(20, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_REVOKE, NO_FIELDS);
    assert_int_equal(inside->state, ENNEAD_THREAD_STOPPED);
    assert_null(inside->space);
    run(root);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(answered.field[4] & ENNEAD_REGION_IS_POOL, 0);
}

/* The same with the root node of the region, which ends as well; its memory is back in the pool afterwards. */
static void a_revocation_may_end_its_own_object(void **state)
{
    (void)state;
    CLAUSES("END-4", "OBJ-7");
    uint64_t before = boot_pool_free();
    unsigned region = carve(1 << 18), pool = new_slot();
    window(pool, 1, 0, 0);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL, NO_FIELDS), ENNEAD_OK);
    unsigned space = make_in(pool, ENNEAD_TYPE_SPACE, 0);
    struct thread *inside = new_thread(space);
    with_item(
        (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .rights = 0x1f, .base = region});
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(20)), ENNEAD_OK);
    run(inside);
    ipc(20, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_REVOKE, NO_FIELDS);
    assert_null(inside->space);
    run(root);
    assert_int_equal(boot_pool_free(), before - ENNEAD_PRICE_THREAD - ENNEAD_PRICE_SCHED_CONTEXT);
}

/* The root task may end the first pool, and with it everything there is. */
static void the_first_pool_can_be_destroyed(void **state)
{
    (void)state;
    CLAUSES("END-4");
    (void)new_thread(new_space());
    ipc(ENNEAD_ROOT_POOL, ENNEAD_CALL, ENNEAD_TYPE_POOL, ENNEAD_POOL_DESTROY, NO_FIELDS);
    assert_null(host_current(0));
    preempt();
    assert_null(host_current(0));
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(waiters_hear_of_the_end),
        TEST(a_space_takes_its_threads_and_capabilities_along),
        TEST(spaces_that_hold_each_other_can_be_destroyed),
        TEST(a_deletion_can_be_preempted_anywhere),
        TEST(whoever_comes_next_finishes),
        TEST(nothing_is_derived_while_a_revocation_goes_on),
        TEST(a_thread_may_destroy_itself),
        TEST(a_thread_that_outlived_its_space_starts_afresh),
        TEST(a_thread_on_another_cpu_is_stopped_first),
        TEST(other_cpus_forget_what_is_unmapped),
        TEST(a_revocation_may_end_the_table_that_it_stands_in),
        TEST(a_revocation_may_end_its_own_object),
        cmocka_unit_test_setup_teardown(the_first_pool_can_be_destroyed, machine_on, machine_gone),
    };
    return RUN("end", tests);
}
