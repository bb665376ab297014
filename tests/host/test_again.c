/* Operations that are interrupted half-way, or meet one that was: they are made again and end as if they never were. */
#include "fixture.h"

#define USER ENNEAD_PROTOCOL_USER

static uint64_t boot_pool_free(void)
{
    return CONTAINER_OF(object_at(ENNEAD_ROOT_POOL), struct pool, object)->free_bytes;
}

static struct thread *revoker;

/* `slot` has children; a thread that revokes it was preempted and is not to run for now. */
static void half_revoke(unsigned slot)
{
    for (unsigned i = 0; i < 10; i++)
        (void)copy(slot, ENNEAD_RIGHTS_ALL, 0);
    revoker = new_thread(ENNEAD_ROOT_SPACE);
    run(revoker);
    sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
    host_preempt_at(3);
    ipc(ENNEAD_ROOT_SPACE, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_REVOKE, FIELDS(slot));
    host_preempt_at(0);
    run(root);
    root->priority = ENNEAD_PRIORITIES - 2;
    assert_true(revoker->again);
    assert_ptr_equal(object_at(slot)->revoking, space_slot(root->space, slot));
}

static struct thread *receiver;

static void receive_on(unsigned endpoint)
{
    receiver = new_thread(ENNEAD_ROOT_SPACE);
    run(receiver);
    window(120, 1, 0, 0);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
}

/* What arrived hangs below the capability whose revocation had begun before, which is over now. */
static void check_arrived(unsigned cap)
{
    struct node *node = space_slot(root->space, 120);
    assert_int_equal(node->kind, NODE_CAP);
    assert_ptr_equal(space_slot(root->space, cap)->next, node);
    assert_true(node_is_leaf(node));
    assert_null(node->object->revoking);
}

static void a_send_waits_for_the_revocation(void **state)
{
    (void)state;
    CLAUSES("END-3", "IPC-13");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), cap = make(ENNEAD_TYPE_NOTIFICATION);
    receive_on(endpoint);
    half_revoke(cap);
    with_cap(cap);
    assert_int_equal(ipc(endpoint, ENNEAD_SEND, USER, 0, NO_FIELDS).status, ENNEAD_OK);
    check_arrived(cap);
}

static void a_receive_waits_for_the_revocation(void **state)
{
    (void)state;
    CLAUSES("END-3", "IPC-13");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), cap = make(ENNEAD_TYPE_NOTIFICATION);
    struct thread *sender = new_thread(ENNEAD_ROOT_SPACE);
    run(sender);
    with_cap(cap);
    ipc(endpoint, ENNEAD_SEND, USER, 6, NO_FIELDS);
    run(root);
    half_revoke(cap);
    window(120, 1, 0, 0);
    assert_int_equal(ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS).label, USER << 8 | 6);
    check_arrived(cap);
    assert_int_equal(last(sender).status, ENNEAD_OK);
}

static void an_answer_waits_for_the_revocation(void **state)
{
    (void)state;
    CLAUSES("END-3", "REP-7");
    for (unsigned stored = 0; stored < 3; stored++) {
        unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), cap = make(ENNEAD_TYPE_NOTIFICATION), right = new_slot();
        struct thread *client = new_thread(ENNEAD_ROOT_SPACE);
        run(client);
        window(120, 1, 0, 0);
        ipc(endpoint, ENNEAD_CALL, USER, 6, NO_FIELDS);
        ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
        if (stored == 1)
            assert_int_equal(ipc(right, ENNEAD_STORE, 0, 0, NO_FIELDS).status, ENNEAD_OK);
        half_revoke(cap);
        with_cap(cap);
        if (stored == 1)
            assert_int_equal(ipc(right, ENNEAD_SEND, 0, 0, NO_FIELDS).status, ENNEAD_OK);
        else if (stored == 0)
            assert_int_equal(ipc(0, ENNEAD_REPLY, 0, 0, NO_FIELDS).status, ENNEAD_OK);
        else
            assert_int_equal(ipc(endpoint, ENNEAD_REPLY_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS).status,
                             ENNEAD_WOULD_BLOCK);
        check_arrived(cap);
        assert_int_equal(last(client).status, ENNEAD_OK);
        assert_int_equal(client->state, ENNEAD_THREAD_READY);
        machine_off(NULL);
        machine_on(NULL);
    }
}

/* The same for what is made, carved, mapped and turned into a pool below a capability that is being revoked. */
static void what_is_made_waits_for_the_revocation(void **state)
{
    (void)state;
    CLAUSES("END-3", "END-2");
    for (unsigned what = 0; what < 5; what++) {
        unsigned region = carve(0x4000), pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 14), into;
        unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), target = what == 4 ? endpoint : what ? region : pool;
        half_revoke(target);
        window(into = new_slot(), 1, 0x30000000, 63);
        if (what == 4)
            with_cap(endpoint);
        else if (what == 1)
            with_cap(ENNEAD_ROOT_POOL);
        unsigned error = what == 0   ? op(pool, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, FIELDS(ENNEAD_TYPE_ENDPOINT))
                         : what == 1 ? op(region, ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, FIELDS(0, 0x1000))
                         : what == 2 ? op(region, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, FIELDS(0, 12, 7, 0))
                         : what == 3 ? op(region, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL, NO_FIELDS)
                                     : op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(0));
        assert_int_equal(error, ENNEAD_OK);
        assert_null(object_at(target)->revoking);
        assert_false(node_is_leaf(space_slot(root->space, target))); /* what was made is there */
        if (what != 2 && what != 4)
            assert_int_equal(space_slot(root->space, into)->kind, NODE_CAP);
        machine_off(NULL);
        machine_on(NULL);
    }
}

/* A carved region's pool may be being revoked while its parent region is not. */
static void the_pool_that_pays_is_settled_first(void **state)
{
    (void)state;
    CLAUSES("END-3");
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 14), into = new_slot();
    half_revoke(pool);
    window(into, 1, 0, 0);
    with_cap(pool);
    assert_int_equal(op(ram_slot(), ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, FIELDS(0, 0x1000)), ENNEAD_OK);
    assert_null(object_at(pool)->revoking);
    assert_ptr_equal(object_at(into)->pool, CONTAINER_OF(object_at(pool), struct pool, object));
}

/* Everything that takes long finds an interrupt pending at each of its preemption points and ends nevertheless. */
static void long_operations_end_however_often_they_are_interrupted(void **state)
{
    (void)state;
    CLAUSES("END-2", "POL-7", "SPC-4");
    unsigned region = carve(8 << 20), small = carve(0x8000), pool = new_slot();
    uint64_t before = boot_pool_free();
    host_preempt_at(1);
    window(pool, 1, 0, 0);
    assert_int_equal(op(small, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL, NO_FIELDS), ENNEAD_OK);
    map_page(region, 0, 0x30000000, 22, 7);
    unsigned points = host_preemption_points();
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_UNMAP, FIELDS(0x30000000)), ENNEAD_OK);
    assert_true(host_preemption_points() > points);
    assert_null(map_find(root->space, 0x30000000));
    map_page(region, 0, 0x30000000, 22, 7);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_REGION_REVOKE, NO_FIELDS), ENNEAD_OK);
    assert_null(map_find(root->space, 0x30000000));
    map_page(region, 0, 0x30000000, 22, 7);
    with_item((struct ennead_item){
        .kind = ENNEAD_ITEM_PAGE, .flags = ENNEAD_ITEM_GRANT, .rights = 7, .order_log2 = 22, .base = 0x30000000});
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x40000000)), ENNEAD_OK);
    assert_null(map_find(root->space, 0x30000000));
    assert_non_null(map_find(root->space, 0x40000000));
    assert_int_equal(delete_slot(region), ENNEAD_OK);
    assert_int_equal(delete_slot(small), ENNEAD_OK);
    assert_int_equal(boot_pool_free(), before + 2 * ENNEAD_PRICE_REGION);
}

/* Whenever others may have the lock, nothing is in the map where a page was. */
static void look_for_leftovers(void)
{
    for (uint64_t at = 0x30000000; at <= 0x31000000; at += 0x1000000) {
        const struct entry *entry = map_find(root->space, at);
        assert_true(!entry || entry->node.kind == NODE_ENTRY);
    }
    host_on_relax(look_for_leftovers);
}

/* Dropped, moved and taken out of their old map, with an interrupt pending at each look. */
static void granted_pages_arrive_however_often_it_is_interrupted(void **state)
{
    (void)state;
    CLAUSES("ITM-7", "IPC-13");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), region = carve(8 << 20);
    map_page(region, 0, 0x30000000, 22, 7);
    map_page(region, 4 << 20, 0x31000000, 12, 7);
    uint64_t value;
    assert_true(host_store(0, 0x30000000, 5));
    assert_true(host_store(0, 0x31000000, 6));
    run(new_thread(ENNEAD_ROOT_SPACE));
    window(0, 0, 0x40000000, 24);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
    with_item((struct ennead_item){
        .kind = ENNEAD_ITEM_PAGE, .flags = ENNEAD_ITEM_GRANT, .rights = 7, .order_log2 = 22, .base = 0x30000000});
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_PAGE,
                                   .flags = ENNEAD_ITEM_GRANT,
                                   .rights = 7,
                                   .order_log2 = 12,
                                   .base = 0x31000000,
                                   .offset = 0x400000});
    host_preempt_at(1);
    host_on_relax(look_for_leftovers);
    unsigned points = host_preemption_points();
    assert_int_equal(ipc(endpoint, ENNEAD_SEND, USER, 0, NO_FIELDS).status, ENNEAD_OK);
    assert_true(host_preemption_points() >= points + 5);
    host_on_relax(NULL);
    host_preempt_at(0);
    assert_null(map_find(root->space, 0x30000000));
    assert_null(map_find(root->space, 0x31000000));
    assert_true(host_load(0, 0x40000000, &value));
    assert_int_equal(value, 5);
    assert_true(host_load(0, 0x40400000, &value));
    assert_int_equal(value, 6);
}

/* An answer with items is complete before its server receives: it is interrupted in between and goes on to receive. */
static void an_answer_with_items_is_a_step(void **state)
{
    (void)state;
    CLAUSES("REP-1", "ITM-7");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), region = carve(0x10000);
    map_page(region, 0, 0x30000000, 12, 7);
    for (unsigned granted = 0; granted < 2; granted++) {
        struct thread *client = new_thread(ENNEAD_ROOT_SPACE), *sender = new_thread(ENNEAD_ROOT_SPACE);
        run(client);
        window(120, 2, 0x40000000, 12);
        ipc(endpoint, ENNEAD_CALL, USER, 1, NO_FIELDS);
        run(root);
        assert_int_equal(ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS).status, ENNEAD_OK);
        run(sender);
        ipc(endpoint, ENNEAD_SEND, USER, 7, NO_FIELDS);
        run(root);
        sched_priority_changed(root, ENNEAD_PRIORITIES - 2);
        if (granted) {
            with_item((struct ennead_item){.kind = ENNEAD_ITEM_PAGE,
                                           .flags = ENNEAD_ITEM_GRANT,
                                           .rights = 7,
                                           .order_log2 = 12,
                                           .base = 0x30000000});
        } else {
            with_cap(endpoint);
            with_cap(region);
        }
        host_preempt_at(granted ? 0 : 1);
        unsigned points = host_preemption_points();
        struct result got = ipc(endpoint, ENNEAD_REPLY_RECV, USER, 2, NO_FIELDS);
        host_preempt_at(0);
        assert_true(host_preemption_points() > points);
        assert_int_equal(got.status, ENNEAD_OK);
        assert_int_equal(got.label & 0xff, 7);
        assert_int_equal(last(client).label & 0xff, 2);
        assert_int_equal(map_find(root->space, 0x30000000) == NULL, granted);
    }
}

/* The revocation that an item waits for ends the receiver: nothing had arrived there that is to be taken back. */
static void a_revocation_may_end_the_receiver(void **state)
{
    (void)state;
    CLAUSES("END-3", "IPC-13");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), first = make(ENNEAD_TYPE_NOTIFICATION);
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 18);
    unsigned space = make_in(pool, ENNEAD_TYPE_SPACE, 0), second = make_in(pool, ENNEAD_TYPE_NOTIFICATION, 0);
    struct thread *there = new_thread(space);
    unsigned slot = put_cap(space, endpoint, ENNEAD_RIGHTS_ALL, 0);
    run(there);
    window(100, 2, 0, 0);
    ipc(slot, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
    half_revoke(pool);
    with_cap(first);
    with_cap(second);
    assert_int_equal(ipc(endpoint, ENNEAD_SEND | ENNEAD_POLL, USER, 0, NO_FIELDS).status, ENNEAD_WOULD_BLOCK);
    assert_int_equal(space_slot(root->space, second)->kind, NODE_EMPTY);
    check_invariants();
}

/* What is half unmapped is not found: neither by its user, nor by who would delegate it. */
static void a_page_that_is_going_is_gone(void **state)
{
    (void)state;
    CLAUSES("SPC-4", "ITM-6");
    unsigned region = carve(8 << 20);
    uint64_t value;
    struct thread *unmapper = new_thread(ENNEAD_ROOT_SPACE);
    map_page(region, 0, 0x30000000, 23, 7);
    assert_true(host_load(0, 0x30700000, &value));
    run(unmapper);
    sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
    host_preempt_at(2);
    ipc(ENNEAD_ROOT_SPACE, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_UNMAP, FIELDS(0x30000000));
    host_preempt_at(0);
    run(root);
    root->priority = ENNEAD_PRIORITIES - 2;
    assert_true(unmapper->again);
    assert_non_null(map_find(root->space, 0x30700000));
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x30700000});
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x50000000)),
                     ENNEAD_NOT_FOUND);
    run(unmapper);
    assert_int_equal(last(unmapper).label, ENNEAD_OK);
    assert_null(map_find(root->space, 0x30700000));
    assert_false(host_load(0, 0x30700000, &value));
}

/* Who grants a page and is stopped half-way still has it. */
static void a_page_that_did_not_go_is_there(void **state)
{
    (void)state;
    CLAUSES("IPC-13", "THR-3", "ITM-7");
    unsigned region = carve(8 << 20), space = new_space();
    uint64_t value;
    struct thread *granter = new_thread(ENNEAD_ROOT_SPACE);
    map_page(region, 0, 0x30000000, 23, 7);
    assert_true(host_store(0, 0x30700000, 5));
    run(granter);
    sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
    host_preempt_at(2);
    with_item((struct ennead_item){
        .kind = ENNEAD_ITEM_PAGE, .flags = ENNEAD_ITEM_GRANT, .rights = 7, .order_log2 = 23, .base = 0x30000000});
    ipc(space, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x50000000));
    host_preempt_at(0);
    run(root);
    root->priority = ENNEAD_PRIORITIES - 2;
    assert_true(granter->again);
    assert_int_equal(op(slot_of_thread(granter), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(last(granter).status, ENNEAD_CANCELLED);
    assert_true(host_load(0, 0x30000000, &value));
    assert_true(host_load(0, 0x30700000, &value));
    assert_int_equal(value, 5);
    with_item((struct ennead_item){
        .kind = ENNEAD_ITEM_PAGE, .flags = ENNEAD_ITEM_GRANT, .rights = 7, .order_log2 = 23, .base = 0x30000000});
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x50000000)), ENNEAD_OK);
    assert_false(host_load(0, 0x30000000, &value));
}

/* Unmapping is begun on one CPU and ended on another, which had translations of both halves itself. */
static void an_unmapping_may_change_its_cpu(void **state)
{
    (void)state;
    CLAUSES("SPC-4");
    unsigned region = carve(8 << 20);
    uint64_t value;
    struct thread *unmapper = new_thread(ENNEAD_ROOT_SPACE), *user = new_thread(ENNEAD_ROOT_SPACE);
    map_page(region, 0, 0x30000000, 23, 7);
    assert_int_equal(
        op(slot_of_thread(user) + 1, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, FIELDS(1000000, 1000000, 1)),
        ENNEAD_OK);
    host_advance_ns(0);
    assert_true(host_load(1, 0x30000000, &value));
    assert_true(host_load(1, 0x30700000, &value));
    run(unmapper);
    sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
    host_preempt_at(2);
    ipc(ENNEAD_ROOT_SPACE, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_UNMAP, FIELDS(0x30000000));
    host_preempt_at(0);
    run(root);
    root->priority = ENNEAD_PRIORITIES - 2;
    assert_true(unmapper->again);
    sched_priority_changed(unmapper, 20);
    assert_int_equal(op(slot_of_thread(unmapper) + 1, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE,
                        FIELDS(1000000, 1000000, 1)),
                     ENNEAD_OK);
    host_advance_ns(0);
    assert_false(unmapper->again);
    assert_ptr_equal(host_current(1), unmapper);
    assert_null(map_find(root->space, 0x30000000));
    check_invariants();
    assert_false(host_load(1, 0x30000000, &value));
}

/* A thread ends itself with its pool while every step is interrupted: what it leaves, the kernel or root finishes. */
static void a_thread_ends_itself_however_often_it_is_interrupted(void **state)
{
    (void)state;
    CLAUSES("END-4", "END-2", "POL-3");
    for (unsigned at = 1; at < 60; at++) {
        uint64_t before = boot_pool_free();
        unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 17);
        unsigned space = make_in(pool, ENNEAD_TYPE_SPACE, 0), thread = make_in(pool, ENNEAD_TYPE_THREAD, 0);
        unsigned time = make_in(pool, ENNEAD_TYPE_SCHED_CONTEXT, 0), other = make(ENNEAD_TYPE_ENDPOINT);
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, FIELDS(0x9000)), ENNEAD_OK);
        with_cap(space);
        assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(0x9000)), ENNEAD_OK);
        with_cap(thread);
        assert_int_equal(op(time, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, NO_FIELDS), ENNEAD_OK);
        with_cap(ENNEAD_ROOT_SPACE);
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(5)), ENNEAD_OK);
        assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(1, 2, 3)), ENNEAD_OK);
        run(thread_of(object_at(thread)));
        host_preempt_at(at);
        ennead_word word[4] = {pool};
        host_ipc(0, 5 << ENNEAD_TARGET_SHIFT | ENNEAD_CALL,
                 ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, ENNEAD_FIELD_WORDS, 0), word);
        host_preempt_at(0);
        assert_ptr_equal(host_current(0), root);
        assert_int_equal(delete_slot(other), ENNEAD_OK);
        if (space_slot(root->space, pool)->kind != NODE_EMPTY)
            assert_int_equal(delete_slot(pool), ENNEAD_OK);
        assert_int_equal(boot_pool_free(), before);
        machine_off(NULL);
        machine_on(NULL);
    }
}

/* A thread deletes its own slot's subtree and is interrupted after the slot is empty: only the rest is to be done. */
static void the_rest_of_a_deletion_is_not_looked_up_again(void **state)
{
    (void)state;
    CLAUSES("END-2", "SPC-3", "OBJ-5");
    for (unsigned phases = ENNEAD_SEND;; phases = ENNEAD_CALL) {
        for (unsigned at = 1; at < 40; at++) {
            unsigned space = new_space();
            uint64_t before = boot_pool_free();
            host_preempt_at(at);
            struct result got = ipc(ENNEAD_ROOT_SPACE, phases, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, FIELDS(space));
            host_preempt_at(0);
            assert_int_equal(got.status, ENNEAD_OK);
            assert_int_equal(got.label, ENNEAD_OK);
            assert_int_equal(boot_pool_free(), before + ENNEAD_PRICE_SPACE);
            machine_off(NULL);
            machine_on(NULL);
        }
        if (phases == ENNEAD_CALL)
            break;
    }
}

/* Whose messages cannot arrive hear so one by one, and the receiver may be interrupted between two. */
static void undeliverable_messages_are_refused_one_by_one(void **state)
{
    (void)state;
    CLAUSES("IPC-11");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *sender[3];
    for (unsigned i = 0; i < 3; i++) {
        sender[i] = new_thread(ENNEAD_ROOT_SPACE);
        run(sender[i]);
        with_cap(endpoint);
        ipc(endpoint, i ? ENNEAD_SEND : ENNEAD_CALL, USER, i, NO_FIELDS);
    }
    run(root);
    window(0, 0, 0, 0);
    host_preempt_at(1);
    assert_int_equal(ipc(endpoint, ENNEAD_RECV | ENNEAD_POLL, 0, 0, NO_FIELDS).status, ENNEAD_WOULD_BLOCK);
    host_preempt_at(0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(last(sender[i]).status, ENNEAD_WINDOW);
        assert_int_equal(sender[i]->state, ENNEAD_THREAD_READY);
    }
}

/* A space inside a pool holds the pool's own root node: each is torn down before the other, so to speak. */
static void a_pool_ends_from_inside(void **state)
{
    (void)state;
    CLAUSES("END-2", "POL-3", "POL-5");
    uint64_t before = boot_pool_free();
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 17), space = make_in(pool, ENNEAD_TYPE_SPACE, 0);
    unsigned handle = new_slot();
    /* The space's root node is taken from under the pool's, so that deleting it does not begin with the pool. */
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .rights = 0x1f, .base = pool});
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(9)), ENNEAD_OK);
    assert_int_equal(delete_slot(space), ENNEAD_OK);
    assert_int_equal(space_slot(root->space, handle)->kind, NODE_EMPTY);
    assert_int_equal(boot_pool_free(), before);
}

/* What a dying object is still bound to lets go of it. */
static void bindings_end_with_either_side(void **state)
{
    (void)state;
    CLAUSES("END-5", "NTF-3", "IRQ-2");
    unsigned notification = make(ENNEAD_TYPE_NOTIFICATION), second = make(ENNEAD_TYPE_NOTIFICATION), irq = new_slot();
    unsigned handler = make(ENNEAD_TYPE_ENDPOINT), space = new_space();
    struct thread *thread = new_thread(space);
    unsigned slot = slot_of_thread(thread);
    window(irq, 1, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(op(ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, FIELDS(4)), ENNEAD_OK);
    with_cap(notification);
    assert_int_equal(op(irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_BIND, FIELDS(1)), ENNEAD_OK);
    assert_int_equal(op(notification, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_ARM, FIELDS(5000, 1)), ENNEAD_OK);
    assert_int_equal(delete_slot(notification), ENNEAD_OK);
    assert_true(host_irq_is_masked(4));
    assert_null(irq_of(object_at(irq))->notification);
    assert_null(cpus[0].deadlines.root);
    with_cap(slot);
    assert_int_equal(op(second, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_BIND, NO_FIELDS), ENNEAD_OK);
    with_cap(handler);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_EXCEPTION, NO_FIELDS), ENNEAD_OK);
    with_cap(handler);
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(1)), ENNEAD_OK);
    assert_false(node_is_leaf(space_slot(root->space, handler)));
    assert_int_equal(delete_slot(slot), ENNEAD_OK);
    assert_null(notification_of(object_at(second))->bound);
    assert_int_equal(delete_slot(space), ENNEAD_OK);
    assert_true(node_is_leaf(space_slot(root->space, handler)));
    check_invariants();
}

/* A call that was to be made again is given up when its thread is stopped: the thread goes on behind it. */
static void a_stopped_thread_does_not_make_its_call_again(void **state)
{
    (void)state;
    CLAUSES("THR-3");
    unsigned slot = make(ENNEAD_TYPE_NOTIFICATION);
    half_revoke(slot);
    assert_int_equal(op(slot_of_thread(revoker), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, NO_FIELDS), ENNEAD_OK);
    assert_false(revoker->again);
    assert_int_equal(op(slot_of_thread(revoker), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_RESUME, NO_FIELDS), ENNEAD_OK);
    run(revoker);
    assert_int_equal(last(revoker).status, ENNEAD_CANCELLED);
    run(root);
    assert_int_equal(delete_slot(slot), ENNEAD_OK);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_send_waits_for_the_revocation),
        TEST(a_receive_waits_for_the_revocation),
        TEST(an_answer_waits_for_the_revocation),
        TEST(what_is_made_waits_for_the_revocation),
        TEST(the_pool_that_pays_is_settled_first),
        TEST(long_operations_end_however_often_they_are_interrupted),
        TEST(a_page_that_is_going_is_gone),
        TEST(a_page_that_did_not_go_is_there),
        TEST(an_unmapping_may_change_its_cpu),
        TEST(a_thread_ends_itself_however_often_it_is_interrupted),
        TEST(granted_pages_arrive_however_often_it_is_interrupted),
        TEST(an_answer_with_items_is_a_step),
        TEST(a_revocation_may_end_the_receiver),
        TEST(the_rest_of_a_deletion_is_not_looked_up_again),
        TEST(undeliverable_messages_are_refused_one_by_one),
        TEST(a_pool_ends_from_inside),
        TEST(bindings_end_with_either_side),
        TEST(a_stopped_thread_does_not_make_its_call_again),
    };
    return RUN("again", tests);
}
