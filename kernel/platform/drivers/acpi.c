/* ACPI tables, as of the ACPI specification 6.4, chapter 5. Reads physical memory through the direct map, at boot only.
 */
#include "acpi.h"
#include <arch/mmu.h>
#include <stddef.h>

struct __attribute__((packed)) rsdp {
    char signature[8];
    uint8_t checksum;
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
};

struct __attribute__((packed)) header {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem[26];
};
_Static_assert(sizeof(struct header) == 36, "an ACPI table's header");

enum madt_type { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2 };

static uint32_t get32(const uint8_t *at)
{
    uint32_t value;
    __builtin_memcpy(&value, at, sizeof(value));
    return value;
}

static uint64_t get64(const uint8_t *at)
{
    return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static bool sums_to_zero(const void *table, uint32_t length)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)table)[i]);
    return sum == 0;
}

static const struct header *find(const struct rsdp *rsdp, const char *signature)
{
    bool extended = rsdp->revision >= 2 && rsdp->xsdt != 0;
    const struct header *root = phys_to_virt(extended ? rsdp->xsdt : rsdp->rsdt);
    uint32_t width = extended ? 8 : 4;

    for (uint32_t at = sizeof(*root); at + width <= root->length; at += width) {
        const uint8_t *entry = (const uint8_t *)root + at;
        uint64_t phys = extended ? get64(entry) : get32(entry);
        if (phys == 0 || phys >> 32 != 0)
            continue;
        const struct header *table = phys_to_virt(phys);
        if (__builtin_memcmp(table->signature, signature, 4) == 0 && sums_to_zero(table, table->length))
            return table;
    }
    return NULL;
}

static void add_override(struct acpi_result *result, const uint8_t *entry)
{
    if (result->override_count == sizeof(result->overrides) / sizeof(result->overrides[0]))
        return;
    result->overrides[result->override_count++] = (struct acpi_override){
        .isa_irq = entry[3],
        .source = get32(entry + 4),
        .active_low = (entry[8] & 3) == 3,
        .level = (entry[8] >> 2 & 3) == 3,
    };
}

static void parse_madt(const struct header *madt, struct acpi_result *result)
{
    const uint8_t *table = (const uint8_t *)madt;

    result->lapic = get32(table + 36);
    for (uint32_t at = 44; at + 2 <= madt->length && table[at + 1] >= 2; at += table[at + 1]) {
        const uint8_t *entry = table + at;
        if (at + entry[1] > madt->length)
            break;
        if (entry[0] == MADT_LAPIC && (entry[4] & 1) && result->cpu_count < ENNEAD_CPUS_MAX)
            result->apic_ids[result->cpu_count++] = entry[3];
        if (entry[0] == MADT_IOAPIC && get32(entry + 8) == 0)
            result->ioapic = get32(entry + 4);
        if (entry[0] == MADT_OVERRIDE && entry[2] == 0)
            add_override(result, entry);
    }
}

void acpi_parse(uint64_t phys, struct acpi_result *result)
{
    const struct rsdp *rsdp = phys_to_virt(phys);

    *result = (struct acpi_result){0};
    if (phys == 0 || __builtin_memcmp(rsdp->signature, "RSD PTR ", 8) != 0)
        boot_refuse("no ACPI tables: start the machine with them (QEMU: without -no-acpi)");
    const struct header *madt = find(rsdp, "APIC");
    const struct header *fadt = find(rsdp, "FACP");
    const struct header *mcfg = find(rsdp, "MCFG");
    if (!madt || !fadt)
        boot_refuse("ACPI tables without MADT or FADT: use a firmware that has them");
    parse_madt(madt, result);
    result->pm_control = (uint16_t)get32((const uint8_t *)fadt + 64);
    result->pm_timer = (uint16_t)get32((const uint8_t *)fadt + 76);
    if (mcfg && mcfg->length >= 60)
        result->ecam = get64((const uint8_t *)mcfg + 44);
    if (result->lapic == 0 || result->ioapic == 0 || result->cpu_count == 0)
        boot_refuse("ACPI tables name no local APIC, I/O APIC or processor: use a firmware that does");
}
