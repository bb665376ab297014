/* The PCI bridge: see pci.h. Registers as in the MPC8544E's manual, chapter on the PCI bus interface. */
#include "pci.h"
#include <ppc/ppc.h>

#define CONFIG_ADDRESS   0x0
#define CONFIG_DATA      0x4 /* little-endian, as the bus */
#define OUTBOUND_BUS     0xc20
#define OUTBOUND_BASE    0xc28
#define OUTBOUND_CONTROL 0xc30
#define OUTBOUND_MEMORY  0x80044000u /* enabled, reads and writes of memory; log2 of the size less one below */
#define DEVICES          32u
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

static void select(volatile uint8_t *bridge, unsigned device, unsigned reg)
{
    store(bridge, CONFIG_ADDRESS, 0x80000000u | device << 11 | reg);
}

static uint32_t config_load(volatile uint8_t *bridge, unsigned device, unsigned reg)
{
    select(bridge, device, reg);
    return __builtin_bswap32(*(volatile uint32_t *)(bridge + CONFIG_DATA));
}

static void config_store(volatile uint8_t *bridge, unsigned device, unsigned reg, uint32_t value)
{
    select(bridge, device, reg);
    store(bridge, CONFIG_DATA, __builtin_bswap32(value));
}

static void open_memory(volatile uint8_t *bridge)
{
    store(bridge, OUTBOUND_CONTROL, 0);
    store(bridge, OUTBOUND_BUS, PCI_MEMORY_BUS >> 12);
    store(bridge, OUTBOUND_BASE, (uint32_t)(PCI_MEMORY >> 12));
    store(bridge, OUTBOUND_CONTROL, OUTBOUND_MEMORY | (uint32_t)(__builtin_ctzll(PCI_MEMORY_BYTES) - 1));
}

void pci_report_panic(volatile uint8_t *bridge, unsigned slot)
{
    for (unsigned device = 0; device < DEVICES; device++) {
        if (config_load(bridge, device, REG_ID) != PANIC_ID)
            continue;
        open_memory(bridge);
        config_store(bridge, device, REG_BAR0, PCI_MEMORY_BUS);
        config_store(bridge, device, REG_COMMAND, COMMAND_MEMORY);
        *(volatile uint8_t *)window_map_device(slot, PCI_MEMORY, PANIC_SIZE_4K) = PANICKED;
        ppc_sync();
    }
}
