/* Making and growing spaces. Their operations are in space_ops.c, their end in destroy.c. */
#include "space.h"
#include "pool.h"
#include "thread.h"

#include "memory.h"

/* How a space's block is laid out, in pages. */
enum { BLOCK_HEADER, BLOCK_SLOTS, BLOCK_ENTRIES, BLOCK_TABLES, BLOCK_PAGES = ENNEAD_PRICE_SPACE / PAGE_BYTES };

_Static_assert(sizeof(struct space) <= PAGE_BYTES, "the space's header outgrew its page");
_Static_assert(sizeof(struct entry) * ENNEAD_ENTRIES_PER_PAGE <= PAGE_BYTES, "map entries outgrew their price");
_Static_assert(sizeof(struct node) * ENNEAD_SLOTS_PER_PAGE <= PAGE_BYTES, "slots outgrew their price");
_Static_assert(BLOCK_PAGES - BLOCK_TABLES >= PORT_TABLE_PATH, "no room for a full table path");
_Static_assert(sizeof(struct ennead_utcb) <= ENNEAD_UTCB_BYTES, "the message buffer outgrew its place");

/* A page's entries are made when the first of them is needed, so that sixteen pages are no more work than one. */
static void add_entries(struct space *space, void *page)
{
    list_append(&space->new_entries, &((struct entry *)page)->free_link);
    space->free_entry_count += ENNEAD_ENTRIES_PER_PAGE;
}

static void add_slots(struct space *space, void *page)
{
    space->slots[space->slot_pages++] = page;
}

void space_init(struct space *space)
{
    char *block = (char *)space;
    list_init(&space->free_entries);
    list_init(&space->new_entries);
    list_init(&space->threads);
    add_slots(space, block + BLOCK_SLOTS * PAGE_BYTES);
    add_entries(space, block + BLOCK_ENTRIES * PAGE_BYTES);
    mmu_init_space(&space->mmu, block + BLOCK_TABLES * PAGE_BYTES, BLOCK_PAGES - BLOCK_TABLES);
}

static void use_pages(struct space *space, unsigned table, char *block, uint64_t pages)
{
    if (table == ENNEAD_TABLE_PAGES) {
        mmu_add_tables(&space->mmu, block, (unsigned)pages);
        return;
    }
    for (uint64_t i = 0; i < pages; i++) {
        if (table == ENNEAD_TABLE_SLOTS)
            add_slots(space, block + i * PAGE_BYTES);
        else
            add_entries(space, block + i * PAGE_BYTES);
    }
}

/* At most this many pages in one go. */
#define GROW_PAGES_MAX 16u

error_t space_grow(struct space *space, unsigned table, uint64_t pages, uint64_t *missing)
{
    if (table > ENNEAD_TABLE_PAGES || pages == 0 || pages > GROW_PAGES_MAX || pages & (pages - 1))
        return ENNEAD_INVALID_ARG;
    if (space->extent_count == SPACE_EXTENTS)
        return ENNEAD_RANGE;
    if (table == ENNEAD_TABLE_SLOTS && space->slot_pages + pages > ENNEAD_SLOT_PAGES_MAX)
        return ENNEAD_RANGE;
    unsigned order = PAGE_LOG2 + (unsigned)__builtin_ctzll(pages);
    void *block = pool_allocate(space->object.pool, order);
    if (!block) {
        *missing = pool_missing(space->object.pool, order);
        return ENNEAD_NO_MEMORY;
    }
    space->extent[space->extent_count++] = (struct extent){block, (uint8_t)order};
    use_pages(space, table, block, pages);
    return ENNEAD_OK;
}

error_t space_add_utcb(struct space *space, uint64_t address, uint64_t *missing)
{
    error_t error = map_check(space, address, PAGE_LOG2);
    if (error)
        return error;
    void *page = pool_allocate(space->object.pool, PAGE_LOG2);
    if (!page) {
        *missing = pool_missing(space->object.pool, PAGE_LOG2);
        return ENNEAD_NO_MEMORY;
    }
    struct entry *entry = map_insert(space, address, PAGE_LOG2, virt_to_phys(page));
    entry->node.kind = NODE_UTCB;
    entry->node.rights = ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE;
    return ENNEAD_OK;
}

/* The entry and the number of the message buffer at an address that may be anything. */
static struct entry *utcb_entry(struct space *space, uint64_t address, unsigned *index)
{
    struct entry *entry = map_find(space, address);
    if (!entry || entry->node.kind != NODE_UTCB || address % ENNEAD_UTCB_ALIGN)
        return NULL;
    *index = (unsigned)((address - entry_base(entry)) / ENNEAD_UTCB_BYTES);
    return entry;
}

struct ennead_utcb *space_take_utcb(struct space *space, uint64_t address)
{
    unsigned index;
    struct entry *entry = utcb_entry(space, address, &index);
    if (!entry || entry->utcb_used & 1u << index)
        return NULL;
    entry->utcb_used |= (uint8_t)(1u << index);
    return (struct ennead_utcb *)((char *)phys_to_virt(entry->phys) + index * ENNEAD_UTCB_BYTES);
}

void space_return_utcb(struct space *space, uint64_t address)
{
    unsigned index;
    struct entry *entry = utcb_entry(space, address, &index);
    if (entry)
        entry->utcb_used &= (uint8_t) ~(1u << index);
}
