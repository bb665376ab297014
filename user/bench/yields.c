/* Two threads of one priority, in two spaces, that yield to each other: this program's second one, and the echo. */
#include "bench.h"
#include <bench_client.h>
#include <ennead/thread.h>
#include <notification_client.h>
#include <sched_client.h>
#include <thread_client.h>

#define ROUNDS 200u

static struct ennead_thread yielder;
static _Alignas(16) char yielder_stack[8192];

/* Two yields and two switches. */
static __attribute__((noipa)) ROW(yield_pair)
{
    uint32_t own = yielder.sched_slot;
    do {
        check(sched_yield(own));
    } while (--rounds > 0);
}

static void begin(unsigned rounds)
{
    check(bench_yields(bench.echo, rounds));
}

static void run(void *argument)
{
    static const struct row row = {"yield_pair", row_yield_pair, ROUNDS, 5, begin, NULL};
    (void)argument;
    measure(&row);
    check(notification_signal(bench.first, 1));
    check(thread_stop(yielder.thread_slot));
}

void measure_yields(void)
{
    uint64_t bits;
    struct ennead_thread_plan plan = {.entry = run,
                                      .stack_top = yielder_stack + sizeof yielder_stack,
                                      .utcb_address = YIELDER_BASE,
                                      .priority = bench.priority};
    check(thread_utcb_page(plan.utcb_address));
    check(thread_create(&yielder, &plan));
    check(notification_wait(bench.first, &bits));
}
