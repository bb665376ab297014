/* Pools as buddy allocators over one array of blocks, objects in them, and the maps of spaces. */
#include "internal.h"

#include <string.h>

#define BLOCK ENNEAD_POOL_BLOCK_BYTES
#define FREE  0x80u
#define LEAST 7u

/* ---- pools ---- */

static uint32_t block_of(uint64_t phys)
{
    return (uint32_t)(phys / BLOCK);
}

static void put_free(struct m_object *pool, uint64_t phys, unsigned order)
{
    uint32_t block = block_of(phys), *head = &pool->memory.free[order - LEAST];
    model.block_order[block] = (uint8_t)(FREE | order);
    model.block_prev[block] = 0;
    model.block_next[block] = *head;
    if (*head)
        model.block_prev[*head - 1] = block + 1;
    *head = block + 1;
}

static void take_free(struct m_object *pool, uint64_t phys)
{
    uint32_t block = block_of(phys), next = model.block_next[block], prev = model.block_prev[block];
    if (prev)
        model.block_next[prev - 1] = next;
    else
        pool->memory.free[(model.block_order[block] & ~FREE) - LEAST] = next;
    if (next)
        model.block_prev[next - 1] = prev;
    model.block_order[block] = 0;
}

/* POL-4: the header and the map of a pool come out of its own size. The rest is cut into blocks as large as fit. */
void m_pool_format(struct m_object *pool, uint64_t size)
{
    uint64_t offset = 1024 + (size / BLOCK + BLOCK - 1) / BLOCK * BLOCK;
    memset(&pool->memory, 0, sizeof pool->memory);
    memset(&model.block_order[block_of(pool->phys) + 1], 0, size / BLOCK - 1);
    pool->memory.size = size;
    pool->memory.free_bytes = size - offset;
    while (offset < size) {
        unsigned order = LEAST;
        while (order < ENNEAD_POOL_ORDER_MAX && offset % (2ull << order) == 0 && offset + (2ull << order) <= size)
            order++;
        put_free(pool, pool->phys + offset, order);
        offset += 1ull << order;
    }
}

uint64_t m_allocate(struct m_object *pool, unsigned wanted)
{
    unsigned order = wanted;
    while (order <= ENNEAD_POOL_ORDER_MAX && !pool->memory.free[order - LEAST])
        order++;
    if (order > ENNEAD_POOL_ORDER_MAX)
        return 0;
    uint64_t phys = (uint64_t)(pool->memory.free[order - LEAST] - 1) * BLOCK;
    take_free(pool, phys);
    while (order-- > wanted)
        put_free(pool, phys + (1ull << order), order);
    model.block_order[block_of(phys)] = (uint8_t)wanted;
    pool->memory.free_bytes -= 1ull << wanted;
    return phys;
}

void m_free(struct m_object *pool, uint64_t phys, unsigned order)
{
    MUST(model.block_order[block_of(phys)] == order);
    model.block_order[block_of(phys)] = 0;
    pool->memory.free_bytes += 1ull << order;
    for (; order < ENNEAD_POOL_ORDER_MAX; order++) {
        uint64_t offset = phys - pool->phys, buddy = offset ^ 1ull << order;
        if (buddy >= pool->memory.size || model.block_order[block_of(pool->phys + buddy)] != (FREE | order))
            break;
        take_free(pool, pool->phys + buddy);
        phys = pool->phys + (offset & ~(1ull << order));
    }
    put_free(pool, phys, order);
}

uint64_t m_largest_free(const struct m_object *pool)
{
    for (unsigned i = MODEL_ORDERS; i-- > 0;)
        if (pool->memory.free[i])
            return 1ull << (i + LEAST);
    return 0;
}

uint64_t m_missing(const struct m_object *pool, unsigned order)
{
    uint64_t have = m_largest_free(pool);
    return 1ull << order > have ? (1ull << order) - have : 0;
}

/* ---- objects ---- */

unsigned m_order_of(unsigned type)
{
    switch (type) {
    case ENNEAD_TYPE_SPACE:
        return 16;
    case ENNEAD_TYPE_THREAD:
        return 11;
    case ENNEAD_TYPE_ENDPOINT:
        return 7;
    case ENNEAD_TYPE_REGION:
    case ENNEAD_TYPE_NOTIFICATION:
    case ENNEAD_TYPE_IRQ:
    case ENNEAD_TYPE_SCHED_CONTEXT:
        return 8;
    default:
        return 0;
    }
}

struct m_object *m_object_new(unsigned type, uint64_t phys)
{
    unsigned index = model.free_object_count ? model.free_objects[--model.free_object_count] : model.object_top++;
    MUST(index < MODEL_OBJECTS);
    struct m_object *object = &model.objects[index];
    *object = (struct m_object){.used = true, .type = (uint8_t)type, .phys = phys};
    model.object_at[block_of(phys)] = (uint16_t)(index + 1);
    return object;
}

void m_object_forget(struct m_object *object)
{
    model.object_at[block_of(object->phys)] = 0;
    object->used = false;
    model.free_objects[model.free_object_count++] = (uint16_t)(object - model.objects);
}

struct m_object *m_object_make(struct m_object *pool, unsigned type, unsigned order)
{
    uint64_t phys = m_allocate(pool, order);
    if (!phys)
        return NULL;
    struct m_object *object = m_object_new(type, phys);
    object->order = order;
    object->container = pool;
    object->pool = pool;
    object->pool_prev = pool->memory.last;
    if (pool->memory.last)
        pool->memory.last->pool_next = object;
    else
        pool->memory.first = object;
    pool->memory.last = object;
    return object;
}

/* ---- spaces and their maps ---- */

static void add_slots(struct m_object *space)
{
    unsigned page =
        model.free_slot_page_count ? model.free_slot_pages[--model.free_slot_page_count] : model.slot_page_top++;
    MUST(page < MODEL_SLOT_PAGES);
    memset(model.slots[page], 0, sizeof model.slots[page]);
    space->space.slot_page[space->space.slot_pages++] = (uint16_t)page;
}

void m_space_start(struct m_object *space)
{
    memset(&space->space, 0, sizeof space->space);
    add_slots(space);
    space->space.free_entries = ENNEAD_ENTRIES_PER_PAGE;
}

struct m_node *m_slot(struct m_object *space, uint64_t index)
{
    if (index == 0 || index >= (uint64_t)space->space.slot_pages * ENNEAD_SLOTS_PER_PAGE)
        return NULL;
    return &model.slots[space->space.slot_page[index / ENNEAD_SLOTS_PER_PAGE]][index % ENNEAD_SLOTS_PER_PAGE];
}

unsigned m_space_grow(struct m_object *space, uint64_t table, uint64_t pages, uint64_t *missing)
{
    if (table > ENNEAD_TABLE_PAGES || !(pages == 1 || pages == 2 || pages == 4 || pages == 8 || pages == 16))
        return ENNEAD_INVALID_ARG;
    if (space->space.extents == 64 ||
        (table == ENNEAD_TABLE_SLOTS && space->space.slot_pages + pages > ENNEAD_SLOT_PAGES_MAX))
        return ENNEAD_RANGE;
    unsigned order = 12;
    while (1u << (order - 12) < pages)
        order++;
    uint64_t phys = m_allocate(space->pool, order);
    if (!phys) {
        *missing = m_missing(space->pool, order);
        return ENNEAD_NO_MEMORY;
    }
    space->space.extent[space->space.extents].phys = phys;
    space->space.extent[space->space.extents++].order = order;
    for (uint64_t i = 0; i < pages; i++) {
        if (table == ENNEAD_TABLE_SLOTS)
            add_slots(space);
        else if (table == ENNEAD_TABLE_ENTRIES)
            space->space.free_entries += ENNEAD_ENTRIES_PER_PAGE;
    }
    return ENNEAD_OK;
}

static uint64_t last_of(const struct m_entry *entry)
{
    return entry->base + (1ull << entry->order) - 1;
}

struct m_entry *m_at_or_above(struct m_object *space, uint64_t address)
{
    struct m_entry *entry = space->space.map;
    while (entry && last_of(entry) < address)
        entry = entry->higher;
    return entry;
}

struct m_entry *m_find(struct m_object *space, uint64_t address)
{
    struct m_entry *entry = m_at_or_above(space, address);
    return entry && entry->base <= address ? entry : NULL;
}

unsigned m_map_check(struct m_object *space, uint64_t address, unsigned order)
{
    if (order < model.machine.page_log2 || order > 62)
        return ENNEAD_INVALID_ARG;
    uint64_t size = 1ull << order;
    if (address % size)
        return ENNEAD_ALIGNMENT;
    if (size > model.machine.user_end || address > model.machine.user_end - size)
        return ENNEAD_RANGE;
    struct m_entry *first = m_at_or_above(space, address);
    if (first && first->base <= address + size - 1)
        return ENNEAD_OCCUPIED;
    return space->space.free_entries ? ENNEAD_OK : ENNEAD_NO_ENTRY;
}

struct m_entry *m_map_insert(struct m_object *space, uint64_t address, unsigned order, uint64_t phys)
{
    struct m_entry *entry = model.free_entries, **link = &space->space.map;
    if (entry)
        model.free_entries = entry->higher;
    else
        entry = &model.entries[model.entry_top++];
    MUST(model.entry_top <= MODEL_ENTRIES && space->space.free_entries);
    space->space.free_entries--;
    while (*link && (*link)->base < address)
        link = &(*link)->higher;
    *entry = (struct m_entry){.base = address, .phys = phys, .order = order, .space = space, .higher = *link};
    *link = entry;
    return entry;
}

void m_map_remove(struct m_entry *entry)
{
    struct m_entry **link = &entry->space->space.map;
    MUST(entry->node.kind == M_EMPTY);
    while (*link != entry)
        link = &(*link)->higher;
    *link = entry->higher;
    entry->space->space.free_entries++;
    *entry = (struct m_entry){.higher = model.free_entries};
    model.free_entries = entry;
}

struct m_entry *m_entry_of(struct m_node *node)
{
    return (struct m_entry *)((char *)node - offsetof(struct m_entry, node));
}

/* Translations are forgotten, 2 MiB a step; until the entry is gone none is made from it again. */
unsigned m_map_drop(struct m_entry *entry)
{
    entry->dropping = M_DROP_DELETE;
    while (entry->dropped + (2u << 20) < 1ull << entry->order) {
        entry->dropped += 2u << 20;
        if (m_preemption_point())
            return AGAIN;
    }
    entry->dropped = 0;
    return ENNEAD_OK;
}

unsigned m_space_add_utcb(struct m_object *space, uint64_t address, uint64_t *missing)
{
    unsigned error = m_map_check(space, address, 12);
    if (error)
        return error;
    uint64_t phys = m_allocate(space->pool, 12);
    if (!phys) {
        *missing = m_missing(space->pool, 12);
        return ENNEAD_NO_MEMORY;
    }
    memset(&model.ram[phys], 0, 4096);
    struct m_entry *entry = m_map_insert(space, address, 12, phys);
    entry->node.kind = M_UTCB;
    entry->node.rights = ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE;
    return ENNEAD_OK;
}

static struct m_entry *utcb_entry(struct m_object *space, uint64_t address)
{
    struct m_entry *entry = m_find(space, address);
    return entry && entry->node.kind == M_UTCB && address % ENNEAD_UTCB_ALIGN == 0 ? entry : NULL;
}

bool m_take_utcb(struct m_object *space, uint64_t address, uint64_t *phys)
{
    struct m_entry *entry = utcb_entry(space, address);
    unsigned bit = entry ? 1u << (address - entry->base) / ENNEAD_UTCB_BYTES : 0;
    if (!entry || entry->utcb_used & bit)
        return false;
    entry->utcb_used |= bit;
    *phys = entry->phys + (address - entry->base);
    return true;
}

void m_return_utcb(struct m_object *space, uint64_t address)
{
    struct m_entry *entry = utcb_entry(space, address);
    if (entry)
        entry->utcb_used &= ~(1u << (address - entry->base) / ENNEAD_UTCB_BYTES);
}
