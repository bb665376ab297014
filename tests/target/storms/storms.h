/* What the storms share: memory, threads on the other processors that want the kernel's lock, interrupts in between. */
#ifndef TARGET_STORMS_H
#define TARGET_STORMS_H

#include "../harness/harness.h"

#define PAGE UINT64_C(4096)

/* A pool beside the test's own, which is too small for a storm. */
uint32_t storm_pool(void);
/*
 * Threads on every other processor that make long system calls all the while: messages whose last item fails, calls
 * that look through tables, spaces made and destroyed. noise_end() checks that they did.
 */
void noise_start(void);
void noise_end(void);
/* Deadlines that fall due one after the other while the next calls are made. */
void disturb(void);
/* Threads of a space that fault at once, and wait at the endpoint: `count` slots from the one returned on. */
uint32_t faulting_threads(uint32_t pool, uint32_t space, uint32_t endpoint, unsigned count);

#endif
