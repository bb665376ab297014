/* Long chains of calls. */
#include "storms.h"

#define CHAIN 24u

static struct actor *link_actor[CHAIN];
static uint32_t link_endpoint[CHAIN + 1];

/* Each has called the next, on the first one's time. */
static void make_chain(void)
{
    for (unsigned i = 0; i <= CHAIN; i++)
        link_endpoint[i] = make(ENNEAD_TYPE_ENDPOINT);
    for (unsigned i = 0; i < CHAIN; i++) {
        link_actor[i] = new_actor((struct plan){0});
        if (i > 0)
            CHECK(!actor_ask(link_actor[i], link_endpoint[i], ENNEAD_RECV, 0, 0, 0));
    }
    for (unsigned i = 0; i < CHAIN; i++) {
        CHECK(!actor_ask(link_actor[i], link_endpoint[i + 1], ENNEAD_CALL, MESSAGE(ENNEAD_MSG_REG_WORDS), i, 0));
        if (i + 1 < CHAIN)
            CHECK_OK(status(link_actor[i + 1]));
    }
}

static void end_chain(unsigned at)
{
    make_chain();
    disturb();
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, link_actor[at]->thread));
    settle();
    if (at > 0)
        CHECK_IS(status(link_actor[at - 1]), ENNEAD_DEAD);
    start_over();
}

TEST(a_chain_of_calls_ends_anywhere, CLAUSES("REP-6", "TIM-7"))
{
    end_chain(0);
    end_chain(CHAIN / 2);
    end_chain(CHAIN - 1);
}

/* From the first on: each ends what the next one waits for. */
TEST(a_chain_of_calls_ends_link_by_link, CLAUSES("REP-6", "END-1"))
{
    make_chain();
    disturb();
    for (unsigned i = 0; i <= CHAIN; i++)
        CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, link_endpoint[i]));
    settle();
    CHECK_IS(status(link_actor[CHAIN - 1]), ENNEAD_DEAD);
}

GROUP(chains, RUN(a_chain_of_calls_ends_anywhere), RUN(a_chain_of_calls_ends_link_by_link));
