/* Attacks, each beside a client and a server that must not notice. */
#include "../harness/test.h"

extern const struct group group_attacks, group_storms, group_deaths;

const struct group *const test_groups[] = {&group_attacks, &group_storms, &group_deaths, NULL};
