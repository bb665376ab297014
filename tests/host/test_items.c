/* Typed items: what is delegated, where it arrives, and under whose rights. */
#include "fixture.h"

#define USER ENNEAD_PROTOCOL_USER

static unsigned endpoint;
static struct thread *receiver;

/* `receiver` waits on `endpoint` with the windows given. */
static void open_window(unsigned cap_base, unsigned cap_count, uint64_t mem_base, unsigned mem_order)
{
    if (!endpoint || !space_slot(root->space, endpoint)->object)
        endpoint = make(ENNEAD_TYPE_ENDPOINT);
    receiver = new_thread(ENNEAD_ROOT_SPACE);
    run(receiver);
    window(cap_base, cap_count, mem_base, mem_order);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
}

static unsigned send_items(void)
{
    return ipc(endpoint, ENNEAD_SEND, USER, 0, NO_FIELDS).status;
}

static struct node *slot_at(unsigned index)
{
    return space_slot(root->space, index);
}

static struct ennead_item cap_item(unsigned slot, unsigned rights, unsigned badge, bool grant)
{
    return (struct ennead_item){.kind = ENNEAD_ITEM_CAP,
                                .rights = (uint8_t)rights,
                                .badge = badge,
                                .base = slot,
                                .flags = grant ? ENNEAD_ITEM_GRANT : 0};
}

static struct ennead_item page_item(uint64_t base, unsigned order, uint64_t offset, bool grant)
{
    return (struct ennead_item){.kind = ENNEAD_ITEM_PAGE,
                                .rights = ENNEAD_RIGHTS_ALL,
                                .order_log2 = (uint8_t)order,
                                .base = base,
                                .offset = offset,
                                .flags = grant ? ENNEAD_ITEM_GRANT : 0};
}

static void capabilities_arrive_in_the_window_in_order(void **state)
{
    (void)state;
    CLAUSES("ITM-1", "ITM-8");
    endpoint = 0;
    unsigned notification = make(ENNEAD_TYPE_NOTIFICATION);
    open_window(100, 2, 0, 0);
    with_cap(notification);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(send_items(), ENNEAD_OK);
    assert_ptr_equal(slot_at(100)->object, object_at(notification));
    assert_ptr_equal(slot_at(101)->object, object_at(ENNEAD_ROOT_POOL));
    assert_int_equal(receiver->utcb->items[0].kind, ENNEAD_ITEM_CAP);
    assert_int_equal(receiver->utcb->items[1].base, 101);
}

/* A window of 2^63 bytes or more has no end: what does not fit is the map's to say. */
static void a_window_of_everything_has_no_end(void **state)
{
    (void)state;
    CLAUSES("ITM-2", "ITM-6");
    endpoint = 0;
    unsigned region = carve(0x10000);
    map_page(region, 0, 0x30000000, 12, 7);
    for (unsigned order = 63; order <= 64; order++) {
        open_window(100, 1, 0, order);
        with_item(page_item(0x30000000, 12, UINT64_C(1) << 63, false));
        assert_int_equal(send_items(), ENNEAD_RANGE);
    }
}

static void nothing_arrives_outside_the_window(void **state)
{
    (void)state;
    CLAUSES("ITM-1", "ITM-2", "IPC-13");
    endpoint = 0;
    open_window(100, 0, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(send_items(), ENNEAD_WINDOW);
    receiver->utcb->window = (struct ennead_window){.cap_base = ENNEAD_ROOT_POOL, .cap_count = 1};
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(send_items(), ENNEAD_OCCUPIED);
    receiver->utcb->window = (struct ennead_window){.cap_base = 127, .cap_count = 2};
    with_cap(ENNEAD_ROOT_POOL);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(send_items(), ENNEAD_NO_SLOT);
    assert_int_equal(slot_at(127)->kind, NODE_EMPTY);
    assert_int_equal(receiver->state, ENNEAD_THREAD_RECEIVING);
}

static void a_copy_hangs_below_and_a_grant_moves(void **state)
{
    (void)state;
    CLAUSES("ITM-3");
    endpoint = 0;
    unsigned source = make(ENNEAD_TYPE_NOTIFICATION);
    open_window(100, 1, 0, 0);
    with_item(cap_item(source, ENNEAD_RIGHT_WRITE, 0, false));
    assert_int_equal(send_items(), ENNEAD_OK);
    assert_int_equal(slot_at(100)->rights, ENNEAD_RIGHT_WRITE);
    assert_int_equal(slot_at(100)->depth, slot_at(source)->depth + 1);
    open_window(101, 1, 0, 0);
    with_item(cap_item(source, ENNEAD_RIGHTS_ALL, 0, true));
    assert_int_equal(send_items(), ENNEAD_OK);
    assert_int_equal(slot_at(source)->kind, NODE_EMPTY);
    assert_int_equal(slot_at(100)->depth, slot_at(101)->depth + 1);
    assert_int_equal(delete_slot(101), ENNEAD_OK);
    assert_int_equal(slot_at(100)->kind, NODE_EMPTY);
}

static void a_grant_that_fails_later_moves_back(void **state)
{
    (void)state;
    CLAUSES("IPC-13");
    endpoint = 0;
    unsigned source = make(ENNEAD_TYPE_NOTIFICATION);
    unsigned below = copy(source, ENNEAD_RIGHTS_ALL, 0);
    open_window(100, 1, 0, 0);
    with_item(cap_item(source, ENNEAD_RIGHT_READ, 0, true));
    with_item(cap_item(source, ENNEAD_RIGHT_READ, 0, false));
    assert_int_not_equal(send_items(), ENNEAD_OK);
    assert_int_equal(slot_at(source)->rights, ENNEAD_RIGHTS_ALL);
    assert_ptr_equal(slot_at(source)->object->root, slot_at(source));
    assert_int_equal(slot_at(below)->kind, NODE_CAP);
    assert_int_equal(slot_at(100)->kind, NODE_EMPTY);
}

static void badges_are_set_once_by_who_controls(void **state)
{
    (void)state;
    CLAUSES("ITM-4");
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    unsigned badged = copy(endpoint, ENNEAD_RIGHTS_ALL, 5), weak = copy(endpoint, ENNEAD_RIGHT_WRITE, 0);
    static const struct {
        bool badged, weak;
        unsigned error;
    } cases[] = {{true, false, ENNEAD_DENIED}, {false, true, ENNEAD_DENIED}, {false, false, ENNEAD_TYPE}};
    for (unsigned i = 0; i < 3; i++) {
        unsigned source = cases[i].badged ? badged : cases[i].weak ? weak : (unsigned)ENNEAD_ROOT_POOL;
        with_item(cap_item(source, ENNEAD_RIGHTS_ALL, 6, false));
        assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(120)), cases[i].error);
    }
    unsigned same = copy(badged, ENNEAD_RIGHTS_ALL, 0);
    assert_int_equal(slot_at(same)->badge, 5);
}

static void an_own_capability_arrives_as_its_badge(void **state)
{
    (void)state;
    CLAUSES("ITM-5");
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    unsigned badged = copy(endpoint, ENNEAD_RIGHT_WRITE, 42);
    open_window(100, 0, 0, 0);
    with_cap(badged);
    assert_int_equal(send_items(), ENNEAD_OK);
    assert_int_equal(receiver->utcb->items[0].kind, ENNEAD_ITEM_OWN);
    assert_int_equal(receiver->utcb->items[0].badge, 42);
}

static void flexpages_lie_within_one_entry(void **state)
{
    (void)state;
    CLAUSES("ITM-6");
    endpoint = 0;
    unsigned region = carve(0x10000);
    map_page(region, 0, 0x30000000, 13, 7);
    map_page(region, 0x2000, 0x30002000, 13, 7);
    open_window(0, 0, 0x40000000, 20);
    with_item(page_item(0x30000000, 14, 0, false));
    assert_int_equal(send_items(), ENNEAD_RANGE);
    with_item(page_item(0x30001000, 13, 0, false));
    assert_int_equal(send_items(), ENNEAD_ALIGNMENT);
    with_item(page_item(0x31000000, 12, 0, false));
    assert_int_equal(send_items(), ENNEAD_NOT_FOUND);
    with_item(page_item(0x30000000, 11, 0, false));
    assert_int_equal(send_items(), ENNEAD_INVALID_ARG);
    with_item(page_item(0x30000000, 63, 0, false));
    assert_int_equal(send_items(), ENNEAD_INVALID_ARG);
    with_item(page_item(0x30001000, 12, 0x100000, false));
    assert_int_equal(send_items(), ENNEAD_WINDOW);
    with_item(page_item(0x30001000, 12, 0x3000, false));
    assert_int_equal(send_items(), ENNEAD_OK);
    struct entry *arrived = map_find(root->space, 0x40003000), *source = map_find(root->space, 0x30000000);
    assert_int_equal(arrived->phys, source->phys + 0x1000);
}

static void mappings_lose_rights_and_grants_leave(void **state)
{
    (void)state;
    CLAUSES("ITM-7");
    endpoint = 0;
    unsigned region = carve(0x10000);
    uint64_t value;
    map_page(region, 0, 0x30000000, 13, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE);
    assert_true(host_store(0, 0x30000000, 0x1234));
    open_window(0, 0, 0x40000000, 20);
    struct ennead_item item = page_item(0x30000000, 12, 0, false);
    item.rights = ENNEAD_RIGHT_READ;
    with_item(item);
    assert_int_equal(send_items(), ENNEAD_OK);
    assert_int_equal(map_find(root->space, 0x40000000)->node.rights, ENNEAD_RIGHT_READ);
    assert_true(host_load(0, 0x40000000, &value));
    assert_int_equal(value, 0x1234);
    open_window(0, 0, 0x50000000, 20);
    with_item(page_item(0x30000000, 12, 0, true));
    assert_int_equal(send_items(), ENNEAD_RANGE);
    with_item(page_item(0x30000000, 13, 0, true));
    assert_int_equal(send_items(), ENNEAD_OK);
    assert_null(map_find(root->space, 0x30000000));
    assert_true(host_load(0, 0x50000000, &value));
    assert_int_equal(value, 0x1234);
}

static void a_granted_page_that_fails_later_stays(void **state)
{
    (void)state;
    CLAUSES("IPC-13");
    endpoint = 0;
    unsigned region = carve(0x10000);
    map_page(region, 0, 0x30000000, 12, 7);
    open_window(0, 0, 0x40000000, 20);
    with_item(page_item(0x30000000, 12, 0, true));
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(send_items(), ENNEAD_WINDOW);
    assert_true(host_store(0, 0x30000000, 1));
    assert_null(map_find(root->space, 0x40000000));
}

/* As if the first were there already, and gone where it was. */
static void pages_of_one_message_are_not_in_each_others_way(void **state)
{
    (void)state;
    CLAUSES("ITM-2", "ITM-6", "IPC-13");
    endpoint = 0;
    unsigned region = carve(0x10000);
    map_page(region, 0, 0x30000000, 12, 7);
    map_page(region, 0x1000, 0x30004000, 14, 7);
    open_window(100, 1, 0x40000000, 20);
    with_item(page_item(0x30000000, 12, 0x5000, false));
    with_item(page_item(0x30004000, 14, 0x4000, false));
    assert_int_equal(send_items(), ENNEAD_OCCUPIED);
    with_item(page_item(0x30004000, 14, 0x4000, false));
    with_item(page_item(0x30000000, 12, 0x7000, true));
    assert_int_equal(send_items(), ENNEAD_OCCUPIED);
    with_item(page_item(0x30000000, 12, 0, true));
    with_item(page_item(0x30000000, 12, 0x1000, false));
    assert_int_equal(send_items(), ENNEAD_NOT_FOUND);
    with_item(page_item(0x30000000, 12, 0, false));
    with_item(page_item(0x40000000, 12, 0x1000, false));
    assert_int_equal(send_items(), ENNEAD_NOT_FOUND);
    with_item(page_item(0x30000000, 12, 0, true));
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_NONE});
    assert_int_equal(send_items(), ENNEAD_TYPE);
    assert_null(map_find(root->space, 0x40000000));
    assert_int_equal(region_of(object_at(region))->mappings, 2);
    with_item(page_item(0x30000000, 12, 0, false));
    with_item(page_item(0x30000000, 12, 0x1000, true));
    assert_int_equal(send_items(), ENNEAD_OK);
    assert_null(map_find(root->space, 0x30000000));
    assert_int_equal(map_find(root->space, 0x40000000)->node.depth, map_find(root->space, 0x40001000)->node.depth + 1);
    assert_int_equal(region_of(object_at(region))->mappings, 3);
    check_invariants();
}

/* Between the same two mappings, in either order, beside something else, and where one has just left. */
static void two_pages_arrive_wherever_they_are(void **state)
{
    (void)state;
    CLAUSES("ITM-1", "ITM-7");
    endpoint = 0;
    static const uint64_t offset[][2] = {{0x1000, 0x3000}, {0x7000, 0x5000}, {0x9000, 0x2000}, {0xb000, 0xf000}};
    unsigned region = carve(0x10000);
    for (unsigned i = 0; i < 8; i++)
        map_page(region, i * 0x1000u, 0x30000000 + i * 0x2000u, 12, 7);
    for (unsigned i = 0; i < 4; i++) {
        open_window(100, 1, 0x30000000, i == 0 ? 15 : 40);
        with_item(page_item(0x30000000 + 2 * i * 0x2000u, 12, offset[i][0], i & 1));
        with_item(page_item(0x30000000 + (2 * i + 1) * 0x2000u, 12, offset[i][1], i & 2));
        assert_int_equal(send_items(), i == 2 ? ENNEAD_OCCUPIED : ENNEAD_OK);
        check_invariants();
        for (unsigned k = 0; i != 2 && k < 2; k++)
            assert_int_equal(map_find(root->space, 0x30000000 + offset[i][k])->link.key, 0x30000000 + offset[i][k]);
    }
    assert_null(map_find(root->space, 0x30004000));
    assert_null(map_find(root->space, 0x3000c000));
    assert_null(map_find(root->space, 0x3000e000));
}

static void a_page_more_than_there_are_entries(void **state)
{
    (void)state;
    CLAUSES("ITM-2", "IPC-13");
    unsigned region = carve(0x10000), space = new_space(), to = make(ENNEAD_TYPE_ENDPOINT);
    map_page(region, 0, 0x30000000, 12, 7);
    struct thread *there = new_thread(space);
    unsigned slot = put_cap(space, to, ENNEAD_RIGHTS_ALL, 0);
    for (uint64_t at = 0x1000; there->space->free_entry_count > 1; at += 0x1000) {
        with_item(page_item(0x30000000, 12, 0, false));
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(at)), ENNEAD_OK);
    }
    run(there);
    window(0, 0, 0x40000000, 20);
    ipc(slot, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
    with_item(page_item(0x30000000, 12, 0, false));
    with_item(page_item(0x30000000, 12, 0x1000, false));
    assert_int_equal(ipc(to, ENNEAD_SEND, USER, 0, NO_FIELDS).status, ENNEAD_NO_ENTRY);
    assert_null(map_find(there->space, 0x40000000));
    assert_int_equal(there->space->free_entry_count, 1);
    with_item(page_item(0x30000000, 12, 0, false));
    with_item(page_item(0x30000000, 12, 0, false));
    assert_int_equal(ipc(to, ENNEAD_SEND, USER, 0, NO_FIELDS).status, ENNEAD_OCCUPIED);
}

static void nonsense_items_are_refused(void **state)
{
    (void)state;
    CLAUSES("ITM-9");
    endpoint = 0;
    open_window(100, 8, 0x40000000, 20);
    with_item((struct ennead_item){.kind = 200});
    assert_int_equal(send_items(), ENNEAD_TYPE);
    with_cap(126);
    assert_int_equal(send_items(), ENNEAD_INVALID_CAP);
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .base = UINT64_MAX});
    assert_int_equal(send_items(), ENNEAD_INVALID_CAP);
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_REPLY});
    assert_int_equal(send_items(), ENNEAD_NO_REPLY);
}

static void derivation_is_64_deep(void **state)
{
    (void)state;
    CLAUSES("ITM-10");
    unsigned source = make(ENNEAD_TYPE_NOTIFICATION);
    unsigned first = source;
    while (slot_at(source)->depth < ENNEAD_DEPTH_MAX)
        source = copy(source, ENNEAD_RIGHTS_ALL, 0);
    with_cap(source);
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(127)), ENNEAD_DEPTH);
    assert_int_equal(delete_slot(first), ENNEAD_OK);
    assert_int_equal(slot_at(source)->kind, NODE_EMPTY);
}

static void map_entries_run_out(void **state)
{
    (void)state;
    CLAUSES("ITM-2", "SPC-1");
    unsigned region = carve(0x10000), space = new_space();
    struct space *there = CONTAINER_OF(object_at(space), struct space, object);
    map_page(region, 0, 0x30000000, 12, 7);
    for (unsigned i = 0; i < 32; i++) {
        with_item(page_item(0x30000000, 12, 0, false));
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x1000 + i * 0x1000)), ENNEAD_OK);
    }
    with_item(page_item(0x30000000, 12, 0, false));
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x100000)), ENNEAD_NO_ENTRY);
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(ENNEAD_TABLE_ENTRIES, 1)), ENNEAD_OK);
    assert_int_equal(there->free_entry_count, 32);
    with_item(page_item(0x30000000, 12, 0, false));
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x1000)), ENNEAD_OCCUPIED);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(capabilities_arrive_in_the_window_in_order),
        TEST(a_window_of_everything_has_no_end),
        TEST(nothing_arrives_outside_the_window),
        TEST(a_copy_hangs_below_and_a_grant_moves),
        TEST(a_grant_that_fails_later_moves_back),
        TEST(badges_are_set_once_by_who_controls),
        TEST(an_own_capability_arrives_as_its_badge),
        TEST(flexpages_lie_within_one_entry),
        TEST(mappings_lose_rights_and_grants_leave),
        TEST(a_granted_page_that_fails_later_stays),
        TEST(pages_of_one_message_are_not_in_each_others_way),
        TEST(two_pages_arrive_wherever_they_are),
        TEST(a_page_more_than_there_are_entries),
        TEST(nonsense_items_are_refused),
        TEST(derivation_is_64_deep),
        TEST(map_entries_run_out),
    };
    return RUN("items", tests);
}
