/* Regions: carving, mapping, loading and storing, and becoming a pool. */
#include "calls.h"

#include <string.h>

static unsigned range_free(const struct m_region *region, uint64_t offset, uint64_t size)
{
    if (!size || size > region->size || offset > region->size - size)
        return ENNEAD_RANGE;
    if (region->is_pool || region->converting)
        return ENNEAD_BUSY;
    uint64_t first = region->base + offset;
    for (struct m_object *child = region->children; child; child = child->region.sibling)
        if (child->region.base < first + size && child->region.base + child->region.size > first)
            return ENNEAD_BUSY;
    return ENNEAD_OK;
}

static unsigned carve(struct m_call *call, struct m_object *object)
{
    struct m_region *region = &object->region;
    uint64_t offset = m_argument(call, 0), size = m_argument(call, 1);
    struct m_node *pool;
    struct m_object *child;
    if (region->flags & ENNEAD_REGION_UNMAPPABLE)
        return ENNEAD_TYPE;
    if (offset % 4096 || size % 4096)
        return ENNEAD_ALIGNMENT;
    unsigned error = range_free(region, offset, size);
    if (!error && region->mappings && offset < region->mapped_high && offset + size > region->mapped_low)
        error = ENNEAD_BUSY;
    if (!error)
        error = m_argument_cap(call, ENNEAD_TYPE_POOL, ENNEAD_RIGHT_CONTROL, &pool);
    if (!error)
        error = m_make(call, pool->object, ENNEAD_TYPE_REGION, m_order_of(ENNEAD_TYPE_REGION), &child);
    if (error)
        return error;
    child->region = (struct m_region){.base = region->base + offset,
                                      .size = size,
                                      .flags = region->flags,
                                      .cache = region->cache,
                                      .parent = object,
                                      .sibling = region->children};
    region->children = child;
    child->root->rights = call->cap->rights;
    return ENNEAD_OK;
}

static unsigned map(struct m_call *call, struct m_object *object)
{
    struct m_region *region = &object->region;
    uint64_t offset = m_argument(call, 0), order = m_argument(call, 1), address;
    unsigned rights = (unsigned)m_argument(call, 2) & call->cap->rights & 7;
    if (region->flags & ENNEAD_REGION_UNMAPPABLE)
        return ENNEAD_TYPE;
    if (order < model.machine.page_log2 || order > 62)
        return ENNEAD_INVALID_ARG;
    if (offset % 4096)
        return ENNEAD_ALIGNMENT;
    uint64_t size = 1ull << order;
    unsigned error = range_free(region, offset, size);
    if (!error)
        error = m_delivery_range(&call->delivery, m_argument(call, 3), (unsigned)order, &address);
    if (!error)
        error = m_may_derive(call->cap);
    if (error)
        return error;
    struct m_entry *entry = m_map_insert(call->delivery.space, address, (unsigned)order, region->base + offset);
    m_insert(call->cap, &entry->node, object, rights);
    entry->node.kind = M_ENTRY;
    if (!region->mappings++) {
        region->mapped_low = offset;
        region->mapped_high = offset + size;
    }
    region->mapped_low = offset < region->mapped_low ? offset : region->mapped_low;
    region->mapped_high = offset + size > region->mapped_high ? offset + size : region->mapped_high;
    m_describe_item(&call->delivery, ENNEAD_ITEM_PAGE, address, (unsigned)order, 0);
    return ENNEAD_OK;
}

static unsigned check_access(const struct m_call *call, const struct m_region *region)
{
    uint64_t offset = m_argument(call, 0), width = m_argument(call, 1);
    if (width != 1 && width != 2 && width != 4 && width != 8)
        return ENNEAD_INVALID_ARG;
    if (offset % width && !(region->flags & ENNEAD_REGION_UNMAPPABLE))
        return ENNEAD_ALIGNMENT;
    unsigned error = range_free(region, offset, width);
    if (!error && region->flags & ENNEAD_REGION_RAM && !(region->flags & ENNEAD_REGION_POOLABLE))
        error = ENNEAD_TYPE;
    return error;
}

static unsigned load(struct m_call *call, struct m_object *object)
{
    const struct m_region *region = &object->region;
    uint64_t offset = m_argument(call, 0), value = 0;
    unsigned width = (unsigned)m_argument(call, 1), error = check_access(call, region);
    if (error)
        return error;
    bool done = true;
    if (region->flags & ENNEAD_REGION_RAM) {
        union {
            uint8_t byte;
            uint16_t half;
            uint32_t word;
            uint64_t whole;
        } at;
        memcpy(&at, &model.ram[region->base + offset], width);
        value = width == 1 ? at.byte : width == 2 ? at.half : width == 4 ? at.word : at.whole;
    } else {
        done = model.machine.io_load(!(region->flags & ENNEAD_REGION_UNMAPPABLE), region->base, offset, width, &value);
    }
    m_answer(call, value);
    return done ? ENNEAD_OK : ENNEAD_INVALID_ARG;
}

static unsigned store(struct m_call *call, struct m_object *object)
{
    const struct m_region *region = &object->region;
    uint64_t offset = m_argument(call, 0), value = m_argument(call, 2);
    unsigned width = (unsigned)m_argument(call, 1), error = check_access(call, region);
    if (error)
        return error;
    if (!(region->flags & ENNEAD_REGION_RAM))
        return model.machine.io_store(!(region->flags & ENNEAD_REGION_UNMAPPABLE), region->base, offset, width, value)
                   ? ENNEAD_OK
                   : ENNEAD_INVALID_ARG;
    uint8_t byte = (uint8_t)value;
    uint16_t half = (uint16_t)value;
    uint32_t word = (uint32_t)value;
    memcpy(&model.ram[region->base + offset],
           width == 1   ? (void *)&byte
           : width == 2 ? (void *)&half
           : width == 4 ? (void *)&word
                        : (void *)&value,
           width);
    return ENNEAD_OK;
}

static unsigned make_pool(struct m_call *call, struct m_object *object)
{
    struct m_region *region = &object->region;
    struct m_node *slot;
    if (!(region->flags & ENNEAD_REGION_POOLABLE))
        return ENNEAD_TYPE;
    if (region->is_pool || region->children || region->mappings)
        return ENNEAD_BUSY;
    if (region->size < 8192)
        return ENNEAD_RANGE;
    unsigned error = m_delivery_slot(&call->delivery, &slot);
    if (!error)
        error = m_may_derive(call->cap);
    if (error)
        return error;
    region->converting = true;
    while (region->cleared < region->size) {
        memset(&model.ram[region->base + region->cleared], 0, CLEAR_BYTES);
        region->cleared += CLEAR_BYTES;
        if (m_preemption_point())
            return AGAIN;
    }
    region->converting = false;
    region->cleared = 0;
    region->is_pool = true;
    struct m_object *pool = m_object_new(ENNEAD_TYPE_POOL, region->base);
    m_pool_format(pool, region->size);
    m_made(call, slot, pool);
    return ENNEAD_OK;
}

static unsigned region_revoke(struct m_call *call, struct m_object *object)
{
    unsigned error = m_revoke(call->cap);
    if (!error && call->cap->kind != M_EMPTY) {
        object->region.converting = false;
        object->region.cleared = 0;
    }
    return error;
}

static unsigned set_cache(struct m_call *call, struct m_object *object)
{
    struct m_region *region = &object->region;
    if (m_argument(call, 0) > ENNEAD_CACHE_UNCACHED)
        return ENNEAD_INVALID_ARG;
    if (region->is_pool || region->converting || region->children || region->mappings)
        return ENNEAD_BUSY;
    region->cache = (uint8_t)m_argument(call, 0);
    return ENNEAD_OK;
}

static unsigned region_describe(struct m_call *call, struct m_object *object)
{
    m_answer(call, object->region.size);
    m_answer(call, object->region.flags | (object->region.is_pool ? ENNEAD_REGION_IS_POOL : 0u));
    m_answer(call, object->region.cache);
    return ENNEAD_OK;
}

static unsigned phys(struct m_call *call, struct m_object *object)
{
    if (m_argument(call, 0) >= object->region.size)
        return ENNEAD_RANGE;
    m_answer(call, object->region.base + m_argument(call, 0));
    return ENNEAD_OK;
}

const struct operation m_region_operations[OPERATIONS] = {{region_describe, 0},
                                                          {carve, CONTROL},
                                                          {map, 0},
                                                          {load, READ},
                                                          {store, WRITE},
                                                          {make_pool, CONTROL},
                                                          {region_revoke, CONTROL},
                                                          {set_cache, CONTROL},
                                                          {phys, ENNEAD_RIGHT_PHYS}};
