/* The generic PCI host bridge: see pci_ecam.h. Properties as in the PCI bus binding to Open Firmware. */
#include "pci_ecam.h"
#include "devicetree.h"

#define RANGE_CELLS 7u /* three of the bus's address, two of the CPU's, two of the size */
#define SPACE_MASK  0x03000000u
#define MEMORY_32   0x02000000u

static uint64_t two_cells(int node, unsigned i)
{
    uint32_t high = 0, low = 0;

    devicetree_cell(node, "ranges", i, &high);
    devicetree_cell(node, "ranges", i + 1, &low);
    return (uint64_t)high << 32 | low;
}

bool pci_ecam_find(struct platform_range *configuration, struct platform_range *memory)
{
    int node = devicetree_compatible(-1, "pci-host-ecam-generic");
    uint32_t space;

    if (node < 0 || !devicetree_registers(node, 0, configuration))
        return false;
    for (unsigned i = 0; devicetree_cell(node, "ranges", i, &space); i += RANGE_CELLS) {
        *memory = (struct platform_range){two_cells(node, i + 3), two_cells(node, i + 5)};
        if ((space & SPACE_MASK) == MEMORY_32 && memory->base == two_cells(node, i + 1))
            return true;
    }
    return false;
}
