/* The system call, where the fast path left it: calls of objects of the kernel, answers to faults, and all else. */
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
    cpu_interrupt_window();
    cpu->current->again = cpu->noted;
    return !cpu->noted;
}

struct arch_context *call_any(struct cpu *cpu)
{
    if (UNLIKELY(cpu->among_others) && !lock_for_call(cpu))
        return leave_entry(cpu);
    struct thread *thread = cpu->current;
    struct arch_context *to = NULL;
    if (is_fault_answer(thread, context_target(&thread->context)))
        to = fastpath_fault_answer(cpu, thread);
    if (to)
        return leave_to(cpu, to);
    ipc_system_call(thread);
    return leave_entry(cpu);
}

struct arch_context *call_object(struct cpu *cpu, struct node *cap)
{
    invoke(cpu->current, cap, true);
    return leave(cpu);
}

struct arch_context *call_any_object(struct cpu *cpu, struct node *cap)
{
    invoke_object(cpu->current, cap, true);
    return leave_entry(cpu);
}
