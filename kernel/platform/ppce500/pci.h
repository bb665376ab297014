/*
 * The PCI bridge: its address windows, configuration spaces, and the device that panics are told to. `bridge`: its
 * registers. Kernel lock held, or before other CPUs run; but a panic.
 */
#ifndef PPCE500_PCI_H
#define PPCE500_PCI_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_MEMORY       UINT64_C(0xe0000000) /* the same on the bus; RAM ends below */
#define PCI_MEMORY_BYTES UINT64_C(0x10000000)
#define PCI_CONFIG_BYTES 0x100000u /* one bus, 4 KiB for each function */

/* Memory of devices at PCI_MEMORY; and devices reach the processor's registers at `ccsr`, to send messages. */
void pci_init(volatile uint8_t *bridge, uint64_t ccsr);
/* Configuration space as if it were mapped: values in the bus's byte order. False: not an access of the hardware's. */
bool pci_config_load(volatile uint8_t *bridge, uint32_t offset, unsigned width, uint64_t *value);
bool pci_config_store(volatile uint8_t *bridge, uint32_t offset, unsigned width, uint32_t value);
/* Tell QEMU's panic device, if there is one, with a slot for device pages. */
void pci_report_panic(volatile uint8_t *bridge, unsigned slot);

#endif
