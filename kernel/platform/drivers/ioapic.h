/* The I/O APIC: wired interrupt sources, one entry each. Kernel lock held, interrupts off. */
#ifndef PLATFORM_IOAPIC_H
#define PLATFORM_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

void ioapic_map(uint64_t phys);
unsigned ioapic_sources(void);
/* Wire source to `vector` on the CPU with this APIC id, masked. */
void ioapic_route(unsigned source, uint8_t vector, uint8_t apic_id, bool level, bool active_low);
void ioapic_mask(unsigned source, bool masked);

#endif
