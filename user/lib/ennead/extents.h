/* Which ranges are free: a sorted list of extents, handed out in naturally aligned powers of two. Pure. */
#ifndef ENNEAD_EXTENTS_H
#define ENNEAD_EXTENTS_H

#include <stdbool.h>
#include <stdint.h>

#define EXTENTS_MAX 96u

struct extents {
    unsigned count;
    struct {
        uint64_t base, size;
    } free[EXTENTS_MAX]; /* ascending, no two adjacent */
};

/* A block of `size` bytes, a power of two, at a multiple of it; false if there is none. */
bool extents_take(struct extents *extents, uint64_t size, uint64_t *base);
/* Give back a range. False if the list is full: the range is lost then. */
bool extents_give(struct extents *extents, uint64_t base, uint64_t size);
uint64_t extents_total(const struct extents *extents);

#endif
