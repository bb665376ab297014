/* Ten thousand deadlines at one time, and budgets that end together. */
#include "storms.h"

#define DEADLINES 10000u
#define FIRST     100u /* in the table of the space that has them */
#define ITS_POOL  10u
#define ITS_DONE  11u
#define LEAD_NS   200000000u
#define SPENDERS  20u
#define BUDGET_NS 100000u
#define TURNS     50u

static volatile unsigned wrong;

/* Each is told with a bit of its own; all fall due together, while nobody waits. */
static void arm_all(void *argument)
{
    struct notification_describe_out about = {0};
    uint64_t bits;
    (void)argument;
    for (unsigned i = 0; i < DEADLINES; i++)
        wrong += pool_make(ITS_POOL, ENNEAD_TYPE_NOTIFICATION, 0, FIRST + i) != ENNEAD_OK;
    wrong += notification_describe(FIRST, &about) != ENNEAD_OK;
    for (unsigned i = 0; i < DEADLINES; i++)
        wrong += notification_arm(FIRST + i, about.now_ns + LEAD_NS, 1) != ENNEAD_OK;
    for (unsigned i = DEADLINES; i > 0; i--)
        wrong += notification_wait(FIRST + i - 1, &bits) != ENNEAD_OK || bits != 1;
    wrong += notification_signal(ITS_DONE, 1) != ENNEAD_OK;
}

TEST(ten_thousand_deadlines_at_once, CLAUSES("NTF-4", "NTF-1"))
{
    uint32_t pool = storm_pool(), space = make_space_from(pool), done = make(ENNEAD_TYPE_NOTIFICATION);
    uint64_t bits;
    for (unsigned slots = 0; slots < FIRST + DEADLINES; slots += 16 * ENNEAD_SLOTS_PER_PAGE)
        CHECK_OK(space_grow(space, ENNEAD_TABLE_SLOTS, 16));
    CHECK_OK(give(space, ITS_POOL, pool, ALL, 0));
    CHECK_OK(give(space, ITS_DONE, done, ALL, 0));
    wrong = 0;
    noise_start();
    new_actor((struct plan){.entry = arm_all, .space = space});
    CHECK_OK(notification_wait(done, &bits));
    noise_end();
    CHECK_IS(wrong, 0);
}

static void spend(void *argument)
{
    volatile unsigned *rounds = argument;
    for (;;)
        ++*rounds;
}

TEST(budgets_that_end_together, CLAUSES("TIM-2", "TIM-3"))
{
    static volatile unsigned rounds;
    uint64_t bits;
    rounds = 0;
    noise_start();
    for (unsigned i = 0; i < SPENDERS; i++) {
        struct actor *actor = new_actor((struct plan){.entry = spend, .argument = (void *)&rounds});
        CHECK_OK(sched_configure(actor->sched, BUDGET_NS, 2 * BUDGET_NS, i % harness.boot->cpus));
    }
    /* Each has its turn again when its budget has come back. */
    for (unsigned turns = 0; turns < TURNS || rounds == 0; turns++) {
        CHECK_OK(notification_arm(harness.clock, now_ns() + BUDGET_NS, 1));
        CHECK_OK(notification_wait(harness.clock, &bits));
    }
    noise_end();
}

GROUP(deadlines, RUN(ten_thousand_deadlines_at_once), RUN(budgets_that_end_together));
