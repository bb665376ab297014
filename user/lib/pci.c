/* PCI configuration: see pci.h. Registers as in the PCI Local Bus Specification 3.0, chapter 6. */
#include <ennead/pci.h>

#define FUNCTIONS      256u /* of a bus: 32 devices with 8 each */
#define FUNCTION_BYTES 4096u
#define NOT_THERE      0xffffu
#define CAPABILITIES   48u /* at most as many as fit */
#define BARS           6u
#define REG_ID         0x00u
#define REG_COMMAND    0x04u
#define REG_STATUS     0x06u
#define REG_HEADER     0x0eu
#define REG_BAR        0x10u
#define REG_CAPS       0x34u
#define COMMAND_MEMORY 0x0002u
#define COMMAND_MASTER 0x0004u
#define STATUS_CAPS    0x0010u
#define HEADER_MANY    0x80u
#define BAR_IO         0x1u
#define BAR_64         0x4u
#define BAR_FLAGS      0xfu
#define CAP_MSI        0x05u
#define MSI_CONTROL    2u
#define MSI_ADDRESS    4u
#define MSI_ENABLE     0x0001u
#define MSI_SEVERAL    0x0070u /* how many messages the function may tell apart */
#define MSI_64         0x0080u

/* The bus's order to the CPU's, or back. */
static uint32_t swap_little(uint32_t value, unsigned width)
{
    uint8_t bytes[sizeof value];
    uint32_t swapped = 0;
    if (width == 1)
        return value;
    if (width == 2) {
        uint16_t half = (uint16_t)value;
        __builtin_memcpy(bytes, &half, sizeof half);
    } else {
        __builtin_memcpy(bytes, &value, sizeof value);
    }
    for (unsigned i = 0; i < width; i++)
        swapped |= (uint32_t)bytes[i] << (8 * i);
    return swapped;
}

enum ennead_error pci_open(struct pci *pci, const struct ennead_start_device *ecam, uint64_t window)
{
    pci->buses = (unsigned)(ecam->size / PCI_BUS_BYTES);
    return ennead_io_open(&pci->io, ecam, window);
}

uint32_t pci_load(const struct pci *pci, struct pci_function function, unsigned reg, unsigned width)
{
    return swap_little(ennead_io_load(&pci->io, function.offset + reg, width), width);
}

void pci_store(const struct pci *pci, struct pci_function function, unsigned reg, unsigned width, uint32_t value)
{
    ennead_io_store(&pci->io, function.offset + reg, width, swap_little(value, width));
}

/* Function 0 says whether its device has others. */
static bool has_others(const struct pci *pci, struct pci_function first)
{
    return (pci_load(pci, first, REG_ID, 2) & NOT_THERE) != NOT_THERE &&
           (pci_load(pci, first, REG_HEADER, 1) & HEADER_MANY) != 0;
}

bool pci_find(const struct pci *pci, uint16_t vendor, uint16_t device, struct pci_function *function)
{
    uint32_t wanted = (uint32_t)device << 16 | vendor;
    for (unsigned n = 0; n < pci->buses * FUNCTIONS;) {
        struct pci_function candidate = {n * FUNCTION_BYTES};
        if (pci_load(pci, candidate, REG_ID, 4) == wanted) {
            *function = candidate;
            return true;
        }
        n += n % 8 == 0 && !has_others(pci, candidate) ? 8 : 1;
    }
    return false;
}

void pci_enable(const struct pci *pci, struct pci_function function, bool memory, bool master)
{
    uint32_t command = pci_load(pci, function, REG_COMMAND, 2) & ~(COMMAND_MEMORY | COMMAND_MASTER);
    command |= (memory ? COMMAND_MEMORY : 0) | (master ? COMMAND_MASTER : 0);
    pci_store(pci, function, REG_COMMAND, 2, command);
}

/* The two halves of a base address register; one of 32 bits has no upper half. */
static uint64_t load_bar(const struct pci *pci, struct pci_function function, unsigned reg, bool wide)
{
    uint64_t low = pci_load(pci, function, reg, 4) & ~BAR_FLAGS;
    return wide ? (uint64_t)pci_load(pci, function, reg + 4, 4) << 32 | low : low;
}

static void store_bar(const struct pci *pci, struct pci_function function, unsigned reg, bool wide, uint64_t value)
{
    pci_store(pci, function, reg, 4, (uint32_t)value);
    if (wide)
        pci_store(pci, function, reg + 4, 4, (uint32_t)(value >> 32));
}

static bool is_wide(uint32_t bar)
{
    return (bar & BAR_64) != 0;
}

/* Of all ones written to it the function keeps those that a base address may have. */
struct pci_memory pci_memory(const struct pci *pci, struct pci_function function, unsigned number)
{
    unsigned reg = REG_BAR + 4 * number;
    uint32_t bar = pci_load(pci, function, reg, 4), command = pci_load(pci, function, REG_COMMAND, 2);
    if (number >= BARS || (bar & BAR_IO) != 0)
        return (struct pci_memory){0, 0};
    bool wide = is_wide(bar);
    uint64_t base = load_bar(pci, function, reg, wide);
    pci_store(pci, function, REG_COMMAND, 2, command & ~COMMAND_MEMORY);
    store_bar(pci, function, reg, wide, UINT64_MAX);
    uint64_t kept = load_bar(pci, function, reg, wide) | (wide ? 0 : ~(uint64_t)UINT32_MAX);
    store_bar(pci, function, reg, wide, base);
    pci_store(pci, function, REG_COMMAND, 2, command);
    bool none = (uint32_t)kept == 0;
    return (struct pci_memory){base, none ? 0 : 0 - kept};
}

void pci_set_memory(const struct pci *pci, struct pci_function function, unsigned number, uint64_t base)
{
    unsigned reg = REG_BAR + 4 * number;
    store_bar(pci, function, reg, is_wide(pci_load(pci, function, reg, 4)), base);
}

/* Where the capability starts, or 0. A broken list ends the search. */
static unsigned find_capability(const struct pci *pci, struct pci_function function, unsigned id)
{
    if ((pci_load(pci, function, REG_STATUS, 2) & STATUS_CAPS) == 0)
        return 0;
    unsigned at = pci_load(pci, function, REG_CAPS, 1) & 0xfcu;
    for (unsigned i = 0; i < CAPABILITIES && at != 0; i++) {
        if (pci_load(pci, function, at, 1) == id)
            return at;
        at = pci_load(pci, function, at + 1, 1) & 0xfcu;
    }
    return 0;
}

bool pci_set_message(const struct pci *pci, struct pci_function function, uint64_t address, uint64_t value)
{
    unsigned at = find_capability(pci, function, CAP_MSI);
    if (at == 0)
        return false;
    uint32_t control = pci_load(pci, function, at + MSI_CONTROL, 2);
    bool wide = (control & MSI_64) != 0;
    if ((!wide && address >> 32 != 0) || value > UINT16_MAX)
        return false;
    pci_store(pci, function, at + MSI_CONTROL, 2, control & ~(MSI_ENABLE | MSI_SEVERAL));
    pci_store(pci, function, at + MSI_ADDRESS, 4, (uint32_t)address);
    if (wide)
        pci_store(pci, function, at + MSI_ADDRESS + 4, 4, (uint32_t)(address >> 32));
    pci_store(pci, function, at + MSI_ADDRESS + (wide ? 8 : 4), 2, (uint32_t)value);
    pci_store(pci, function, at + MSI_CONTROL, 2, (control & ~MSI_SEVERAL) | MSI_ENABLE);
    return true;
}

void pci_clear_message(const struct pci *pci, struct pci_function function)
{
    unsigned at = find_capability(pci, function, CAP_MSI);
    if (at != 0)
        pci_store(pci, function, at + MSI_CONTROL, 2, pci_load(pci, function, at + MSI_CONTROL, 2) & ~MSI_ENABLE);
}
