/* Conformance of a port: traps, MMU, registers, FPU, timer, interrupts, processors. */
#include "../harness/test.h"

extern const struct group group_traps, group_memory, group_registers, group_processors, group_interrupts;

const struct group *const test_groups[] = {&group_traps,      &group_memory,     &group_registers,
                                           &group_processors, &group_interrupts, NULL};
