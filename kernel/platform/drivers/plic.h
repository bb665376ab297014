/*
 * RISC-V's platform-level interrupt controller: sources 1..n, each delivered to the first CPU. Masking and taking need
 * no lock, as each source has a register of its own for its priority.
 */
#ifndef PLATFORM_PLIC_H
#define PLATFORM_PLIC_H

#include <stdbool.h>

#define PLIC_NONE 0u

/* `context`: the controller's number for the first CPU in supervisor mode. All sources are masked. */
void plic_init(volatile void *registers, unsigned context, unsigned sources);
/* The source that interrupts, masked from here on; PLIC_NONE: none does. */
unsigned plic_take(void);
void plic_mask(unsigned source, bool masked);

#endif
