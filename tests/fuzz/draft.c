/* Choosing among what the model has, and putting an event together. */
#include "draft.h"

#include <string.h>

bool has_rights(const struct m_node *node, unsigned type, unsigned rights)
{
    return node->kind == M_CAP && node->object->type == type && (node->rights & rights) == rights;
}

bool lacks_rights(const struct m_node *node, unsigned type, unsigned rights)
{
    return node->kind == M_CAP && node->object->type == type && (node->rights & rights) != rights;
}

bool is_kind(const struct m_node *node, unsigned kind, unsigned unused)
{
    (void)unused;
    return node->kind == kind;
}

bool is_used(const struct m_node *node, unsigned unused, unsigned unused_too)
{
    (void)unused, (void)unused_too;
    return node->kind != M_EMPTY;
}

bool is_deep(const struct m_node *node, unsigned type, unsigned rights)
{
    return has_rights(node, type, rights) && m_depth(node) >= ENNEAD_DEPTH_MAX - 1;
}

bool is_at_the_bottom(const struct m_node *node, unsigned unused, unsigned unused_too)
{
    (void)unused, (void)unused_too;
    return node->kind == M_CAP && m_depth(node) >= ENNEAD_DEPTH_MAX - 1;
}

/* A slot of the first page that is chosen, each as likely; 0: there is none. */
unsigned pick(struct m_object *space, chooser *choose, unsigned wanted, unsigned rights)
{
    unsigned first = below(SLOTS);
    for (unsigned i = 0; i < SLOTS; i++) {
        unsigned index = (first + i) % SLOTS;
        struct m_node *node = m_slot(space, index);
        if (node && choose(node, wanted, rights))
            return index;
    }
    return 0;
}

unsigned pick_empty(struct m_object *space)
{
    return pick(space, is_kind, M_EMPTY, 0);
}

const struct m_entry *pick_entry(struct m_object *space, unsigned kind)
{
    const struct m_entry *chosen = NULL;
    unsigned seen = 0;
    for (const struct m_entry *entry = space->space.map; entry; entry = entry->higher)
        if (entry->node.kind == kind && one_in(++seen))
            chosen = entry;
    return chosen;
}

uint64_t hostile(void)
{
    switch (below(8)) {
    case 0:
        return random64();
    case 1:
        return UINT64_MAX - below(4096);
    case 2:
        return USER_BASE + below(USER_PAGES) * 0x1000u + (one_in(4) ? below(4096) : 0);
    case 3:
        return (uint64_t)1 << below(64);
    case 4:
        return 0x20000000 + below(64) * 0x800u;
    case 5:
        return below(8) * 0x1000u;
    default:
        return below(130);
    }
}

struct event *e;
struct m_object *thread, *space;
static unsigned fields;

void field(uint64_t value)
{
    for (unsigned i = 0; i < ENNEAD_FIELD_WORDS; i++)
        e->word[fields * ENNEAD_FIELD_WORDS + i] = (ennead_word)(value >> 32 * i);
    fields++;
    e->words = (uint8_t)(fields * ENNEAD_FIELD_WORDS);
}

void item_cap(unsigned slot)
{
    e->item[e->items++] = (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = ENNEAD_RIGHTS_ALL, .base = slot};
}

void open_at(unsigned slot, unsigned count, uint64_t base, unsigned order)
{
    e->sets_window = 1;
    e->window = (struct ennead_window){slot, count, base, order, 0};
}

/* Somewhere to receive: free slots and a part of the address space. */
void open_window(void)
{
    open_at(pick_empty(space), 1 + below(3), USER_BASE, 24);
}

void call_with(unsigned slot, unsigned phases, unsigned protocol, unsigned operation)
{
    e->target = (uint64_t)slot << ENNEAD_TARGET_SHIFT | phases;
    e->tag = ENNEAD_TAG(protocol, operation, e->words, e->items);
    e->value = random64(); /* in the registers behind the message */
}

void begin(struct event *event, unsigned cpu)
{
    memset(event, 0, sizeof *event);
    e = event;
    e->cpu = (uint8_t)cpu;
    fields = 0;
    thread = model_current(cpu);
    space = thread ? thread->thread.space : NULL;
}
