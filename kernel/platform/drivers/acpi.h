/* The few ACPI tables that a board needs before it has drivers: processors, interrupt wiring, power. For x86 boards. */
#ifndef PLATFORM_ACPI_H
#define PLATFORM_ACPI_H

#include <platform/platform.h>

struct acpi_override {
    uint8_t isa_irq;
    bool level;
    bool active_low;
    uint32_t source;
};

struct acpi_result {
    uint64_t lapic;
    uint64_t ioapic;
    unsigned cpu_count;
    uint8_t apic_ids[ENNEAD_CPUS_MAX];
    unsigned override_count;
    struct acpi_override overrides[16];
    uint16_t pm_timer; /* I/O ports */
    uint16_t pm_control;
    uint64_t ecam; /* PCI configuration space, 0 if there is none */
};
/* From the root pointer at `rsdp`. All tables must be below 4 GiB. Refuses a machine without MADT or FADT. */
void acpi_parse(uint64_t rsdp, struct acpi_result *result);

#endif
