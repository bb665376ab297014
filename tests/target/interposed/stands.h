/* Between the files of the forwarder: the objects that it stands for. */
#ifndef TARGET_STANDS_H
#define TARGET_STANDS_H

#include "forwarder.h"

#define OBJECTS 96u
#define COPIES  9u

/* Slots of its table. */
#define SELF            1u
#define ENDPOINTS       2u /* the pool */
#define CONTROL_RECEIVE 3u
#define IDLE            4u /* where workers without an endpoint wait */
#define OBJECT_SLOTS    64u
enum object_slot { REAL, THROUGH, ROOT, RECEIVE, MARK, KEPT, COPY = KEPT + 2, SLOTS_EACH = COPY + COPIES };

struct object {
    unsigned state, type, copies;
    uint32_t badge[COPIES]; /* of the client's capabilities that stand for the copies */
};

/* Something that cannot be is noted for the root thread to find. */
#define EXPECT(condition) stand_expect(condition, __LINE__)
void stand_expect(bool good, unsigned line);
unsigned stand_broken(void);

struct space_slot_info_out stand_look(uint32_t slot);
void stand_empty(uint32_t slot);

struct object *stand_object(unsigned index);
uint32_t stand_slot(const struct object *object, unsigned which);
/* One whose REAL slot is to be filled; then it begins, or is dropped. NULL: there are too many. */
struct object *stand_allocate(unsigned type);
void stand_begin(struct object *object);
void stand_drop(struct object *object);
/* For the answer that the client gets it with. */
struct ennead_item stand_item(const struct object *object);
/* Have another worker receive for the object; it does when this returns. */
void stand_send_worker(struct object *object);
/* Its endpoint is dead. */
void stand_bury(struct object *object);
/* End what stands for objects that are gone. */
void stand_sweep(void);
unsigned stand_count(void);

/* Whose endpoint is the capability of? NULL: another's. */
struct object *stand_recognise(uint32_t slot);
/* The real capability once more, with these rights and badge; `key` is the badge of what stands for it. */
enum ennead_error stand_copy(struct object *object, unsigned rights, uint32_t badge, uint32_t *key);
/* The slot of the real capability that a message with that badge is for. */
uint32_t stand_real(struct object *object, uint32_t badge);

#endif
