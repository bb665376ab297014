/* Building the world: the conductor's calls, one after the other. */
#include "same.h"

static struct same_step *s;

static void on(uint32_t slot, unsigned protocol, unsigned operation)
{
    s->actor = SAME_ROOT;
    s->kind = SAME_CALL;
    s->target = slot << ENNEAD_TARGET_SHIFT | ENNEAD_CALL;
    s->tag = ENNEAD_TAG(protocol, operation, s->fields, s->items);
}

static void field(uint64_t value)
{
    s->field[s->fields++] = value;
}

static void cap(uint32_t slot)
{
    s->item[s->items++] = (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = ENNEAD_RIGHTS_ALL, .base = slot};
}

static void arrives(uint32_t slot)
{
    s->sets_window = true;
    s->window = (struct ennead_window){.cap_base = slot, .cap_count = 1};
}

static void carve(uint32_t slot, uint64_t offset, uint64_t size)
{
    field(offset);
    field(size);
    cap(ENNEAD_ROOT_POOL);
    arrives(slot);
    on(SAME_SLOT_WORLD, ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE);
}

static void make(uint32_t slot, unsigned type, unsigned order)
{
    field(type);
    field(order);
    arrives(slot);
    on(SAME_SLOT_POOL, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE);
}

static bool make_memory(unsigned step)
{
    if (step == 0) {
        carve(SAME_SLOT_POOL_REGION, 0, SAME_POOL_BYTES);
    } else if (step == 1) {
        arrives(SAME_SLOT_POOL);
        on(SAME_SLOT_POOL_REGION, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL);
    } else if (step < 2 + SAME_SPACES) {
        carve(SAME_SLOT_LAND + step - 2, SAME_POOL_BYTES + (step - 2) * SAME_LAND_BYTES, SAME_LAND_BYTES);
    } else {
        return false;
    }
    return true;
}

static bool make_objects(unsigned step)
{
    static const struct {
        uint32_t slot;
        uint8_t type, order, count;
    } kinds[] = {{SAME_SLOT_SPACE, ENNEAD_TYPE_SPACE, 0, SAME_SPACES},
                 {SAME_SLOT_ENDPOINT, ENNEAD_TYPE_ENDPOINT, 0, 4},
                 {SAME_SLOT_NOTIFICATION, ENNEAD_TYPE_NOTIFICATION, 0, 4},
                 {SAME_SLOT_SMALL_POOL, ENNEAD_TYPE_POOL, 16, SAME_SPACES},
                 {SAME_SLOT_THREAD, ENNEAD_TYPE_THREAD, 0, SAME_THREADS},
                 {SAME_SLOT_TIME, ENNEAD_TYPE_SCHED_CONTEXT, 0, SAME_THREADS}};
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (step < kinds[i].count) {
            make(kinds[i].slot + step, kinds[i].type, kinds[i].order);
            return true;
        }
        step -= kinds[i].count;
    }
    return false;
}

/* Message buffers, and faults that one of the endpoints hears of. */
static bool furnish_spaces(unsigned step)
{
    unsigned space = step / 2;
    if (space >= SAME_SPACES)
        return false;
    if (step % 2 == 0) {
        field(SAME_UTCB);
        on(SAME_SLOT_SPACE + space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB);
    } else {
        field(ENNEAD_HANDLER_PAGER);
        cap(SAME_SLOT_ENDPOINT + space);
        on(SAME_SLOT_SPACE + space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER);
    }
    return true;
}

static bool furnish_threads(unsigned step)
{
    unsigned thread = step / 4;
    if (thread >= SAME_THREADS)
        return false;
    switch (step % 4) {
    case 0:
        field(SAME_UTCB + thread / SAME_SPACES * ENNEAD_UTCB_BYTES);
        cap(SAME_SLOT_SPACE + thread % SAME_SPACES);
        on(SAME_SLOT_THREAD + thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND);
        break;
    case 1:
        field(10 + thread / 2);
        field(20);
        on(SAME_SLOT_THREAD + thread, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY);
        break;
    case 2:
        field(SAME_LONG_NS);
        field(SAME_LONG_NS);
        field(0);
        on(SAME_SLOT_TIME + thread, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE);
        break;
    default:
        cap(SAME_SLOT_THREAD + thread);
        on(SAME_SLOT_TIME + thread, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND);
    }
    return true;
}

bool same_build(unsigned number, struct same_step *step)
{
    static bool (*const stages[])(unsigned) = {make_memory, make_objects, furnish_spaces, furnish_threads};
    static unsigned stage, begun;
    if (number == 0)
        stage = begun = 0;
    *step = (struct same_step){0};
    s = step;
    while (stage < sizeof stages / sizeof stages[0]) {
        if (stages[stage](number - begun))
            return true;
        stage++;
        begun = number;
    }
    return false;
}
