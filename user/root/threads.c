/*
 * The threads of a component. The first one the root task made; of others it knows what the component tells, and only
 * to show them: a wrong tale misleads nobody but who reads about that component.
 */
#include "root.h"
#include <space_client.h>
#include <thread_client.h>

bool threads_slot_is(uint32_t slot, enum ennead_type type)
{
    struct space_slot_info_out info;
    return space_slot_info(ENNEAD_ROOT_SPACE, slot, &info) == ENNEAD_OK && info.slot == slot && info.type == type;
}

/* Slots of threads that ended are empty; the others move up. */
uint32_t threads_slot(const struct component *c, uint64_t number)
{
    if (number == 0)
        return c->slots + SLOT_THREAD;
    for (uint32_t i = 0; i < COMPONENT_THREADS; i++) {
        if (threads_slot_is(c->slots + SLOT_THREADS + i, ENNEAD_TYPE_THREAD) && --number == 0)
            return c->slots + SLOT_THREADS + i;
    }
    return 0;
}

enum ennead_error threads_adopt(const struct component *c)
{
    struct ennead_item item = ennead_item_cap(root.incoming, ENNEAD_RIGHT_READ, 0);
    /* Nothing but a kernel object may be called from here: anybody else might never answer. */
    if (!threads_slot_is(root.incoming, ENNEAD_TYPE_THREAD))
        return ENNEAD_TYPE;
    item.flags = ENNEAD_ITEM_GRANT;
    for (uint32_t i = 0; i < COMPONENT_THREADS; i++) {
        if (!threads_slot_is(c->slots + SLOT_THREADS + i, ENNEAD_TYPE_THREAD))
            return space_delegate(ENNEAD_ROOT_SPACE, c->slots + SLOT_THREADS + i, item);
    }
    return ENNEAD_NO_SLOT;
}

/* Only of a thread that waits for the answer to its fault the registers can be read. */
uint32_t threads_faulted(const struct component *c, uint64_t pc, uint64_t *number)
{
    uint64_t value;
    unsigned count = 1;
    for (*number = 0;; ++*number) {
        uint32_t slot = threads_slot(c, *number);
        if (slot == 0)
            return 0;
        if (thread_read_regs(slot, 0, 1, &value, &count) == ENNEAD_OK && count == 1 && value == pc)
            return slot;
    }
}
