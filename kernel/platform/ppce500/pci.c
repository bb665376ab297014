/* The PCI bridge: see pci.h. Registers as in the MPC8544E's manual, chapter on the PCI bus interface. */
#include "pci.h"
#include <ppc/ppc.h>
#include <stddef.h>

#define CONFIG_ADDRESS   0x0
#define CONFIG_DATA      0x4 /* in the bus's byte order, little-endian */
#define OUTBOUND_BUS     0xc20
#define OUTBOUND_BASE    0xc28
#define OUTBOUND_CONTROL 0xc30
#define OUTBOUND_MEMORY  0x80044000u /* enabled, reads and writes of memory; log2 of the size less one below */
#define INBOUND_LOCAL    0xde0
#define INBOUND_BASE     0xde8
#define INBOUND_CONTROL  0xdf0
#define INBOUND_MEMORY   0x80f44000u /* enabled, to this processor, not snooped; the size as above */
#define CCSR_LOG2        20u
#define DEVICES          32u
#define FUNCTION_BYTES   0x1000u /* of the space that is offered */
#define REGISTERS        0x100u  /* of which the bridge reaches these */
#define REG_ID           0x00u
#define REG_COMMAND      0x04u
#define REG_BAR0         0x10u
#define COMMAND_MEMORY   0x2u
#define PANIC_ID         0x00111b36u
#define PANIC_SIZE_4K    1u
#define PANICKED         0x1u

static void store(volatile uint8_t *bridge, unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)(bridge + offset) = value;
    ppc_sync();
}

BOOT_ONLY void pci_init(volatile uint8_t *bridge, uint64_t ccsr)
{
    store(bridge, OUTBOUND_CONTROL, 0);
    store(bridge, OUTBOUND_BUS, (uint32_t)(PCI_MEMORY >> 12));
    store(bridge, OUTBOUND_BASE, (uint32_t)(PCI_MEMORY >> 12));
    store(bridge, OUTBOUND_CONTROL, OUTBOUND_MEMORY | (uint32_t)(__builtin_ctzll(PCI_MEMORY_BYTES) - 1));
    store(bridge, INBOUND_CONTROL, 0);
    store(bridge, INBOUND_LOCAL, (uint32_t)(ccsr >> 12));
    store(bridge, INBOUND_BASE, (uint32_t)(ccsr >> 12));
    store(bridge, INBOUND_CONTROL, INBOUND_MEMORY | (CCSR_LOG2 - 1));
}

/* Where the register's data is found afterwards; NULL: the bridge does not reach it. */
static volatile void *select(volatile uint8_t *bridge, uint32_t offset, unsigned width)
{
    uint32_t function = offset / FUNCTION_BYTES, reg = offset % FUNCTION_BYTES;
    if (width > 4 || reg % width != 0 || reg >= REGISTERS)
        return NULL;
    store(bridge, CONFIG_ADDRESS, 0x80000000u | function << 8 | (reg & ~3u));
    return bridge + CONFIG_DATA + reg % 4;
}

bool pci_config_load(volatile uint8_t *bridge, uint32_t offset, unsigned width, uint64_t *value)
{
    volatile void *at = select(bridge, offset, width);
    if (!at)
        return false;
    *value = width == 1 ? *(volatile uint8_t *)at : width == 2 ? *(volatile uint16_t *)at : *(volatile uint32_t *)at;
    return true;
}

bool pci_config_store(volatile uint8_t *bridge, uint32_t offset, unsigned width, uint32_t value)
{
    volatile void *at = select(bridge, offset, width);
    if (!at)
        return false;
    if (width == 1)
        *(volatile uint8_t *)at = (uint8_t)value;
    else if (width == 2)
        *(volatile uint16_t *)at = (uint16_t)value;
    else
        *(volatile uint32_t *)at = value;
    ppc_sync();
    return true;
}

void pci_report_panic(volatile uint8_t *bridge, unsigned slot)
{
    for (unsigned device = 0; device < DEVICES; device++) {
        uint32_t function = device * 8 * FUNCTION_BYTES;
        uint64_t id = 0;
        if (!pci_config_load(bridge, function + REG_ID, 4, &id) || __builtin_bswap32((uint32_t)id) != PANIC_ID)
            continue;
        pci_config_store(bridge, function + REG_BAR0, 4, __builtin_bswap32((uint32_t)PCI_MEMORY));
        pci_config_store(bridge, function + REG_COMMAND, 4, __builtin_bswap32(COMMAND_MEMORY));
        *(volatile uint8_t *)window_map_device(slot, PCI_MEMORY, PANIC_SIZE_4K) = PANICKED;
        ppc_sync();
    }
}
