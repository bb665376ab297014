/* Run-time firmware services: see rtas.h. */
#include "rtas.h"
#include <arch/mmu.h>
#include <ppc/ppc.h>
#include <stddef.h>

uint32_t rtas_call(uint32_t token, unsigned count, const uint32_t *arguments)
{
    uint32_t block[9] = {ppc_be32(token), ppc_be32(count), ppc_be32(1)};

    for (unsigned i = 0; i < count; i++)
        block[3 + i] = ppc_be32(arguments[i]);
    ppc_hcall(H_QEMU_RTAS, virt_to_phys(block), 0, 0, 0, NULL);
    return ppc_be32(block[3 + count]);
}
