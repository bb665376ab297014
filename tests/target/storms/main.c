/* All that may take the kernel long, beside others that want it and with interrupts in between: what it does between
 * two looks at interrupts is measured from outside (tools/plugin/latency). */
#include "../harness/test.h"

extern const struct group group_mappings, group_ends, group_items, group_chains, group_deadlines;

const struct group *const test_groups[] = {&group_mappings, &group_ends,      &group_items,
                                           &group_chains,   &group_deadlines, NULL};
