/*
 * Regions: ranges of physical addresses, RAM or device.
 *
 * Invariants:
 *   R1  child regions (in `children`) lie inside the region and do not overlap.
 *   R2  no mapping made from the region itself overlaps a child region: MAP refuses children, and CARVE
 *       refuses anything inside [mapped_low, mapped_high), the hull of all mappings made since there were none.
 *   R3  a pool lives in the region (is_pool) only while it has no child and no mapping.
 */
#ifndef GENERIC_REGION_H
#define GENERIC_REGION_H

#include "object.h"
#include "tree.h"

struct region {
    struct object object;
    uint64_t base; /* physical; for an io region, its number */
    uint64_t size;
    uint64_t mapped_low;
    uint64_t mapped_high;
    uint64_t cleared;  /* bytes already cleared on the way to becoming a pool */
    uint32_t mappings; /* nodes that map a part of it, in every space */
    uint8_t flags;     /* enum ennead_region_flag */
    uint8_t cache;     /* enum ennead_cache */
    uint8_t is_pool;
    uint8_t converting;
    struct tree children;  /* key: offset */
    struct tree_node link; /* in the parent's children */
};

_Static_assert(sizeof(struct region) <= ENNEAD_PRICE_REGION, "a region outgrew its price");

static inline struct region *region_of(struct object *object)
{
    return CONTAINER_OF(object, struct region, object);
}

void region_init(struct region *region, uint64_t base, uint64_t size, uint8_t flags, uint8_t cache);
/* Count mappings in and out; offsets of those made by MAP itself. */
void region_note_mapping(struct region *region, uint64_t offset, uint64_t size);
void region_mapping_gone(struct region *region);
/* The region's pool is gone, or the region itself: give the range back. */
void region_end(struct region *region);

#endif
