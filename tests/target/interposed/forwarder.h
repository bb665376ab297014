/*
 * A user-level server that stands for kernel objects: it holds the real capability, and its client one of an endpoint.
 *
 * Each call is repeated on the real object with the same label, words and items, and the answer passed on. The set of
 * types it stands for is one that is closed under being named in calls: whoever stands for threads stands for what is
 * bound to threads, too. It runs in a space of its own, above every client's priority.
 */
#ifndef TARGET_FORWARDER_H
#define TARGET_FORWARDER_H

#include "../harness/harness.h"

/* Made once; the harness's objects it is made of stay. */
void forwarder_start(void);
/* Have it stand for the types of the set (bit n: type n) from now on. */
void forwarder_types(unsigned types);
/* Does it, for objects of that type? */
bool forwarder_stands_for(unsigned type);
/* The object in the slot goes to it; what stands for it arrives there. */
void forwarder_replace(uint32_t slot, unsigned type);
/*
 * Before a client copies what is in `slot`: if the forwarder stands for it, it makes a copy of the real capability with
 * the rights and badge, and the kernel is to be asked for one with what these are afterwards.
 */
void forwarder_copy(uint32_t slot, unsigned *rights, uint32_t *badge);
/* How many objects it stands for; fails the test if something went wrong inside. */
unsigned forwarder_objects(void);
/* Calls passed on so far. */
unsigned forwarder_calls(void);
/* Bytes free in the pool that its endpoints are made from. */
uint64_t forwarder_free(void);

#endif
