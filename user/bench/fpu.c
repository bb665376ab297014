/* A thread that owns the FPU from its first instruction on, and never runs again. */
#include "bench.h"
#include <ennead/thread.h>
#include <notification_client.h>
#include <pool_client.h>

static struct ennead_thread calculator;
static _Alignas(16) char calculator_stack[4096];
static uint32_t nowhere, is_owned;

static void calculate(void *argument)
{
    (void)argument;
    (void)ennead_touch_fpu();
    check(notification_signal(is_owned, 1));
    for (;;)
        ennead_recv(nowhere);
}

/* On a processor without the unit nobody owns anything. */
void own_fpu(unsigned rounds)
{
    uint64_t bits;
    (void)rounds;
    if (nowhere != 0)
        return;
    nowhere = ennead_new_slot();
    is_owned = ennead_new_slot();
    check(pool_make(bench.pool, ENNEAD_TYPE_ENDPOINT, 0, nowhere));
    check(pool_make(bench.pool, ENNEAD_TYPE_NOTIFICATION, 0, is_owned));
    struct ennead_thread_plan plan = {.entry = calculate,
                                      .stack_top = calculator_stack + sizeof calculator_stack,
                                      .utcb_address = BUFFERS_BASE,
                                      .priority = bench.priority};
    check(thread_utcb_page(plan.utcb_address));
    check(thread_create(&calculator, &plan));
    check(notification_wait(is_owned, &bits));
}
