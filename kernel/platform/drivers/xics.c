/* PAPR's interrupt controller: see xics.h. */
#include "xics.h"
#include "rtas.h"
#include <platform/platform.h>
#include <ppc/ppc.h>
#include <stddef.h>

#define PRIORITY      4u
#define PRIORITY_NONE 0xffu

static uint32_t set_xive;

BOOT_ONLY void xics_init(uint32_t set_token)
{
    set_xive = set_token;
}

BOOT_ONLY void xics_init_cpu(void)
{
    ppc_hcall(H_CPPR, PRIORITY_NONE, 0, 0, 0, NULL);
}

uint32_t xics_take(void)
{
    uint64_t results[3];
    ppc_hcall(H_XIRR, 0, 0, 0, 0, results);
    return (uint32_t)results[0];
}

void xics_end(uint32_t taken)
{
    ppc_hcall(H_EOI, taken, 0, 0, 0, NULL);
}

void xics_mask(uint32_t number, uint32_t server, bool masked)
{
    rtas_call(set_xive, 3, (uint32_t[]){number, server, masked ? PRIORITY_NONE : PRIORITY});
}

void xics_send_ipi(uint32_t server, bool on)
{
    ppc_hcall(H_IPI, server, on ? PRIORITY : PRIORITY_NONE, 0, 0, NULL);
}
