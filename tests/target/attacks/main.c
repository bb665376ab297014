/* Attacks, each beside a client and a server that must not notice. */
#include "../harness/test.h"

extern const struct group group_attacks;

const struct group *const test_groups[] = {&group_attacks, NULL};
