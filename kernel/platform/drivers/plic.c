/* The platform-level interrupt controller: see plic.h. Registers as in the RISC-V PLIC specification 1.0. */
#include "plic.h"
#include <platform/platform.h>
#include <stdint.h>

/* Words from the start of the registers. */
#define PRIORITY       0x0u
#define ENABLE         0x800u
#define ENABLE_CONTEXT 0x20u
#define CONTEXT        0x80000u
#define CONTEXT_WORDS  0x400u
#define THRESHOLD      0u
#define CLAIM          1u

static volatile uint32_t *plic;
static volatile uint32_t *own; /* the context's registers */

/* A source of priority 0 never interrupts. */
void plic_mask(unsigned source, bool masked)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    plic[PRIORITY + source] = !masked;
}

BOOT_ONLY void plic_init(volatile void *registers, unsigned context, unsigned sources)
{
    plic = registers;
    own = plic + CONTEXT + context * CONTEXT_WORDS;
    for (unsigned i = 1; i <= sources; i++)
        plic_mask(i, true);
    for (unsigned i = 0; i <= sources / 32; i++)
        plic[ENABLE + context * ENABLE_CONTEXT + i] = UINT32_MAX;
    own[THRESHOLD] = 0;
}

/* Completed at once: a level that is still there makes it pending again, and masked. */
unsigned plic_take(void)
{
    unsigned source = own[CLAIM];

    if (source != PLIC_NONE) {
        plic_mask(source, true);
        own[CLAIM] = source;
    }
    return source;
}
