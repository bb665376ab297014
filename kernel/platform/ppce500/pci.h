/* The PCI bridge, as far as the kernel needs it: memory that the CPU reaches, and the device that panics are told to.
 */
#ifndef PPCE500_PCI_H
#define PPCE500_PCI_H

#include <stdint.h>

#define PCI_MEMORY       UINT64_C(0xc00000000) /* as the CPU sees it; PCI_MEMORY_BUS on the bus */
#define PCI_MEMORY_BUS   UINT32_C(0xe0000000)
#define PCI_MEMORY_BYTES UINT64_C(0x10000000)

/* Tell QEMU's panic device, if there is one, with the bridge's registers and a slot for device pages. */
void pci_report_panic(volatile uint8_t *bridge, unsigned slot);

#endif
