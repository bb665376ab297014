/*
 * Pools: kernel memory that users gave. A buddy allocator inside the pool's own range.
 *
 * The header and the order map lie at the start of the range. Free memory is all zero but for the links of the
 * free lists, so an allocation clears two words and a free block must be cleared before it is returned.
 *
 * Invariants:
 *   P1  order_of[block] is FREE|order at the first block of a free run, order at the first of one handed out,
 *       0 elsewhere; two free buddies never stand side by side.
 *   P2  free_bytes is the sum over the free lists; overhead + used + free_bytes = size_bytes.
 */
#ifndef GENERIC_POOL_H
#define GENERIC_POOL_H

#include "object.h"

#define POOL_ORDER_MIN 7u /* log2 ENNEAD_POOL_BLOCK_BYTES */
#define POOL_ORDERS    (ENNEAD_POOL_ORDER_MAX - POOL_ORDER_MIN + 1)
#define POOL_HEADER    1024u
#define PAGE_LOG2      12u
#define PAGE_BYTES     4096u

struct pool {
    struct object object;
    uint64_t size_bytes;
    uint64_t free_bytes;
    struct list objects; /* everything charged to this pool */
    struct list free[POOL_ORDERS];
};

/* Make a pool of zeroed memory; the object header is the caller's to fill. size >= pool_size_min(). */
struct pool *pool_format(void *memory, uint64_t size_bytes);
uint64_t pool_overhead(uint64_t size_bytes);

/* A zeroed block of 1 << order bytes, aligned to its size, or NULL. order >= POOL_ORDER_MIN. */
void *pool_allocate(struct pool *pool, unsigned order_log2) MUST_CHECK;
/* Give a block back; it must be zero again. */
void pool_free(struct pool *pool, void *block, unsigned order_log2);
/* What is missing for a block of this order, which pool_allocate() did not give. */
uint64_t pool_missing(const struct pool *pool, unsigned order_log2);
uint64_t pool_largest_free(const struct pool *pool);

/* Where an object's header is in its block, and which block that is. */
struct object *object_in(void *block, unsigned type);
void *object_block(struct object *object);
/* An object of `type` with its header filled, not yet in the tree: NULL if the pool is exhausted. */
struct object *pool_make_object(struct pool *pool, unsigned type, unsigned order_log2) MUST_CHECK;
/* log2 of an object's price; 0 for what has none. `type` is SCHED_CONTEXT at most. */
unsigned object_order(unsigned type);

#endif
