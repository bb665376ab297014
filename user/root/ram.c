/*
 * The RAM of the machine, handed out in naturally aligned blocks of powers of two.
 *
 * Two lists: RAM that can become kernel memory, and the rest, which is used up first. Bases are physical addresses.
 */
#include "root.h"
#include <ennead/extents.h>
#include <region_client.h>

static struct extents poolable_ram, other_ram;
static uint64_t total;

static void add(const struct ennead_resource *resource)
{
    struct region_describe_out about;
    if (region_describe(resource->slot, &about) != ENNEAD_OK)
        return;
    bool poolable = (about.flags & ENNEAD_REGION_POOLABLE) != 0;
    if (extents_give(poolable ? &poolable_ram : &other_ram, resource->base, about.size))
        total += about.size;
}

void ram_init(void)
{
    for (uint32_t i = 0; i < root.boot->resource_count; i++) {
        if (root.boot->resources[i].kind == ENNEAD_RESOURCE_RAM)
            add(&root.boot->resources[i]);
    }
}

static const struct ennead_resource *resource_of(uint64_t phys)
{
    for (uint32_t i = 0; i < root.boot->resource_count; i++) {
        const struct ennead_resource *r = &root.boot->resources[i];
        if (r->kind == ENNEAD_RESOURCE_RAM && phys >= r->base && phys - r->base < r->size)
            return r;
    }
    return NULL;
}

/* Blocks lie within one resource: adjacent ones are joined in the lists, so the block may span two. */
static enum ennead_error carve(uint64_t phys, uint64_t size, uint32_t pool, uint32_t slot)
{
    const struct ennead_resource *resource = resource_of(phys);
    if (resource == NULL)
        return ENNEAD_NOT_FOUND;
    return region_carve(resource->slot, phys - resource->base, size, pool, slot);
}

enum ennead_error ram_carve(uint64_t size, bool poolable, uint32_t pool, uint32_t slot, uint64_t *phys)
{
    bool from_other = !poolable && extents_take(&other_ram, size, phys);
    if (!from_other && !extents_take(&poolable_ram, size, phys))
        return ENNEAD_NO_MEMORY;
    enum ennead_error error = carve(*phys, size, pool, slot);
    if (error != ENNEAD_OK) {
        extents_give(from_other ? &other_ram : &poolable_ram, *phys, size);
        *phys = 0;
    }
    return error;
}

void ram_return(uint64_t phys, uint64_t size)
{
    struct region_describe_out about;
    const struct ennead_resource *resource = resource_of(phys);
    if (phys == 0 || resource == NULL || region_describe(resource->slot, &about) != ENNEAD_OK)
        return;
    extents_give((about.flags & ENNEAD_REGION_POOLABLE) != 0 ? &poolable_ram : &other_ram, phys, size);
}

uint64_t ram_total(void)
{
    return total;
}

uint64_t ram_free(void)
{
    return extents_total(&poolable_ram) + extents_total(&other_ram);
}
