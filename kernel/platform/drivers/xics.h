/*
 * PAPR's interrupt controller (XICS), as hypervisor and firmware offer it: sources have large numbers, each is masked
 * and routed by a call of the firmware (RTAS). Any CPU, interrupts off.
 */
#ifndef PLATFORM_XICS_H
#define PLATFORM_XICS_H

#include <stdbool.h>
#include <stdint.h>

#define XICS_NONE 0u
#define XICS_IPI  2u

void xics_init(uint32_t set_token); /* of the firmware's ibm,set-xive */
void xics_init_cpu(void);
/* What interrupts, ended by xics_end() with the same word; its number is in the lower 24 bits. */
uint32_t xics_take(void);
void xics_end(uint32_t taken);
void xics_mask(uint32_t number, uint32_t server, bool masked);
void xics_send_ipi(uint32_t server, bool on);

#endif
