/* Kernel objects and capabilities. */
#include "bench.h"
#include <notification_client.h>
#include <pool_client.h>
#include <space_client.h>

#define ROUNDS   200u
#define CHILDREN 1000u

static __attribute__((noipa)) ROW(null_object_call)
{
    uint32_t clock = bench.clock;
    do {
        uint64_t bits;
        check(notification_poll(clock, &bits));
    } while (--rounds > 0);
}

static __attribute__((noipa)) ROW(copy_delete_cap)
{
    uint32_t space = bench.space, slot = bench.slots, clock = bench.clock;
    do {
        check(space_delegate(space, slot, ennead_item_cap(clock, ENNEAD_RIGHTS_ALL, 0)));
        check(space_delete(space, slot));
    } while (--rounds > 0);
}

static inline __attribute__((always_inline)) void make_delete(unsigned type, unsigned rounds)
{
    uint32_t space = bench.space, slot = bench.slots, pool = bench.pool;
    do {
        check(pool_make(pool, type, 0, slot));
        check(space_delete(space, slot));
    } while (--rounds > 0);
}

static __attribute__((noipa)) ROW(endpoint_create_delete)
{
    make_delete(ENNEAD_TYPE_ENDPOINT, rounds);
}

static __attribute__((noipa)) ROW(thread_create_delete)
{
    make_delete(ENNEAD_TYPE_THREAD, rounds);
}

static __attribute__((noipa)) ROW(space_create_delete)
{
    make_delete(ENNEAD_TYPE_SPACE, rounds);
}

/* A capability, and as many derived from it, each in a slot of its own. */
static void derive(unsigned rounds)
{
    (void)rounds;
    check(space_delegate(bench.space, bench.slots, ennead_item_cap(bench.clock, ENNEAD_RIGHTS_ALL, 0)));
    for (uint32_t i = 1; i <= CHILDREN; i++)
        check(space_delegate(bench.space, bench.slots + i, ennead_item_cap(bench.slots, ENNEAD_RIGHTS_ALL, 0)));
}

static __attribute__((noipa)) ROW(revoke_1000)
{
    uint32_t space = bench.space, slot = bench.slots;
    do {
        check(space_revoke(space, slot));
    } while (--rounds > 0);
}

static void end(unsigned rounds)
{
    (void)rounds;
    check(space_delete(bench.space, bench.slots));
}

const struct row object_rows[] = {
    {"null_object_call", row_null_object_call, ROUNDS, 5, NULL, NULL},
    {"copy_delete_cap", row_copy_delete_cap, ROUNDS, 5, NULL, NULL},
    {"endpoint_create_delete", row_endpoint_create_delete, ROUNDS, 5, NULL, NULL},
    {"thread_create_delete", row_thread_create_delete, ROUNDS, 5, NULL, NULL},
    {"space_create_delete", row_space_create_delete, 8, 3, NULL, NULL},
    {"revoke_1000", row_revoke_1000, 1, 3, derive, end},
};
const unsigned object_row_count = sizeof object_rows / sizeof object_rows[0];
