/* In a host process, where physical memory is the process's own. */
#ifndef SHIM_MMU_H
#define SHIM_MMU_H

#include <stdint.h>

static inline void *phys_to_virt(uint64_t phys)
{
    return (void *)(uintptr_t)phys;
}

#endif
