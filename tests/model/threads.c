/* Threads, and the processor time that they run on. */
#include "calls.h"

/* ---- threads ---- */

static unsigned bind(struct m_call *call, struct m_object *object)
{
    struct m_node *cap;
    unsigned error = m_argument_cap(call, ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL, &cap);
    if (error)
        return error;
    if (object->thread.state != ENNEAD_THREAD_STOPPED)
        return ENNEAD_STATE;
    return object->thread.space ? (unsigned)ENNEAD_BUSY : m_bind(object, cap->object, m_argument(call, 0));
}

static unsigned set_priority(struct m_call *call, struct m_object *object)
{
    uint64_t priority = m_argument(call, 0), highest = m_argument(call, 1);
    unsigned own = call->thread->thread.priority_max;
    if (priority >= ENNEAD_PRIORITIES || highest >= ENNEAD_PRIORITIES)
        return ENNEAD_INVALID_ARG;
    if (priority > own || highest > own)
        return ENNEAD_DENIED;
    object->thread.priority_max = (uint8_t)highest;
    m_priority_changed(object, (unsigned)priority);
    return ENNEAD_OK;
}

static unsigned set_exception(struct m_call *call, struct m_object *object)
{
    return m_set_handler(call, &object->thread.exception);
}

static unsigned start(struct m_call *call, struct m_object *object)
{
    struct m_thread *thread = &object->thread;
    if (thread->state != ENNEAD_THREAD_STOPPED || !thread->space)
        return ENNEAD_STATE;
    thread->again = false;
    thread->finishing = false;
    m_context_start(object, (ennead_word)m_argument(call, 0), (ennead_word)m_argument(call, 1),
                    (ennead_word)m_argument(call, 2));
    m_wake(object);
    return ENNEAD_OK;
}

static unsigned stop(struct m_call *call, struct m_object *object)
{
    (void)call;
    return m_stop(object);
}

static unsigned resume(struct m_call *call, struct m_object *object)
{
    (void)call;
    struct m_thread *thread = &object->thread;
    bool still = thread->state == ENNEAD_THREAD_STOPPED || thread->state == ENNEAD_THREAD_STARVED;
    if (!still || !thread->space)
        return ENNEAD_STATE;
    if (thread->queue)
        m_take_out(object);
    m_wake(object);
    return ENNEAD_OK;
}

static unsigned cancel(struct m_call *call, struct m_object *object)
{
    (void)call;
    if (!m_blocked(object))
        return ENNEAD_STATE;
    m_cancel(object, ENNEAD_CANCELLED);
    return ENNEAD_OK;
}

static bool registers_are_still(const struct m_object *object)
{
    return object->thread.state == ENNEAD_THREAD_STOPPED || object->thread.fault;
}

static unsigned read_registers(struct m_call *call, struct m_object *object)
{
    uint64_t first = m_argument(call, 0), count = m_argument(call, 1), all = model.machine.registers;
    if (!registers_are_still(object))
        return ENNEAD_STATE;
    if (count > 12 || first > all || count > all - first)
        return ENNEAD_RANGE;
    for (unsigned i = 0; i < count; i++)
        m_answer(call, m_read_reg(object, (unsigned)first + i));
    return ENNEAD_OK;
}

static unsigned write_registers(struct m_call *call, struct m_object *object)
{
    uint64_t first = m_argument(call, 0), count = m_argument_count(call), all = model.machine.registers;
    if (!registers_are_still(object))
        return ENNEAD_STATE;
    if (count == 0 || first > all || count - 1 > all - first)
        return ENNEAD_RANGE;
    for (unsigned i = 1; i < count; i++)
        m_write_reg(object, (unsigned)first + i - 1, m_argument(call, i));
    return ENNEAD_OK;
}

static unsigned set_tls(struct m_call *call, struct m_object *object)
{
    if (m_argument(call, 0) >= model.machine.user_end)
        return ENNEAD_RANGE;
    object->thread.tls = (ennead_word)m_argument(call, 0);
    return ENNEAD_OK;
}

static unsigned thread_describe(struct m_call *call, struct m_object *object)
{
    struct m_object *own = object->thread.own;
    m_answer(call, object->thread.state);
    m_answer(call, object->thread.priority);
    m_answer(call, own ? own->context.cpu : 0);
    m_answer(call, own ? m_consumed(own) : 0);
    m_answer(call, model.machine.registers);
    return ENNEAD_OK;
}

const struct operation m_thread_operations[OPERATIONS] = {
    {thread_describe, READ},  {bind, CONTROL}, {set_priority, CONTROL},
    {set_exception, CONTROL}, {start, WRITE},  {stop, WRITE},
    {resume, WRITE},          {cancel, WRITE}, {read_registers, READ},
    {write_registers, WRITE}, {set_tls, WRITE}};

/* ---- processor time ---- */

static unsigned configure(struct m_call *call, struct m_object *object)
{
    uint64_t budget = m_argument(call, 0), period = m_argument(call, 1), cpu = m_argument(call, 2);
    if (budget < 10000 || period > 1ull << 60 || budget > period)
        return ENNEAD_INVALID_ARG;
    if (cpu >= model.machine.cpus)
        return ENNEAD_RANGE;
    m_context_configure(object, budget, period, (unsigned)cpu);
    return ENNEAD_OK;
}

static unsigned time_bind(struct m_call *call, struct m_object *object)
{
    struct m_node *cap;
    unsigned error = m_argument_cap(call, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_CONTROL, &cap);
    return error ? error : m_context_bind(object, cap->object);
}

static unsigned time_unbind(struct m_call *call, struct m_object *object)
{
    (void)call;
    if (!object->context.owner)
        return ENNEAD_NOT_FOUND;
    m_context_unbind(object);
    return ENNEAD_OK;
}

static unsigned consumed(struct m_call *call, struct m_object *object)
{
    m_answer(call, m_consumed(object));
    return ENNEAD_OK;
}

static unsigned yield(struct m_call *call, struct m_object *object)
{
    if (call->thread->thread.run != object)
        return ENNEAD_STATE;
    here()->rotate = true;
    return ENNEAD_OK;
}

static unsigned time_describe(struct m_call *call, struct m_object *object)
{
    m_answer(call, object->context.budget);
    m_answer(call, object->context.period);
    m_answer(call, object->context.cpu);
    m_answer(call, m_remaining(object));
    m_answer(call, m_consumed(object));
    m_answer(call, model.machine.cpus);
    return ENNEAD_OK;
}

const struct operation m_time_operations[OPERATIONS] = {{time_describe, READ}, {configure, CONTROL},
                                                        {time_bind, CONTROL},  {time_unbind, CONTROL},
                                                        {consumed, READ},      {yield, WRITE}};
