/*
 * IPC: the one system call, messages, and calls to kernel objects.
 */
#ifndef GENERIC_IPC_H
#define GENERIC_IPC_H

#include "endpoint.h"
#include "space.h"
#include "thread.h"

/* ---- phases.  ipc.c ---- */
/* Make the system call that the running thread's context holds: it gets a result, blocks, or is marked `again`. */
void ipc_system_call(struct thread *thread);
/*
 * The running thread's fault, which is noted: to its handler, if that waits and nothing else is to be seen to. NULL:
 * nothing was done. fastpath.c
 */
struct arch_context *fastpath_fault(struct cpu *cpu, struct thread *thread);
/* Likewise the system call in the running thread's context, which answers a fault and receives. */
struct arch_context *fastpath_fault_answer(struct cpu *cpu, struct thread *thread);
/* Likewise its call, by a capability to a space, that copies or deletes one capability. capability.c */
struct arch_context *fastpath_capability(const struct cpu *cpu, struct thread *thread, const struct node *cap);
/*
 * What kernel_message() does with a call by a capability that lets no call pass, perhaps because it is not an
 * endpoint's, its parameters in the same registers. `called` is set if it is for kernel_ipc().  short_calls.c
 */
struct arch_context *call_of_object(ennead_word target, uint32_t tag, struct thread *thread, const struct node *cap);
/* Likewise its call of SIGNAL, by a capability to a notification.  short_calls.c */
struct arch_context *fastpath_signal(struct cpu *cpu, struct thread *thread, const struct node *cap);
/* The running thread's call of an object that is no notification, with a valid tag, and the way out. The lock is held.
 * call.c */
struct arch_context *call_object(struct cpu *cpu, struct node *cap);
/* The same, or one of a notification's short operations. */
struct arch_context *call_any_object(struct cpu *cpu, struct node *cap);
/* Likewise any system call. The lock is not held. */
struct arch_context *call_any(struct cpu *cpu);
/* Let a blocked receiver have a message that is not a thread's: the bits of its notification. */
void ipc_deliver_bits(struct thread *receiver);
/* A thread's message reaches an endpoint in its name: it is CALLING or SENDING then. */
void ipc_send_fault(struct thread *thread, struct endpoint *endpoint, uint32_t badge);
/* End the system call of a thread: results without a message. */
void ipc_finish(struct thread *thread, error_t status);

/* ---- what arrives where.  items.c, transfer.c ---- */

/* Where the items of one message go. */
struct delivery {
    struct space *space;
    struct ennead_window window;
    struct ennead_utcb *utcb; /* described there; may be NULL */
    unsigned caps;            /* capabilities placed so far */
    unsigned items;           /* items described so far */
};
void delivery_open(struct delivery *delivery, struct thread *receiver);
void delivery_close(struct delivery *delivery); /* no window at all */
error_t MUST_CHECK delivery_slot(struct delivery *delivery, struct node **slot);
error_t MUST_CHECK delivery_range(struct delivery *delivery, uint64_t offset, unsigned order_log2, uint64_t *address);
void delivery_describe(struct delivery *delivery, unsigned kind, uint64_t base, unsigned order_log2, uint32_t badge);

typedef uint64_t item_part __attribute__((may_alias));
_Static_assert(sizeof(struct ennead_item) == 3 * sizeof(item_part), "an item has other parts");

/* One item of a thread's message. User mode may write the buffer meanwhile: each part is read once, checked afterwards.
 */
static inline void item_read(const struct thread *thread, unsigned index, struct ennead_item *item)
{
    const volatile item_part *shared = (const volatile item_part *)&thread->utcb->items[index];
    const item_part part[] = {shared[0], shared[1], shared[2]};
    __builtin_memcpy(item, part, sizeof *item);
}

/*
 * Move a message. Words first to last, then items in order; all of the items or, on an error, none. Errors are the
 * sender's to hear. `own` is the endpoint received from, NULL if none.
 */
error_t MUST_CHECK transfer_message(struct thread *from, struct thread *to, uint32_t tag, struct object *own);
error_t MUST_CHECK transfer_items(struct thread *from, unsigned count, struct delivery *delivery, struct object *own);
error_t MUST_CHECK transfer_item(struct thread *from, const struct ennead_item *item, struct delivery *delivery,
                                 struct object *own);
/* The one item, if it is as simple as most, while nothing is being revoked. False: nothing was done. capability.c */
bool transfer_copy(struct thread *from, struct thread *to, const struct object *own);
/* Words 0..3 stand in the contexts, the others in the message buffers. */
static inline ennead_word message_word(const struct thread *thread, unsigned index)
{
    if (index < ENNEAD_MSG_REG_WORDS)
        return context_word(&thread->context, index);
    return *(volatile ennead_word *)&thread->utcb->words[index];
}

static inline void message_set_word(struct thread *thread, unsigned index, ennead_word value)
{
    if (index < ENNEAD_MSG_REG_WORDS)
        context_set_word(&thread->context, index, value);
    else
        thread->utcb->words[index] = value;
}

static inline uint64_t message_field(const struct thread *thread, unsigned index)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < ENNEAD_FIELD_WORDS; i++)
        value |= (uint64_t)message_word(thread, index * ENNEAD_FIELD_WORDS + i) << 32 * i;
    return value;
}

static inline bool is_valid_tag(uint32_t tag)
{
    return ENNEAD_TAG_WORDS(tag) <= ENNEAD_MSG_WORDS && ENNEAD_TAG_ITEMS(tag) <= ENNEAD_MSG_ITEMS;
}

/* ---- faults.  fault.c ---- */

/* Who is to hear of it: the pager of pages; the thread's own handler of the rest, or its space's. */
static inline const struct handler *fault_handler(const struct thread *thread)
{
    if (thread->fault_operation == ENNEAD_FAULT_PAGE)
        return &thread->space->handler[ENNEAD_HANDLER_PAGER];
    if (thread->exception.node.kind != NODE_EMPTY)
        return &thread->exception;
    return &thread->space->handler[ENNEAD_HANDLER_EXCEPTION];
}

void fault_put_registers(const struct thread *thread, const struct handler *handler, struct thread *receiver);

/* fault_message(), to this handler. */
static inline uint32_t fault_put_message(const struct thread *thread, const struct handler *handler,
                                         struct thread *receiver)
{
    unsigned words = (FAULT_FIELDS + handler->register_count) * ENNEAD_FIELD_WORDS;
    ASSERT(words <= ENNEAD_MSG_WORDS); /* no port has that many registers */
    if (words > ENNEAD_MSG_REG_WORDS && !receiver->utcb)
        return 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < FAULT_FIELDS * ENNEAD_FIELD_WORDS; i++)
        message_set_word(receiver, i,
                         (ennead_word)(thread->fault.field[i / ENNEAD_FIELD_WORDS] >> i % ENNEAD_FIELD_WORDS * 32));
    if (UNLIKELY(handler->register_count))
        fault_put_registers(thread, handler, receiver);
    return ENNEAD_TAG(ENNEAD_PROTOCOL_FAULT, thread->fault_operation, words, 0);
}

/* Can the message in the context be sent at all? */
static inline error_t MUST_CHECK message_check(const struct thread *thread)
{
    uint32_t tag = context_tag(&thread->context);
    if (!is_valid_tag(tag))
        return ENNEAD_INVALID_ARG;
    if (!thread->utcb && (ENNEAD_TAG_ITEMS(tag) || ENNEAD_TAG_WORDS(tag) > ENNEAD_MSG_REG_WORDS))
        return ENNEAD_NO_UTCB;
    return ENNEAD_OK;
}

/* ---- calls to kernel objects.  invoke.c ---- */

#define ANSWER_FIELDS 12u /* the most fields of an answer */

struct invocation {
    struct thread *thread;
    struct node *cap;
    uint32_t tag;
    bool delivers;            /* `delivery` is open */
    unsigned fields;          /* answered so far */
    struct delivery delivery; /* see invocation_delivery() */
    uint64_t field[ANSWER_FIELDS];
};
/* Most answers are an error alone, or none. */
static inline void answer_call(struct thread *thread, error_t error)
{
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        context_set_word(&thread->context, i, 0);
    context_set_result(&thread->context, ENNEAD_OK, 0, ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, error, 0, 0));
}
void invoke(struct thread *thread, struct node *cap, bool call);
/* The same, or one of a notification's short operations. */
void invoke_object(struct thread *thread, struct node *cap, bool call);
void invoke_finish(struct thread *thread); /* for a thread that is `finishing` */
static inline unsigned argument_count(const struct invocation *invocation)
{
    return ENNEAD_TAG_WORDS(invocation->tag) / ENNEAD_FIELD_WORDS;
}
/* A field of the call; 0 if it has not as many. */
static inline uint64_t argument(const struct invocation *invocation, unsigned index)
{
    return index < argument_count(invocation) ? message_field(invocation->thread, index) : 0;
}
/* Where capabilities and pages of the answer go: into the caller's window, or nowhere if it asked for no answer. */
struct delivery *invocation_delivery(struct invocation *invocation);
static inline void answer(struct invocation *invocation, uint64_t value)
{
    ASSERT(invocation->fields < ANSWER_FIELDS);
    invocation->field[invocation->fields++] = value;
}
/* The capability that item `index` of the call names: INVALID_CAP, TYPE, or DENIED without the rights. */
error_t MUST_CHECK argument_cap(const struct invocation *invocation, unsigned index, unsigned type, unsigned rights,
                                struct node **cap);
/* Set a handler's endpoint from item 0, its registers from fields 1 and 2; or clear it. */
error_t MUST_CHECK handler_set(struct invocation *invocation, struct handler *handler);
/* Make an object of the pool that `pool_cap` names, with its root node below `parent` in the caller's window. */
struct making {
    struct object *object;
    struct node *slot;
};
error_t MUST_CHECK making_begin(struct invocation *invocation, struct node *pool_cap, struct node *parent,
                                unsigned type, unsigned order_log2, struct making *making);
void making_end(struct invocation *invocation, struct node *parent, struct making *making);

/* What an object does, by the number of the operation; of the type's struct, `object` is the first member. */
struct operation {
    error_t (*run)(struct invocation *invocation, struct object *object);
    uint8_t rights; /* the capability has one of them; 0: none is needed */
};
extern const struct operation region_operations[], pool_operations[], space_operations[], thread_operations[],
    notification_operations[], irq_operations[], sched_operations[];

#endif
