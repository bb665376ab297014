/* What the model's own files share. Errors are those of the ABI, and two that never leave it. */
#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include "model.h"

#define CLEAR_BYTES 512u /* of memory, in one step */

#define AGAIN   0x100u /* preempted: the whole call is to be made again */
#define BLOCKED 0x101u

struct m_delivery {
    struct m_object *space;
    struct ennead_window window;
    struct ennead_utcb *utcb;
    unsigned caps, items;
};

struct m_call {
    struct m_object *thread;
    struct m_node *cap;
    uint32_t tag;
    struct m_delivery delivery;
    unsigned fields;
    uint64_t field[12];
};

static inline struct m_cpu *here(void)
{
    return &model.cpu[model.this_cpu];
}

void model_fail(const char *why) __attribute__((noreturn));
#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            model_fail(#condition);                                                                                    \
    } while (0)

/* tree.c */
void m_insert(struct m_node *parent, struct m_node *node, struct m_object *object, unsigned rights);
void m_insert_root(struct m_node *node, struct m_object *object, unsigned rights);
void m_move(struct m_node *from, struct m_node *to);
void m_unlink(struct m_node *leaf);
unsigned m_may_derive(struct m_node *from);
unsigned m_settle(struct m_object *object);
unsigned m_derive(struct m_node *from, struct m_node *to, unsigned rights, uint32_t badge, bool grant);

/* memory.c */
void m_pool_format(struct m_object *pool, uint64_t size);
uint64_t m_allocate(struct m_object *pool, unsigned order); /* physical, 0: exhausted */
void m_free(struct m_object *pool, uint64_t phys, unsigned order);
uint64_t m_missing(const struct m_object *pool, unsigned order);
struct m_object *m_object_new(unsigned type, uint64_t phys);
struct m_object *m_object_make(struct m_object *pool, unsigned type, unsigned order);
void m_object_forget(struct m_object *object);
unsigned m_order_of(unsigned type);
void m_space_start(struct m_object *space);
unsigned m_space_grow(struct m_object *space, uint64_t table, uint64_t pages, uint64_t *missing);
unsigned m_space_add_utcb(struct m_object *space, uint64_t address, uint64_t *missing);
bool m_take_utcb(struct m_object *space, uint64_t address, uint64_t *phys);
void m_return_utcb(struct m_object *space, uint64_t address);
struct m_entry *m_find(struct m_object *space, uint64_t address);
struct m_entry *m_at_or_above(struct m_object *space, uint64_t address);
unsigned m_map_check(struct m_object *space, uint64_t address, unsigned order);
struct m_entry *m_map_insert(struct m_object *space, uint64_t address, unsigned order, uint64_t phys);
void m_map_remove(struct m_entry *entry);
unsigned m_map_drop(struct m_entry *entry);
struct m_entry *m_entry_of(struct m_node *node);

/* destroy.c */
unsigned m_revoke(struct m_node *node);
unsigned m_delete(struct m_node *node);
unsigned m_destroy_finish(void);

/* items.c */
void m_delivery_open(struct m_delivery *delivery, struct m_object *receiver);
unsigned m_delivery_slot(struct m_delivery *delivery, struct m_node **slot);
unsigned m_delivery_range(struct m_delivery *delivery, uint64_t offset, unsigned order, uint64_t *address);
void m_describe_item(struct m_delivery *delivery, unsigned kind, uint64_t base, unsigned order, uint32_t badge);
unsigned m_items(struct m_object *from, unsigned count, struct m_delivery *delivery, struct m_object *own);
unsigned m_message(struct m_object *from, struct m_object *to, uint32_t tag, struct m_object *own);
ennead_word m_word(const struct m_object *thread, unsigned index);
void m_set_word(struct m_object *thread, unsigned index, ennead_word value);
uint64_t m_field(const struct m_object *thread, unsigned index);

/* ipc.c */
void m_system_call(struct m_object *thread);
void m_finish(struct m_object *thread, unsigned status);
void m_result(struct m_object *thread, unsigned status, uint32_t badge, uint32_t tag);
void m_deliver_bits(struct m_object *receiver);
void m_fault_raise(struct m_object *thread, unsigned operation, uint64_t f0, uint64_t f1, uint64_t f3);
void m_fault_abandon(struct m_object *thread);
void m_reply_into_slot(struct m_object *server, struct m_node *slot);
void m_reply_out_of_slot(struct m_node *slot, struct m_object *server);
void m_reply_slot_moved(struct m_node *from, struct m_node *to);
void m_reply_drop_held(struct m_object *server, unsigned error);
void m_reply_drop_slot(struct m_node *slot, unsigned error);
void m_reply_take_back(struct m_object *caller);

/* calls.c */
void m_invoke(struct m_object *thread, struct m_node *cap, bool call);
void m_invoke_finish(struct m_object *thread);
void m_signal(struct m_object *notification, uint32_t bits);
void m_notification_unbind(struct m_object *notification);
void m_irq_unbind(struct m_object *irq);
void m_irq_taken(unsigned source);

/* thread.c */
bool m_blocked(const struct m_object *thread);
void m_context_start(struct m_object *thread, ennead_word pc, ennead_word sp, ennead_word argument);
uint64_t m_read_reg(const struct m_object *thread, unsigned index);
void m_write_reg(struct m_object *thread, unsigned index, uint64_t value);
unsigned m_bind(struct m_object *thread, struct m_object *space, uint64_t utcb_address);
void m_unbind(struct m_object *thread);
void m_cancel(struct m_object *thread, unsigned error);
unsigned m_stop(struct m_object *thread);
void m_abandon_call(struct m_object *thread);

/* time.c */
void m_push(struct m_queue *queue, struct m_object *thread, bool in_front);
void m_take_out(struct m_object *thread); /* of whatever queue it is in */
void m_wake(struct m_object *thread);
void m_hand_over(struct m_object *next);
void m_priority_changed(struct m_object *thread, unsigned priority);
void m_forget_running(struct m_object *thread);
void m_pick(struct m_cpu *cpu);
bool m_has_time(const struct m_object *context);
void m_charge(struct m_cpu *cpu, struct m_object *next);
void m_context_start_time(struct m_object *context);
void m_context_take(struct m_object *context);
void m_context_withdraw(struct m_object *context);
void m_context_configure(struct m_object *context, uint64_t budget, uint64_t period, unsigned cpu);
unsigned m_context_bind(struct m_object *context, struct m_object *thread);
void m_context_unbind(struct m_object *context);
void m_context_end(struct m_object *context);
void m_arm(struct m_object *object, unsigned cpu, uint64_t time);
void m_disarm(struct m_object *object);
bool m_expire(struct m_cpu *cpu);
uint64_t m_timer(const struct m_cpu *cpu);

/* machine.c */
bool m_preemption_point(void);
/* The entry that a moved page left: the kernel takes it out of the map as it is left, a step each. */
void m_vacated(void);
void m_poke(unsigned cpu);

#endif
