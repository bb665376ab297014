/* What operations refuse, and that they leave everything as it was when they do. */
#include "fixture.h"

#define USER ENNEAD_PROTOCOL_USER

static unsigned space_op(unsigned operation, uint64_t a, uint64_t b)
{
    return op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, operation, FIELDS(a, b));
}

static unsigned region_op(unsigned region, unsigned operation, uint64_t a, uint64_t b, uint64_t c)
{
    return op(region, ENNEAD_TYPE_REGION, operation, FIELDS(a, b, c));
}

/* The call with that one capability argument. */
static unsigned with(unsigned argument, unsigned slot, unsigned protocol, unsigned operation)
{
    with_cap(argument);
    return op(slot, protocol, operation, NO_FIELDS);
}

static unsigned claim(unsigned pool, uint64_t source)
{
    unsigned slot = new_slot();
    window(slot, 1, 0, 0);
    with_cap(pool);
    return op(ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, FIELDS(source)) ? 0 : slot;
}

/* An operation that takes a capability takes no other: missing, not one, empty, beyond the table, of another type. */
static void capability_arguments_are_checked(void **state)
{
    (void)state;
    CLAUSES("OBJ-3");
    unsigned thread = make(ENNEAD_TYPE_THREAD), notification = make(ENNEAD_TYPE_NOTIFICATION);
    unsigned context = make(ENNEAD_TYPE_SCHED_CONTEXT), irq = claim(ENNEAD_ROOT_POOL, 4), ram = ram_slot();
    const struct {
        unsigned slot, protocol, operation, good;
    } cases[] = {
        {thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, ENNEAD_ROOT_SPACE},
        {notification, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_BIND, thread},
        {context, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, thread},
        {irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_BIND, notification},
        {ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, ENNEAD_ROOT_POOL},
        {ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI, ENNEAD_ROOT_POOL},
    };
    window(new_slot(), 1, 0, 0);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned slot = cases[i].slot, protocol = cases[i].protocol, operation = cases[i].operation;
        assert_int_equal(op(slot, protocol, operation, NO_FIELDS), ENNEAD_TYPE);
        with_item((struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .base = cases[i].good});
        assert_int_equal(op(slot, protocol, operation, NO_FIELDS), ENNEAD_TYPE);
        assert_int_equal(with(new_slot(), slot, protocol, operation), ENNEAD_INVALID_CAP);
        assert_int_equal(with(1u << 20, slot, protocol, operation), ENNEAD_INVALID_CAP);
        assert_int_equal(with(ram, slot, protocol, operation), ENNEAD_TYPE);
        unsigned weak = copy(cases[i].good, ENNEAD_RIGHTS_ALL & ~ENNEAD_RIGHT_CONTROL, 0);
        assert_int_equal(with(weak, slot, protocol, operation), ENNEAD_DENIED);
    }
    with_cap(ram);
    assert_int_equal(region_op(ram, ENNEAD_REGION_CARVE, 0, 0x1000, 0), ENNEAD_TYPE);
    with_cap(copy(make(ENNEAD_TYPE_ENDPOINT), ENNEAD_RIGHT_READ, 0));
    assert_int_equal(space_op(ENNEAD_SPACE_SET_PAGER, ENNEAD_HANDLER_PAGER, 0), ENNEAD_DENIED);
}

/* A stored reply right is an argument to nothing. */
static void a_reply_right_is_no_argument(void **state)
{
    (void)state;
    CLAUSES("OBJ-3", "SPC-6", "SPC-3");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), slot = new_slot(), context = make(ENNEAD_TYPE_SCHED_CONTEXT);
    struct thread *client = new_thread(ENNEAD_ROOT_SPACE);
    run(client);
    ipc(endpoint, ENNEAD_CALL, USER, 1, NO_FIELDS);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(ipc(slot, ENNEAD_STORE, 0, 0, NO_FIELDS).status, ENNEAD_OK);
    assert_int_equal(with(slot, context, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND), ENNEAD_TYPE);
    assert_int_equal(space_op(ENNEAD_SPACE_SLOT_INFO, slot, 0), ENNEAD_OK);
    assert_int_equal(answered.field[1], ENNEAD_TYPE_REPLY);
    assert_int_equal(space_op(ENNEAD_SPACE_REVOKE, slot, 0), ENNEAD_OK); /* nothing is derived from it */
    assert_int_equal(ipc(slot, ENNEAD_RECV, 0, 0, NO_FIELDS).status, ENNEAD_INVALID_CAP);
    assert_int_equal(ipc(slot, ENNEAD_SEND, 0, 0, FIELDS(3)).status, ENNEAD_OK);
    assert_int_equal(last(client).field[0], 3);
    assert_int_equal(space_op(ENNEAD_SPACE_REVOKE, slot, 0), ENNEAD_NOT_FOUND);
    assert_int_equal(space_op(ENNEAD_SPACE_REVOKE, 1u << 20, 0), ENNEAD_RANGE);
}

static void every_operation_needs_its_right(void **state)
{
    (void)state;
    CLAUSES("OBJ-1");
    unsigned irq = claim(ENNEAD_ROOT_POOL, 4);
    const struct {
        unsigned slot, type, operations;
        bool described_by_anybody;
    } cases[] = {
        {ram_slot(), ENNEAD_TYPE_REGION, ENNEAD_REGION_PHYS, true},
        {ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, ENNEAD_POOL_REVOKE, true},
        {make(ENNEAD_TYPE_SPACE), ENNEAD_TYPE_SPACE, ENNEAD_SPACE_MAP_INFO, false},
        {make(ENNEAD_TYPE_THREAD), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_TLS, false},
        {make(ENNEAD_TYPE_NOTIFICATION), ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_DISARM, true},
        {irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI, true},
        {make(ENNEAD_TYPE_SCHED_CONTEXT), ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_YIELD, false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned none = copy(cases[i].slot, ENNEAD_RIGHT_EXECUTE, 0);
        for (unsigned operation = 1; operation <= cases[i].operations; operation++) {
            /* Mapping is open to all: what is mapped has the capability's rights. */
            bool maps = cases[i].type == ENNEAD_TYPE_REGION && operation == ENNEAD_REGION_MAP;
            if (!maps)
                assert_int_equal(op(none, cases[i].type, operation, NO_FIELDS), ENNEAD_DENIED);
        }
        assert_int_equal(op(cases[i].slot, cases[i].type, cases[i].operations + 1, NO_FIELDS), ENNEAD_INVALID_OP);
        assert_int_equal(op(none, cases[i].type, ENNEAD_OP_DESCRIBE, NO_FIELDS),
                         cases[i].described_by_anybody ? ENNEAD_OK : ENNEAD_DENIED);
    }
}

static void regions_refuse_what_makes_no_sense(void **state)
{
    (void)state;
    CLAUSES("REG-6", "REG-1", "REG-4");
    unsigned region = carve(0x4000), ram = ram_slot(), device = slot_of(ENNEAD_RESOURCE_DEVICE, 0);
    window(0, 0, 0x30000000, 63);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAP, 0, 11, 7), ENNEAD_INVALID_ARG);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAP, 0, 63, 7), ENNEAD_INVALID_ARG);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAP, 0x800, 12, 7), ENNEAD_ALIGNMENT);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAP, 0x4000, 12, 7), ENNEAD_RANGE);
    window(0, 0, UINT64_MAX & ~0xfffull, 63);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, FIELDS(0, 12, 7, 0x1000)), ENNEAD_RANGE);
    window(0, 0, 0, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAP, 0, 12, 7), ENNEAD_WINDOW);
    window(0, 0, 0x30000000, 13);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, FIELDS(0, 12, 7, 0x2000)), ENNEAD_WINDOW);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, FIELDS(0, 14, 7, 0)), ENNEAD_WINDOW);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(region_op(region, ENNEAD_REGION_CARVE, 0, 0x1800, 0), ENNEAD_ALIGNMENT);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, ENNEAD_CACHE_UNCACHED + 1, 0, 0), ENNEAD_INVALID_ARG);
    assert_int_equal(region_op(region, ENNEAD_REGION_PHYS, 0x4000, 0, 0), ENNEAD_RANGE);
    assert_int_equal(region_op(ram, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_BUSY);
    assert_int_equal(region_op(device, ENNEAD_REGION_LOAD, 8, 4, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], (16u << 20) + 8);
    assert_int_equal(region_op(device, ENNEAD_REGION_STORE, 8, 4, 1), ENNEAD_OK);
    assert_int_equal(region_op(device, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_TYPE);
    unsigned io = slot_of(ENNEAD_RESOURCE_IO, 0);
    assert_int_equal(region_op(io, ENNEAD_REGION_STORE, 3, 2, 0xabcd), ENNEAD_OK);
    assert_int_equal(region_op(io, ENNEAD_REGION_LOAD, 3, 2, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], 0xabcd);
    assert_int_equal(region_op(io, ENNEAD_REGION_LOAD, 0, 8, 0), ENNEAD_INVALID_ARG); /* no such access */
    assert_int_equal(region_op(io, ENNEAD_REGION_STORE, 0, 8, 0), ENNEAD_INVALID_ARG);
}

/* A busy region says so whatever keeps it busy: a pool in it, a child, a mapping. */
static void a_busy_region_keeps_its_attribute(void **state)
{
    (void)state;
    CLAUSES("REG-8", "REG-5", "REG-3");
    unsigned region = carve(0x8000), child = new_slot();
    window(child, 1, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(region_op(region, ENNEAD_REGION_CARVE, 0x2000, 0x1000, 0), ENNEAD_OK);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, ENNEAD_CACHE_DEVICE, 0, 0), ENNEAD_BUSY);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_BUSY);
    assert_int_equal(delete_slot(child), ENNEAD_OK);
    map_page(region, 0x3000, 0x30000000, 12, 7);
    map_page(region, 0x2000, 0x30001000, 12, 7);
    map_page(region, 0x5000, 0x30002000, 12, 7);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, ENNEAD_CACHE_DEVICE, 0, 0), ENNEAD_BUSY);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_BUSY);
    static const struct {
        uint64_t offset;
        unsigned error;
    } cases[] = {
        {0x1000, ENNEAD_OK}, {0x2000, ENNEAD_BUSY}, {0x4000, ENNEAD_BUSY}, {0x5000, ENNEAD_BUSY}, {0x6000, ENNEAD_OK}};
    for (unsigned i = 0; i < 5; i++) {
        window(child = new_slot(), 1, 0, 0);
        with_cap(ENNEAD_ROOT_POOL);
        assert_int_equal(region_op(region, ENNEAD_REGION_CARVE, cases[i].offset, 0x1000, 0), cases[i].error);
        if (!cases[i].error)
            assert_int_equal(delete_slot(child), ENNEAD_OK);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(space_op(ENNEAD_SPACE_UNMAP, 0x30000000 + i * 0x1000, 0), ENNEAD_OK);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, ENNEAD_CACHE_DEVICE, 0, 0), ENNEAD_BUSY);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_OK);
    assert_true(answered.field[4] & ENNEAD_REGION_IS_POOL);
    assert_int_equal(region_op(region, ENNEAD_REGION_REVOKE, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_OK);
    assert_false(answered.field[4] & ENNEAD_REGION_IS_POOL);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, ENNEAD_CACHE_DEVICE, 0, 0), ENNEAD_OK);
}

static void a_pool_without_window_is_not_made(void **state)
{
    (void)state;
    CLAUSES("OBJ-4", "ITM-1");
    unsigned region = carve(0x4000);
    window(0, 0, 0, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_WINDOW);
    window(1u << 20, 1, 0, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_NO_SLOT);
    window(region, 1, 0, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_OCCUPIED);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_OK);
    assert_false(answered.field[4] & ENNEAD_REGION_IS_POOL);
    window(0, 0, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(op(ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, FIELDS(4)), ENNEAD_WINDOW);
}

/* 64 deep: nothing is made below, mapped, carved, set as a handler, or turned into a pool. */
static void nothing_is_made_below_the_deepest(void **state)
{
    (void)state;
    CLAUSES("ITM-10");
    unsigned region = carve(0x4000), deep = region;
    while (space_slot(root->space, deep)->depth < ENNEAD_DEPTH_MAX)
        deep = copy(deep, ENNEAD_RIGHTS_ALL, 0);
    window(new_slot(), 1, 0x30000000, 63);
    assert_int_equal(region_op(deep, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_DEPTH);
    assert_int_equal(region_op(deep, ENNEAD_REGION_MAP, 0, 12, 7), ENNEAD_DEPTH);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(region_op(deep, ENNEAD_REGION_CARVE, 0, 0x1000, 0), ENNEAD_DEPTH);
}

static void a_handlers_endpoint_may_be_too_deep(void **state)
{
    (void)state;
    CLAUSES("ITM-10", "SPC-8");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), deep = endpoint;
    while (space_slot(root->space, deep)->depth < ENNEAD_DEPTH_MAX)
        deep = copy(deep, ENNEAD_RIGHTS_ALL, 0);
    with_cap(endpoint);
    assert_int_equal(space_op(ENNEAD_SPACE_SET_PAGER, ENNEAD_HANDLER_PAGER, 0), ENNEAD_OK);
    with_cap(deep);
    assert_int_equal(space_op(ENNEAD_SPACE_SET_PAGER, ENNEAD_HANDLER_PAGER, 0), ENNEAD_DEPTH);
    assert_ptr_equal(root->space->handler[ENNEAD_HANDLER_PAGER].node.object, object_at(endpoint)); /* still */
    assert_int_equal(space_op(ENNEAD_SPACE_SET_PAGER, ENNEAD_HANDLER_PAGER, 0), ENNEAD_OK);
    assert_int_equal(root->space->handler[ENNEAD_HANDLER_PAGER].node.kind, NODE_EMPTY);
}

static void threads_refuse_what_their_state_forbids(void **state)
{
    (void)state;
    CLAUSES("THR-1", "THR-5", "THR-2");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(thread), fresh = make(ENNEAD_TYPE_THREAD);
    assert_int_equal(with(ENNEAD_ROOT_SPACE, slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND), ENNEAD_STATE);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_READ_REGS, FIELDS(0, 1)), ENNEAD_STATE);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_WRITE_REGS, FIELDS(0, 1)), ENNEAD_STATE);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_RESUME, NO_FIELDS), ENNEAD_STATE);
    assert_int_equal(op(fresh, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_RESUME, NO_FIELDS), ENNEAD_STATE);
    assert_int_equal(op(fresh, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, NO_FIELDS), ENNEAD_STATE);
    static const uint64_t bad[][2] = {{0, 13}, {HOST_REGISTERS + 1, 0}, {HOST_REGISTERS, 1}, {UINT64_MAX, 2}};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(op(fresh, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_READ_REGS, FIELDS(bad[i][0], bad[i][1])),
                         ENNEAD_RANGE);
    assert_int_equal(op(fresh, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_WRITE_REGS, NO_FIELDS), ENNEAD_RANGE);
    assert_int_equal(op(fresh, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_WRITE_REGS, FIELDS(HOST_REGISTERS, 1)), ENNEAD_RANGE);
    assert_int_equal(op(fresh, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_WRITE_REGS, FIELDS(UINT64_MAX, 1)), ENNEAD_RANGE);
    assert_int_equal(op(fresh, ENNEAD_TYPE_THREAD, ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(answered.field[3], ENNEAD_THREAD_STOPPED);
    assert_int_equal(answered.field[6], 0); /* without a context it used no time */
}

/* A thread that starves is resumed by its manager, and starves again. */
static void a_starved_thread_may_be_resumed(void **state)
{
    (void)state;
    CLAUSES("TIM-9", "THR-3");
    struct thread *passive = new_passive(ENNEAD_ROOT_SPACE);
    unsigned slot = slot_of_thread(passive);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(1, 2, 3)), ENNEAD_OK);
    assert_int_equal(passive->state, ENNEAD_THREAD_STARVED);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_RESUME, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(passive->state, ENNEAD_THREAD_STARVED);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(passive->state, ENNEAD_THREAD_STOPPED);
}

static void tables_have_their_limits(void **state)
{
    (void)state;
    CLAUSES("SPC-1", "SPC-2");
    unsigned slot = new_space();
    struct space *space = CONTAINER_OF(object_at(slot), struct space, object);
    unsigned tables = mmu_free_tables(&space->mmu);
    assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(ENNEAD_TABLE_PAGES, 2)), ENNEAD_OK);
    assert_int_equal(mmu_free_tables(&space->mmu), tables + 2);
    static const uint64_t bad[][2] = {{3, 1}, {UINT64_MAX, 1}, {0, 0}, {0, 3}, {0, 32}, {1, UINT64_MAX}};
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(bad[i][0], bad[i][1])),
                         ENNEAD_INVALID_ARG);
    for (unsigned i = 1; i < SPACE_EXTENTS; i++)
        assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(ENNEAD_TABLE_SLOTS, 1)), ENNEAD_OK);
    assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(ENNEAD_TABLE_SLOTS, 1)), ENNEAD_RANGE);
    assert_int_equal(space->slot_pages, SPACE_EXTENTS);
    assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(9)), ENNEAD_INVALID_ARG); /* no item */
    with_cap(slot);
    assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(ENNEAD_SLOTS_MAX)), ENNEAD_NO_SLOT);
    with_cap(slot);
    assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(ENNEAD_SLOTS_MAX - 1)), ENNEAD_NO_SLOT);
    with_cap(slot);
    assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(1ull << 32 | 9)), ENNEAD_NO_SLOT);
}

/* 16 pages at a time a table of slots is full after 15 more, and a 17th page of one cannot be. */
static void a_table_of_slots_has_256_pages(void **state)
{
    (void)state;
    CLAUSES("SPC-1");
    unsigned region = carve(4 << 20), pool = new_slot();
    window(pool, 1, 0, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_OK);
    unsigned slot = make_in(pool, ENNEAD_TYPE_SPACE, 0);
    for (unsigned i = 0; i < 15; i++)
        assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(ENNEAD_TABLE_SLOTS, 16)), ENNEAD_OK);
    assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(ENNEAD_TABLE_SLOTS, 16)), ENNEAD_RANGE);
    assert_int_equal(op(slot, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(ENNEAD_TABLE_SLOTS, 8)), ENNEAD_OK);
    struct space *space = CONTAINER_OF(object_at(slot), struct space, object);
    assert_non_null(space_slot(space, 249 * ENNEAD_SLOTS_PER_PAGE - 1));
    assert_null(space_slot(space, 249 * ENNEAD_SLOTS_PER_PAGE));
}

/* Grant a capability to the next free slot of a space. */
static void put_cap_away(unsigned space, unsigned slot)
{
    static unsigned to;
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .base = slot});
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(1 + to++ % 127)), ENNEAD_OK);
}

/* A full pool says how many bytes are missing, of whatever is asked for. */
static void a_full_pool_has_no_room_for_anything(void **state)
{
    (void)state;
    CLAUSES("POL-2");
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 17), space = make_in(pool, ENNEAD_TYPE_SPACE, 0);
    window(new_slot(), 1, 0, 0);
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, FIELDS(0x9000)), ENNEAD_OK);
    struct pool *object = CONTAINER_OF(object_at(pool), struct pool, object);
    for (unsigned order = 15; order >= 12; order--)
        while (pool_largest_free(object) >> order)
            make_in(pool, ENNEAD_TYPE_POOL, order);
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, FIELDS(0xa000)), ENNEAD_NO_MEMORY);
    assert_int_equal(answered.field[0], 0x1000 - pool_largest_free(object));
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, FIELDS(0, 4)), ENNEAD_NO_MEMORY);
    assert_int_equal(answered.field[0], 0x4000 - pool_largest_free(object));
    unsigned filled = new_slot();
    while (object->free_bytes) {
        window(filled, 1, 0, 0);
        assert_int_equal(op(pool, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, FIELDS(ENNEAD_TYPE_ENDPOINT)), ENNEAD_OK);
        put_cap_away(space, filled);
    }
    window(filled, 1, 0, 0);
    assert_int_equal(op(pool, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, FIELDS(ENNEAD_TYPE_ENDPOINT)), ENNEAD_NO_MEMORY);
    assert_int_equal(answered.field[0], ENNEAD_PRICE_ENDPOINT);
    assert_int_equal(space_slot(root->space, filled)->kind, NODE_EMPTY);
}

static void grants_to_notifications_are_checked(void **state)
{
    (void)state;
    CLAUSES("NTF-1", "NTF-3", "IPC-9");
    unsigned slot = make(ENNEAD_TYPE_NOTIFICATION), second = make(ENNEAD_TYPE_NOTIFICATION);
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    /* There is no answer to a SEND, so it cannot wait. */
    assert_int_equal(ipc(slot, ENNEAD_SEND, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, NO_FIELDS).status,
                     ENNEAD_OK);
    assert_ptr_equal(host_current(0), root);
    assert_int_equal(op(slot, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_SIGNAL, FIELDS(6)), ENNEAD_OK);
    assert_int_equal(op(slot, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(answered.field[0], 6);
    assert_int_equal(op(slot, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_UNBIND, NO_FIELDS), ENNEAD_NOT_FOUND);
    unsigned of_thread = slot_of_thread(thread);
    assert_int_equal(with(of_thread, slot, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_BIND), ENNEAD_OK);
    assert_int_equal(with(of_thread, second, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_BIND), ENNEAD_BUSY);
    assert_int_equal(with(ENNEAD_ROOT_THREAD, slot, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_BIND), ENNEAD_BUSY);
}

static void interrupt_objects_refuse_what_is_not_theirs(void **state)
{
    (void)state;
    CLAUSES("IRQ-1", "IRQ-2", "OBJ-2");
    unsigned irq = claim(ENNEAD_ROOT_POOL, 4), notification = make(ENNEAD_TYPE_NOTIFICATION), taken[8];
    assert_int_equal(claim(ENNEAD_ROOT_POOL, 64), 0); /* a source of the board's, but not a wired one */
    assert_int_equal(with(ENNEAD_ROOT_POOL, irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI), ENNEAD_INVALID_OP);
    assert_int_equal(with(notification, ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_BIND), ENNEAD_INVALID_OP);
    assert_int_equal(op(irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_UNBIND, NO_FIELDS), ENNEAD_NOT_FOUND);
    assert_int_equal(with(notification, irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_BIND), ENNEAD_OK);
    assert_int_equal(op(irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_ACK, NO_FIELDS), ENNEAD_OK); /* nothing to acknowledge */
    host_raise_irq(4);
    assert_int_equal(op(irq, ENNEAD_TYPE_IRQ, ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(answered.field[3], 4);
    assert_int_equal(answered.field[4], 1);
    assert_int_equal(op(irq, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_UNBIND, NO_FIELDS), ENNEAD_OK);
    assert_true(host_irq_is_masked(4));
    /* A source that could not be handed over is free again. */
    for (unsigned i = 0; i < 20; i++) {
        window(0, 0, 0, 0);
        assert_int_equal(with(ENNEAD_ROOT_POOL, ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI), ENNEAD_WINDOW);
    }
    for (unsigned i = 0; i < 8; i++) {
        window(taken[i] = new_slot(), 1, 0, 0);
        assert_int_equal(with(ENNEAD_ROOT_POOL, ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI), ENNEAD_OK);
    }
    window(new_slot(), 1, 0, 0);
    assert_int_equal(with(ENNEAD_ROOT_POOL, ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI), ENNEAD_NOT_FOUND);
}

/* A message whose last item cannot arrive leaves each kind of item that came before it where it was. */
static void a_message_that_fails_undoes_every_kind_of_item(void **state)
{
    (void)state;
    CLAUSES("IPC-13", "REP-5");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), calls = make(ENNEAD_TYPE_ENDPOINT), region = carve(0x1000);
    struct thread *receiver = new_thread(ENNEAD_ROOT_SPACE), *client = new_thread(ENNEAD_ROOT_SPACE);
    struct thread *stored = new_thread(ENNEAD_ROOT_SPACE);
    unsigned right = new_slot(), own = copy(endpoint, ENNEAD_RIGHTS_ALL, 77);
    map_page(region, 0, 0x30000000, 12, 7);
    run(receiver);
    window(120, 4, 0x40000000, 20);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(stored);
    ipc(calls, ENNEAD_CALL, USER, 1, NO_FIELDS);
    run(client);
    ipc(calls, ENNEAD_CALL, USER, 2, NO_FIELDS);
    run(root);
    ipc(calls, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_int_equal(ipc(right, ENNEAD_STORE, 0, 0, NO_FIELDS).status, ENNEAD_OK);
    ipc(calls, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_ptr_equal(root->caller, client);
    const struct ennead_item items[] = {
        {.kind = ENNEAD_ITEM_REPLY},
        {.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .base = right},
        {.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .rights = 1, .base = calls},
        {.kind = ENNEAD_ITEM_CAP, .rights = 1, .base = own},
        {.kind = ENNEAD_ITEM_PAGE, .rights = 1, .order_log2 = 12, .base = 0x30000000},
        {.kind = ENNEAD_ITEM_PAGE, .flags = ENNEAD_ITEM_GRANT, .rights = 1, .order_log2 = 12, .base = 0x30000000},
        {.kind = ENNEAD_ITEM_CAP, .rights = 1, .base = endpoint},
    };
    for (unsigned i = 0; i < sizeof items / sizeof items[0]; i++) {
        with_item(items[i]);
        with_cap(new_slot()); /* empty */
        assert_int_equal(ipc(endpoint, ENNEAD_SEND, USER, 0, NO_FIELDS).status, ENNEAD_INVALID_CAP);
        check_invariants();
    }
    assert_ptr_equal(root->caller, client);
    assert_int_equal(space_slot(root->space, calls)->rights, ENNEAD_RIGHTS_ALL);
    assert_ptr_equal(client->holder, root);
    assert_ptr_equal(stored->reply_slot, space_slot(root->space, right));
    assert_int_equal(region_of(object_at(region))->mappings, 1);
    for (unsigned i = 120; i < 124; i++)
        assert_int_equal(space_slot(root->space, i)->kind, NODE_EMPTY);
    assert_int_equal(ipc(right, ENNEAD_SEND, 0, 0, FIELDS(8)).status, ENNEAD_OK);
    assert_int_equal(last(stored).field[0], 8);
    assert_int_equal(ipc(0, ENNEAD_REPLY, 0, 0, FIELDS(9)).status, ENNEAD_OK);
    assert_int_equal(last(client).field[0], 9);
}

/* A reply right that cannot be passed on stays: no room for it, or none held. */
static void a_right_without_room_stays_held(void **state)
{
    (void)state;
    CLAUSES("REP-5", "ITM-2");
    unsigned calls = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *client = new_thread(ENNEAD_ROOT_SPACE);
    run(client);
    ipc(calls, ENNEAD_CALL, USER, 2, NO_FIELDS);
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_REPLY});
    assert_int_equal(space_op(ENNEAD_SPACE_DELEGATE, new_slot(), 0), ENNEAD_NO_REPLY);
    ipc(calls, ENNEAD_RECV, 0, 0, NO_FIELDS);
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_REPLY});
    assert_int_equal(space_op(ENNEAD_SPACE_DELEGATE, calls, 0), ENNEAD_OCCUPIED);
    assert_ptr_equal(root->caller, client);
}

/* Message buffers are no mapping that could be passed on or taken away. */
static void a_message_buffer_is_not_delegated(void **state)
{
    (void)state;
    CLAUSES("SPC-5", "ITM-6");
    uint64_t value;
    assert_int_equal(space_op(ENNEAD_SPACE_ADD_UTCB, 0x21000000, 0), ENNEAD_OK);
    assert_int_equal(space_op(ENNEAD_SPACE_ADD_UTCB, 0x21000000, 0), ENNEAD_OCCUPIED);
    assert_true(host_load(0, 0x21000000, &value));
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x21000000});
    assert_int_equal(space_op(ENNEAD_SPACE_DELEGATE, 0x40000000, 0), ENNEAD_NOT_FOUND);
    assert_int_equal(space_op(ENNEAD_SPACE_UNMAP, 0x21000000, 0), ENNEAD_NOT_FOUND);
    assert_int_equal(space_op(ENNEAD_SPACE_REVOKE_MAP, 0x21000000, 0), ENNEAD_NOT_FOUND);
    unsigned thread = make(ENNEAD_TYPE_THREAD);
    for (unsigned i = 0; i < 3; i++) {
        with_cap(ENNEAD_ROOT_SPACE);
        static const uint64_t nothing[] = {0x21000400, 0x0e010000, 0x55555000};
        assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(nothing[i])), ENNEAD_NO_UTCB);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(capability_arguments_are_checked),
        TEST(a_reply_right_is_no_argument),
        TEST(every_operation_needs_its_right),
        TEST(regions_refuse_what_makes_no_sense),
        TEST(a_busy_region_keeps_its_attribute),
        TEST(a_pool_without_window_is_not_made),
        TEST(nothing_is_made_below_the_deepest),
        TEST(a_handlers_endpoint_may_be_too_deep),
        TEST(threads_refuse_what_their_state_forbids),
        TEST(a_starved_thread_may_be_resumed),
        TEST(tables_have_their_limits),
        TEST(a_table_of_slots_has_256_pages),
        TEST(a_full_pool_has_no_room_for_anything),
        TEST(grants_to_notifications_are_checked),
        TEST(interrupt_objects_refuse_what_is_not_theirs),
        TEST(a_message_that_fails_undoes_every_kind_of_item),
        TEST(a_right_without_room_stays_held),
        TEST(a_message_buffer_is_not_delegated),
    };
    return RUN("refused", tests);
}
