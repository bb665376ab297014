/* One world from power on to its end, and the same again from a list of its events. */
#ifndef FUZZ_RUN_H
#define FUZZ_RUN_H

#include "machines.h"

#include <stdio.h>

#define RUN_EVENTS 8000u

struct run {
    uint64_t seed;
    unsigned cpus, mmu;
    unsigned count; /* the last one is where it stands, or failed */
    struct event event[RUN_EVENTS];
};

/* Random events until the world has no life left in it, or RUN_EVENTS. False: kernel and model differ; it says how. */
bool run_world(struct run *run);
/* The events of a run. */
bool run_again(struct run *run);
bool run_read(FILE *file, struct run *run);
/* Of the last world, at its end. */
uint64_t run_hash(void);
unsigned run_deepest(void);

/* Called before each event, for debuggers. */
void fuzz_event(unsigned number, const struct event *event);

#endif
