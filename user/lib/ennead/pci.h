/*
 * PCI functions, through the machine's configuration space: finding one, its memory, its message-signalled interrupt.
 * All numbers are the CPU's; the bus is little-endian and nobody above this file notices.
 */
#ifndef ENNEAD_PCI_H
#define ENNEAD_PCI_H

#include <ennead/io.h>

/* What `size` of the device given to pci_open() must hold for each bus that is to be searched. */
#define PCI_BUS_BYTES 0x100000u

struct pci {
    struct ennead_io io;
    unsigned buses;
};

/* Where a function's registers start in the configuration space. */
struct pci_function {
    uint32_t offset;
};

/* A range of bus addresses, which are physical ones on our machines; size 0: there is none. */
struct pci_memory {
    uint64_t base, size;
};

/* `ecam` is the configuration space, or as much of it as the caller wants to see; `window` as for ennead_io_open(). */
enum ennead_error pci_open(struct pci *pci, const struct ennead_start_device *ecam, uint64_t window);

/* The first function with these numbers; false if there is none on the buses seen. */
bool pci_find(const struct pci *pci, uint16_t vendor, uint16_t device, struct pci_function *function);

/* A register of 1, 2 or 4 bytes, naturally aligned. */
uint32_t pci_load(const struct pci *pci, struct pci_function function, unsigned reg, unsigned width);
void pci_store(const struct pci *pci, struct pci_function function, unsigned reg, unsigned width, uint32_t value);

/* Whether the function answers to its memory, and may write memory itself: its messages need that. */
void pci_enable(const struct pci *pci, struct pci_function function, bool memory, bool master);

/* Memory behind base address register `number`. Sizing it makes it unreachable for a moment. */
struct pci_memory pci_memory(const struct pci *pci, struct pci_function function, unsigned number);
/* Give it another place, a multiple of its size; nobody uses it meanwhile. */
void pci_set_memory(const struct pci *pci, struct pci_function function, unsigned number, uint64_t base);

/* Have the function send `value` to `address` instead of raising its line. False if it cannot. */
bool pci_set_message(const struct pci *pci, struct pci_function function, uint64_t address, uint64_t value);
/* No more messages. */
void pci_clear_message(const struct pci *pci, struct pci_function function);

#endif
