/*
 * What the generator's files share: chance, choosing among what the model has, and the event that is being put
 * together.
 */
#ifndef FUZZ_DRAFT_H
#define FUZZ_DRAFT_H

#include "generate.h"

#define USER_BASE  0x30000000u
#define USER_PAGES 64u
#define SLOTS      ENNEAD_SLOTS_PER_PAGE

/* ---- random.c ---- */
uint64_t random64(void);
unsigned below(unsigned n);
bool one_in(unsigned n);
bool random_is_input(void);
void random_hold(bool hold); /* leave the input alone meanwhile */

/* ---- choosing.  draft.c ---- */
typedef bool chooser(const struct m_node *node, unsigned wanted, unsigned rights);
bool has_rights(const struct m_node *node, unsigned type, unsigned rights);
bool lacks_rights(const struct m_node *node, unsigned type, unsigned rights);
bool is_kind(const struct m_node *node, unsigned kind, unsigned unused);
bool is_used(const struct m_node *node, unsigned unused, unsigned unused_too);
bool is_deep(const struct m_node *node, unsigned type, unsigned rights); /* nothing can be derived from it */
bool is_at_the_bottom(const struct m_node *node, unsigned unused, unsigned unused_too);
/* A slot of the first page that is chosen, each as likely; 0: there is none. */
unsigned pick(struct m_object *space, chooser *choose, unsigned wanted, unsigned rights);
unsigned pick_empty(struct m_object *space);
const struct m_entry *pick_entry(struct m_object *space, unsigned kind);
uint64_t hostile(void); /* a value that an argument should not have */

/* ---- the event, and the thread on whose behalf it is made.  draft.c ---- */
extern struct event *e;
extern struct m_object *thread, *space;
void begin(struct event *event, unsigned cpu);
void field(uint64_t value);
void item_cap(unsigned slot);
void open_at(unsigned slot, unsigned count, uint64_t base, unsigned order);
void open_window(void); /* somewhere to receive */
void call_with(unsigned slot, unsigned phases, unsigned protocol, unsigned operation);

/* ---- calls to objects.  objects.c ---- */
struct choice {
    uint8_t type, operation, rights, weight;
};
extern const struct choice choices[]; /* how often which operation, and the right that it needs */
extern const unsigned choice_count;
void arguments(struct m_object *object, unsigned operation);
void a_cap_to_give(void);
void a_page_to_give(uint64_t offset);
void something_to_give(void);
void spoil(void); /* one argument is not what it should be */
void object_call(void);

/* ---- one error after the other.  aim.c ---- */
void aim_item(void);
void aim_page(struct ennead_item *item);
void aim_window(void);
void aimed_call(void);
void mute_call(void); /* by a thread without a message buffer */

/* ---- messages.c ---- */
bool plain_message(void);
void message_call(void);

/* ---- the root task.  world.c ---- */
bool is_root(void);
void root_acts(void);

#endif
