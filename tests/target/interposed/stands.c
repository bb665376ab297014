/*
 * What the forwarder stands for: its table of objects, their slots and endpoints, their begin and end.
 *
 * The client has the root node of an object's endpoint, so that deleting the client's capability ends the endpoint:
 * whoever receives there hears that it is dead, and gives up the real object. And the endpoint is made through a copy
 * of the pool's capability: deleting that one ends the endpoint when the real object is gone.
 */
#include "stands.h"

/* Badges of marks and copies that no client asks for. */
#define MARK_BADGE  0x7f000001u
#define OTHER_BADGE 0x7f000002u
#define COPY_BADGE  0x7e000000u

enum object_state { FREE, BEING_MADE, LIVE, ENDING };

static struct object objects[OBJECTS];
static volatile unsigned broken;

/* Something that cannot be, noted for the root thread to find. */
void stand_expect(bool good, unsigned line)
{
    if (!good && broken == 0)
        broken = line;
}

struct object *stand_object(unsigned index)
{
    return &objects[index % OBJECTS];
}

unsigned stand_broken(void)
{
    return broken;
}

uint32_t stand_slot(const struct object *object, unsigned which)
{
    return OBJECT_SLOTS + (uint32_t)(object - objects) * SLOTS_EACH + which;
}

static bool change(struct object *object, unsigned from, unsigned to)
{
    return __atomic_compare_exchange_n(&object->state, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static unsigned state(const struct object *object)
{
    return __atomic_load_n(&object->state, __ATOMIC_ACQUIRE);
}

struct space_slot_info_out stand_look(uint32_t slot)
{
    struct space_slot_info_out found = {0};
    if (space_slot_info(SELF, slot, &found) != ENNEAD_OK || found.slot != slot)
        found = (struct space_slot_info_out){0};
    return found;
}

void stand_empty(uint32_t slot)
{
    (void)!space_delete(SELF, slot);
}

struct object *stand_allocate(unsigned type)
{
    for (unsigned i = 0; i < OBJECTS; i++) {
        if (!change(&objects[i], FREE, BEING_MADE))
            continue;
        objects[i].type = type;
        objects[i].copies = 0;
        return &objects[i];
    }
    EXPECT(false);
    return NULL;
}

void stand_drop(struct object *object)
{
    __atomic_store_n(&object->state, FREE, __ATOMIC_RELEASE);
}

/* The real object goes with all its copies, and with what was made through them. */
static void give_up(struct object *object)
{
    for (unsigned which = 0; which < SLOTS_EACH; which++)
        stand_empty(stand_slot(object, which));
    stand_drop(object);
}

/* Who stands for an object that is gone ends as it did. */
void stand_sweep(void)
{
    for (unsigned i = 0; i < OBJECTS; i++) {
        if (state(&objects[i]) == LIVE && stand_look(stand_slot(&objects[i], REAL)).type == ENNEAD_TYPE_NONE)
            stand_empty(stand_slot(&objects[i], THROUGH));
    }
}

void stand_bury(struct object *object)
{
    if (!change(object, LIVE, ENDING))
        return;
    give_up(object);
    stand_sweep();
}

/* Have another worker receive for the object; it does when this returns. */
void stand_send_worker(struct object *object)
{
    struct ennead_msg msg = ipc(IDLE, ENNEAD_CALL | ENNEAD_POLL, MESSAGE(1), (ennead_word)(object - objects), 0, 0, 0);
    EXPECT(msg.status == ENNEAD_OK);
}

/* Whose real capability is in its slot. */
void stand_begin(struct object *object)
{
    uint32_t through = stand_slot(object, THROUGH), root = stand_slot(object, ROOT);
    EXPECT(space_delegate(SELF, through, ennead_item_cap(ENDPOINTS, ALL, 0)) == ENNEAD_OK);
    EXPECT(pool_make(through, ENNEAD_TYPE_ENDPOINT, 0, root) == ENNEAD_OK);
    EXPECT(space_delegate(SELF, stand_slot(object, RECEIVE), ennead_item_cap(root, READ, 0)) == ENNEAD_OK);
    EXPECT(space_delegate(SELF, stand_slot(object, MARK), ennead_item_cap(root, ALL, MARK_BADGE)) == ENNEAD_OK);
    EXPECT(change(object, BEING_MADE, LIVE));
    stand_send_worker(object);
}

/* As the client gets it: to send to, to copy, and to set a badge on; not to receive from. */
struct ennead_item stand_item(const struct object *object)
{
    struct ennead_item item = ennead_item_cap(stand_slot(object, ROOT), ALL & ~(unsigned)READ, 0);
    item.flags = ENNEAD_ITEM_GRANT;
    return item;
}

/*
 * Is the capability of this object's endpoint? A message that cannot be delivered tells without anybody hearing of it:
 * its first item, a badged capability, is its receiver's own or else refused (a badge is never changed), and its
 * second item is always refused, by TYPE.
 */
static bool stands_behind(const struct object *object, uint32_t slot)
{
    ennead_utcb()->items[0] = ennead_item_cap(stand_slot(object, MARK), ALL, OTHER_BADGE);
    ennead_utcb()->items[1] = (struct ennead_item){.kind = UINT8_MAX};
    return ipc(slot, ENNEAD_SEND | ENNEAD_POLL, ENNEAD_TAG(USER, 0, 0, 2), 0, 0, 0, 0).status == ENNEAD_TYPE;
}

struct object *stand_recognise(uint32_t slot)
{
    if (stand_look(slot).type != ENNEAD_TYPE_ENDPOINT)
        return NULL;
    for (unsigned i = 0; i < OBJECTS; i++) {
        if (state(&objects[i]) == LIVE && stands_behind(&objects[i], slot))
            return &objects[i];
    }
    return NULL;
}

enum ennead_error stand_copy(struct object *object, unsigned rights, uint32_t badge, uint32_t *key)
{
    if (object->copies == COPIES) {
        EXPECT(false);
        return ENNEAD_NO_SLOT;
    }
    uint32_t to = stand_slot(object, COPY) + object->copies;
    enum ennead_error error = space_delegate(SELF, to, ennead_item_cap(stand_slot(object, REAL), rights, badge));
    if (error != ENNEAD_OK)
        return error;
    *key = badge != 0 ? badge : COPY_BADGE + object->copies;
    object->badge[object->copies++] = *key;
    return ENNEAD_OK;
}

/* The real capability that a message with that badge is for. */
uint32_t stand_real(struct object *object, uint32_t badge)
{
    if (badge == 0)
        return stand_slot(object, REAL);
    for (unsigned i = 0; i < object->copies; i++) {
        if (object->badge[i] == badge)
            return stand_slot(object, COPY) + i;
    }
    /* Set by the client on its own. */
    uint32_t key;
    bool badges = object->type == ENNEAD_TYPE_NOTIFICATION;
    return badges && stand_copy(object, ALL, badge, &key) == ENNEAD_OK ? stand_slot(object, COPY) + object->copies - 1
                                                                       : stand_slot(object, REAL);
}

unsigned stand_count(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < OBJECTS; i++)
        count += state(&objects[i]) != FREE;
    return count;
}
