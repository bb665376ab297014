/* What makes a port forget translations and fetch new code, for the plugin that checks it: memory of the conformance
 * tests, and what is only done here. */
#include "../harness/test.h"

extern const struct group group_memory, group_spaces;

const struct group *const test_groups[] = {&group_memory, &group_spaces, NULL};
