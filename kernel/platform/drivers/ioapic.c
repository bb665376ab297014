/* The I/O APIC (82093AA data sheet). Owns DEVICE_SLOT_IOAPIC and the entries' low words, kept here to spare reads. */
#include "ioapic.h"
#include <x86/x86.h>

#define SOURCES_MAX   24u
#define ENTRY(source) (0x10 + 2 * (source))
#define MASKED        0x10000u
#define LEVEL         0x08000u
#define ACTIVE_LOW    0x02000u

static volatile uint32_t *registers;
static uint32_t entries[SOURCES_MAX];
static unsigned sources;

static void set(unsigned index, uint32_t value)
{
    registers[0] = index;
    registers[4] = value;
}

BOOT_ONLY void ioapic_map(uint64_t phys)
{
    registers = window_map_device(DEVICE_SLOT_IOAPIC, phys);
    registers[0] = 1; /* version: its third byte is the last entry */
    sources = (registers[4] >> 16 & 0xff) + 1;
    if (sources > SOURCES_MAX)
        sources = SOURCES_MAX;
}

unsigned ioapic_sources(void)
{
    return sources;
}

void ioapic_route(unsigned source, uint8_t vector, uint8_t apic_id, bool level, bool active_low)
{
    entries[source] = MASKED | (level ? LEVEL : 0) | (active_low ? ACTIVE_LOW : 0) | vector;
    set(ENTRY(source), entries[source]);
    set(ENTRY(source) + 1, (uint32_t)apic_id << 24);
}

void ioapic_mask(unsigned source, bool masked)
{
    entries[source] = masked ? entries[source] | MASKED : entries[source] & ~MASKED;
    set(ENTRY(source), entries[source]);
}
