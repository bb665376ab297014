/*
 * Threads: a register context, a priority, a message buffer, and the states of IPC.
 *
 * state       queue_link is in            the rest
 * STOPPED     nothing                     nothing
 * READY       cpu->ready, or nothing      nothing: it runs, or its time waits for a refill; `run` set
 * SENDING     endpoint->queue (senders)   endpoint, badge, call
 * RECEIVING   endpoint->queue (receivers) endpoint
 * CALLING     nothing                     holder or reply_slot says who holds the reply right
 * WAITING     notification->queue         notification_waited
 * STARVED     cpu->starved, or nothing    ready, but without time; in the queue: its time fault is still to be raised
 *
 * Invariants:
 *   T1  CALLING: exactly one of holder and reply_slot is set; holder->caller and reply_slot->object point back.
 *   T2  run->runner == this thread wherever run is set. A caller that lent its time has run NULL.
 *   T3  own->owner == this thread wherever own is set.
 */
#ifndef GENERIC_THREAD_H
#define GENERIC_THREAD_H

#include "object.h"

#include <arch/context.h>

struct cpu;
struct endpoint;
struct notification;
struct sched_context;
struct space;

/* What a thread in a fault says to its handler. */
struct fault {
    uint64_t field[4];
};
#define FAULT_FIELDS 4u

/* How a thread stands: `standing` is all four, to be looked at together. */
#define THREAD_STANDING                                                                                                \
    {                                                                                                                  \
        struct {                                                                                                       \
            uint8_t state;           /* enum ennead_thread_state */                                                    \
            uint8_t fpu_cpu;         /* 1 + CPU whose unit holds its state, 0: none */                                 \
            uint8_t fault_operation; /* enum ennead_fault_op; 0: no fault */                                           \
            bool finishing;          /* of the call that is to be made again, only destroy_finish() is left */         \
        };                                                                                                             \
        uint32_t standing;                                                                                             \
    }

struct thread {
    struct arch_context context; /* first, so that a message has one address for both */
    struct list queue_link;
    union THREAD_STANDING; /* behind queue_link: endpoint.h */
    uint8_t priority;
    uint8_t priority_max; /* the highest it may give to others */
    union {
        struct {
            bool again;          /* make the system call in the context (again) instead of returning */
            bool stop_requested; /* runs on another CPU, which is to let go of it */
        };
        uint16_t held_up; /* not 0: it does not just return */
    };
    bool call;                 /* SENDING: with a reply right */
    bool uses_fpu;             /* `fpu` is not all zero: it had the unit once */
    uint32_t badge;            /* SENDING: of the capability used */
    struct sched_context *run; /* what it runs on */
    struct space *space;
    struct thread *caller;     /* whose reply right it holds unstored */
    struct ennead_utcb *utcb;  /* the kernel's address of it */
    struct cpu *ran_on;        /* never NULL; it runs if it is current there: thread_cpu() */
    struct sched_context *own; /* its reserve */
    struct thread *holder;     /* who holds its reply right unstored */
    struct node *reply_slot;   /* or the slot that stores it */
    struct endpoint *endpoint;
    struct notification *notification_waited; /* WAITING; read by debuggers alone */
    struct notification *notification_bound;
    struct object object;
    struct list space_link;
    uint64_t utcb_address;
    struct fault fault;
    struct handler exception; /* its own, before its space's */
    struct arch_fpu fpu;
};

_Static_assert(PORT_FRAME_BYTES + sizeof(struct thread) <= ENNEAD_PRICE_THREAD, "a thread outgrew its price");
_Static_assert(offsetof(struct thread, context) == 0, "a context is not where its thread is");

static inline struct thread *thread_of(struct object *object)
{
    return CONTAINER_OF(object, struct thread, object);
}

/* In this state, and that is all: no fault, nothing in an FPU. */
static inline bool thread_is_just(const struct thread *thread, enum ennead_thread_state state)
{
    const union THREAD_STANDING wanted = {.state = (uint8_t)state};
    return thread->standing == wanted.standing;
}

/* ---- thread.c ---- */
void thread_init(struct thread *thread);
error_t MUST_CHECK thread_bind(struct thread *thread, struct space *space, uint64_t utcb_address);
void thread_unbind(struct thread *thread);
/* Take it off its CPU and out of every queue: STOPPED afterwards, or AGAIN while another CPU runs it. */
error_t MUST_CHECK thread_stop(struct thread *thread);
/* End a blocked phase with an error; does nothing to a thread that is not blocked. */
void thread_cancel(struct thread *thread, error_t error);
static inline bool thread_is_blocked(const struct thread *thread)
{
    return thread->state >= ENNEAD_THREAD_SENDING && thread->state <= ENNEAD_THREAD_WAITING;
}

/* Give up a system call that was to be made again. */
void thread_abandon_call(struct thread *thread);

/* ---- replies.  reply.c ---- */
void reply_slot_moved(struct node *from, struct node *to);
/* Undo: the right goes away, the time returns to the caller. The caller stays CALLING. */
void reply_take_back(struct thread *caller);
/* Destroy the right that a server holds unstored: its caller gets the error. */
void reply_drop_held(struct thread *server, error_t error);
/* Destroy a stored right. */
void reply_drop_slot(struct node *slot, error_t error);
void reply_into_slot(struct thread *server, struct node *empty_slot);
void reply_out_of_slot(struct node *slot, struct thread *server);
error_t MUST_CHECK reply_store(struct thread *server, uint64_t slot);
/*
 * Answer `caller` with the message of `server`, which holds its right or names the slot that does. The right is used
 * up, the time goes back; the caller is READY (not yet queued) or STOPPED. AGAIN leaves all as it was.
 */
error_t MUST_CHECK reply_deliver(struct thread *server, struct thread *caller, uint32_t tag);

/* ---- faults.  fault.c ---- */
/* Put the message of a fault into the receiver: its tag, 0 if the receiver has no message buffer for it. */
uint32_t MUST_CHECK fault_message(const struct thread *thread, struct thread *receiver);
/* The thread has a fault, of which nobody heard yet. */
void fault_note(struct thread *thread, unsigned operation, uint64_t f0, uint64_t f1, uint64_t f3);
/* Send what was noted to the handler, whose answer the thread waits for; without one it stops. */
void fault_raise(struct thread *thread);
/* Take the answer to a fault. Same errors as a transfer. */
error_t MUST_CHECK fault_answer(struct thread *server, struct thread *thread, uint32_t tag);
/* One that says OK, while nothing is being revoked, if it is as simple as most: false: nothing was done. */
bool fault_answer_at_once(struct thread *server, struct thread *thread, uint32_t tag);
/* The fault will not be answered. */
void fault_abandon(struct thread *thread);

#endif
