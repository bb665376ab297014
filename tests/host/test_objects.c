/* Pools, regions and spaces: making, limits, and giving back. */
#include "fixture.h"

#include <string.h>

static unsigned pool_op(unsigned pool, unsigned operation, uint64_t a, uint64_t b)
{
    return op(pool, ENNEAD_TYPE_POOL, operation, FIELDS(a, b));
}

static unsigned region_op(unsigned region, unsigned operation, uint64_t a, uint64_t b, uint64_t c)
{
    return op(region, ENNEAD_TYPE_REGION, operation, FIELDS(a, b, c));
}

static unsigned space_op(unsigned space, unsigned operation, uint64_t a, uint64_t b)
{
    return op(space, ENNEAD_TYPE_SPACE, operation, FIELDS(a, b));
}

static uint64_t free_bytes(unsigned pool)
{
    assert_int_equal(pool_op(pool, ENNEAD_OP_DESCRIBE, 0, 0), ENNEAD_OK);
    return answered.field[4];
}

static unsigned pool_from_region(unsigned region)
{
    unsigned slot = new_slot();
    window(slot, 1, 0, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_OK);
    return slot;
}

static void objects_describe_themselves(void **state)
{
    (void)state;
    CLAUSES("OBJ-1", "OBJ-2", "OBJ-3");
    static const unsigned types[] = {ENNEAD_TYPE_SPACE, ENNEAD_TYPE_THREAD, ENNEAD_TYPE_NOTIFICATION,
                                     ENNEAD_TYPE_SCHED_CONTEXT};
    for (unsigned i = 0; i < 4; i++) {
        unsigned slot = make(types[i]);
        assert_int_equal(op(slot, types[i], ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_OK);
        assert_int_equal(answered.field[0], types[i]);
        assert_int_equal(answered.field[1], ENNEAD_ABI_VERSION);
        assert_int_equal(answered.field[2], PORT_PAGE_SIZES);
        assert_int_equal(op(slot, types[i] + 1, ENNEAD_OP_DESCRIBE, NO_FIELDS), ENNEAD_INVALID_OP);
        assert_int_equal(op(slot, types[i], 200, NO_FIELDS), ENNEAD_INVALID_OP);
    }
    unsigned weak = copy(ENNEAD_ROOT_POOL, ENNEAD_RIGHT_READ, 0);
    assert_int_equal(pool_op(weak, ENNEAD_POOL_MAKE, ENNEAD_TYPE_ENDPOINT, 0), ENNEAD_DENIED);
    window(new_slot(), 1, 0, 0);
    assert_int_equal(op(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, NO_FIELDS), ENNEAD_INVALID_ARG);
}

static void what_is_made_arrives_in_the_window(void **state)
{
    (void)state;
    CLAUSES("OBJ-4", "OBJ-5", "POL-2");
    uint64_t before = free_bytes(ENNEAD_ROOT_POOL);
    window(0, 0, 0, 0);
    assert_int_equal(pool_op(ENNEAD_ROOT_POOL, ENNEAD_POOL_MAKE, ENNEAD_TYPE_ENDPOINT, 0), ENNEAD_WINDOW);
    window(ENNEAD_ROOT_POOL, 1, 0, 0);
    assert_int_equal(pool_op(ENNEAD_ROOT_POOL, ENNEAD_POOL_MAKE, ENNEAD_TYPE_ENDPOINT, 0), ENNEAD_OCCUPIED);
    window(new_slot(), 1, 0, 0);
    struct result sent =
        ipc(ENNEAD_ROOT_POOL, ENNEAD_SEND, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, FIELDS(ENNEAD_TYPE_ENDPOINT));
    assert_int_equal(sent.status, ENNEAD_OK);
    assert_int_equal(sent.tag, 0);
    assert_int_equal(free_bytes(ENNEAD_ROOT_POOL), before);
}

static void objects_cost_their_price(void **state)
{
    (void)state;
    CLAUSES("POL-1", "POL-3", "OBJ-7");
    static const struct {
        unsigned type, price;
    } prices[] = {{ENNEAD_TYPE_SPACE, ENNEAD_PRICE_SPACE},
                  {ENNEAD_TYPE_THREAD, ENNEAD_PRICE_THREAD},
                  {ENNEAD_TYPE_ENDPOINT, ENNEAD_PRICE_ENDPOINT},
                  {ENNEAD_TYPE_NOTIFICATION, ENNEAD_PRICE_NOTIFICATION},
                  {ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_PRICE_SCHED_CONTEXT}};
    for (unsigned i = 0; i < 5; i++) {
        uint64_t before = free_bytes(ENNEAD_ROOT_POOL);
        unsigned slot = make(prices[i].type), derived = copy(slot, ENNEAD_RIGHTS_ALL, 0), moved = new_slot();
        assert_int_equal(free_bytes(ENNEAD_ROOT_POOL), before - prices[i].price);
        with_item(
            (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .flags = ENNEAD_ITEM_GRANT, .rights = 0x1f, .base = slot});
        assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_DELEGATE, moved, 0), ENNEAD_OK);
        assert_int_equal(delete_slot(derived), ENNEAD_OK);
        assert_int_equal(free_bytes(ENNEAD_ROOT_POOL), before - prices[i].price);
        assert_int_equal(delete_slot(moved), ENNEAD_OK);
        assert_int_equal(free_bytes(ENNEAD_ROOT_POOL), before);
    }
}

static void exhausting_a_pool_says_what_is_missing(void **state)
{
    (void)state;
    CLAUSES("POL-2", "POL-4");
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 14);
    uint64_t all = free_bytes(pool), made = 0;
    assert_int_equal(all, 16384 - 1024 - 128);
    window(60, 1, 0, 0);
    assert_int_equal(pool_op(pool, ENNEAD_POOL_MAKE, ENNEAD_TYPE_SPACE, 0), ENNEAD_NO_MEMORY);
    assert_int_equal(answered.field[0], ENNEAD_PRICE_SPACE - 8192);
    unsigned slot = 60;
    while (pool_op(pool, ENNEAD_POOL_MAKE, ENNEAD_TYPE_ENDPOINT, 0) == ENNEAD_OK) {
        made++;
        window(++slot, 1, 0, 0);
        if (slot == 127)
            break;
    }
    assert_int_equal(free_bytes(pool), all - made * ENNEAD_PRICE_ENDPOINT);
    for (unsigned i = 60; i < slot; i++)
        assert_int_equal(delete_slot(i), ENNEAD_OK);
    assert_int_equal(free_bytes(pool), all);
    static const uint64_t bad[][2] = {
        {ENNEAD_TYPE_REGION, 0}, {ENNEAD_TYPE_IRQ, 0},   {ENNEAD_TYPE_VCPU, 0}, {0, 0},
        {ENNEAD_TYPE_POOL, 11},  {ENNEAD_TYPE_POOL, 31}, {UINT64_MAX, 0},       {ENNEAD_TYPE_POOL, UINT64_MAX}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(pool_op(pool, ENNEAD_POOL_MAKE, bad[i][0], bad[i][1]), ENNEAD_INVALID_ARG);
    assert_int_equal(pool_op(pool, ENNEAD_POOL_MAKE, ENNEAD_TYPE_POOL, ENNEAD_POOL_ORDER_MAX), ENNEAD_NO_MEMORY);
}

static void destroying_a_pool_takes_everything(void **state)
{
    (void)state;
    CLAUSES("POL-5", "POL-3", "END-5");
    uint64_t before = free_bytes(ENNEAD_ROOT_POOL);
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 17), derived = copy(pool, ENNEAD_RIGHTS_ALL, 0);
    unsigned inner = make_in(pool, ENNEAD_TYPE_POOL, 13), endpoint = make_in(inner, ENNEAD_TYPE_ENDPOINT, 0);
    unsigned space = make_in(derived, ENNEAD_TYPE_SPACE, 0), badged = copy(endpoint, ENNEAD_RIGHTS_ALL, 3);
    unsigned region = new_slot();
    window(region, 1, 0, 0);
    with_cap(pool);
    assert_int_equal(region_op(ram_slot(), ENNEAD_REGION_CARVE, 0, 0x1000, 0), ENNEAD_OK);
    map_page(region, 0, 0x30000000, 12, 7);
    put_cap(space, endpoint, ENNEAD_RIGHTS_ALL, 0);
    assert_int_equal(pool_op(derived, ENNEAD_POOL_DESTROY, 0, 0), ENNEAD_DENIED);
    assert_int_equal(pool_op(pool, ENNEAD_POOL_DESTROY, 0, 0), ENNEAD_OK);
    unsigned gone[] = {pool, derived, inner, endpoint, space, badged, region};
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(space_slot(root->space, gone[i])->kind, NODE_EMPTY);
    assert_null(map_find(root->space, 0x30000000));
    assert_int_equal(free_bytes(ENNEAD_ROOT_POOL), before);
    assert_int_equal(carve(0x1000) != 0, 1); /* the range is the parent's again */
}

static void revoking_a_pool_capability_takes_what_it_made(void **state)
{
    (void)state;
    CLAUSES("POL-6");
    unsigned derived = copy(ENNEAD_ROOT_POOL, ENNEAD_RIGHTS_ALL, 0), kept = make(ENNEAD_TYPE_ENDPOINT);
    unsigned made = make_in(derived, ENNEAD_TYPE_ENDPOINT, 0);
    assert_int_equal(pool_op(derived, ENNEAD_POOL_REVOKE, 0, 0), ENNEAD_OK);
    assert_int_equal(space_slot(root->space, made)->kind, NODE_EMPTY);
    assert_int_equal(space_slot(root->space, kept)->kind, NODE_CAP);
    assert_int_equal(space_slot(root->space, derived)->kind, NODE_CAP);
}

static void pool_memory_is_clean_both_ways(void **state)
{
    (void)state;
    CLAUSES("POL-7", "REG-5");
    unsigned region = carve(0x20000);
    unsigned pool = pool_from_region(region);
    make_in(pool, ENNEAD_TYPE_SPACE, 0);
    make_in(pool, ENNEAD_TYPE_THREAD, 0);
    assert_int_equal(delete_slot(pool), ENNEAD_OK);
    map_page(region, 0, 0x30000000, 16, 7);
    map_page(region, 0x10000, 0x30010000, 16, 7);
    const char *bytes = phys_to_virt(region_of(object_at(region))->base);
    for (unsigned i = 0; i < 0x20000; i++)
        assert_int_equal(bytes[i], 0);
}

static void carving_is_exclusive(void **state)
{
    (void)state;
    CLAUSES("REG-1", "REG-2");
    unsigned parent = carve(0x10000), child = new_slot();
    window(child, 1, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(region_op(parent, ENNEAD_REGION_CARVE, 0x4000, 0x4000, 0), ENNEAD_OK);
    static const struct {
        uint64_t offset, size;
        unsigned error;
    } cases[] = {{0x4000, 0x1000, ENNEAD_BUSY}, {0, 0x5000, ENNEAD_BUSY},
                 {0x7000, 0x2000, ENNEAD_BUSY}, {0x800, 0x1000, ENNEAD_ALIGNMENT},
                 {0, 0x11000, ENNEAD_RANGE},    {0x10000, 0x1000, ENNEAD_RANGE},
                 {0, 0, ENNEAD_RANGE},          {UINT64_MAX & ~0xfffull, 0x2000, ENNEAD_RANGE}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        window(new_slot(), 1, 0, 0);
        with_cap(ENNEAD_ROOT_POOL);
        assert_int_equal(region_op(parent, ENNEAD_REGION_CARVE, cases[i].offset, cases[i].size, 0), cases[i].error);
    }
    window(0, 0, 0x30000000, 20);
    assert_int_equal(region_op(parent, ENNEAD_REGION_MAP, 0x4000, 12, 7), ENNEAD_BUSY);
    assert_int_equal(region_op(parent, ENNEAD_REGION_MAP, 0, 15, 7), ENNEAD_BUSY);
    assert_int_equal(region_op(parent, ENNEAD_REGION_LOAD, 0x4ff8, 8, 0), ENNEAD_BUSY);
    assert_int_equal(region_op(parent, ENNEAD_REGION_STORE, 0x4000, 8, 0), ENNEAD_BUSY);
    window(new_slot(), 1, 0, 0);
    assert_int_equal(region_op(parent, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_BUSY);
    assert_int_equal(delete_slot(child), ENNEAD_OK);
    window(0, 0, 0x30000000, 20);
    assert_int_equal(region_op(parent, ENNEAD_REGION_MAP, 0x4000, 12, 7), ENNEAD_OK);
}

static void what_is_mapped_is_not_carved(void **state)
{
    (void)state;
    CLAUSES("REG-3", "REG-4");
    unsigned region = carve(0x10000);
    unsigned reads = copy(region, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_CONTROL, 0);
    map_page(reads, 0x3000, 0x30000000, 13, 7);
    assert_int_equal(map_find(root->space, 0x30000000)->node.rights, ENNEAD_RIGHT_READ);
    window(new_slot(), 1, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(region_op(region, ENNEAD_REGION_CARVE, 0x4000, 0x1000, 0), ENNEAD_BUSY);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(region_op(region, ENNEAD_REGION_CARVE, 0x5000, 0x1000, 0), ENNEAD_OK);
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_UNMAP, 0x30000000, 0), ENNEAD_OK);
    window(new_slot(), 1, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(region_op(region, ENNEAD_REGION_CARVE, 0x4000, 0x1000, 0), ENNEAD_OK);
}

static void a_region_with_a_pool_is_busy(void **state)
{
    (void)state;
    CLAUSES("REG-5");
    unsigned region = carve(0x10000), small = carve(0x1000), device = slot_of(ENNEAD_RESOURCE_DEVICE, 0);
    window(new_slot(), 1, 0, 0);
    assert_int_equal(region_op(small, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_RANGE);
    assert_int_equal(region_op(device, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_TYPE);
    unsigned pool = pool_from_region(region);
    window(new_slot(), 1, 0x30000000, 20);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAKE_POOL, 0, 0, 0), ENNEAD_BUSY);
    assert_int_equal(region_op(region, ENNEAD_REGION_MAP, 0, 12, 7), ENNEAD_BUSY);
    assert_int_equal(region_op(region, ENNEAD_REGION_LOAD, 0, 8, 0), ENNEAD_BUSY);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, 1, 0, 0), ENNEAD_BUSY);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(region_op(region, ENNEAD_REGION_CARVE, 0, 0x1000, 0), ENNEAD_BUSY);
    assert_int_equal(region_op(region, ENNEAD_OP_DESCRIBE, 0, 0, 0), ENNEAD_OK);
    assert_true(answered.field[4] & ENNEAD_REGION_IS_POOL);
    assert_int_equal(region_op(region, ENNEAD_REGION_REVOKE, 0, 0, 0), ENNEAD_OK);
    assert_int_equal(space_slot(root->space, pool)->kind, NODE_EMPTY);
    pool_from_region(region);
}

static void loads_and_stores_are_checked(void **state)
{
    (void)state;
    CLAUSES("REG-6", "REG-7");
    unsigned region = carve(0x2000), reads = copy(region, ENNEAD_RIGHT_READ, 0);
    unsigned writes = copy(region, ENNEAD_RIGHT_WRITE, 0), ports = slot_of(ENNEAD_RESOURCE_IO, 0);
    for (unsigned width = 1; width <= 8; width *= 2) {
        assert_int_equal(region_op(writes, ENNEAD_REGION_STORE, 8 * width, width, 0x1122334455667788), ENNEAD_OK);
        assert_int_equal(region_op(reads, ENNEAD_REGION_LOAD, 8 * width, width, 0), ENNEAD_OK);
        assert_int_equal(answered.field[0], 0x1122334455667788 & (~0ull >> (64 - 8 * width)));
    }
    assert_int_equal(region_op(reads, ENNEAD_REGION_STORE, 0, 8, 1), ENNEAD_DENIED);
    assert_int_equal(region_op(writes, ENNEAD_REGION_LOAD, 0, 8, 0), ENNEAD_DENIED);
    assert_int_equal(region_op(region, ENNEAD_REGION_LOAD, 0, 3, 0), ENNEAD_INVALID_ARG);
    assert_int_equal(region_op(region, ENNEAD_REGION_LOAD, 0, 0, 0), ENNEAD_INVALID_ARG);
    assert_int_equal(region_op(region, ENNEAD_REGION_LOAD, 2, 4, 0), ENNEAD_ALIGNMENT);
    assert_int_equal(region_op(region, ENNEAD_REGION_LOAD, 0x2000, 8, 0), ENNEAD_RANGE);
    assert_int_equal(region_op(region, ENNEAD_REGION_LOAD, UINT64_MAX - 7, 8, 0), ENNEAD_RANGE);
    assert_int_equal(region_op(ports, ENNEAD_REGION_STORE, 3, 2, 77), ENNEAD_OK);
    assert_int_equal(region_op(ports, ENNEAD_REGION_LOAD, 3, 2, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], 77);
    assert_int_equal(region_op(ports, ENNEAD_REGION_LOAD, 15, 2, 0), ENNEAD_RANGE);
    window(new_slot(), 1, 0x30000000, 20);
    assert_int_equal(region_op(ports, ENNEAD_REGION_MAP, 0, 12, 7), ENNEAD_TYPE);
    assert_int_equal(region_op(ports, ENNEAD_REGION_CARVE, 0, 0x1000, 0), ENNEAD_TYPE);
}

static void attributes_and_addresses_are_guarded(void **state)
{
    (void)state;
    CLAUSES("REG-8", "REG-9");
    unsigned region = carve(0x2000), blind = copy(region, ENNEAD_RIGHTS_ALL & ~ENNEAD_RIGHT_PHYS, 0);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, 3, 0, 0), ENNEAD_INVALID_ARG);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, ENNEAD_CACHE_UNCACHED, 0, 0), ENNEAD_OK);
    map_page(region, 0, 0x30000000, 12, 7);
    assert_int_equal(region_op(region, ENNEAD_REGION_SET_CACHE, ENNEAD_CACHE_NORMAL, 0, 0), ENNEAD_BUSY);
    assert_int_equal(region_op(blind, ENNEAD_REGION_PHYS, 0, 0, 0), ENNEAD_DENIED);
    assert_int_equal(region_op(region, ENNEAD_REGION_PHYS, 0x2000, 0, 0), ENNEAD_RANGE);
    assert_int_equal(region_op(region, ENNEAD_REGION_PHYS, 0x1234, 0, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], region_of(object_at(region))->base + 0x1234);
}

static void revoking_a_region_reaches_every_space(void **state)
{
    (void)state;
    CLAUSES("REG-10", "SPC-4", "SPC-2");
    unsigned region = carve(0x10000), lent = copy(region, ENNEAD_RIGHTS_ALL, 0), space = new_space();
    unsigned there = put_cap(space, lent, ENNEAD_RIGHTS_ALL, 0), child = new_slot();
    struct space *other = CONTAINER_OF(object_at(space), struct space, object);
    map_page(lent, 0, 0x30000000, 13, 7);
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x30001000});
    assert_int_equal(space_op(space, ENNEAD_SPACE_DELEGATE, 0x70000000, 0), ENNEAD_OK);
    assert_int_equal(map_find(other, 0x70000000)->node.depth, map_find(root->space, 0x30000000)->node.depth + 1);
    assert_true(host_store(0, 0x30000000, 1));
    window(child, 1, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(region_op(lent, ENNEAD_REGION_CARVE, 0x8000, 0x4000, 0), ENNEAD_OK);
    unsigned pool = pool_from_region(child);
    assert_int_equal(region_op(lent, ENNEAD_REGION_REVOKE, 0, 0, 0), ENNEAD_OK);
    assert_null(map_find(root->space, 0x30000000));
    assert_null(map_find(other, 0x70000000));
    assert_int_equal(space_slot(other, there)->kind, NODE_EMPTY);
    assert_int_equal(space_slot(root->space, pool)->kind, NODE_EMPTY);
    assert_int_equal(space_slot(root->space, lent)->kind, NODE_CAP);
    assert_false(host_store(0, 0x30000000, 1));
}

static void tables_grow_at_the_pools_cost(void **state)
{
    (void)state;
    CLAUSES("SPC-1");
    unsigned pool = make_in(ENNEAD_ROOT_POOL, ENNEAD_TYPE_POOL, 17), space = make_in(pool, ENNEAD_TYPE_SPACE, 0);
    struct space *there = CONTAINER_OF(object_at(space), struct space, object);
    uint64_t before = free_bytes(pool);
    assert_null(space_slot(there, 128));
    assert_int_equal(space_op(space, ENNEAD_SPACE_GROW, ENNEAD_TABLE_SLOTS, 2), ENNEAD_OK);
    assert_non_null(space_slot(there, 383));
    assert_null(space_slot(there, 384));
    assert_int_equal(free_bytes(pool), before - 8192);
    static const uint64_t bad[][2] = {{3, 1}, {0, 0}, {0, 3}, {0, 32}, {UINT64_MAX, 1}, {0, UINT64_MAX}};
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(space_op(space, ENNEAD_SPACE_GROW, bad[i][0], bad[i][1]), ENNEAD_INVALID_ARG);
    assert_int_equal(space_op(space, ENNEAD_SPACE_GROW, ENNEAD_TABLE_PAGES, 16), ENNEAD_NO_MEMORY);
    assert_true(answered.field[0] > 0);
    assert_int_equal(delete_slot(space), ENNEAD_OK);
    assert_int_equal(free_bytes(pool), before + ENNEAD_PRICE_SPACE);
}

static void delete_and_revoke_of_slots(void **state)
{
    (void)state;
    CLAUSES("SPC-3");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), child = copy(endpoint, ENNEAD_RIGHTS_ALL, 0);
    unsigned grandchild = copy(child, ENNEAD_RIGHTS_ALL, 0);
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_REVOKE, child, 0), ENNEAD_OK);
    assert_int_equal(space_slot(root->space, grandchild)->kind, NODE_EMPTY);
    assert_int_equal(space_slot(root->space, child)->kind, NODE_CAP);
    assert_int_equal(delete_slot(grandchild), ENNEAD_NOT_FOUND);
    assert_int_equal(delete_slot(5000), ENNEAD_RANGE);
    assert_int_equal(delete_slot(root->space->slot_pages * ENNEAD_SLOTS_PER_PAGE + 1), ENNEAD_RANGE);
    assert_int_equal(delete_slot(0), ENNEAD_RANGE);
    assert_int_equal(delete_slot(endpoint), ENNEAD_OK);
    assert_int_equal(space_slot(root->space, child)->kind, NODE_EMPTY);
}

static void unmapping_takes_back_what_was_delegated(void **state)
{
    (void)state;
    CLAUSES("SPC-4");
    unsigned region = carve(0x4000), space = new_space();
    struct space *there = CONTAINER_OF(object_at(space), struct space, object);
    map_page(region, 0, 0x30000000, 13, 7);
    for (unsigned i = 0; i < 2; i++) {
        with_item((struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x30000000});
        assert_int_equal(space_op(space, ENNEAD_SPACE_DELEGATE, 0x1000, 0), ENNEAD_OK);
        unsigned operation = i ? ENNEAD_SPACE_UNMAP : ENNEAD_SPACE_REVOKE_MAP;
        assert_true(host_store(0, 0x30000000, 1));
        assert_int_equal(space_op(ENNEAD_ROOT_SPACE, operation, 0x30000fff, 0), ENNEAD_OK);
        assert_null(map_find(there, 0x1000));
        assert_int_equal(map_find(root->space, 0x30000000) != NULL, i == 0);
    }
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_UNMAP, 0x30000000, 0), ENNEAD_NOT_FOUND);
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_UNMAP, UINT64_MAX, 0), ENNEAD_NOT_FOUND);
}

static void message_buffers_cannot_be_taken_away(void **state)
{
    (void)state;
    CLAUSES("SPC-5", "THR-1");
    unsigned space = new_space(), thread = make(ENNEAD_TYPE_THREAD);
    assert_int_equal(space_op(space, ENNEAD_SPACE_ADD_UTCB, 0x5000, 0), ENNEAD_OK);
    assert_int_equal(space_op(space, ENNEAD_SPACE_ADD_UTCB, 0x5000, 0), ENNEAD_OCCUPIED);
    assert_int_equal(space_op(space, ENNEAD_SPACE_ADD_UTCB, PORT_USER_END, 0), ENNEAD_RANGE);
    assert_int_equal(space_op(space, ENNEAD_SPACE_ADD_UTCB, 0x6800, 0), ENNEAD_ALIGNMENT);
    assert_int_equal(space_op(space, ENNEAD_SPACE_UNMAP, 0x5000, 0), ENNEAD_NOT_FOUND);
    static const struct {
        uint64_t address;
        unsigned error;
    } cases[] = {{0x5400, ENNEAD_NO_UTCB}, {0x7000, ENNEAD_NO_UTCB}, {0x5800, ENNEAD_OK}, {0x5000, ENNEAD_BUSY}};
    for (unsigned i = 0; i < 4; i++) {
        with_cap(space);
        assert_int_equal(op(thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(cases[i].address)), cases[i].error);
    }
    unsigned second = make(ENNEAD_TYPE_THREAD);
    with_cap(space);
    assert_int_equal(op(second, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(0x5800)), ENNEAD_NO_UTCB);
    assert_int_equal(delete_slot(thread), ENNEAD_OK);
    with_cap(space);
    assert_int_equal(op(second, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(0x5800)), ENNEAD_OK);
}

static void tables_can_be_inspected(void **state)
{
    (void)state;
    CLAUSES("SPC-6", "SPC-7");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT), badged = copy(endpoint, ENNEAD_RIGHT_WRITE, 9);
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_SLOT_INFO, badged, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], badged);
    assert_int_equal(answered.field[1], ENNEAD_TYPE_ENDPOINT);
    assert_int_equal(answered.field[2], ENNEAD_RIGHT_WRITE);
    assert_int_equal(answered.field[3], 9);
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_SLOT_INFO, badged + 1, 0), ENNEAD_OK);
    assert_int_equal(answered.field[1], ENNEAD_TYPE_NONE);
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_SLOT_INFO, UINT64_MAX, 0), ENNEAD_NOT_FOUND);
    map_page(carve(0x4000), 0, 0x60000000, 14, ENNEAD_RIGHT_READ);
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_MAP_INFO, 0x5fff0000, 0), ENNEAD_OK);
    assert_int_equal(answered.field[0], 0x60000000);
    assert_int_equal(answered.field[1], 14);
    assert_int_equal(answered.field[2], ENNEAD_RIGHT_READ);
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_MAP_INFO, 0x60004000, 0), ENNEAD_NOT_FOUND);
}

/* Whatever its size, a pool hands out all that is behind its header, and is whole again afterwards. */
static void a_pool_of_any_size_is_used_up_and_whole_again(void **state)
{
    (void)state;
    CLAUSES("POL-3", "REG-5", "POL-2");
    for (unsigned pages = 2; pages < 10; pages++) {
        unsigned region = carve(pages * 0x1000), pool = pool_from_region(region), made = 0;
        uint64_t all = free_bytes(pool), largest = answered.field[5];
        assert_int_equal(all, pages * 0x1000 - pool_overhead(pages * 0x1000));
        struct pool *object = CONTAINER_OF(object_at(pool), struct pool, object);
        void *blocks[80];
        for (void *block; (block = pool_allocate(object, 9)); made++)
            blocks[made] = block;
        check_invariants();
        assert_int_equal(free_bytes(pool), all - made * 512);
        assert_true(answered.field[5] < 512);
        for (unsigned i = 0; i < made; i++) /* the odd ones first */
            pool_free(object, blocks[i < made / 2 ? 2 * i + 1 : 2 * (i - made / 2)], 9);
        assert_int_equal(free_bytes(pool), all);
        assert_int_equal(answered.field[5], largest);
        assert_int_equal(delete_slot(region), ENNEAD_OK);
    }
}

/* Asking for the entry at or above an address inside one, between two, and above all; and impossible sizes. */
static void the_map_is_searched_upward(void **state)
{
    (void)state;
    CLAUSES("SPC-7", "ITM-6");
    unsigned region = carve(0x8000);
    map_page(region, 0, 0x30000000, 14, 1);
    static const struct {
        uint64_t address, found;
    } cases[] = {{0x30000000, 0x30000000}, {0x30003fff, 0x30000000}, {0x20000001, 0x30000000}};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_MAP_INFO, cases[i].address, 0), ENNEAD_OK);
        assert_int_equal(answered.field[0], cases[i].found);
        assert_int_equal(answered.field[1], 14);
        assert_int_equal(answered.field[2], 1);
    }
    assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_MAP_INFO, 0x30004000, 0), ENNEAD_NOT_FOUND);
    static const struct {
        uint64_t base;
        unsigned order, error;
    } bad[] = {{0, 40, ENNEAD_RANGE},
               {0, 63, ENNEAD_INVALID_ARG},
               {0, 11, ENNEAD_INVALID_ARG},
               {PORT_USER_END, 12, ENNEAD_RANGE},
               {0x800, 12, ENNEAD_ALIGNMENT}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        with_item((struct ennead_item){
            .kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = (uint8_t)bad[i].order, .base = 0x30000000});
        assert_int_equal(space_op(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_DELEGATE, bad[i].base, 0), bad[i].error);
    }
    assert_false(host_store(0, 0x30000000, 1)); /* mapped to be read only */
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(objects_describe_themselves),
        TEST(what_is_made_arrives_in_the_window),
        TEST(objects_cost_their_price),
        TEST(exhausting_a_pool_says_what_is_missing),
        TEST(destroying_a_pool_takes_everything),
        TEST(revoking_a_pool_capability_takes_what_it_made),
        TEST(pool_memory_is_clean_both_ways),
        TEST(carving_is_exclusive),
        TEST(what_is_mapped_is_not_carved),
        TEST(a_region_with_a_pool_is_busy),
        TEST(loads_and_stores_are_checked),
        TEST(attributes_and_addresses_are_guarded),
        TEST(revoking_a_region_reaches_every_space),
        TEST(tables_grow_at_the_pools_cost),
        TEST(delete_and_revoke_of_slots),
        TEST(unmapping_takes_back_what_was_delegated),
        TEST(message_buffers_cannot_be_taken_away),
        TEST(tables_can_be_inspected),
        TEST(a_pool_of_any_size_is_used_up_and_whole_again),
        TEST(the_map_is_searched_upward),
    };
    return RUN("objects", tests);
}
