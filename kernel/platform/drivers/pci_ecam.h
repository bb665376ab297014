/*
 * A PCI host bridge whose configuration spaces are memory (ECAM), found in the device tree. Firmware has set it up;
 * what is behind it is for users.
 */
#ifndef PLATFORM_PCI_ECAM_H
#define PLATFORM_PCI_ECAM_H

#include <platform/platform.h>

/* Where its configuration spaces are, and memory of devices that has the same address on the bus, below 4 GiB. */
bool pci_ecam_find(struct platform_range *configuration, struct platform_range *memory);

#endif
