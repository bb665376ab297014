/*
 * Every allocation of a test fails once. Linked around the kernel's own functions (--wrap), so that the kernel has no
 * conditional for it: the pool's blocks that would do are hidden for the length of one system call. That call must say
 * NO_MEMORY and how many bytes are missing, and all kernel memory must be, byte for byte, what it was before. Then the
 * call is made again with the blocks back, and the test goes on: since nothing is different, one run of a test does for
 * all of its allocations, and whatever leaked or was left half-made would show in the comparison.
 */
#include "fixture.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void __real_invoke(struct thread *thread, struct node *cap, bool call);
void *__real_pool_allocate(struct pool *pool, unsigned order_log2);
struct object *__real_pool_make_object(struct pool *pool, unsigned type, unsigned order_log2);
struct pool *__real_pool_format(void *memory, uint64_t size_bytes);
void __wrap_invoke(struct thread *thread, struct node *cap, bool call);
void *__wrap_pool_allocate(struct pool *pool, unsigned order_log2);
struct object *__wrap_pool_make_object(struct pool *pool, unsigned type, unsigned order_log2);
struct pool *__wrap_pool_format(void *memory, uint64_t size_bytes);

/* ---- kernel memory: the pools made of RAM since the machine was switched on ---- */

static struct range {
    char *memory;
    size_t bytes;
    char *before;
} ranges[64];
static unsigned range_count;

static void forget_ranges(void)
{
    while (range_count)
        free(ranges[--range_count].before);
}

struct pool *__wrap_pool_format(void *memory, uint64_t size_bytes)
{
    bool inside = false;
    if (host.may_end) /* it boots */
        forget_ranges();
    for (unsigned i = 0; i < range_count; i++)
        inside |= (char *)memory >= ranges[i].memory && (char *)memory < ranges[i].memory + ranges[i].bytes;
    if (!inside) {
        assert_true(range_count < sizeof ranges / sizeof ranges[0]);
        ranges[range_count++] = (struct range){memory, (size_t)size_bytes, malloc((size_t)size_bytes)};
    }
    return __real_pool_format(memory, size_bytes);
}

/* ---- one that fails ---- */

static bool armed; /* the next allocation fails */
static struct pool *starved;
static unsigned wanted, injected;
static uint64_t missing;
static struct list hidden[POOL_ORDERS];

static void starve(struct pool *pool, unsigned order_log2)
{
    if (!armed)
        return;
    armed = false;
    starved = pool;
    wanted = order_log2 - POOL_ORDER_MIN;
    for (unsigned i = wanted; i < POOL_ORDERS; i++) {
        hidden[i] = pool->free[i];
        list_init(&pool->free[i]);
    }
    missing = ((uint64_t)1 << order_log2) - pool_largest_free(pool);
}

static void feed(void)
{
    for (unsigned i = wanted; i < POOL_ORDERS; i++) {
        assert_true(list_empty(&starved->free[i])); /* nothing was freed meanwhile */
        starved->free[i] = hidden[i];
    }
    starved = NULL;
}

void *__wrap_pool_allocate(struct pool *pool, unsigned order_log2)
{
    starve(pool, order_log2);
    return __real_pool_allocate(pool, order_log2);
}

struct object *__wrap_pool_make_object(struct pool *pool, unsigned type, unsigned order_log2)
{
    starve(pool, order_log2);
    return __real_pool_make_object(pool, type, order_log2);
}

/* ---- the call around it ---- */

/* What there is besides pools. */
struct outside {
    struct cpu cpus[ENNEAD_CPUS_MAX];
    struct arch_context context;
    uint8_t irq_masked[sizeof host.irq_masked];
    uint8_t msi_used[sizeof host.msi_used];
    bool call;
};

static void note(struct outside *outside, const struct thread *thread)
{
    memset(outside, 0, sizeof *outside);
    memcpy(outside->cpus, cpus, sizeof cpus);
    memcpy(&outside->context, &thread->context, sizeof thread->context);
    memcpy(outside->irq_masked, host.irq_masked, sizeof host.irq_masked);
    memcpy(outside->msi_used, host.msi_used, sizeof host.msi_used);
    outside->call = thread->call;
}

static void put_back(const struct outside *outside, struct thread *thread)
{
    memcpy(&thread->context, &outside->context, sizeof thread->context);
    thread->call = outside->call;
}

static void check_answer(const struct thread *thread, bool call)
{
    assert_int_equal(thread->context.status, ENNEAD_OK);
    if (!call)
        return;
    assert_int_equal(ENNEAD_TAG_LABEL(thread->context.tag), ENNEAD_NO_MEMORY);
    assert_int_equal(ENNEAD_TAG_WORDS(thread->context.tag), ENNEAD_FIELD_WORDS);
    assert_int_equal(ENNEAD_TAG_ITEMS(thread->context.tag), 0);
    assert_true(message_field(thread, 0) == missing);
}

void __wrap_invoke(struct thread *thread, struct node *cap, bool call)
{
    static struct outside before, after;
    unsigned preempt_at = host.preempt_at, points = host.preemption_points;
    forget_hints();
    for (unsigned i = 0; i < range_count; i++)
        memcpy(ranges[i].before, ranges[i].memory, ranges[i].bytes);
    note(&before, thread);
    armed = true;
    __real_invoke(thread, cap, call);
    armed = false;
    if (!starved)
        return;
    feed();
    injected++;
    check_invariants();
    forget_hints();
    check_answer(thread, call);
    put_back(&before, thread);
    note(&after, thread);
    assert_memory_equal(&before, &after, sizeof before);
    for (unsigned i = 0; i < range_count; i++)
        assert_int_equal(memcmp(ranges[i].before, ranges[i].memory, ranges[i].bytes), 0);
    host.preempt_at = preempt_at;
    host.preemption_points = points;
    __real_invoke(thread, cap, call);
}

static void say(void)
{
    forget_ranges();
    printf("starved: %u allocations failed, once each\n", injected);
    (void)fflush(stdout);
    if (!injected)
        _Exit(1);
}

__attribute__((constructor)) static void at_the_end(void)
{
    (void)atexit(say);
}
