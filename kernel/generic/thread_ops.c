/* Calls to a thread. */
#include "cpu.h"
#include "ipc.h"
#include "sched.h"

static error_t MUST_CHECK bind(struct invocation *invocation, struct object *object)
{
    struct thread *thread = thread_of(object);
    struct node *cap;
    error_t error = argument_cap(invocation, 0, ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL, &cap);
    if (error)
        return error;
    if (thread->state != ENNEAD_THREAD_STOPPED)
        return ENNEAD_STATE;
    if (thread->space)
        return ENNEAD_BUSY;
    return thread_bind(thread, CONTAINER_OF(cap->object, struct space, object), argument(invocation, 0));
}

/* Nobody raises a thread above what he may give himself. */
static error_t MUST_CHECK set_priority(struct invocation *invocation, struct object *object)
{
    struct thread *thread = thread_of(object);
    uint64_t priority = argument(invocation, 0), highest = argument(invocation, 1);
    if (priority >= ENNEAD_PRIORITIES || highest >= ENNEAD_PRIORITIES)
        return ENNEAD_INVALID_ARG;
    if (priority > invocation->thread->priority_max || highest > invocation->thread->priority_max)
        return ENNEAD_DENIED;
    thread->priority_max = (uint8_t)highest;
    sched_priority_changed(thread, (unsigned)priority);
    return ENNEAD_OK;
}

static error_t MUST_CHECK set_exception(struct invocation *invocation, struct object *object)
{
    struct thread *thread = thread_of(object);
    return handler_set(invocation, &thread->exception);
}

static error_t MUST_CHECK start(struct invocation *invocation, struct object *object)
{
    struct thread *thread = thread_of(object);
    if (thread->state != ENNEAD_THREAD_STOPPED || !thread->space)
        return ENNEAD_STATE;
    thread->again = false; /* a call that it could not finish, having ended its own space */
    thread->finishing = false;
    context_init(&thread->context, (ennead_word)argument(invocation, 0), (ennead_word)argument(invocation, 1),
                 (ennead_word)argument(invocation, 2));
    sched_wake(thread);
    return ENNEAD_OK;
}

static error_t MUST_CHECK stop(struct invocation *invocation, struct object *object)
{
    (void)invocation;
    struct thread *thread = thread_of(object);
    return thread_stop(thread);
}

static error_t MUST_CHECK resume(struct invocation *invocation, struct object *object)
{
    (void)invocation;
    struct thread *thread = thread_of(object);
    bool still = thread->state == ENNEAD_THREAD_STOPPED || thread->state == ENNEAD_THREAD_STARVED;
    if (!still || !thread->space)
        return ENNEAD_STATE;
    if (list_linked(&thread->queue_link))
        list_remove(&thread->queue_link);
    sched_wake(thread);
    return ENNEAD_OK;
}

static error_t MUST_CHECK cancel(struct invocation *invocation, struct object *object)
{
    (void)invocation;
    struct thread *thread = thread_of(object);
    if (!thread_is_blocked(thread))
        return ENNEAD_STATE;
    thread_cancel(thread, ENNEAD_CANCELLED);
    return ENNEAD_OK;
}

/* Registers are still only in a thread that is stopped, or waits for the answer to a fault. */
static bool registers_are_still(const struct thread *thread)
{
    return thread->state == ENNEAD_THREAD_STOPPED || thread->fault_operation;
}

#define REGISTERS_MAX 12u /* in one call: what an answer can hold */

static error_t MUST_CHECK read_registers(struct invocation *invocation, struct object *object)
{
    struct thread *thread = thread_of(object);
    uint64_t first = argument(invocation, 0), count = argument(invocation, 1);
    if (!registers_are_still(thread))
        return ENNEAD_STATE;
    if (count > REGISTERS_MAX || first + count > context_reg_count() || first > context_reg_count())
        return ENNEAD_RANGE;
    for (unsigned i = 0; i < count; i++)
        answer(invocation, context_read_reg(&thread->context, (unsigned)first + i));
    return ENNEAD_OK;
}

static error_t MUST_CHECK write_registers(struct invocation *invocation, struct object *object)
{
    struct thread *thread = thread_of(object);
    uint64_t first = argument(invocation, 0), count = argument_count(invocation);
    if (!registers_are_still(thread))
        return ENNEAD_STATE;
    if (count == 0 || first > context_reg_count() || first + (count - 1) > context_reg_count())
        return ENNEAD_RANGE;
    for (unsigned i = 1; i < count; i++)
        (void)context_write_reg(&thread->context, (unsigned)first + i - 1, argument(invocation, i));
    return ENNEAD_OK;
}

static error_t MUST_CHECK set_tls(struct invocation *invocation, struct object *object)
{
    struct thread *thread = thread_of(object);
    uint64_t pointer = argument(invocation, 0);
    if (pointer >= PORT_USER_END)
        return ENNEAD_RANGE;
    context_set_tls(&thread->context, (ennead_word)pointer);
    return ENNEAD_OK;
}

static error_t MUST_CHECK describe(struct invocation *invocation, struct object *object)
{
    struct thread *thread = thread_of(object);
    struct sched_context *context = thread->own;
    answer(invocation, thread->state);
    answer(invocation, thread->priority);
    answer(invocation, context ? context->cpu->arch.id : 0);
    answer(invocation, context ? sched_context_consumed(context) : 0);
    answer(invocation, context_reg_count());
    return ENNEAD_OK;
}

const struct operation thread_operations[] = {
    [ENNEAD_OP_DESCRIBE] = {describe, ENNEAD_RIGHT_READ},
    [ENNEAD_THREAD_BIND] = {bind, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_THREAD_SET_PRIORITY] = {set_priority, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_THREAD_SET_EXCEPTION] = {set_exception, ENNEAD_RIGHT_CONTROL},
    [ENNEAD_THREAD_START] = {start, ENNEAD_RIGHT_WRITE},
    [ENNEAD_THREAD_STOP] = {stop, ENNEAD_RIGHT_WRITE},
    [ENNEAD_THREAD_RESUME] = {resume, ENNEAD_RIGHT_WRITE},
    [ENNEAD_THREAD_CANCEL] = {cancel, ENNEAD_RIGHT_WRITE},
    [ENNEAD_THREAD_READ_REGS] = {read_registers, ENNEAD_RIGHT_READ},
    [ENNEAD_THREAD_WRITE_REGS] = {write_registers, ENNEAD_RIGHT_WRITE},
    [ENNEAD_THREAD_SET_TLS] = {set_tls, ENNEAD_RIGHT_WRITE},
};
