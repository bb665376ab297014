/* Arm's power state coordination: starting CPUs and ending the machine by a call of the firmware. */
#ifndef PLATFORM_PSCI_H
#define PLATFORM_PSCI_H

#include <stdbool.h>
#include <stdint.h>

/* How it is called stands in the device tree. False: there is none, and nothing else here does anything. */
bool psci_init(void);
/* Start the CPU of that affinity at a physical address, with `argument` in its first register. */
bool psci_start_cpu(uint64_t affinity, uint64_t entry, uint64_t argument) __attribute__((warn_unused_result));
/* Returns only where it is not done. */
void psci_power_off(void);

#endif
