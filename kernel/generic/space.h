/*
 * Spaces: a memory map, a capability table, and the port's cache of translations.
 *
 * Invariants:
 *   S1  entries in `map` do not overlap; each is a power of two in size, aligned to it, below PORT_USER_END.
 *   S2  every used entry is in `map`, every free one in `free_entries` or in a page of `new_entries`.
 *   S3  what mmu holds is a subset of what `map` says, for entries that are not being dropped.
 */
#ifndef GENERIC_SPACE_H
#define GENERIC_SPACE_H

#include "object.h"
#include "tree.h"

#include <arch/mmu.h>

#define SPACE_EXTENTS 64u

/* Why an entry's translations are being forgotten. */
enum entry_drop {
    DROP_DELETE = 1, /* it is not to be filled again */
    DROP_MOVE = 2,   /* a grant was interrupted, and may never be made again: filled, it begins anew */
    DROP_MOVED = 3,  /* the same, and all of them are forgotten */
};

/* A map entry: a node of the derivation tree that is a mapping. Belongs to its space. */
struct entry {
    struct node node;
    union {
        struct tree_node link; /* in space->map, key: virtual address */
        struct list free_link; /* in space->free_entries; of a page's first one, in space->new_entries */
    };
    struct space *space;
    uint64_t phys;
    uint64_t dropped; /* while dropping: how many bytes of translations are forgotten */
    uint8_t order_log2;
    uint8_t utcb_used; /* NODE_UTCB: bit i: message buffer i has a thread */
    uint8_t dropping;  /* enum entry_drop, 0: not at all */
};

/* A block that SPACE_GROW took from the pool. */
struct extent {
    void *block;
    uint8_t order_log2;
};

struct space {
    struct object object;
    struct entry *recent; /* in `map`: what begins last at or below recent_first and all up to recent_span above it */
    ennead_word recent_first, recent_span;
    struct tree map;
    ennead_word slot_pages;
    struct arch_mmu mmu;
    struct list free_entries;
    struct list new_entries; /* pages of them that nobody used yet */
    struct list threads;
    uint32_t free_entry_count;
    uint32_t teardown_slot; /* slots below are empty; counts up while the space dies */
    uint32_t extent_count;
    bool active_on[ENNEAD_CPUS_MAX]; /* that CPU may hold translations of this space; written by it, or with the lock */
    struct handler handler[2];       /* by enum ennead_handler */
    struct node *slots[ENNEAD_SLOT_PAGES_MAX]; /* before what is large: the fast path finds them by short offsets */
    struct extent extent[SPACE_EXTENTS];
};

void space_init(struct space *space); /* in a zeroed block of ENNEAD_PRICE_SPACE */
error_t MUST_CHECK space_grow(struct space *space, unsigned table, uint64_t pages, uint64_t *missing);
error_t MUST_CHECK space_add_utcb(struct space *space, uint64_t address, uint64_t *missing);
/* The kernel's address of a free message buffer at a user address, now taken; NULL if there is none. */
struct ennead_utcb *space_take_utcb(struct space *space, uint64_t address);
void space_return_utcb(struct space *space, uint64_t address);

/* The slot with this index, empty or not; NULL if the table does not reach there. Slot 0 is never given. */
static inline struct node *space_slot(struct space *space, uint64_t index)
{
    if (index == 0 || index / ENNEAD_SLOTS_PER_PAGE >= space->slot_pages)
        return NULL;
    return &space->slots[index / ENNEAD_SLOTS_PER_PAGE][index % ENNEAD_SLOTS_PER_PAGE];
}

/* ---- the memory map.  map.c ---- */
struct entry *map_find(struct space *space, uint64_t address);
struct entry *map_at_or_above(struct space *space, uint64_t address);
/* The mapping that a page of this size and address lies in: OK, ALIGNMENT, NOT_FOUND, RANGE; wrong sizes are any. */
error_t MUST_CHECK map_find_page(struct space *space, uint64_t address, unsigned order_log2, struct entry **entry);
/* OK, RANGE, ALIGNMENT, OCCUPIED or NO_ENTRY: may an entry of this size go there? It would be behind `recent`. */
error_t MUST_CHECK map_check(struct space *space, uint64_t address, unsigned order_log2);
/* Enter what the last map_check() allowed. Its node is still empty. */
struct entry *map_insert(struct space *space, uint64_t address, unsigned order_log2, uint64_t phys);
void map_remove(struct entry *entry); /* node already empty, translations gone */
/*
 * The same, but it is done as the kernel is left, an entry between two looks at interrupts: before anybody else has the
 * lock, and before anything else is done in a map.
 */
void map_vacate(struct entry *entry);
bool map_remove_vacated(void); /* one of them; are there more? */
/* Forget an entry's translations on every CPU: OK or AGAIN, to be called again. Until then it is not filled. */
error_t MUST_CHECK map_drop(struct entry *entry);
/* Make the translation for a fault, or a step towards it, after which it faults again: if the map has one. */
bool map_fill(struct space *space, uint64_t address, unsigned access);
/*
 * Answer a fault with a page of `from`, as items.c delivers an item: a copy, while nothing is being revoked. False: it
 * is not as simple, and nothing was done.
 */
bool map_copy_page(struct space *from, const struct ennead_item *item, struct space *to, uint64_t address,
                   unsigned access);

/* What map_check() found below an address is known still, and need not be looked for. */
static inline void map_recall(struct space *space, struct entry *below, ennead_word address)
{
    space->recent = below;
    space->recent_first = address;
    space->recent_span = 0;
}

static inline uint64_t entry_base(const struct entry *entry)
{
    return entry->link.key;
}

static inline uint64_t entry_last(const struct entry *entry)
{
    return entry->link.key + ((uint64_t)1 << entry->order_log2) - 1;
}

#endif
