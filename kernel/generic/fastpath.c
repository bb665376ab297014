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

#define ALWAYS_INLINE  static inline __attribute__((always_inline))
#define LAST_CALL      static __attribute__((noinline)) /* called last, so that nothing is kept for it */
#define UNLIKELY(what) __builtin_expect(!!(what), 0)

/* The words of a message without items are all that its tag tells. */
#define WORDS_ALONE(tag) ((uint16_t)(tag))

/* The capability in the slot that the target names, if it is to such an object, with one of the rights; else NULL. Slot
 * 0 is always empty. */
ALWAYS_INLINE const struct node *cap_named(const struct thread *thread, ennead_word target, uint8_t type,
                                           unsigned rights)
{
    const struct space *space = thread->space;
    ennead_word index = target >> ENNEAD_TARGET_SHIFT;
    if (UNLIKELY(index / ENNEAD_SLOTS_PER_PAGE >= space->slot_pages))
        return NULL;
    const struct node *cap = &space->slots[index / ENNEAD_SLOTS_PER_PAGE][index % ENNEAD_SLOTS_PER_PAGE];
    return node_names(cap, type, rights) ? cap : NULL;
}

bool fastpath_notification(struct thread *thread)
{
    ennead_word target = context_target(&thread->context);
    if ((uint8_t)target != ENNEAD_CALL || WORDS_ALONE(context_tag(&thread->context)) > ENNEAD_MSG_REG_WORDS)
        return false;
    const struct node *cap = cap_named(thread, target, ENNEAD_TYPE_NOTIFICATION, ENNEAD_RIGHTS_ALL);
    return cap && notification_call(thread, cap, true);
}

struct four {
    ennead_word word[4];
} __attribute__((may_alias));

/* As few instructions for each word as the machine has, and no more than one jump for 16. */
ALWAYS_INLINE void copy_fours(struct four *to, const struct four *from, unsigned count)
{
    for (; count >= 4; count -= 4, to += 4, from += 4)
        to[0] = from[0], to[1] = from[1], to[2] = from[2], to[3] = from[3];
    for (; count; count--)
        *to++ = *from++;
}

/* Those words that are not in registers, if they can be. Nothing is decided by them, so that it does not matter who
 * writes them meanwhile. */
static __attribute__((noinline)) bool copy_words(const struct thread *from, struct thread *to, unsigned words)
{
    if (words > ENNEAD_MSG_WORDS || !from->utcb || !to->utcb)
        return false;
    const ennead_word *source = from->utcb->words;
    ennead_word *target = to->utcb->words;
    copy_fours((struct four *)(target + ENNEAD_MSG_REG_WORDS), (const struct four *)(source + ENNEAD_MSG_REG_WORDS),
               (words - ENNEAD_MSG_REG_WORDS) / 4);
    for (unsigned i = words & ~3u; i < words; i++)
        target[i] = source[i];
    return true;
}

LAST_CALL struct arch_context *with_fpu(struct cpu *cpu, struct thread *thread)
{
    fpu_switch(cpu, thread);
    return &thread->context;
}

/* `to` goes on in place of `from`, on the time that is being charged. */
ALWAYS_INLINE struct arch_context *pass_control(struct cpu *cpu, struct thread *from, struct thread *to)
{
    from->running_on = NULL;
    to->running_on = cpu;
    to->state = ENNEAD_THREAD_READY;
    cpu->current = to;
    struct space *space = to->space;
    if (cpu->space != space) {
        space->cpus_active |= cpu->mask;
        mmu_switch(cpu, &space->mmu);
        cpu->space = space;
    }
    if (UNLIKELY(cpu->fpu_on || cpu->fpu_owner == to))
        return with_fpu(cpu, to);
    return &to->context;
}

ALWAYS_INLINE struct arch_context *call(struct cpu *cpu, struct thread *thread, ennead_word target, unsigned words)
{
    const struct node *cap = cap_named(thread, target, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE);
    if (UNLIKELY(!cap))
        return NULL;
    struct endpoint *endpoint = endpoint_of(cap->object);
    if (UNLIKELY(endpoint_waiters(endpoint) != ENNEAD_THREAD_RECEIVING))
        return NULL;
    struct thread *server = CONTAINER_OF(endpoint->queue.next, struct thread, queue_link);
    if (UNLIKELY(!sched_context_has_time(thread->run) || sched_is_outranked(cpu, server) ||
                 !mmu_is_at_hand(cpu, &server->space->mmu)))
        return NULL;
    if (words > ENNEAD_MSG_REG_WORDS && !copy_words(thread, server, words))
        return NULL;
    context_receive(&server->context, cap->badge);
    list_remove_first(&endpoint->queue, &server->queue_link);
    thread->state = ENNEAD_THREAD_CALLING;
    thread->holder = server;
    server->caller = thread;
    sched_context_hand(thread->run, server);
    thread->run = NULL;
    return pass_control(cpu, thread, server);
}

/* The time that an answer gives back is what the server runs on: a server that lost it answers the general way. */
ALWAYS_INLINE struct arch_context *reply_recv(struct cpu *cpu, struct thread *thread, ennead_word target,
                                              unsigned words)
{
    const struct node *cap = cap_named(thread, target, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_READ);
    if (UNLIKELY(!cap))
        return NULL;
    struct endpoint *endpoint = endpoint_of(cap->object);
    if (UNLIKELY(endpoint_waiters(endpoint) == ENNEAD_THREAD_SENDING))
        return NULL;
    if (UNLIKELY(thread->notification_bound && thread->notification_bound->bits))
        return NULL;
    struct thread *caller = thread->caller;
    if (UNLIKELY(!caller || caller->fault.operation || thread->run == thread->own))
        return NULL;
    if (UNLIKELY(!sched_context_has_time(thread->run) || sched_is_outranked(cpu, caller) ||
                 !mmu_is_at_hand(cpu, &caller->space->mmu)))
        return NULL;
    if (words > ENNEAD_MSG_REG_WORDS && !copy_words(thread, caller, words))
        return NULL;
    context_receive(&caller->context, 0);
    thread->caller = NULL;
    caller->holder = NULL;
    sched_context_hand(thread->run, caller);
    thread->run = thread->own;
    endpoint_wait(endpoint, thread, ENNEAD_THREAD_RECEIVING);
    return pass_control(cpu, thread, caller);
}

/* NULL: nothing was done. */
ALWAYS_INLINE struct arch_context *message(struct cpu *cpu, struct arch_context *context, ennead_word target,
                                           unsigned words)
{
    struct thread *thread = CONTAINER_OF(context, struct thread, context);
    uint8_t phases = (uint8_t)target;
    if (phases == ENNEAD_CALL)
        return call(cpu, thread, target, words);
    if (phases == ENNEAD_REPLY_RECV)
        return reply_recv(cpu, thread, target, words);
    return NULL;
}

/* Also one that is not all in registers; or one that has items, for which there are too many words here. */
LAST_CALL struct arch_context *any_message(ennead_word target, uint32_t tag, struct arch_context *from, struct cpu *cpu)
{
    return message(cpu, from, target, WORDS_ALONE(tag));
}

/* Is anything to be seen to before a thread goes on? */
static bool is_disturbed(const struct cpu *cpu)
{
    return cpu->due || !list_empty(&cpu->starved) || cpu->charged != cpu->current->run ||
           cpu->current->stop_requested || cpu->charged->cpu != cpu;
}

LAST_CALL struct arch_context *message_among_cpus(ennead_word target, uint32_t tag, struct arch_context *from,
                                                  struct cpu *cpu)
{
    lock_acquire(cpu);
    struct arch_context *to = is_disturbed(cpu) ? NULL : any_message(target, tag, from, cpu);
    lock_release(cpu);
    return to;
}

struct arch_context *kernel_message(ennead_word target, uint32_t tag, struct arch_context *from)
{
    struct cpu *cpu = this_cpu();
    if (UNLIKELY(!cpu->alone))
        return message_among_cpus(target, tag, from, cpu);
    ASSERT(!is_disturbed(cpu));
    if (UNLIKELY(WORDS_ALONE(tag) > ENNEAD_MSG_REG_WORDS))
        return any_message(target, tag, from, cpu);
    return message(cpu, from, target, 0);
}
