/*
 * The benchmark: lines `bench NAME VALUE`, nanoseconds per operation, which are instructions under -icount shift=0.
 * Everything goes through the stubs that any component uses, loop included.
 */
#include <bench_client.h>
#include <ennead/start.h>
#include <ennead/text.h>
#include <ennead/thread.h>
#include <notification_client.h>
#include <pool_client.h>
#include <process_client.h>
#include <region_client.h>
#include <space_client.h>

#define ROUNDS      1000u
#define BENCH_WORDS 16u /* the echo's operation for any words */

static uint32_t echo, clock, space, pool, ram, spare, first, second;
static uint64_t empty_ns; /* reading the clock twice */

static void put(const char *text)
{
    for (; *text != '\0'; text++)
        ennead_must(region_store(ennead_grant("debug"), 0, 1, (uint8_t)*text), "printing");
}

static uint64_t now(void)
{
    static struct notification_describe_out about; /* not cleared each time: that may take the FPU's registers */
    ennead_must(notification_describe(clock, &about), "reading the clock");
    return about.now_ns;
}

static void report(const char *name, uint64_t start, uint64_t end)
{
    char line[80];
    uint64_t each = (end - start - empty_ns + ROUNDS / 2) / ROUNDS;
    text_format(line, sizeof line, "bench %s %llu\n", name, (unsigned long long)each);
    put(line);
}

/* Run it a few times first: caches of translations are warm then, as in any server's life. */
#define MEASURE(name, statement)                                                                                       \
    do {                                                                                                               \
        for (unsigned i = 0; i < 8; i++)                                                                               \
            statement;                                                                                                 \
        uint64_t start = now();                                                                                        \
        for (unsigned i = 0; i < ROUNDS; i++)                                                                          \
            statement;                                                                                                 \
        report(name, start, now());                                                                                    \
    } while (0)

static void check(enum ennead_error error)
{
    if (error != ENNEAD_OK)
        ennead_give_up("a measured operation failed", error);
}

static void call_four(void)
{
    struct bench_four_out out;
    check(bench_four(echo, 1, 2, 3, 4, &out));
}

static void call_words(unsigned words)
{
    const ennead_word none[ENNEAD_MSG_REG_WORDS] = {0};
    struct ennead_msg msg = ennead_call(echo, ENNEAD_TAG(BENCH_PROTOCOL, BENCH_WORDS, words, 0), none);
    check(ennead_outcome(&msg));
}

/* The same loop for all that is compared. */
static __attribute__((noinline)) void measure_null_call(const char *name)
{
    MEASURE(name, check(bench_null(echo)));
}

static void measure_calls(void)
{
    measure_null_call("call_reply_0w");
    MEASURE("call_reply_4w", call_four());
    MEASURE("call_reply_24w", call_words(24));
    MEASURE("call_reply_60w", call_words(60));
    MEASURE("call_reply_120w", call_words(120));
    MEASURE("call_cap_delete", check(bench_take(echo, ennead_item_cap(clock, ENNEAD_RIGHTS_ALL, 0))));
}

/* ---- the FPU in others' hands ---- */

#define PRIORITY 20u

static struct ennead_thread calculator;
static _Alignas(16) char calculator_stack[4096];
static bool is_owned;

/* The owner of the unit from now on: it never runs again. */
static void calculate(void *argument)
{
    const uint32_t *nowhere = argument;
    is_owned = ennead_touch_fpu();
    check(notification_signal(first, 1));
    for (;;)
        ennead_recv(*nowhere);
}

/*
 * Client and server do not touch the unit: that it belongs to somebody does not show in what they cost. No row where
 * there is none.
 */
static void measure_beside_fpu(void)
{
    static uint32_t nowhere;
    uint64_t bits;
    nowhere = ennead_new_slot();
    check(pool_make(pool, ENNEAD_TYPE_ENDPOINT, 0, nowhere));
    struct ennead_thread_plan plan = {.entry = calculate,
                                      .argument = &nowhere,
                                      .stack_top = calculator_stack + sizeof calculator_stack,
                                      .utcb_address = ENNEAD_MAP_BASE + 0x100000,
                                      .priority = PRIORITY};
    check(thread_utcb_page(plan.utcb_address));
    check(thread_create(&calculator, &plan));
    check(notification_wait(first, &bits));
    if (is_owned)
        measure_null_call("call_reply_0w_fpu_owned");
}

static void poll(void)
{
    uint64_t bits;
    check(notification_poll(clock, &bits));
}

static void copy_delete(void)
{
    check(space_delegate(space, spare, ennead_item_cap(clock, ENNEAD_RIGHTS_ALL, 0)));
    check(space_delete(space, spare));
}

static void map_unmap(unsigned order)
{
    check(region_map(ram, 0, order, ENNEAD_RIGHT_READ, 0, ENNEAD_MAP_BASE, order));
    check(space_unmap(space, ENNEAD_MAP_BASE));
}

/* Each page is missed once: the MMU's cache of translations is filled, and what it holds forgotten again. */
static void map_touch_unmap(unsigned order, unsigned page)
{
    check(region_map(ram, 0, order, ENNEAD_RIGHT_READ, 0, ENNEAD_MAP_BASE, order));
    for (ennead_word at = 0; at >> order == 0; at += (ennead_word)1 << page)
        (void)*(const volatile uint8_t *)(ENNEAD_MAP_BASE + at);
    check(space_unmap(space, ENNEAD_MAP_BASE));
}

static unsigned page_order(void)
{
    unsigned order = 0;
    struct region_describe_out about = {0};
    ennead_must(region_describe(ram, &about), "asking for page sizes");
    while ((about.page_sizes >> order & 1) == 0)
        order++;
    return order;
}

static void make_delete(unsigned type)
{
    check(pool_make(pool, type, 0, spare));
    check(space_delete(space, spare));
}

static void measure_objects(void)
{
    unsigned page = page_order();
    MEASURE("null_object_call", poll());
    MEASURE("cap_copy_delete", copy_delete());
    MEASURE("map_unmap_page", map_unmap(page));
    MEASURE("map_unmap_256k", map_unmap(18));
    MEASURE("map_touch_unmap_page", map_touch_unmap(page, page));
    MEASURE("map_touch_unmap_256k", map_touch_unmap(18, page));
    MEASURE("endpoint_make_delete", make_delete(ENNEAD_TYPE_ENDPOINT));
    MEASURE("thread_make_delete", make_delete(ENNEAD_TYPE_THREAD));
}

static void signal_wait(void)
{
    uint64_t bits;
    check(notification_signal(first, 1));
    check(notification_wait(second, &bits));
}

static void measure_ping_pong(void)
{
    check(bench_notification(echo, 0, ennead_item_cap(first, ENNEAD_RIGHTS_ALL, 0)));
    check(bench_notification(echo, 1, ennead_item_cap(second, ENNEAD_RIGHTS_ALL, 0)));
    check(bench_pingpong(echo, ROUNDS + 8));
    MEASURE("signal_wait_pingpong", signal_wait());
}

int main(void)
{
    echo = ennead_grant("echo");
    clock = ennead_grant("clock");
    space = ennead_grant("space");
    pool = ennead_grant("pool");
    ram = ennead_grant("ram");
    first = ennead_grant("first");
    second = ennead_grant("second");
    spare = ennead_new_slot();
    now();
    uint64_t start = now();
    empty_ns = now() - start;
    measure_calls();
    measure_beside_fpu();
    measure_objects();
    measure_ping_pong();
    ennead_must(process_poweroff(ennead_grant("root.control"), 0), "powering off");
    return 0;
}
