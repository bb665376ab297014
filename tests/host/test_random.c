/*
 * Random system calls by many threads on several CPUs, hostile arguments included, with interrupts, timer ticks, faults
 * and preemption in between. Every invariant is checked as it goes; at the end of each world everything in it is
 * destroyed and every byte must be back.
 *
 * usage: test_random MMU-KIND [WORLDS [SEED [STEPS]]]. A failure names the world's seed: run with 1 world and that
 * seed.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPUS    3u
#define SPACES  3u
#define THREADS 9u

static uint64_t state_of_random;
static unsigned calls, successes;
static unsigned by_status[64];

static uint64_t random64(void)
{
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return state_of_random;
}

static unsigned below(unsigned n)
{
    return (unsigned)(random64() >> 16) % n;
}

static bool one_in(unsigned n)
{
    return below(n) == 0;
}

/* ---- the world: all in one pool, made of one region ---- */

static unsigned world_region, world_pool, first_slot, thread_slot[THREADS];

static unsigned make_region_pool(void)
{
    unsigned slot = new_slot();
    window(slot, 1, 0, 0);
    assert_int_equal(op(world_region, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL, NO_FIELDS), ENNEAD_OK);
    return slot;
}

static unsigned make_here(unsigned type)
{
    return make_in(world_pool, type, 0);
}

static void start_thread(unsigned index, unsigned space)
{
    unsigned slot = make_here(ENNEAD_TYPE_THREAD);
    uint64_t utcb = 0x20000000 + index * 0x1000;
    thread_slot[index] = slot;
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, FIELDS(utcb)), ENNEAD_OK);
    with_cap(space);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(utcb)), ENNEAD_OK);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, FIELDS(2 + below(4), 6)), ENNEAD_OK);
    if (!one_in(5)) {
        unsigned time = make_here(ENNEAD_TYPE_SCHED_CONTEXT);
        uint64_t period = 1000000, budget = one_in(3) ? 100000 : period;
        assert_int_equal(
            op(time, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, FIELDS(budget, period, below(CPUS))),
            ENNEAD_OK);
        with_cap(slot);
        assert_int_equal(op(time, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, NO_FIELDS), ENNEAD_OK);
    }
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(0x1000, 0x2000, index)), ENNEAD_OK);
}

/* Give a space capabilities to whatever the world has, rights and badges drawn. */
static void furnish(unsigned space, unsigned last_slot)
{
    unsigned to = 10;
    for (unsigned slot = first_slot; slot < last_slot && to < 60; slot++) {
        struct node *node = space_slot(root->space, slot);
        if (node->kind != NODE_CAP)
            continue;
        bool badge = node->object->type == ENNEAD_TYPE_ENDPOINT && one_in(2);
        with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP,
                                       .rights = one_in(4) ? (uint8_t)below(32) : ENNEAD_RIGHTS_ALL,
                                       .badge = badge ? 1 + below(9) : 0,
                                       .base = slot});
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(to++)), ENNEAD_OK);
    }
}

static void map_some(unsigned space, unsigned region)
{
    unsigned pages = 4;
    map_page(region, 0, 0x60000000, 12 + 2, 7);
    for (unsigned i = 0; i < pages; i++) {
        with_item((struct ennead_item){
            .kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x60000000 + i * 0x1000});
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x30000000 + i * 0x1000)),
                         ENNEAD_OK);
    }
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_REVOKE_MAP, FIELDS(1)), ENNEAD_NOT_FOUND);
}

static void set_handlers(unsigned space, unsigned endpoint)
{
    for (unsigned which = 0; which < 2; which++) {
        with_cap(endpoint);
        assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(which)), ENNEAD_OK);
    }
}

static void claim_irq(void)
{
    unsigned slot = new_slot();
    window(slot, 1, 0, 0);
    with_cap(world_pool);
    assert_int_equal(op(ENNEAD_ROOT_IRQ, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_CLAIM, FIELDS(4)), ENNEAD_OK);
}

static void build_world(void)
{
    unsigned space[SPACES];
    world_region = carve(2 << 20);
    world_pool = make_region_pool();
    first_slot = world_pool;
    unsigned inner = make_in(world_pool, ENNEAD_TYPE_POOL, 16), region = new_slot();
    window(region, 1, 0, 0);
    with_cap(world_pool);
    assert_int_equal(op(ram_slot(), ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, FIELDS(4 << 20, 0x10000)), ENNEAD_OK);
    claim_irq();
    for (unsigned i = 0; i < 3; i++) {
        make_here(ENNEAD_TYPE_ENDPOINT);
        make_in(inner, ENNEAD_TYPE_NOTIFICATION, 0);
    }
    unsigned endpoint = make_here(ENNEAD_TYPE_ENDPOINT);
    for (unsigned i = 0; i < SPACES; i++)
        space[i] = make_here(ENNEAD_TYPE_SPACE);
    map_some(space[0], region);
    for (unsigned i = 0; i < SPACES; i++)
        set_handlers(space[i], endpoint);
    for (unsigned i = 0; i < THREADS; i++)
        start_thread(i, space[i % SPACES]);
    for (unsigned i = 0; i < SPACES; i++)
        furnish(space[i], slot_of_thread(thread_of(object_at(thread_slot[THREADS - 1]))) + 2);
}

/* ---- steps ---- */

static uint64_t random_value(void)
{
    switch (below(9)) {
    case 0:
        return random64();
    case 1:
        return UINT64_MAX - below(4096);
    case 2:
        return 0x30000000 + below(16) * 0x1000;
    case 3:
        return 0x20000000 + below(32) * 0x800;
    case 4:
        return (uint64_t)1 << below(64);
    case 5:
        return 12 + below(6);
    case 6:
        return below(5) * 0x1000;
    default:
        return below(64);
    }
}

static void random_items(struct thread *thread, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct ennead_item item = {
            .kind = one_in(20) ? (uint8_t)random64() : (uint8_t)(1 + below(3)),
            .flags = one_in(3) ? ENNEAD_ITEM_GRANT : 0,
            .rights = one_in(3) ? (uint8_t)random64() : ENNEAD_RIGHTS_ALL,
            .badge = one_in(6) ? below(9) : 0,
            .order_log2 = one_in(8) ? (uint8_t)random64() : 12,
            .offset = one_in(3) ? random_value() : below(16) * 0x1000u,
        };
        item.base = item.kind == ENNEAD_ITEM_PAGE ? 0x30000000 + below(8) * 0x1000u : 8 + below(60);
        if (one_in(10))
            item.base = random_value();
        thread->utcb->items[i] = item;
    }
}

static void random_window(struct thread *thread)
{
    thread->utcb->window = (struct ennead_window){
        .cap_base = one_in(8) ? (uint32_t)random64() : 60 + below(60),
        .cap_count = below(4),
        .mem_base = 0x40000000 + below(16) * 0x1000u,
        .mem_order_log2 = one_in(3)   ? 0
                          : one_in(6) ? (uint32_t)random64()
                                      : 20,
    };
}

static unsigned operations_of(unsigned type)
{
    static const uint8_t count[] = {
        [ENNEAD_TYPE_REGION] = 9,        [ENNEAD_TYPE_POOL] = 4,         [ENNEAD_TYPE_SPACE] = 11,
        [ENNEAD_TYPE_THREAD] = 11,       [ENNEAD_TYPE_NOTIFICATION] = 8, [ENNEAD_TYPE_IRQ] = 6,
        [ENNEAD_TYPE_SCHED_CONTEXT] = 5, [ENNEAD_TYPE_REPLY] = 1};
    return type < sizeof count && count[type] ? count[type] : 8;
}

/* Deleting is rarer than life. */
static bool is_violent(unsigned type, unsigned operation)
{
    return (type == ENNEAD_TYPE_POOL && operation >= ENNEAD_POOL_DESTROY) ||
           (type == ENNEAD_TYPE_REGION && operation == ENNEAD_REGION_REVOKE) ||
           (type == ENNEAD_TYPE_SPACE && (operation == ENNEAD_SPACE_DELETE || operation == ENNEAD_SPACE_REVOKE)) ||
           (type == ENNEAD_TYPE_THREAD && operation == ENNEAD_THREAD_STOP);
}

static unsigned random_phases(void)
{
    static const uint8_t phases[] = {ENNEAD_CALL, ENNEAD_CALL,  ENNEAD_CALL,       ENNEAD_SEND,       ENNEAD_RECV,
                                     ENNEAD_RECV, ENNEAD_REPLY, ENNEAD_REPLY_RECV, ENNEAD_REPLY_RECV, ENNEAD_STORE};
    unsigned result = phases[below(sizeof phases)];
    return one_in(3) ? result | ENNEAD_POLL : one_in(100) ? below(256) : result;
}

static void random_call(unsigned on)
{
    struct thread *thread = host_current(on);
    unsigned phases = random_phases(), slot = 8 + below(56);
    if (phases & (ENNEAD_RECV | ENNEAD_STORE))
        slot = one_in(2) ? 14 + below(8) : 60 + below(60);
    struct node *node = space_slot(thread->space, slot);
    unsigned type = node && node->kind == NODE_CAP ? node->object->type : 40, operation = below(operations_of(type));
    if (is_violent(type, operation) && !one_in(12))
        operation = ENNEAD_OP_DESCRIBE;
    unsigned protocol = one_in(30) ? below(256) : type, items = below(one_in(3) ? ENNEAD_MSG_ITEMS + 1 : 2);
    unsigned words = one_in(4) ? below(20) : 4 * ENNEAD_FIELD_WORDS;
    ennead_word word[ENNEAD_MSG_REG_WORDS];
    for (unsigned i = 0; i < 16; i++)
        thread->utcb->words[i] = (ennead_word)random_value();
    memcpy(word, thread->utcb->words, sizeof word);
    random_items(thread, items);
    random_window(thread);
    host_ipc(on, (ennead_word)slot << ENNEAD_TARGET_SHIFT | phases, ENNEAD_TAG(protocol, operation, words, items),
             word);
    calls++;
}

/* Root, when it runs because all others wait: stir them. */
static void stir(void)
{
    unsigned slot = thread_slot[below(THREADS)];
    struct node *node = space_slot(root->space, slot);
    static const uint8_t choice[] = {ENNEAD_THREAD_CANCEL, ENNEAD_THREAD_RESUME, ENNEAD_THREAD_STOP,
                                     ENNEAD_THREAD_START};
    cpu = 0;
    if (node->kind == NODE_CAP && node->object->type == ENNEAD_TYPE_THREAD)
        (void)op(slot, ENNEAD_TYPE_THREAD, choice[below(4)], FIELDS(0x1000, 0x2000, 3));
}

static void note_result(struct thread *thread)
{
    if (thread->space && thread->state == ENNEAD_THREAD_READY && !thread->again) {
        by_status[thread->context.status & 63]++;
        successes += thread->context.status == 0;
    }
}

static void touch_memory(unsigned on)
{
    uint64_t value, address = 0x30000000 + below(0x8000);
    if (one_in(3))
        address = 0x40000000 + below(0x10000);
    address &= ~7ull;
    if (one_in(2))
        (void)host_load(on, (ennead_word)address, &value);
    else
        (void)host_store(on, (ennead_word)address, 1);
}

static void step(void)
{
    unsigned on = below(CPUS);
    struct thread *thread;
    if (one_in(10))
        host_preempt_at(1 + below(5));
    if (one_in(6))
        host_advance_ns(below(200000));
    else if (one_in(20))
        host_raise_irq(4);
    thread = host_current(on);
    if (!thread && host_current(0) == root)
        thread = root;
    if (!thread)
        return;
    if (thread == root)
        stir();
    else if (one_in(12))
        touch_memory(on);
    else if (one_in(40))
        host_exception(on, ENNEAD_EXCEPTION_ILLEGAL);
    else if (one_in(20))
        host_use_fpu(on, random64());
    else if (thread->utcb)
        random_call(on), note_result(thread);
    host_preempt_at(0);
}

static void end_world(void)
{
    sched_priority_changed(root, ENNEAD_PRIORITIES - 1);
    host_advance_ns(0);
    preempt();
    assert_ptr_equal(host_current(0), root);
    cpu = 0;
    assert_int_equal(delete_slot(world_region), ENNEAD_OK);
}

static uint64_t boot_pool_free(void)
{
    return CONTAINER_OF(object_at(ENNEAD_ROOT_POOL), struct pool, object)->free_bytes;
}

static unsigned worlds = 40, steps = 3000;
static uint64_t first_seed = 1;
static enum host_mmu kind;

static void run_world(uint64_t seed)
{
    struct host_config config = {.cpus = CPUS, .ram_bytes = 16 << 20, .mmu = kind};
    state_of_random = seed * 0x9e3779b97f4a7c15ull + 1;
    machine_on_with(&config);
    uint64_t before = boot_pool_free();
    build_world();
    root->priority = 1;
    for (unsigned i = 0; i < steps; i++) {
        step();
        if (i % 16 == 0)
            check_invariants();
    }
    end_world();
    check_invariants();
    assert_int_equal(boot_pool_free(), before);
    for (unsigned slot = first_slot; slot < first_slot + 20; slot++)
        assert_int_equal(space_slot(root->space, slot)->kind, NODE_EMPTY);
    host_power_off();
}

static void random_worlds_end_clean(void **state)
{
    (void)state;
    CLAUSES("END-2", "POL-3");
    for (uint64_t seed = first_seed; seed < first_seed + worlds; seed++) {
        fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
        run_world(seed);
    }
    printf("%u calls, %u returned at once with status OK\n", calls, successes);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(random_worlds_end_clean)};
    kind = argc > 1 ? (enum host_mmu)atoi(argv[1]) : HOST_MMU_TABLE;
    worlds = argc > 2 ? (unsigned)atoi(argv[2]) : worlds;
    first_seed = argc > 3 ? strtoull(argv[3], NULL, 10) : first_seed;
    steps = argc > 4 ? (unsigned)atoi(argv[4]) : steps;
    return RUN("random", tests);
}
