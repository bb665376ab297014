/* Entries of Sv39's page tables, for drivers/radix.c. */
#ifndef PORT_RADIX_H
#define PORT_RADIX_H

#include <arch/mmu.h>

#define RADIX_LEVELS       3u
#define RADIX_USER_ENTRIES 256u
#define RADIX_LARGEST      2u

static inline bool radix_is_leaf(uint64_t entry)
{
    return (entry & (PTE_R | PTE_W | PTE_X)) != 0;
}

static inline uint64_t radix_table(uint64_t phys)
{
    return phys >> 2 | PTE_V;
}

static inline uint64_t radix_address(uint64_t entry)
{
    return entry >> 10 << 12;
}

/* There is no page that can be written and not read. What kind of memory it is, the hardware knows by its address. */
static inline uint64_t radix_leaf(uint64_t phys, const struct mmu_mapping *mapping, unsigned level)
{
    uint64_t entry = phys >> 2 | PTE_V | PTE_U | PTE_A | PTE_D;

    (void)level;
    entry |= mapping->rights & ENNEAD_RIGHT_READ ? PTE_R : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_WRITE ? PTE_R | PTE_W : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_EXECUTE ? PTE_X : 0;
    return entry;
}

#endif
