/* Entries of radix page tables, which are big-endian always, for drivers/radix.c. A root has one entry in the
 * hardware's. */
#ifndef PORT_RADIX_H
#define PORT_RADIX_H

#include <arch/mmu.h>
#include <ppc/ppc.h>

#define RADIX_LEVELS       3u
#define RADIX_USER_ENTRIES 512u
#define RADIX_LARGEST      2u

#define PTE_VALID      UINT64_C(0x8000000000000000)
#define PTE_LEAF       UINT64_C(0x4000000000000000)
#define PTE_REFERENCED UINT64_C(0x100)
#define PTE_CHANGED    UINT64_C(0x080)
#define PTE_DEVICE     UINT64_C(0x020) /* not cached, guarded */
#define PTE_PRIVILEGED UINT64_C(0x008)
#define PTE_READ       UINT64_C(0x004)
#define PTE_WRITE      UINT64_C(0x002)
#define PTE_EXECUTE    UINT64_C(0x001)
#define TABLE_LOG2     UINT64_C(9) /* of how many entries the table has */

static inline bool radix_is_leaf(uint64_t entry)
{
    return (ppc_be64(entry) & PTE_LEAF) != 0;
}

static inline uint64_t radix_table(uint64_t phys)
{
    return ppc_be64(PTE_VALID | phys | TABLE_LOG2);
}

static inline uint64_t radix_address(uint64_t entry)
{
    return ppc_be64(entry) & UINT64_C(0x01fffffffffff000);
}

static inline uint64_t radix_leaf(uint64_t phys, const struct mmu_mapping *mapping, unsigned level)
{
    uint64_t entry = PTE_VALID | PTE_LEAF | PTE_REFERENCED | PTE_CHANGED | phys;

    (void)level;
    entry |= mapping->rights & ENNEAD_RIGHT_READ ? PTE_READ : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_WRITE ? PTE_READ | PTE_WRITE : 0;
    entry |= mapping->rights & ENNEAD_RIGHT_EXECUTE ? PTE_EXECUTE : 0;
    entry |= mapping->cache == ENNEAD_CACHE_NORMAL ? 0 : PTE_DEVICE;
    return ppc_be64(entry);
}

#endif
