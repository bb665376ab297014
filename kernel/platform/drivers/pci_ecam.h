/*
 * A PCI host bridge whose configuration spaces are mapped, as a device tree describes it ("pci-host-ecam-generic").
 * For board code, before kernel_start(). Nothing has to be set up: users map what is found here.
 */
#ifndef PLATFORM_PCI_ECAM_H
#define PLATFORM_PCI_ECAM_H

#include <platform/platform.h>

struct pci_ecam {
    struct platform_range config; /* from bus 0 on */
    struct platform_range memory; /* the same on the bus, below 4 GiB */
};
/* False: there is none. */
bool pci_ecam_find(struct pci_ecam *found);

#endif
