/* A space's memory map: which region is mapped where. The MMU's tables are only a cache of it. */
#include "cpu.h"
#include "region.h"
#include "space.h"

#include "memory.h"

static inline struct entry *entry_of(struct tree_node *node)
{
    return node ? CONTAINER_OF(node, struct entry, link) : NULL;
}

static inline bool is_over(const struct entry *entry, uint64_t address)
{
    return entry && address - entry_base(entry) <= entry_last(entry) - entry_base(entry);
}

struct entry *map_find(struct space *space, uint64_t address)
{
    if (is_over(space->recent, address))
        return space->recent;
    struct entry *entry = entry_of(tree_at_or_below(&space->map, address));
    if (!is_over(entry, address))
        return NULL;
    space->recent = entry;
    return entry;
}

struct entry *map_at_or_above(struct space *space, uint64_t address)
{
    struct entry *entry = map_find(space, address);
    return entry ? entry : entry_of(tree_at_or_above(&space->map, address));
}

/* Behind which entry the last map_check() found room; NULL: in front of all. Under the kernel lock. */
static struct tree_node *room;

error_t map_check(struct space *space, uint64_t address, unsigned order_log2)
{
    if (order_log2 < PORT_PAGE_LOG2 || order_log2 > 62)
        return ENNEAD_INVALID_ARG;
    uint64_t size = (uint64_t)1 << order_log2;
    if (address & (size - 1))
        return ENNEAD_ALIGNMENT;
    if (size > PORT_USER_END || address > PORT_USER_END - size)
        return ENNEAD_RANGE;
    room = tree_at_or_below(&space->map, address + size - 1);
    if (room && entry_last(entry_of(room)) >= address)
        return ENNEAD_OCCUPIED;
    return space->free_entry_count ? ENNEAD_OK : ENNEAD_NO_ENTRY;
}

static struct entry *take_entry(struct space *space)
{
    if (list_empty(&space->free_entries)) {
        struct entry *page = CONTAINER_OF(space->new_entries.next, struct entry, free_link);
        list_remove(&page->free_link);
        for (unsigned i = 0; i < ENNEAD_ENTRIES_PER_PAGE; i++)
            list_append(&space->free_entries, &page[i].free_link);
    }
    struct entry *entry = CONTAINER_OF(space->free_entries.next, struct entry, free_link);
    list_remove(&entry->free_link);
    space->free_entry_count--;
    return entry;
}

struct entry *map_insert(struct space *space, uint64_t address, unsigned order_log2, uint64_t phys)
{
    struct entry *entry = take_entry(space);
    entry->space = space;
    entry->phys = phys;
    entry->order_log2 = (uint8_t)order_log2;
    ASSERT(room == tree_at_or_below(&space->map, address));
    tree_insert_behind(&space->map, room, &entry->link, address);
    space->recent = entry;
    return entry;
}

void map_remove(struct entry *entry)
{
    struct space *space = entry->space;
    ASSERT(entry->node.kind == NODE_EMPTY);
    if (space->recent == entry)
        space->recent = NULL;
    tree_remove(&space->map, &entry->link);
    memset(entry, 0, sizeof *entry);
    list_push(&space->free_entries, &entry->free_link);
    space->free_entry_count++;
}

error_t map_drop(struct entry *entry)
{
    struct space *space = entry->space;
    bool resumed = entry->dropped; /* perhaps by another CPU, whose own translations nobody dropped yet */
    ennead_word base = (ennead_word)entry_base(entry), va = base + (ennead_word)entry->dropped;
    entry->dropping = DROP_DELETE;
    while (!mmu_drop(&space->mmu, &va, (ennead_word)entry_last(entry))) {
        entry->dropped = va - base;
        if (preemption_point())
            return AGAIN;
    }
    entry->dropped = 0;
    if (resumed)
        mmu_flush_cpu();
    cpu_shoot_down(space);
    return ENNEAD_OK;
}

static void fill(struct entry *entry, uint64_t address)
{
    struct space *space = entry->space;
    struct mmu_mapping mapping = {
        .base = (ennead_word)entry_base(entry),
        .phys = entry->phys,
        .order_log2 = entry->order_log2,
        .rights = entry->node.rights,
        .cache = entry->node.kind == NODE_UTCB ? ENNEAD_CACHE_NORMAL : region_of(entry->node.object)->cache,
    };
    if (!mmu_fill(&space->mmu, (ennead_word)address, &mapping))
        cpu_shoot_down(space); /* and the page faults again */
}

bool map_fill(struct space *space, uint64_t address, unsigned access)
{
    struct entry *entry = map_find(space, address);
    if (!entry || entry->dropping == DROP_DELETE || (entry->node.rights & access) != access)
        return false;
    entry->dropping = 0;
    entry->dropped = 0;
    fill(entry, address);
    return true;
}

void map_fill_ahead(struct space *space, uint64_t address, unsigned access)
{
    struct entry *entry = map_find(space, address);
    if (entry && !entry->dropping && (entry->node.rights & access) == access)
        fill(entry, address);
}
