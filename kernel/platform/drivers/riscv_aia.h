/*
 * RISC-V's advanced interrupt architecture: a file of message-signalled interrupts for each CPU (IMSIC), and a
 * controller that sends the wired ones as messages to the first CPU (APLIC). Source n is message n on whatever CPU it
 * goes to. Masking, unmasking and allocating need the kernel lock; taking does not.
 */
#ifndef PLATFORM_RISCV_AIA_H
#define PLATFORM_RISCV_AIA_H

#include <platform/platform.h>

#define AIA_NONE 0u

struct aia_parts {
    uint64_t files;        /* physical address of the files for supervisor mode */
    uint64_t stride;       /* from one to the next */
    unsigned numbers;      /* of messages, the highest */
    volatile void *router; /* the controller of wires */
    unsigned wired;        /* sources 1..wired are its */
};
/* file[n]: the index of CPU n's file. All sources are masked. Returns how many sources there are. */
unsigned aia_init(const struct aia_parts *parts, const unsigned file[ENNEAD_CPUS_MAX]);
/* On each CPU. */
void aia_init_cpu(void);
/* A source that interrupts this CPU, masked from here on; AIA_NONE: none does. */
unsigned aia_take(void);
void aia_mask(unsigned source);
void aia_unmask(unsigned source);
bool aia_message_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data);
void aia_message_free(unsigned source);

#endif
