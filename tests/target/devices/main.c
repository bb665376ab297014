/* Real devices that a machine was given for the test: see ennead_boot_test() in ../CMakeLists.txt. */
#include "../harness/test.h"

extern const struct group group_messages;

const struct group *const test_groups[] = {&group_messages, NULL};
