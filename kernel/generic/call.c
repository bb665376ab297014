/*
 * The system call, where the fast path left it: calls of objects of the kernel and answers to faults, which most are
 * then, come first, and all else goes through its phases.
 */
#include "ipc.h"
#include "leave.h"

void invoke_object(struct thread *thread, struct node *cap, bool call)
{
    if (cap->object->type != ENNEAD_TYPE_NOTIFICATION || !notification_call(thread, cap, call))
        invoke(thread, cap, call);
}

static inline bool is_fault_answer(const struct thread *thread, ennead_word target)
{
    return (uint8_t)target == ENNEAD_REPLY_RECV && thread->caller && thread->caller->fault_operation &&
           !message_check(thread);
}

/* False: interrupts came while others had the lock. They are seen to first, and the call is made then. */
static __attribute__((noinline)) bool lock_for_call(struct cpu *cpu)
{
    lock_acquire(cpu);
    cpu->current->again = cpu->noted;
    return !cpu->noted;
}

struct arch_context *kernel_ipc(void)
{
    struct cpu *cpu = this_cpu();
    if (UNLIKELY(cpu->among_others) && !lock_for_call(cpu))
        return leave(cpu);
    struct thread *thread = cpu->current;
    struct arch_context *to;
    ennead_word target = context_target(&thread->context);
    struct node *cap = (uint8_t)target == ENNEAD_CALL ? space_slot(thread->space, target >> ENNEAD_TARGET_SHIFT) : NULL;
    if (cap && cap->kind == NODE_CAP && cap->object->type != ENNEAD_TYPE_ENDPOINT &&
        is_valid_tag(context_tag(&thread->context))) {
        if (cap->object->type == ENNEAD_TYPE_NOTIFICATION && (to = fastpath_notification(cpu, thread, cap)))
            return leave_to(cpu, to);
        if (cap->object->type == ENNEAD_TYPE_SPACE && (to = fastpath_capability(cpu, thread, cap)))
            return leave_to(cpu, to);
        invoke_object(thread, cap, true);
    } else if (is_fault_answer(thread, target) && (to = fastpath_fault_answer(cpu, thread))) {
        return leave_to(cpu, to);
    } else {
        ipc_system_call(thread);
    }
    return leave(cpu);
}
