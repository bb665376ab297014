/* A space's memory map: which region is mapped where. The MMU's tables are only a cache of it. */
#include "cpu.h"
#include "region.h"
#include "space.h"

#include "memory.h"

static inline struct entry *entry_of(struct tree_node *node)
{
    return node ? CONTAINER_OF(node, struct entry, link) : NULL;
}

/* At most 1 << order_log2 bytes; PORT_USER_END bounds what entries there are. */
static inline ennead_word bytes_of(unsigned order_log2)
{
    return (ennead_word)1 << order_log2;
}

static inline ennead_word word_base(const struct entry *entry)
{
    return (ennead_word)entry->link.key;
}

/* Of an address that the entry begins at or below. */
static inline bool reaches(const struct entry *entry, ennead_word address)
{
    return (address - word_base(entry)) >> entry->order_log2 == 0;
}

/* Each loop goes one way: a level takes no more jumps than it must, in maps of twenty levels. */
static __attribute__((noinline)) struct entry *search(struct space *space, ennead_word address)
{
    struct tree_node *node = space->map.root, *below = NULL, *above = NULL;
    for (; node; node = node->child[0]) {
        while ((ennead_word)node->key <= address) {
            below = node;
            node = node->child[1];
            if (!node)
                goto found;
        }
        above = node;
    }
found:
    space->recent = entry_of(below);
    space->recent_first = below ? (ennead_word)below->key : 0;
    space->recent_span = (above ? (ennead_word)above->key : 0) - 1 - space->recent_first;
    return space->recent;
}

/* The entry that begins last at an address or below; NULL: none does. */
static inline __attribute__((always_inline)) struct entry *at_or_below(struct space *space, ennead_word address)
{
    return address - space->recent_first <= space->recent_span ? space->recent : search(space, address);
}

static inline struct entry *find(struct space *space, uint64_t address)
{
    struct entry *entry = at_or_below(space, (ennead_word)address);
    bool is_over = address == (ennead_word)address && entry && reaches(entry, (ennead_word)address);
    return is_over ? entry : NULL;
}

struct entry *map_find(struct space *space, uint64_t address)
{
    return find(space, address);
}

error_t map_find_page(struct space *space, uint64_t address, unsigned order_log2, struct entry **entry)
{
    if (order_log2 >= 8 * sizeof(ennead_word))
        return ENNEAD_RANGE;
    if (address & (bytes_of(order_log2) - 1))
        return ENNEAD_ALIGNMENT;
    *entry = find(space, address);
    if (!*entry || (*entry)->node.kind != NODE_ENTRY)
        return ENNEAD_NOT_FOUND;
    return (*entry)->order_log2 < order_log2 ? ENNEAD_RANGE : ENNEAD_OK;
}

RARE struct entry *map_at_or_above(struct space *space, uint64_t address)
{
    struct entry *entry = map_find(space, address);
    return entry ? entry : entry_of(tree_at_or_above(&space->map, address));
}

/* Can there be an entry of this size at this address at all? */
static inline bool is_place(uint64_t address, unsigned order_log2)
{
    if (order_log2 - PORT_PAGE_LOG2 >= 8 * sizeof(ennead_word) - PORT_PAGE_LOG2)
        return false;
    ennead_word rest = bytes_of(order_log2) - 1;
    return (address & rest) == 0 && address == (ennead_word)address && ((ennead_word)address | rest) < PORT_USER_END;
}

/* Why not. */
static RARE error_t place_error(uint64_t address, unsigned order_log2)
{
    if (order_log2 < PORT_PAGE_LOG2 || order_log2 > 62)
        return ENNEAD_INVALID_ARG;
    return address & (((uint64_t)1 << order_log2) - 1) ? ENNEAD_ALIGNMENT : ENNEAD_RANGE;
}

/* Is there no entry yet, from `address` on? It is a place. */
static inline __attribute__((always_inline)) bool is_free(struct space *space, ennead_word address, unsigned order_log2)
{
    const struct entry *below = at_or_below(space, address + (bytes_of(order_log2) - 1));
    return !below || (word_base(below) < address && !reaches(below, address));
}

error_t map_check(struct space *space, uint64_t address, unsigned order_log2)
{
    if (!is_place(address, order_log2))
        return place_error(address, order_log2);
    if (!is_free(space, (ennead_word)address, order_log2))
        return ENNEAD_OCCUPIED;
    return space->free_entry_count ? ENNEAD_OK : ENNEAD_NO_ENTRY;
}

static RARE void open_page(struct space *space)
{
    struct entry *page = CONTAINER_OF(space->new_entries.next, struct entry, free_link);
    list_remove(&page->free_link);
    for (unsigned i = 0; i < ENNEAD_ENTRIES_PER_PAGE; i++)
        list_append(&space->free_entries, &page[i].free_link);
}

/* Its link is overwritten as the entry goes into the map. */
static inline struct entry *take_entry(struct space *space)
{
    if (UNLIKELY(list_empty(&space->free_entries)))
        open_page(space);
    struct entry *entry = CONTAINER_OF(space->free_entries.next, struct entry, free_link);
    list_remove_first(&space->free_entries, &entry->free_link);
    space->free_entry_count--;
    return entry;
}

struct entry *map_insert(struct space *space, uint64_t place, unsigned order_log2, uint64_t phys)
{
    ennead_word address = (ennead_word)place;
    struct entry *below = at_or_below(space, address), *entry = take_entry(space);
    entry->space = space;
    entry->phys = phys;
    entry->order_log2 = (uint8_t)order_log2;
    tree_insert_behind(&space->map, below ? &below->link : NULL, &entry->link, address);
    space->recent = entry;
    space->recent_span -= address - space->recent_first;
    space->recent_first = address;
    return entry;
}

/* Instead of an entry that goes, the map was asked last for the one before it. */
static inline void recall_before(struct space *space, const struct entry *entry)
{
    ennead_word end = space->recent_first + space->recent_span;
    space->recent = entry_of(tree_before(&entry->link));
    space->recent_first = space->recent ? word_base(space->recent) : 0;
    space->recent_span = end - space->recent_first;
}

void map_remove(struct entry *entry)
{
    struct space *space = entry->space;
    ASSERT(entry->node.kind == NODE_EMPTY);
    if (space->recent == entry)
        recall_before(space, entry);
    tree_remove(&space->map, &entry->link);
    entry->space = NULL;
    entry->phys = 0;
    entry->dropped = 0;
    entry->order_log2 = 0;
    entry->utcb_used = 0;
    entry->dropping = 0;
    list_push(&space->free_entries, &entry->free_link);
    space->free_entry_count++;
}

static struct entry *vacated;

/* The next one is where its node, which is empty, would have its next. */
void map_vacate(struct entry *entry)
{
    struct cpu *cpu = this_cpu();
    entry->node.next = vacated ? &vacated->node : NULL;
    vacated = entry;
    cpu->noted_vacated = cpu->noted = true;
}

bool map_remove_vacated(void)
{
    struct entry *entry = vacated;
    vacated = entry->node.next ? CONTAINER_OF(entry->node.next, struct entry, node) : NULL;
    entry->node.next = NULL;
    map_remove(entry);
    return vacated;
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
    if (UNLIKELY(this_cpu()->among_others))
        cpu_shoot_down(space);
    return ENNEAD_OK;
}

static __attribute__((noinline)) void fill(struct entry *entry, ennead_word address)
{
    struct space *space = entry->space;
    struct mmu_mapping mapping = {
        .base = word_base(entry),
        .phys = entry->phys,
        .order_log2 = entry->order_log2,
        .rights = entry->node.rights,
        .cache = entry->node.kind == NODE_UTCB ? ENNEAD_CACHE_NORMAL : region_of(entry->node.object)->cache,
    };
    if (UNLIKELY(!mmu_fill(&space->mmu, address, &mapping)))
        cpu_shoot_down(space); /* and the page faults again */
}

bool map_fill(struct space *space, uint64_t address, unsigned access)
{
    struct entry *entry = find(space, address);
    if (!entry || entry->dropping == DROP_DELETE || (entry->node.rights & access) != access)
        return false;
    entry->dropping = 0;
    entry->dropped = 0;
    fill(entry, (ennead_word)address);
    return true;
}

bool map_copy_page(struct space *from, const struct ennead_item *item, struct space *to, uint64_t address,
                   unsigned access)
{
    unsigned order_log2 = item->order_log2;
    ennead_word at = (ennead_word)item->offset;
    if (!is_place(item->offset, order_log2) || !is_free(to, at, order_log2) || !to->free_entry_count)
        return false;
    struct entry *source = find(from, item->base);
    if (!source || item->base & (bytes_of(order_log2) - 1) || source->order_log2 < order_log2 ||
        source->node.kind != NODE_ENTRY || source->dropping == DROP_DELETE || source->node.depth >= ENNEAD_DEPTH_MAX)
        return false;
    uint64_t phys = source->phys + ((ennead_word)item->base - word_base(source));
    struct entry *entry = map_insert(to, at, order_log2, phys);
    node_link_mapping(&source->node, &entry->node, source->node.rights & item->rights);
    region_of(entry->node.object)->mappings++;
    if (((ennead_word)address - at) >> order_log2 == 0 && (entry->node.rights & access) == access)
        fill(entry, (ennead_word)address);
    return true;
}
