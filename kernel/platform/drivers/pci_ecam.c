/* The generic PCI host bridge: see pci_ecam.h. */
#include "pci_ecam.h"
#include "devicetree.h"

/* Of `ranges`: three words of an address on the bus, two of the CPU's, two of a size. */
#define RANGE_WORDS  7u
#define SPACE        0x03000000u
#define SPACE_MEMORY 0x02000000u

static bool find_memory(int node, struct platform_range *memory)
{
    uint32_t words[RANGE_WORDS];

    for (unsigned i = 0;; i++) {
        for (unsigned w = 0; w < RANGE_WORDS; w++) {
            if (!devicetree_cell(node, "ranges", i * RANGE_WORDS + w, &words[w]))
                return false;
        }
        *memory = (struct platform_range){(uint64_t)words[3] << 32 | words[4], (uint64_t)words[5] << 32 | words[6]};
        if ((words[0] & SPACE) == SPACE_MEMORY && words[1] == 0 && memory->base == words[2])
            return true;
    }
}

bool pci_ecam_find(struct pci_ecam *found)
{
    int node = devicetree_compatible(-1, "pci-host-ecam-generic");
    return node >= 0 && devicetree_registers(node, 0, &found->config) && find_memory(node, &found->memory);
}
