/*
 * The local APIC of each CPU: its interrupts' end, its timer, interprocessor interrupts. Acts on the CPU that
 * calls, interrupts off; no lock.
 */
#ifndef PLATFORM_LAPIC_H
#define PLATFORM_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

void lapic_map(uint64_t phys); /* once, before all else */
void lapic_init_cpu(void);
uint8_t lapic_id(void);
void lapic_eoi(void);
void lapic_send(uint8_t apic_id, uint8_t vector);
void lapic_send_self(uint8_t vector);
/* Start a halted CPU in real mode at `page` (below 1 MiB). Takes 10 ms. */
void lapic_start(uint8_t apic_id, uint32_t page);
/* The timer counts down from `ticks` once; 0 stops it. */
void lapic_timer_set(uint32_t ticks);
uint32_t lapic_timer_left(void);

/* The clock: the time-stamp counter, which all CPUs share, and its rate and the timer's against the ACPI timer. */
void x86_clock_init(uint16_t pm_timer_port);
/* Interrupt this CPU at `deadline_ns`; ~0: never. x86_clock_expired() says if that is what an interrupt was. */
void x86_clock_set(unsigned cpu, uint64_t deadline_ns);
bool x86_clock_expired(unsigned cpu);

#endif
