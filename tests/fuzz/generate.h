/* Random events: mostly sensible, because the model says what there is, and spoilt in one way or another for the rest.
 */
#ifndef FUZZ_GENERATE_H
#define FUZZ_GENERATE_H

#include "machines.h"

/* Where randomness comes from: a seed, or the bytes of an input. */
void random_seed(uint64_t seed);
void random_bytes(const uint8_t *bytes, size_t count);
bool random_exhausted(void); /* bytes only */

/*
 * The events that build a world on machines that have just been switched on: false when it is built. They are drawn
 * from a seed; of random_bytes() none is used up, and the world is a smaller one.
 */
void world_begin(unsigned cpus);
bool world_next(struct event *event);
/* One more event in it. */
void generate(struct event *event);

#endif
