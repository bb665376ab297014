/*
 * The fast path: a call to a server that waits, and an answer by a server that then waits for the next call, while
 * nothing else is due. It equals the general path (ipc.c, and leave() in entry.c) in every effect; what is not plain
 * goes that way, with nothing done yet. Tag and first words of the message stay in registers all the while.
 *
 * With one CPU nothing can be due at a system call but the end of a budget, whose interrupt has not come yet: what
 * became due was seen to before user mode went on, and only this CPU notes anything. With more, one word says what
 * others did, and that they are busy doing it: a message between threads at home on this CPU passes without the lock
 * (cpu.h), any other with it.
 */
#include "cpu.h"
#include "endpoint.h"
#include "ipc.h"
#include "pass.h"
#include "sched.h"
#include "space.h"

ALWAYS_INLINE ennead_word page_named(ennead_word target)
{
    return (target >> ENNEAD_TARGET_SHIFT) / ENNEAD_SLOTS_PER_PAGE;
}

/* Does the target name a slot of the table? (Slot 0 is always empty.) */
ALWAYS_INLINE bool names_slot(const struct space *space, ennead_word target)
{
    return page_named(target) < space->slot_pages;
}

/* The slot that the target names, whose offset in its page is taken from the target in one step, in units of four
 * bytes: five on 32 bits, which takes no multiplication. */
ALWAYS_INLINE const struct node *slot_named(const struct space *space, ennead_word target)
{
    const ennead_word in_page = (ennead_word)(ENNEAD_SLOTS_PER_PAGE - 1) << ENNEAD_TARGET_SHIFT;
    _Static_assert(sizeof(struct node) % 4 == 0 && ENNEAD_TARGET_SHIFT > 2, "a slot is so many units");
    ennead_word offset = (target & in_page) * (sizeof(struct node) / 4) >> (ENNEAD_TARGET_SHIFT - 2);
    return (const struct node *)((const char *)space->slots[page_named(target)] + offset);
}

ALWAYS_INLINE void copy_rest(const struct thread *from, struct thread *to, unsigned words)
{
    copy_words(&to->utcb->words[ENNEAD_MSG_REG_WORDS], &from->utcb->words[ENNEAD_MSG_REG_WORDS],
               words - ENNEAD_MSG_REG_WORDS);
}

/* The same, where its size counts. */
__attribute__((noinline)) static void copy_rest_small(const struct thread *from, struct thread *to, unsigned words)
{
    copy_rest(from, to, words);
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
    if (way == LONG)
        copy_rest(from, to, words);
    else if (words > ENNEAD_MSG_REG_WORDS)
        copy_rest_small(from, to, words);
    return true;
}

__attribute__((noinline)) struct arch_context *pass_with_fpu(struct cpu *cpu, struct thread *thread)
{
    fpu_switch(cpu, thread);
    return &thread->context;
}

/* Can it be gone to at once? */
ALWAYS_INLINE bool may_go_on(const struct cpu *cpu, const struct thread *thread, enum way way)
{
    return !sched_is_outranked(cpu, thread) && mmu_is_at_hand(cpu, &thread->space->mmu, IS_ALONE(way));
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
    return IS_LONG(way) || (way == ANY && WORDS_ALONE(tag) > ENNEAD_MSG_REG_WORDS);
}

/* Where a plain message turns out to be none after all: parameters as kernel_message() has them, in its registers. */
static struct arch_context *any_message(ennead_word target, uint32_t tag, struct thread *thread,
                                        const struct node *cap);
/* What is not local, or with the FPU on. */
static struct arch_context *message_with_more(ennead_word target, uint32_t tag, struct thread *thread);

/* May it be touched? */
ALWAYS_INLINE bool is_within_reach(const struct cpu *cpu, const struct endpoint *endpoint, enum way way)
{
    return !IS_LOCAL(way) || endpoint->home == cpu;
}

_Static_assert(PORT_SORTS_MESSAGES || !PORT_CALLS_AGAIN, "only who calls one function can call another instead");

/* Nothing was done: what ends a local section goes on with the lock, anything else the general way. */
ALWAYS_INLINE struct arch_context *give_up(ennead_word target, uint32_t tag, struct thread *thread, enum way way)
{
    if (!IS_LOCAL(way))
        return NULL;
    lock_leave_local(this_cpu(), thread);
    return PORT_CALLS_AGAIN ? NULL : message_with_more(target, tag, thread);
}

ALWAYS_INLINE struct arch_context *call(struct cpu *cpu, ennead_word target, struct thread *thread,
                                        const struct node *cap, uint32_t tag, enum way way)
{
    if (UNLIKELY(!(cap->passes & ENNEAD_RIGHT_WRITE)))
        return IS_LOCAL(way) ? give_up(target, tag, thread, way) : call_of_object(ENNEAD_CALL, tag, thread, cap);
    struct endpoint *endpoint = endpoint_of(cap->object);
    if (UNLIKELY(!is_within_reach(cpu, endpoint, way)))
        return give_up(target, tag, thread, way);
    struct thread *server = CONTAINER_OF(endpoint->queue.next, struct thread, queue_link);
    if (UNLIKELY(way != ANY && !thread_is_just(server, ENNEAD_THREAD_RECEIVING)))
        return !IS_LOCAL(way) && server->state == ENNEAD_THREAD_RECEIVING ? any_message(ENNEAD_CALL, tag, thread, cap)
                                                                          : give_up(target, tag, thread, way);
    if (way == ANY && server->state != ENNEAD_THREAD_RECEIVING)
        return NULL;
    if (UNLIKELY(!may_go_on(cpu, server, way)))
        return give_up(target, tag, thread, way);
    if (has_more(tag, way) && !transfer_rest(thread, server, tag, &endpoint->object, way))
        return give_up(target, tag, thread, way);
    context_receive(&server->context, cap->badge);
    return pass_on(cpu, thread, endpoint, server, way);
}

/* The time that an answer gives back is what the server runs on: a server that lost it answers the general way. */
ALWAYS_INLINE struct arch_context *reply_recv(struct cpu *cpu, ennead_word target, struct thread *thread,
                                              const struct node *cap, uint32_t tag, enum way way)
{
    if (UNLIKELY(!(cap->passes & ENNEAD_RIGHT_READ)))
        return give_up(target, tag, thread, way);
    struct endpoint *endpoint = endpoint_of(cap->object);
    if (UNLIKELY(!is_within_reach(cpu, endpoint, way) || !may_pass_back(thread, endpoint)))
        return give_up(target, tag, thread, way);
    struct thread *caller = thread->caller;
    if (UNLIKELY(way != ANY && !thread_is_just(caller, ENNEAD_THREAD_CALLING)))
        return IS_LOCAL(way) || caller->fault_operation ? give_up(target, tag, thread, way)
                                                        : any_message(ENNEAD_REPLY_RECV, tag, thread, cap);
    if (way == ANY && caller->fault_operation)
        return NULL;
    if (UNLIKELY(!may_go_on(cpu, caller, way)))
        return give_up(target, tag, thread, way);
    if (has_more(tag, way) && !transfer_rest(thread, caller, tag, NULL, way))
        return give_up(target, tag, thread, way);
    context_receive(&caller->context, 0);
    return pass_back(cpu, thread, endpoint, caller, way);
}

/* NULL: nothing was done. */
ALWAYS_INLINE struct arch_context *message(struct cpu *cpu, ennead_word target, struct thread *thread,
                                           const struct node *cap, uint32_t tag, enum way way)
{
    if ((uint8_t)target == ENNEAD_CALL)
        return call(cpu, target, thread, cap, tag, way);
    if ((uint8_t)target == ENNEAD_REPLY_RECV)
        return reply_recv(cpu, target, thread, cap, tag, way);
    return give_up(target, tag, thread, way);
}

LAST_CALL struct arch_context *any_message(ennead_word target, uint32_t tag, struct thread *thread,
                                           const struct node *cap)
{
    return message(this_cpu(), target, thread, cap, tag, ANY);
}

/*
 * What a CPU itself had to see to, time that is used up and threads that starve, was seen to before user mode went on;
 * who does anything to its current thread from elsewhere pokes it.
 */
ALWAYS_INLINE bool is_in_order(const struct cpu *cpu)
{
    const struct thread *thread = cpu->current;
    return list_empty(&cpu->starved) && !thread->stop_requested && thread->run == cpu->charged &&
           thread->run->cpu == cpu && sched_context_has_time(thread->run);
}

/* Is anything to be seen to before a thread goes on? With one CPU never. */
ALWAYS_INLINE bool is_disturbed(const struct cpu *cpu)
{
    if (cpu->due || cpu->poked)
        return true;
    ASSERT(is_in_order(cpu));
    return false;
}

/* With the lock. NULL: it is still held if the call is left to kernel_ipc(). */
ALWAYS_INLINE struct arch_context *message_locked(ennead_word target, uint32_t tag, struct thread *thread,
                                                  struct cpu *cpu)
{
    if (UNLIKELY(is_disturbed(cpu) || !names_slot(thread->space, target)))
        return NULL;
    const struct node *cap = slot_named(thread->space, target);
    if (cap->passes)
        endpoint_of(cap->object)->home = cpu; /* and the next one is local, if it is from here too */
    return any_message(target, tag, thread, cap);
}

LAST_CALL struct arch_context *message_with_more(ennead_word target, uint32_t tag, struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    lock_acquire(cpu);
    cpu_interrupt_window(); /* what comes next may be long enough for itself */
    struct arch_context *to = message_locked(target, tag, thread, cpu);
    if (UNLIKELY(!to && cpu->called))
        return NULL;
    lock_release(cpu);
    return to;
}

ALWAYS_INLINE struct arch_context *message_local(struct cpu *cpu, ennead_word target, uint32_t tag,
                                                 struct thread *thread, enum way way)
{
    cpu = lock_try_local(cpu);
    /* Whoever wants it again later loads it again: not all have a register to keep it in. */
    const struct space *space = __atomic_load_n(&cpu->space, __ATOMIC_RELAXED);
    ASSERT(space == thread->space || !space->slot_pages);
    if (UNLIKELY(!names_slot(space, target)))
        return give_up(target, tag, thread, way);
    return message(cpu, target, thread, slot_named(space, target), tag, way);
}

LAST_CALL struct arch_context *long_message_local(ennead_word target, uint32_t tag, struct thread *thread,
                                                  struct cpu *cpu)
{
    return message_local(cpu, target, tag, thread, LOCAL_LONG);
}

/* Beside other CPUs, or with the FPU on. */
ALWAYS_INLINE struct arch_context *message_beside(ennead_word target, uint32_t tag, struct thread *thread,
                                                  struct cpu *cpu)
{
    if (WORDS_ALONE(tag) <= ENNEAD_MSG_REG_WORDS)
        return message_local(cpu, target, tag, thread, LOCAL);
    if (WORDS_ALONE(tag) <= ENNEAD_MSG_WORDS)
        return long_message_local(target, tag, thread, cpu);
    return PORT_CALLS_AGAIN ? NULL : message_with_more(target, tag, thread);
}

ALWAYS_INLINE bool answers_fault(const struct thread *thread, ennead_word target)
{
    return (uint8_t)target == ENNEAD_REPLY_RECV && thread->caller && thread->caller->fault_operation;
}

/* With nothing beside them, or with items too. */
LAST_CALL struct arch_context *message_with_words(ennead_word target, uint32_t tag, struct thread *thread,
                                                  const struct node *cap)
{
    if (WORDS_ALONE(tag) <= ENNEAD_MSG_WORDS)
        return message(this_cpu(), target, thread, cap, tag, LONG);
    if (!cap->passes)
        return (uint8_t)target == ENNEAD_CALL ? call_of_object(target, tag, thread, cap) : NULL;
    return answers_fault(thread, target) ? NULL : any_message(target, tag, thread, cap);
}

struct arch_context *kernel_message(ennead_word target, uint32_t tag, struct arch_context *from)
{
    struct cpu *cpu = this_cpu();
    struct thread *thread = CONTAINER_OF(from, struct thread, context);
    if (!PORT_SORTS_MESSAGES && UNLIKELY(cpu->not_plain))
        return message_beside(target, tag, thread, cpu);
    ASSERT(!cpu->not_plain && !is_disturbed(cpu) && cpu->space == thread->space);
    if (UNLIKELY(!names_slot(cpu->space, target)))
        return NULL;
    const struct node *cap = slot_named(cpu->space, target);
    if (UNLIKELY(WORDS_ALONE(tag) > ENNEAD_MSG_REG_WORDS))
        return message_with_words(target, tag, thread, cap);
    return message(cpu, target, thread, cap, tag, PLAIN);
}

struct arch_context *kernel_message_beside(ennead_word target, uint32_t tag, struct arch_context *own, struct cpu *cpu)
{
    ASSERT(cpu->not_plain && own == &cpu->current->context);
    return message_beside(target, tag, CONTAINER_OF(own, struct thread, context), cpu);
}

struct arch_context *kernel_message_again(ennead_word target, uint32_t tag, struct arch_context *own)
{
    return message_with_more(target, tag, CONTAINER_OF(own, struct thread, context));
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
    if (server->state != ENNEAD_THREAD_RECEIVING || !may_go_on(cpu, server, ANY))
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
    if (!may_pass_back(thread, endpoint) || !may_go_on(cpu, caller, ANY) || ENNEAD_TAG_LABEL(tag) != ENNEAD_OK ||
        !fault_answer_at_once(thread, caller, tag))
        return NULL;
    caller->fault_operation = 0;
    return pass_back(cpu, thread, endpoint, caller, ANY);
}
