/* Time on Arm: the generic timer's counter, which is the same on every CPU, and each CPU's virtual timer. Interrupts
 * off. */
#ifndef PLATFORM_ARM_CLOCK_H
#define PLATFORM_ARM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

void arm_clock_init(void);
void arm_clock_set(unsigned cpu, uint64_t deadline_ns);
/* After the timer's interrupt, which it ends: was it the deadline's? If that is still to come, the timer is set again.
 */
bool arm_clock_expired(unsigned cpu);

#endif
