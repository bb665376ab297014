/*
 * The fast path: a call to a server that waits, and an answer by a server that then waits for the next call, while
 * nothing else is due. It equals the general path (ipc.c, and leave() in entry.c) in every effect; what is not plain
 * goes that way, with nothing done yet. Tag and first words of the message stay in registers all the while.
 *
 * With one CPU nothing can be due at a system call but the end of a budget, whose interrupt has not come yet: what
 * became due was seen to before user mode went on, and only this CPU notes anything. With more, what others did is
 * looked for under the lock.
 */
#include "cpu.h"
#include "endpoint.h"
#include "ipc.h"
#include "sched.h"
#include "space.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define LAST_CALL     static __attribute__((noinline)) /* called last, so that nothing is kept for it */

/* The words of a message without items are all that this part of its tag tells. */
#define WORDS_ALONE(tag) ((uint16_t)(tag))

/*
 * The slot that the target names, NULL beyond the table. (Slot 0 is always empty.) Its offset in its page is taken from
 * the target in one step.
 */
ALWAYS_INLINE const struct node *slot_named(const struct thread *thread, ennead_word target)
{
    const ennead_word in_page = (ennead_word)(ENNEAD_SLOTS_PER_PAGE - 1) << ENNEAD_TARGET_SHIFT;
    const struct space *space = thread->space;
    ennead_word page = (target >> ENNEAD_TARGET_SHIFT) / ENNEAD_SLOTS_PER_PAGE;
    if (UNLIKELY(page >= space->slot_pages))
        return NULL;
    ennead_word offset = (target & in_page) * sizeof(struct node) >> ENNEAD_TARGET_SHIFT;
    return (const struct node *)((const char *)space->slots[page] + offset);
}

/*
 * What is not in registers: words, then items that are copies of what the sender has. False: nothing was done. Nothing
 * is decided by the words, so that it does not matter who writes them meanwhile.
 */
ALWAYS_INLINE bool transfer_rest(struct thread *from, struct thread *to, uint32_t tag, struct object *own)
{
    unsigned words = ENNEAD_TAG_WORDS(tag), items = ENNEAD_TAG_ITEMS(tag);
    if (words > ENNEAD_MSG_WORDS || tag & ENNEAD_TAG_RESERVED || !from->utcb || !to->utcb)
        return false;
    if (items && !transfer_copies(from, to, items, own))
        return false;
    if (words > ENNEAD_MSG_REG_WORDS)
        copy_words(&to->utcb->words[ENNEAD_MSG_REG_WORDS], &from->utcb->words[ENNEAD_MSG_REG_WORDS],
                   words - ENNEAD_MSG_REG_WORDS);
    return true;
}

LAST_CALL struct arch_context *with_fpu(struct cpu *cpu, struct thread *thread)
{
    fpu_switch(cpu, thread);
    return &thread->context;
}

/* Can it be gone to at once? */
ALWAYS_INLINE bool may_go_on(const struct cpu *cpu, const struct thread *thread)
{
    return !sched_is_outranked(cpu, thread) && mmu_is_at_hand(cpu, &thread->space->mmu);
}

/* `to` goes on in place of `from`, on the time that is being charged. */
ALWAYS_INLINE struct arch_context *pass_control(struct cpu *cpu, struct thread *from, struct thread *to, bool plain)
{
    from->running_on = NULL;
    to->running_on = cpu;
    to->state = ENNEAD_THREAD_READY;
    cpu->current = to;
    struct space *space = to->space;
    if (cpu->space != space) {
        if (!plain && cpu->among_others)
            space->cpus_active |= cpu->mask;
        mmu_switch(cpu, &space->mmu);
        cpu->space = space;
    }
    if (!plain && (cpu->fpu_on || cpu->fpu_owner == to))
        return with_fpu(cpu, to);
    return &to->context;
}

/* The first of an endpoint's receivers has the message of `thread`, and goes on with its time. */
ALWAYS_INLINE struct arch_context *pass_on(struct cpu *cpu, struct thread *thread, struct endpoint *endpoint,
                                           struct thread *server, bool plain)
{
    list_remove_first(&endpoint->queue, &server->queue_link);
    thread->state = ENNEAD_THREAD_CALLING;
    thread->holder = server;
    server->caller = thread;
    sched_context_hand(thread->run, server);
    thread->run = NULL;
    return pass_control(cpu, thread, server, plain);
}

/* Who called `thread` has its answer, and its time back; `thread` receives. */
ALWAYS_INLINE struct arch_context *pass_back(struct cpu *cpu, struct thread *thread, struct endpoint *endpoint,
                                             struct thread *caller, bool plain)
{
    thread->caller = NULL;
    caller->holder = NULL;
    sched_context_hand(thread->run, caller);
    thread->run = thread->own;
    endpoint_wait(endpoint, thread, ENNEAD_THREAD_RECEIVING);
    return pass_control(cpu, thread, caller, plain);
}

/* May `thread` answer and then wait, so that nobody but its caller goes on? */
ALWAYS_INLINE bool may_pass_back(const struct thread *thread, const struct endpoint *endpoint)
{
    return endpoint_waiters(endpoint) != ENNEAD_THREAD_SENDING &&
           !(thread->notification_bound && thread->notification_bound->bits) && thread->caller &&
           thread->run != thread->own;
}

/* Where a plain message turns out to be none after all. */
static struct arch_context *any_message(struct cpu *cpu, struct thread *thread, unsigned phases, const struct node *cap,
                                        uint32_t tag);

ALWAYS_INLINE struct arch_context *call(struct cpu *cpu, struct thread *thread, const struct node *cap, uint32_t tag,
                                        bool plain)
{
    if (UNLIKELY(!(cap->passes & ENNEAD_RIGHT_WRITE)))
        return NULL;
    struct endpoint *endpoint = endpoint_of(cap->object);
    struct thread *server = CONTAINER_OF(endpoint->queue.next, struct thread, queue_link);
    if (UNLIKELY(plain && !thread_is_just(server, ENNEAD_THREAD_RECEIVING)))
        return server->state == ENNEAD_THREAD_RECEIVING ? any_message(cpu, thread, ENNEAD_CALL, cap, tag) : NULL;
    if (!plain && server->state != ENNEAD_THREAD_RECEIVING)
        return NULL;
    if (UNLIKELY(!may_go_on(cpu, server)))
        return NULL;
    if (!plain && WORDS_ALONE(tag) > ENNEAD_MSG_REG_WORDS && !transfer_rest(thread, server, tag, &endpoint->object))
        return NULL;
    context_receive(&server->context, cap->badge);
    return pass_on(cpu, thread, endpoint, server, plain);
}

/* The time that an answer gives back is what the server runs on: a server that lost it answers the general way. */
ALWAYS_INLINE struct arch_context *reply_recv(struct cpu *cpu, struct thread *thread, const struct node *cap,
                                              uint32_t tag, bool plain)
{
    if (UNLIKELY(!(cap->passes & ENNEAD_RIGHT_READ)))
        return NULL;
    struct endpoint *endpoint = endpoint_of(cap->object);
    if (UNLIKELY(!may_pass_back(thread, endpoint)))
        return NULL;
    struct thread *caller = thread->caller;
    if (UNLIKELY(plain && !thread_is_just(caller, ENNEAD_THREAD_CALLING)))
        return caller->fault_operation ? NULL : any_message(cpu, thread, ENNEAD_REPLY_RECV, cap, tag);
    if (!plain && caller->fault_operation)
        return NULL;
    if (UNLIKELY(!may_go_on(cpu, caller)))
        return NULL;
    if (!plain && WORDS_ALONE(tag) > ENNEAD_MSG_REG_WORDS && !transfer_rest(thread, caller, tag, NULL))
        return NULL;
    context_receive(&caller->context, 0);
    return pass_back(cpu, thread, endpoint, caller, plain);
}

/*
 * NULL: nothing was done. A plain message is one in registers alone, with one CPU, whose FPU is off and stays off.
 */
ALWAYS_INLINE struct arch_context *message(struct cpu *cpu, struct thread *thread, unsigned phases,
                                           const struct node *cap, uint32_t tag, bool plain)
{
    if (phases == ENNEAD_CALL)
        return call(cpu, thread, cap, tag, plain);
    if (phases == ENNEAD_REPLY_RECV)
        return reply_recv(cpu, thread, cap, tag, plain);
    return NULL;
}

LAST_CALL struct arch_context *any_message(struct cpu *cpu, struct thread *thread, unsigned phases,
                                           const struct node *cap, uint32_t tag)
{
    return message(cpu, thread, phases, cap, tag, false);
}

/* Is anything to be seen to before a thread goes on? With one CPU never. */
static bool is_disturbed(const struct cpu *cpu)
{
    return cpu->due || !list_empty(&cpu->starved) || cpu->charged != cpu->current->run ||
           cpu->current->stop_requested || cpu->charged->cpu != cpu || !sched_context_has_time(cpu->charged);
}

/* Beside other CPUs, or with the FPU on. */
LAST_CALL struct arch_context *message_with_more(struct cpu *cpu, struct thread *thread, ennead_word target,
                                                 uint32_t tag)
{
    lock_acquire(cpu);
    struct arch_context *to = NULL;
    const struct node *cap = is_disturbed(cpu) ? NULL : slot_named(thread, target);
    if (cap)
        to = any_message(cpu, thread, (uint8_t)target, cap, tag);
    lock_release(cpu);
    return to;
}

ALWAYS_INLINE bool answers_fault(const struct thread *thread, ennead_word target)
{
    return (uint8_t)target == ENNEAD_REPLY_RECV && thread->caller && thread->caller->fault_operation;
}

struct arch_context *kernel_message(ennead_word target, uint32_t tag, struct arch_context *from)
{
    struct cpu *cpu = this_cpu();
    struct thread *thread = CONTAINER_OF(from, struct thread, context);
    if (UNLIKELY(cpu->not_plain))
        return message_with_more(cpu, thread, target, tag);
    ASSERT(!is_disturbed(cpu));
    const struct node *cap = slot_named(thread, target);
    if (UNLIKELY(!cap))
        return NULL;
    if (UNLIKELY(WORDS_ALONE(tag) > ENNEAD_MSG_REG_WORDS))
        return cap->passes && !answers_fault(thread, target) ? any_message(cpu, thread, (uint8_t)target, cap, tag)
                                                             : NULL;
    return message(cpu, thread, (uint8_t)target, cap, tag, true);
}

/* ---- faults: calls that the kernel makes in a thread's name, whose words are in the contexts ---- */

struct arch_context *fastpath_fault(struct cpu *cpu, struct thread *thread)
{
    const struct handler *handler = fault_handler(thread);
    const struct node *cap = &handler->node;
    ASSERT(cpu->among_others || !is_disturbed(cpu));
    if ((cpu->among_others && is_disturbed(cpu)) || !cap->passes)
        return NULL;
    struct endpoint *endpoint = endpoint_of(cap->object);
    struct thread *server = CONTAINER_OF(endpoint->queue.next, struct thread, queue_link);
    if (server->state != ENNEAD_THREAD_RECEIVING || !may_go_on(cpu, server))
        return NULL;
    uint32_t tag = fault_put_message(thread, handler, server);
    if (!tag)
        return NULL;
    context_set_result(&server->context, ENNEAD_OK, cap->badge, tag);
    return pass_on(cpu, thread, endpoint, server, false);
}

struct arch_context *fastpath_fault_answer(struct cpu *cpu, struct thread *thread)
{
    ennead_word target = context_target(&thread->context);
    uint32_t tag = context_tag(&thread->context);
    struct thread *caller = thread->caller;
    const struct node *cap = slot_named(thread, target);
    ASSERT(cpu->among_others || !is_disturbed(cpu));
    if ((cpu->among_others && is_disturbed(cpu)) || !cap || !(cap->passes & ENNEAD_RIGHT_READ) || revocations)
        return NULL;
    struct endpoint *endpoint = endpoint_of(cap->object);
    if (!may_pass_back(thread, endpoint) || !may_go_on(cpu, caller) || ENNEAD_TAG_LABEL(tag) != ENNEAD_OK ||
        !fault_answer_at_once(thread, caller, tag))
        return NULL;
    caller->fault_operation = 0;
    return pass_back(cpu, thread, endpoint, caller, false);
}

/* ---- notifications: SIGNAL, WAIT and POLL, with one CPU ---- */

ALWAYS_INLINE void answer_wait(struct thread *thread, uint32_t bits)
{
    context_set_word(&thread->context, 0, bits);
    for (unsigned i = 1; i < ENNEAD_MSG_REG_WORDS; i++)
        context_set_word(&thread->context, i, 0);
    context_set_result(&thread->context, ENNEAD_OK, 0,
                       ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, ENNEAD_OK, ENNEAD_FIELD_WORDS, 0));
}

/* A thread that waited can go on: behind its equals, as it is not of higher priority than the one that runs. */
ALWAYS_INLINE void make_ready(struct cpu *cpu, struct thread *thread)
{
    thread->state = ENNEAD_THREAD_READY;
    list_append(&cpu->ready[thread->priority], &thread->queue_link);
    cpu->ready_mask |= (uint64_t)1 << thread->priority;
    if (thread->priority > cpu->highest_ready)
        cpu->highest_ready = thread->priority;
}

ALWAYS_INLINE struct arch_context *signal(struct cpu *cpu, struct thread *thread, struct notification *notification,
                                          uint32_t bits)
{
    bits |= notification->bits;
    struct thread *waiter = CONTAINER_OF(notification->queue.next, struct thread, queue_link);
    if (list_empty(&notification->queue)) {
        if (notification->bound && notification->bound->state == ENNEAD_THREAD_RECEIVING)
            return NULL;
        notification->bits = bits;
    } else {
        struct sched_context *run = waiter->run;
        bool can_run = run && run->cpu == cpu && sched_context_has_time(run) && !waiter->running_on;
        if (!bits || !can_run || waiter->priority > thread->priority)
            return NULL;
        list_remove_first(&notification->queue, &waiter->queue_link);
        answer_wait(waiter, bits);
        make_ready(cpu, waiter);
    }
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        context_set_word(&thread->context, i, 0);
    context_set_result(&thread->context, ENNEAD_OK, 0, ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, ENNEAD_OK, 0, 0));
    return &thread->context;
}

/* Who is next in the ready queues, if it can be gone to at once; else NULL. */
ALWAYS_INLINE struct thread *next_ready(const struct cpu *cpu)
{
    struct list *first = cpu->ready[cpu->highest_ready].next;
    struct thread *next = CONTAINER_OF(first, struct thread, queue_link);
    if (!cpu->ready_mask || next->held_up || !sched_context_has_time(next->run) ||
        !mmu_is_at_hand(cpu, &next->space->mmu))
        return NULL;
    return next;
}

ALWAYS_INLINE void take_ready(struct cpu *cpu, struct thread *thread)
{
    struct list *queue = &cpu->ready[thread->priority];
    list_remove_first(queue, &thread->queue_link);
    if (!list_empty(queue))
        return;
    uint64_t mask = cpu->ready_mask & ~((uint64_t)1 << thread->priority);
    cpu->ready_mask = mask;
    cpu->highest_ready = mask ? 63 - (unsigned)__builtin_clzll(mask) : 0;
}

ALWAYS_INLINE struct arch_context *wait(struct cpu *cpu, struct thread *thread, struct notification *notification)
{
    if (notification->bits) {
        answer_wait(thread, notification_take(notification));
        return &thread->context;
    }
    struct thread *next = next_ready(cpu);
    if (!next)
        return NULL;
    take_ready(cpu, next);
    thread->state = ENNEAD_THREAD_WAITING;
    thread->notification_waited = notification;
    list_append(&notification->queue, &thread->queue_link);
    sched_charge(cpu, next->run);
    clock_program(cpu);
    return pass_control(cpu, thread, next, false);
}

struct arch_context *fastpath_notification(struct cpu *cpu, struct thread *thread, const struct node *cap)
{
    struct notification *notification = notification_of(cap->object);
    uint32_t tag = context_tag(&thread->context);
    if (cpu->among_others || !thread->utcb)
        return NULL;
    ASSERT(!is_disturbed(cpu));
    if (ENNEAD_TAG_LABEL(tag) == (ENNEAD_TYPE_NOTIFICATION << 8 | ENNEAD_NOTIFICATION_SIGNAL)) {
        uint32_t bits = ENNEAD_TAG_WORDS(tag) >= ENNEAD_FIELD_WORDS ? (uint32_t)context_word(&thread->context, 0) : 0;
        return cap->rights & ENNEAD_RIGHT_WRITE ? signal(cpu, thread, notification, bits | cap->badge) : NULL;
    }
    if (!(cap->rights & ENNEAD_RIGHT_READ))
        return NULL;
    if (ENNEAD_TAG_LABEL(tag) == (ENNEAD_TYPE_NOTIFICATION << 8 | ENNEAD_NOTIFICATION_WAIT))
        return wait(cpu, thread, notification);
    if (ENNEAD_TAG_LABEL(tag) != (ENNEAD_TYPE_NOTIFICATION << 8 | ENNEAD_NOTIFICATION_POLL))
        return NULL;
    answer_wait(thread, notification_take(notification));
    return &thread->context;
}
