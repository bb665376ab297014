/* The ABI, clause by clause, as user programs see it. */
#include "../harness/test.h"

extern const struct group group_ipc, group_reply, group_items, group_objects, group_threads, group_time, group_ends,
    group_spaces, group_faults;

const struct group *const test_groups[] = {&group_ipc,  &group_reply, &group_items,  &group_objects, &group_threads,
                                           &group_time, &group_ends,  &group_spaces, &group_faults,  NULL};
