/*
 * Time on RISC-V: the TIME counter, which is the same on every CPU, and each CPU's timer: a register of its own (Sstc),
 * or the firmware's. Interrupts off.
 */
#ifndef PLATFORM_RISCV_CLOCK_H
#define PLATFORM_RISCV_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* has_register: all CPUs have Sstc. */
void riscv_clock_init(uint32_t hz, bool has_register);
void riscv_clock_set(unsigned cpu, uint64_t deadline_ns);
/* After the timer's interrupt: was it the deadline's? If it is still ahead, the timer is set again. */
bool riscv_clock_expired(unsigned cpu);

#endif
