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
#include "leave.h"
#include "sched.h"
#include "signal.h"
#include "space.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define LAST_CALL     static __attribute__((noinline)) /* called last, so that nothing is kept for it */

/* The words of a message without items are all that this part of its tag tells. */
#define WORDS_ALONE(tag) ((uint16_t)(tag))

/*
 * How much a message is known to be. PLAIN: in registers alone, with one CPU, whose FPU is off and stays off. LONG: the
 * same with words beyond those, and nothing else. ANY: none of this.
 */
enum way { PLAIN, LONG, ANY };

ALWAYS_INLINE ennead_word page_named(ennead_word target)
{
    return (target >> ENNEAD_TARGET_SHIFT) / ENNEAD_SLOTS_PER_PAGE;
}

/* Does the target name a slot of the table? (Slot 0 is always empty.) */
ALWAYS_INLINE bool names_slot(const struct space *space, ennead_word target)
{
    return page_named(target) < space->slot_pages;
}

/* The slot that the target names, whose offset in its page is taken from the target in one step. */
ALWAYS_INLINE const struct node *slot_named(const struct space *space, ennead_word target)
{
    const ennead_word in_page = (ennead_word)(ENNEAD_SLOTS_PER_PAGE - 1) << ENNEAD_TARGET_SHIFT;
    ennead_word offset = (target & in_page) * sizeof(struct node) >> ENNEAD_TARGET_SHIFT;
    return (const struct node *)((const char *)space->slots[page_named(target)] + offset);
}

/*
 * What is not in registers: words, then items that are copies of what the sender has. False: nothing was done. Nothing
 * is decided by the words, so that it does not matter who writes them meanwhile.
 */
ALWAYS_INLINE bool transfer_rest(struct thread *from, struct thread *to, uint32_t tag, struct object *own, enum way way)
{
    unsigned words = ENNEAD_TAG_WORDS(tag), items = ENNEAD_TAG_ITEMS(tag);
    if (!from->utcb || !to->utcb)
        return false;
    if (way == ANY && (words > ENNEAD_MSG_WORDS || tag & ENNEAD_TAG_RESERVED))
        return false;
    if (way == ANY && items && (items > 1 || revocations || !transfer_copy(from, to, own)))
        return false;
    if (way == LONG || words > ENNEAD_MSG_REG_WORDS)
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
ALWAYS_INLINE bool may_go_on(const struct cpu *cpu, const struct thread *thread, bool alone)
{
    return !sched_is_outranked(cpu, thread) && mmu_is_at_hand(cpu, &thread->space->mmu, alone);
}

/* `to` goes on in place of the current thread, on the time that is being charged. */
ALWAYS_INLINE struct arch_context *pass_control(struct cpu *cpu, struct thread *to, enum way way)
{
    ASSERT(way == ANY || to->ran_on == cpu);
    if (way == ANY)
        to->ran_on = cpu;
    to->state = ENNEAD_THREAD_READY;
    cpu->current = to;
    struct space *space = to->space;
    if (cpu->space != space) {
        if (way == ANY && cpu->among_others)
            space->cpus_active |= cpu->mask;
        mmu_switch(cpu, &space->mmu, way != ANY);
        cpu->space = space;
    }
    if (way == ANY && (cpu->fpu_on || cpu->fpu_owner == to))
        return with_fpu(cpu, to);
    return &to->context;
}

/* The first of an endpoint's receivers has the message of `thread`, and goes on with its time. */
ALWAYS_INLINE struct arch_context *pass_on(struct cpu *cpu, struct thread *thread, struct endpoint *endpoint,
                                           struct thread *server, enum way way)
{
    list_remove_first(&endpoint->queue, &server->queue_link);
    thread->state = ENNEAD_THREAD_CALLING;
    thread->holder = server;
    server->caller = thread;
    sched_context_hand(thread->run, server);
    thread->run = NULL;
    return pass_control(cpu, server, way);
}

/* Who called `thread` has its answer, and its time back; `thread` receives. */
ALWAYS_INLINE struct arch_context *pass_back(struct cpu *cpu, struct thread *thread, struct endpoint *endpoint,
                                             struct thread *caller, enum way way)
{
    thread->caller = NULL;
    caller->holder = NULL;
    sched_context_hand(thread->run, caller);
    thread->run = thread->own;
    endpoint_wait(endpoint, thread, ENNEAD_THREAD_RECEIVING);
    return pass_control(cpu, caller, way);
}

/* May `thread` answer and then wait, so that nobody but its caller goes on? */
ALWAYS_INLINE bool may_pass_back(const struct thread *thread, const struct endpoint *endpoint)
{
    return endpoint_waiters(endpoint) != ENNEAD_THREAD_SENDING &&
           !(thread->notification_bound && thread->notification_bound->bits) && thread->caller &&
           thread->run != thread->own;
}

ALWAYS_INLINE bool has_more(uint32_t tag, enum way way)
{
    return way == LONG || (way == ANY && WORDS_ALONE(tag) > ENNEAD_MSG_REG_WORDS);
}

/*
 * Where a plain message turns out to be none after all, and a call by a capability that lets no call pass, perhaps
 * because it is not an endpoint's. The parameters are in the registers that kernel_message() has them in.
 */
static struct arch_context *any_message(ennead_word target, uint32_t tag, struct thread *thread, const struct node *cap,
                                        struct cpu *cpu);
static struct arch_context *call_of_object(ennead_word target, uint32_t tag, struct thread *thread,
                                           const struct node *cap, struct cpu *cpu);

ALWAYS_INLINE struct arch_context *call(struct cpu *cpu, struct thread *thread, const struct node *cap, uint32_t tag,
                                        enum way way)
{
    if (UNLIKELY(!(cap->passes & ENNEAD_RIGHT_WRITE)))
        return call_of_object(ENNEAD_CALL, tag, thread, cap, cpu);
    struct endpoint *endpoint = endpoint_of(cap->object);
    struct thread *server = CONTAINER_OF(endpoint->queue.next, struct thread, queue_link);
    if (UNLIKELY(way != ANY && !thread_is_just(server, ENNEAD_THREAD_RECEIVING)))
        return server->state == ENNEAD_THREAD_RECEIVING ? any_message(ENNEAD_CALL, tag, thread, cap, cpu) : NULL;
    if (way == ANY && server->state != ENNEAD_THREAD_RECEIVING)
        return NULL;
    if (UNLIKELY(!may_go_on(cpu, server, way != ANY)))
        return NULL;
    if (has_more(tag, way) && !transfer_rest(thread, server, tag, &endpoint->object, way))
        return NULL;
    context_receive(&server->context, cap->badge);
    return pass_on(cpu, thread, endpoint, server, way);
}

/* The time that an answer gives back is what the server runs on: a server that lost it answers the general way. */
ALWAYS_INLINE struct arch_context *reply_recv(struct cpu *cpu, struct thread *thread, const struct node *cap,
                                              uint32_t tag, enum way way)
{
    if (UNLIKELY(!(cap->passes & ENNEAD_RIGHT_READ)))
        return NULL;
    struct endpoint *endpoint = endpoint_of(cap->object);
    if (UNLIKELY(!may_pass_back(thread, endpoint)))
        return NULL;
    struct thread *caller = thread->caller;
    if (UNLIKELY(way != ANY && !thread_is_just(caller, ENNEAD_THREAD_CALLING)))
        return caller->fault_operation ? NULL : any_message(ENNEAD_REPLY_RECV, tag, thread, cap, cpu);
    if (way == ANY && caller->fault_operation)
        return NULL;
    if (UNLIKELY(!may_go_on(cpu, caller, way != ANY)))
        return NULL;
    if (has_more(tag, way) && !transfer_rest(thread, caller, tag, NULL, way))
        return NULL;
    context_receive(&caller->context, 0);
    return pass_back(cpu, thread, endpoint, caller, way);
}

/* NULL: nothing was done. */
ALWAYS_INLINE struct arch_context *message(struct cpu *cpu, struct thread *thread, unsigned phases,
                                           const struct node *cap, uint32_t tag, enum way way)
{
    if (phases == ENNEAD_CALL)
        return call(cpu, thread, cap, tag, way);
    if (phases == ENNEAD_REPLY_RECV)
        return reply_recv(cpu, thread, cap, tag, way);
    return NULL;
}

LAST_CALL struct arch_context *any_message(ennead_word target, uint32_t tag, struct thread *thread,
                                           const struct node *cap, struct cpu *cpu)
{
    return message(cpu, thread, (uint8_t)target, cap, tag, ANY);
}

/* Is anything to be seen to before a thread goes on? With one CPU never. */
static bool is_disturbed(const struct cpu *cpu)
{
    return cpu->due || !list_empty(&cpu->starved) || cpu->charged != cpu->current->run ||
           cpu->current->stop_requested || cpu->charged->cpu != cpu || !sched_context_has_time(cpu->charged);
}

/* Beside other CPUs, or with the FPU on. */
LAST_CALL struct arch_context *message_with_more(ennead_word target, uint32_t tag, struct thread *thread,
                                                 struct cpu *cpu)
{
    lock_acquire(cpu);
    struct arch_context *to = NULL;
    if (!is_disturbed(cpu) && names_slot(thread->space, target))
        to = any_message(target, tag, thread, slot_named(thread->space, target), cpu);
    if (!cpu->called)
        lock_release(cpu);
    return to;
}

ALWAYS_INLINE bool answers_fault(const struct thread *thread, ennead_word target)
{
    return (uint8_t)target == ENNEAD_REPLY_RECV && thread->caller && thread->caller->fault_operation;
}

/* With nothing beside them, or with items too. */
LAST_CALL struct arch_context *message_with_words(ennead_word target, uint32_t tag, struct thread *thread,
                                                  const struct node *cap, struct cpu *cpu)
{
    if (WORDS_ALONE(tag) <= ENNEAD_MSG_WORDS)
        return message(cpu, thread, (uint8_t)target, cap, tag, LONG);
    if (!cap->passes)
        return (uint8_t)target == ENNEAD_CALL ? call_of_object(target, tag, thread, cap, cpu) : NULL;
    return answers_fault(thread, target) ? NULL : any_message(target, tag, thread, cap, cpu);
}

struct arch_context *kernel_message(ennead_word target, uint32_t tag, struct arch_context *from)
{
    struct cpu *cpu = this_cpu();
    struct thread *thread = CONTAINER_OF(from, struct thread, context);
    if (UNLIKELY(cpu->not_plain))
        return message_with_more(target, tag, thread, cpu);
    ASSERT(!is_disturbed(cpu) && cpu->space == thread->space);
    if (UNLIKELY(!names_slot(cpu->space, target)))
        return NULL;
    const struct node *cap = slot_named(cpu->space, target);
    if (UNLIKELY(WORDS_ALONE(tag) > ENNEAD_MSG_REG_WORDS))
        return message_with_words(target, tag, thread, cap, cpu);
    return message(cpu, thread, (uint8_t)target, cap, tag, PLAIN);
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
    if (server->state != ENNEAD_THREAD_RECEIVING || !may_go_on(cpu, server, false))
        return NULL;
    uint32_t tag = fault_put_message(thread, handler, server);
    if (!tag)
        return NULL;
    context_set_result(&server->context, ENNEAD_OK, cap->badge, tag);
    return pass_on(cpu, thread, endpoint, server, ANY);
}

struct arch_context *fastpath_fault_answer(struct cpu *cpu, struct thread *thread)
{
    ennead_word target = context_target(&thread->context);
    uint32_t tag = context_tag(&thread->context);
    struct thread *caller = thread->caller;
    ASSERT(cpu->among_others || !is_disturbed(cpu));
    if ((cpu->among_others && is_disturbed(cpu)) || !names_slot(thread->space, target) || revocations)
        return NULL;
    const struct node *cap = slot_named(thread->space, target);
    if (!(cap->passes & ENNEAD_RIGHT_READ))
        return NULL;
    struct endpoint *endpoint = endpoint_of(cap->object);
    if (!may_pass_back(thread, endpoint) || !may_go_on(cpu, caller, false) || ENNEAD_TAG_LABEL(tag) != ENNEAD_OK ||
        !fault_answer_at_once(thread, caller, tag))
        return NULL;
    caller->fault_operation = 0;
    return pass_back(cpu, thread, endpoint, caller, ANY);
}

/* ---- calls of objects without words: WAIT and POLL of notifications, YIELD.  SIGNAL, which has one: signal.h ---- */

/* As stubs make them: any other is made the general way. */
#define WAIT_TAG  ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, 0, 0)
#define POLL_TAG  ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_POLL, 0, 0)
#define YIELD_TAG ENNEAD_TAG(ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_YIELD, 0, 0)

/* Can a thread that is ready be gone to at once? */
ALWAYS_INLINE bool is_next(const struct cpu *cpu, const struct thread *thread)
{
    return !thread->held_up && sched_context_has_time(thread->run) && mmu_is_at_hand(cpu, &thread->space->mmu, false);
}

/* The first of its queue, which is the highest, is not ready any more. */
ALWAYS_INLINE void take_ready(struct cpu *cpu, struct list *queue, struct thread *thread)
{
    list_remove_first(queue, &thread->queue_link);
    if (!list_empty(queue))
        return;
    uint64_t mask = cpu->ready_mask & ~((uint64_t)1 << cpu->highest_ready);
    cpu->ready_mask = mask;
    cpu->highest_ready = mask ? 63 - (unsigned)__builtin_clzll(mask) : 0;
}

static __attribute__((noinline)) void charge_and_program(struct cpu *cpu, struct sched_context *next)
{
    sched_charge(cpu, next);
    clock_program(cpu);
}

/*
 * From one context to another. The timer is set for the first of the deadlines, or earlier: only the end of what is
 * charged is new.
 */
ALWAYS_INLINE void charge_next(struct cpu *cpu, struct sched_context *next)
{
    uint64_t now = platform_now_ns();
    struct sched_context *context = cpu->charged;
    uint64_t used = now - cpu->charged_since_ns;
    if (UNLIKELY(used >= context->remaining_ns || now >= next->refill_ns)) {
        charge_and_program(cpu, next);
        return;
    }
    context->consumed_ns += used;
    context->remaining_ns -= used;
    cpu->charged = next;
    cpu->charged_since_ns = now;
    if (UNLIKELY(now + next->remaining_ns < cpu->timer_ns))
        clock_program(cpu);
}

LAST_CALL struct arch_context *resume(struct cpu *cpu, struct arch_context *context)
{
    lock_release(cpu);
    cpu_resume(context);
}

/* For kernel_ipc(), which is told what is called. */
ALWAYS_INLINE struct arch_context *not_at_once(struct cpu *cpu, const struct node *cap)
{
    cpu->called = (struct node *)cap;
    return NULL;
}

/* Who waits gets bits that are there, or the first of who is ready goes on. */
LAST_CALL struct arch_context *wait(struct thread *thread, const struct node *cap, struct cpu *cpu)
{
    struct notification *notification = notification_of(cap->object);
    struct list *queue = &cpu->ready[cpu->highest_ready];
    struct thread *next = CONTAINER_OF(queue->next, struct thread, queue_link);
    if (!(cap->rights & ENNEAD_RIGHT_READ) || !thread->utcb)
        return not_at_once(cpu, cap);
    if (notification->bits) {
        answer_fields(thread, 1, notification_take(notification));
        return resume(cpu, &thread->context);
    }
    if (list_empty(queue) || !is_next(cpu, next))
        return not_at_once(cpu, cap);
    take_ready(cpu, queue, next);
    thread->state = ENNEAD_THREAD_WAITING;
    thread->notification_waited = notification;
    list_append(&notification->queue, &thread->queue_link);
    charge_next(cpu, next->run);
    return resume(cpu, pass_control(cpu, next, ANY));
}

LAST_CALL struct arch_context *poll(struct thread *thread, const struct node *cap, struct cpu *cpu)
{
    if (!(cap->rights & ENNEAD_RIGHT_READ) || !thread->utcb)
        return not_at_once(cpu, cap);
    answer_fields(thread, 1, notification_take(notification_of(cap->object)));
    return resume(cpu, &thread->context);
}

/* Behind its equals: nobody of higher priority is ready. */
LAST_CALL struct arch_context *yield(struct thread *thread, const struct node *cap, struct cpu *cpu)
{
    struct list *queue = &cpu->ready[thread->priority];
    struct thread *next = CONTAINER_OF(queue->next, struct thread, queue_link);
    bool may = cap->rights & ENNEAD_RIGHT_WRITE && thread->utcb && thread->run == sched_context_of(cap->object);
    if (!may || (!list_empty(queue) && !is_next(cpu, next)))
        return not_at_once(cpu, cap);
    answer_fields(thread, 0, 0);
    if (list_empty(queue))
        return resume(cpu, &thread->context);
    list_remove_first(queue, &next->queue_link);
    list_append(queue, &thread->queue_link);
    charge_next(cpu, next->run);
    return resume(cpu, pass_control(cpu, next, ANY));
}

/*
 * A call of an object of the kernel. One without words is made at once: they are nowhere but in registers. Any other is
 * for kernel_ipc(), which is told what is called.
 */
LAST_CALL struct arch_context *call_of_object(ennead_word target, uint32_t tag, struct thread *thread,
                                              const struct node *cap, struct cpu *cpu)
{
    (void)target;
    if (cap->kind != NODE_CAP)
        return NULL;
    switch (cap->object->type) {
    case ENNEAD_TYPE_NOTIFICATION:
        if (tag == WAIT_TAG)
            return wait(thread, cap, cpu);
        if (tag == POLL_TAG)
            return poll(thread, cap, cpu);
        break;
    case ENNEAD_TYPE_SCHED_CONTEXT:
        if (tag == YIELD_TAG)
            return yield(thread, cap, cpu);
        break;
    case ENNEAD_TYPE_ENDPOINT:
        return NULL;
    }
    return is_valid_tag(tag) ? not_at_once(cpu, cap) : NULL;
}

LAST_CALL struct arch_context *call_of_notification(struct cpu *cpu, struct node *cap)
{
    struct arch_context *to = signal_plainly(cpu, cpu->current, cap);
    return to ? leave_to(cpu, to) : call_any_object(cpu, cap);
}

LAST_CALL struct arch_context *call_of_space(struct cpu *cpu, struct node *cap)
{
    struct arch_context *to = fastpath_capability(cpu, cpu->current, cap);
    return to ? leave_to(cpu, to) : call_object(cpu, cap);
}

struct arch_context *kernel_ipc(void)
{
    struct cpu *cpu = this_cpu();
    struct node *cap = cpu->called;
    if (UNLIKELY(!cap))
        return call_any(cpu);
    cpu->called = NULL;
    switch (cap->object->type) {
    case ENNEAD_TYPE_NOTIFICATION:
        return call_of_notification(cpu, cap);
    case ENNEAD_TYPE_SPACE:
        return call_of_space(cpu, cap);
    default:
        return call_object(cpu, cap);
    }
}
