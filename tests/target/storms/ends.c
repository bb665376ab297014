/* The ends of what has much below it. */
#include "storms.h"

#define THREADS 1000u
#define DEPTH   50u

static unsigned state_in(uint32_t thread)
{
    struct thread_describe_out about = {0};
    CHECK_OK(thread_describe(thread, &about));
    return (unsigned)about.state;
}

TEST(an_endpoint_with_a_thousand_waiters_deleted, CLAUSES("END-1", "FLT-1"))
{
    uint32_t pool = storm_pool(), space = make_bare_space(), endpoint = make(ENNEAD_TYPE_ENDPOINT);
    uint32_t first = faulting_threads(pool, space, endpoint, THREADS);
    CHECK_IS(state_in(first), ENNEAD_THREAD_SENDING);
    CHECK_IS(state_in(first + THREADS - 1), ENNEAD_THREAD_SENDING);
    noise_start();
    disturb();
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, endpoint));
    noise_end();
    CHECK_IS(state_in(first), ENNEAD_THREAD_STOPPED);
    CHECK_IS(state_in(first + THREADS - 1), ENNEAD_THREAD_STOPPED);
}

TEST(a_space_with_a_thousand_threads_destroyed, CLAUSES("SPC-9"))
{
    uint32_t pool = storm_pool(), space = make_bare_space(), endpoint = make(ENNEAD_TYPE_ENDPOINT);
    uint32_t first = faulting_threads(pool, space, endpoint, THREADS);
    noise_start();
    disturb();
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, space));
    noise_end();
    CHECK_IS(state_in(first + THREADS - 1), ENNEAD_THREAD_STOPPED);
}

/* Objects of every kind until there is no memory left for the smallest. */
static unsigned fill(uint32_t pool)
{
    static const uint8_t types[] = {ENNEAD_TYPE_SPACE,         ENNEAD_TYPE_THREAD,   ENNEAD_TYPE_NOTIFICATION,
                                    ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_TYPE_ENDPOINT, ENNEAD_TYPE_POOL};
    unsigned made = 0;
    for (unsigned i = 0; i < sizeof types; i++) {
        while (made < 900 && pool_make(pool, types[i], 14, new_slot()) == ENNEAD_OK)
            made++;
    }
    return made;
}

TEST(a_full_pool_destroyed, CLAUSES("POL-6"))
{
    uint32_t pool = make_from(storm_pool(), ENNEAD_TYPE_POOL, 20);
    CHECK(fill(pool) > 20);
    noise_start();
    disturb();
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, pool));
    noise_end();
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, pool), ENNEAD_TYPE_NONE);
}

TEST(a_pool_made_and_cleared, CLAUSES("REG-5", "POL-7"))
{
    noise_start();
    disturb();
    uint32_t pool = storm_pool(), part = make_from(pool, ENNEAD_TYPE_POOL, 22);
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, part));
    noise_end();
}

/* Each below the one before, and at the end a whole table of copies. */
TEST(a_deep_tree_revoked, CLAUSES("SPC-3", "ITM-10"))
{
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT), last = endpoint;
    for (unsigned i = 0; i < DEPTH; i++)
        last = derive(last, ALL, 0);
    for (unsigned i = 0; i < 500; i++)
        (void)derive(last, ALL, 0);
    noise_start();
    disturb();
    CHECK_OK(space_revoke(ENNEAD_ROOT_SPACE, endpoint));
    noise_end();
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, last), ENNEAD_TYPE_NONE);
}

/* Each region within the one before: whoever makes something at the end goes up all of them. */
TEST(regions_within_regions, CLAUSES("REG-2", "END-3"))
{
    uint32_t outer = new_slot(), region = outer, pool = storm_pool();
    uint64_t bytes = DEPTH * PAGE + PAGE;
    CHECK_OK(region_carve(harness.ram, 0, bytes, pool, outer));
    noise_start();
    disturb();
    for (unsigned i = 0; i < DEPTH - 4; i++) {
        uint32_t inner = new_slot();
        bytes -= PAGE;
        CHECK_OK(region_carve(region, 0, bytes, pool, inner));
        region = inner;
    }
    uint64_t at = new_range(12);
    CHECK_OK(region_map(region, 0, 12, READ, 0, at, 12));
    CHECK_OK(region_revoke(outer));
    noise_end();
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, region), ENNEAD_TYPE_NONE);
}

GROUP(ends, RUN(an_endpoint_with_a_thousand_waiters_deleted), RUN(a_space_with_a_thousand_threads_destroyed),
      RUN(a_full_pool_destroyed), RUN(a_pool_made_and_cleared), RUN(a_deep_tree_revoked), RUN(regions_within_regions));
