/* A ring of bytes. Holds at most RING_BYTES; indices run freely and wrap by themselves. */
#ifndef ENNEAD_RING_H
#define ENNEAD_RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_BYTES 4096u /* a power of two */

struct ring {
    uint32_t in, out;
    uint8_t bytes[RING_BYTES];
};

static inline bool ring_is_empty(const struct ring *ring)
{
    return ring->in == ring->out;
}

static inline bool ring_is_full(const struct ring *ring)
{
    return ring->in - ring->out == RING_BYTES;
}

/* Not full. */
static inline void ring_put(struct ring *ring, uint8_t byte)
{
    ring->bytes[ring->in++ % RING_BYTES] = byte;
}

/* Not empty. */
static inline uint8_t ring_take(struct ring *ring)
{
    return ring->bytes[ring->out++ % RING_BYTES];
}

#endif
