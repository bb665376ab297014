/* Regions: carving, mapping, loading and storing, and turning free RAM into a pool. */
#include "region.h"
#include "cpu.h"
#include "ipc.h"
#include "pool.h"

#include "memory.h"

void region_init(struct region *region, uint64_t base, uint64_t size, uint8_t flags, uint8_t cache)
{
    region->base = base;
    region->size = size;
    region->flags = flags;
    region->cache = cache;
}

void region_note_mapping(struct region *region, uint64_t offset, uint64_t size)
{
    if (!region->mappings++) {
        region->mapped_low = offset;
        region->mapped_high = offset + size;
        return;
    }
    if (offset < region->mapped_low)
        region->mapped_low = offset;
    if (offset + size > region->mapped_high)
        region->mapped_high = offset + size;
}

void region_mapping_gone(struct region *region)
{
    region->mappings--;
}

void region_end(struct region *region)
{
    if (region->link.height)
        tree_remove(&region_of(region->object.container)->children, &region->link);
}

static bool has_child_in(const struct region *region, uint64_t offset, uint64_t size)
{
    struct tree_node *last = tree_at_or_below(&region->children, offset + size - 1);
    return last && last->key + CONTAINER_OF(last, struct region, link)->size > offset;
}

static bool inside(const struct region *region, uint64_t offset, uint64_t size)
{
    return size && size <= region->size && offset <= region->size - size;
}

/* Free for the region's own use: no pool in it, no child there. */
static error_t MUST_CHECK check_range(const struct region *region, uint64_t offset, uint64_t size)
{
    if (!inside(region, offset, size))
        return ENNEAD_RANGE;
    if (region->is_pool || region->converting || has_child_in(region, offset, size))
        return ENNEAD_BUSY;
    return ENNEAD_OK;
}

static error_t MUST_CHECK carve(struct invocation *invocation, struct object *object)
{
    struct region *region = region_of(object);
    uint64_t offset = argument(invocation, 0), size = argument(invocation, 1);
    bool io = region->flags & ENNEAD_REGION_UNMAPPABLE;
    if (io || offset % PAGE_BYTES || size % PAGE_BYTES)
        return io ? ENNEAD_TYPE : ENNEAD_ALIGNMENT;
    error_t error = check_range(region, offset, size);
    if (!error && region->mappings && offset < region->mapped_high && offset + size > region->mapped_low)
        error = ENNEAD_BUSY;
    struct node *pool_cap;
    if (!error)
        error = argument_cap(invocation, 0, ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL, &pool_cap);
    struct making making;
    if (!error)
        error = making_begin(invocation, pool_cap, invocation->cap, ENNEAD_TYPE_REGION,
                             object_order(ENNEAD_TYPE_REGION), &making);
    if (error)
        return error;
    struct region *child = region_of(making.object);
    region_init(child, region->base + offset, size, region->flags, region->cache);
    tree_insert(&region->children, &child->link, offset);
    making_end(invocation, invocation->cap, &making);
    child->object.root->rights = invocation->cap->rights;
    return ENNEAD_OK;
}

static error_t MUST_CHECK map(struct invocation *invocation, struct object *object)
{
    struct region *region = region_of(object);
    uint64_t offset = argument(invocation, 0), order = argument(invocation, 1), address;
    uint8_t rights = (uint8_t)(argument(invocation, 2) & invocation->cap->rights);
    if (region->flags & ENNEAD_REGION_UNMAPPABLE)
        return ENNEAD_TYPE;
    if (order < PORT_PAGE_LOG2 || order > 62)
        return ENNEAD_INVALID_ARG;
    uint64_t size = (uint64_t)1 << order;
    if (offset % PAGE_BYTES)
        return ENNEAD_ALIGNMENT;
    error_t error = check_range(region, offset, size);
    if (!error)
        error = delivery_range(invocation_delivery(invocation), argument(invocation, 3), (unsigned)order, &address);
    if (!error)
        error = node_may_derive(invocation->cap);
    if (error)
        return error;
    struct entry *entry = map_insert(invocation->delivery.space, address, (unsigned)order, region->base + offset);
    node_link_mapping(invocation->cap, &entry->node, rights & 7);
    region_note_mapping(region, offset, size);
    delivery_describe(&invocation->delivery, ENNEAD_ITEM_PAGE, address, (unsigned)order, 0);
    return ENNEAD_OK;
}

static bool width_is_valid(uint64_t width)
{
    return width == 1 || width == 2 || width == 4 || width == 8;
}

/* LOAD and STORE never reach RAM that is in use otherwise, nor RAM outside the kernel's window. */
static error_t MUST_CHECK check_access(struct invocation *invocation, struct region *region)
{
    uint64_t offset = argument(invocation, 0), width = argument(invocation, 1);
    if (!width_is_valid(width))
        return ENNEAD_INVALID_ARG;
    if (offset % width && !(region->flags & ENNEAD_REGION_UNMAPPABLE))
        return ENNEAD_ALIGNMENT;
    error_t error = check_range(region, offset, width);
    if (!error && region->flags & ENNEAD_REGION_RAM && !(region->flags & ENNEAD_REGION_POOLABLE))
        error = ENNEAD_TYPE;
    return error;
}

/* RAM is an array of bytes here: its order of bytes is the machine's own. */
static uint64_t load_ram(uint64_t phys, unsigned width)
{
    const void *at = phys_to_virt(phys);
    return width == 1   ? *(const volatile uint8_t *)at
           : width == 2 ? *(const volatile uint16_t *)at
           : width == 4 ? *(const volatile uint32_t *)at
                        : *(const volatile uint64_t *)at;
}

static void store_ram(uint64_t phys, unsigned width, uint64_t value)
{
    void *at = phys_to_virt(phys);
    if (width == 1)
        *(volatile uint8_t *)at = (uint8_t)value;
    else if (width == 2)
        *(volatile uint16_t *)at = (uint16_t)value;
    else if (width == 4)
        *(volatile uint32_t *)at = (uint32_t)value;
    else
        *(volatile uint64_t *)at = value;
}

static error_t MUST_CHECK load(struct invocation *invocation, struct object *object)
{
    struct region *region = region_of(object);
    uint64_t offset = argument(invocation, 0), value = 0;
    unsigned width = (unsigned)argument(invocation, 1);
    error_t error = check_access(invocation, region);
    if (error)
        return error;
    bool done = true;
    if (region->flags & ENNEAD_REGION_UNMAPPABLE)
        done = platform_io_load((unsigned)region->base, offset, width, &value);
    else if (region->flags & ENNEAD_REGION_RAM)
        value = load_ram(region->base + offset, width);
    else
        done = platform_mmio_load(region->base + offset, width, &value);
    answer(invocation, value);
    return done ? ENNEAD_OK : ENNEAD_INVALID_ARG;
}

static error_t MUST_CHECK store(struct invocation *invocation, struct object *object)
{
    struct region *region = region_of(object);
    uint64_t offset = argument(invocation, 0), value = argument(invocation, 2);
    unsigned width = (unsigned)argument(invocation, 1);
    error_t error = check_access(invocation, region);
    if (error)
        return error;
    bool done = true;
    if (region->flags & ENNEAD_REGION_UNMAPPABLE)
        done = platform_io_store((unsigned)region->base, offset, width, value);
    else if (region->flags & ENNEAD_REGION_RAM)
        store_ram(region->base + offset, width, value);
    else
        done = platform_mmio_store(region->base + offset, width, value);
    return done ? ENNEAD_OK : ENNEAD_INVALID_ARG;
}

/* Clear it a step at a time; how far it got is kept in the region, so whoever asks again goes on from there. */
static error_t MUST_CHECK clear_all(struct region *region)
{
    while (region->cleared < region->size) {
        memset(phys_to_virt(region->base + region->cleared), 0, CLEAR_BYTES);
        region->cleared += CLEAR_BYTES;
        if (preemption_point())
            return AGAIN;
    }
    return ENNEAD_OK;
}

static error_t MUST_CHECK make_pool(struct invocation *invocation, struct object *object)
{
    struct region *region = region_of(object);
    struct node *slot;
    if (!(region->flags & ENNEAD_REGION_POOLABLE))
        return ENNEAD_TYPE;
    if (region->is_pool || region->children.root || region->mappings)
        return ENNEAD_BUSY;
    if (region->size < 2 * PAGE_BYTES)
        return ENNEAD_RANGE;
    error_t error = delivery_slot(invocation_delivery(invocation), &slot);
    if (!error)
        error = node_may_derive(invocation->cap);
    if (error)
        return error;
    region->converting = 1;
    error = clear_all(region);
    if (error)
        return error;
    region->converting = 0;
    region->cleared = 0;
    region->is_pool = 1;
    struct pool *pool = pool_format(phys_to_virt(region->base), region->size);
    pool->object.type = ENNEAD_TYPE_POOL;
    struct making making = {&pool->object, slot};
    making_end(invocation, invocation->cap, &making);
    return ENNEAD_OK;
}

/* With the table that the capability stands in, the region itself may have ended. */
static error_t MUST_CHECK revoke(struct invocation *invocation, struct object *object)
{
    struct region *region = region_of(object);
    error_t error = node_revoke(invocation->cap);
    if (!error && invocation->cap->kind != NODE_EMPTY) {
        region->converting = 0;
        region->cleared = 0;
    }
    return error;
}

static error_t MUST_CHECK set_cache(struct invocation *invocation, struct object *object)
{
    struct region *region = region_of(object);
    uint64_t cache = argument(invocation, 0);
    if (cache > ENNEAD_CACHE_UNCACHED)
        return ENNEAD_INVALID_ARG;
    if (region->is_pool || region->converting || region->children.root || region->mappings)
        return ENNEAD_BUSY;
    region->cache = (uint8_t)cache;
    return ENNEAD_OK;
}

static error_t MUST_CHECK describe(struct invocation *invocation, struct object *object)
{
    struct region *region = region_of(object);
    answer(invocation, region->size);
    answer(invocation, region->flags | (region->is_pool ? ENNEAD_REGION_IS_POOL : 0u));
    answer(invocation, region->cache);
    return ENNEAD_OK;
}

static error_t MUST_CHECK phys(struct invocation *invocation, struct object *object)
{
    struct region *region = region_of(object);
    if (!inside(region, argument(invocation, 0), 1))
        return ENNEAD_RANGE;
    answer(invocation, region->base + argument(invocation, 0));
    return ENNEAD_OK;
}

const struct operation region_operations[] = {
    [ENNEAD_OP_DESCRIBE] = {describe, 0},
    [ENNEAD_REGION_CARVE] = {carve, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_REGION_MAP] = {map, 0},
    [ENNEAD_REGION_LOAD] = {load, ENNEAD_RIGHT_READ},
    [ENNEAD_REGION_STORE] = {store, ENNEAD_RIGHT_WRITE},
    [ENNEAD_REGION_MAKE_POOL] = {make_pool, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_REGION_REVOKE] = {revoke, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_REGION_SET_CACHE] = {set_cache, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_REGION_PHYS] = {phys, ENNEAD_RIGHT_PHYS},
};
