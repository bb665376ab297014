/* Calls to objects, as the files that implement them share it. */
#ifndef MODEL_CALLS_H
#define MODEL_CALLS_H

#include "internal.h"

#define READ    ENNEAD_RIGHT_READ
#define WRITE   ENNEAD_RIGHT_WRITE
#define CONTROL ENNEAD_RIGHT_CONTROL
#define ANY     0xffu /* whatever the rights are, as long as there is one */

struct operation {
    unsigned (*run)(struct m_call *, struct m_object *);
    uint8_t right; /* one of these at least; 0: none is needed */
};
#define OPERATIONS 12u
extern const struct operation m_region_operations[OPERATIONS], m_pool_operations[OPERATIONS],
    m_space_operations[OPERATIONS], m_thread_operations[OPERATIONS], m_notification_operations[OPERATIONS],
    m_irq_operations[OPERATIONS], m_time_operations[OPERATIONS];

unsigned m_argument_count(const struct m_call *call);
uint64_t m_argument(const struct m_call *call, unsigned index); /* 0 where there is none */
void m_answer(struct m_call *call, uint64_t value);
/* The capability that item 0 names. */
unsigned m_argument_cap(const struct m_call *call, unsigned type, unsigned rights, struct m_node **cap);
/* An object of a pool, below the capability that it was asked of, in the caller's window. */
unsigned m_make(struct m_call *call, struct m_object *pool, unsigned type, unsigned order, struct m_object **object);
void m_made(struct m_call *call, struct m_node *slot, struct m_object *object);
unsigned m_set_handler(struct m_call *call, struct m_handler *handler);

#endif
