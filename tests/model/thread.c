/* Threads: their registers, their binding to a space, and how they stop. */
#include "internal.h"

#include <string.h>

bool m_blocked(const struct m_object *thread)
{
    return thread->thread.state >= ENNEAD_THREAD_SENDING && thread->thread.state <= ENNEAD_THREAD_WAITING;
}

void m_context_start(struct m_object *object, ennead_word pc, ennead_word sp, ennead_word argument)
{
    struct m_thread *thread = &object->thread;
    if (!thread->space)
        thread->running_on = -1;
    memset(thread->reg, 0, sizeof thread->reg);
    memset(thread->word, 0, sizeof thread->word);
    thread->target = 0;
    thread->tag = thread->status = thread->result_badge = 0;
    thread->reg[ENNEAD_REGISTER_PC] = pc;
    thread->reg[ENNEAD_REGISTER_SP] = sp;
    thread->reg[2] = argument;
    thread->full = true;
}

/* Behind a system call all but pc and sp are gone. */
uint64_t m_read_reg(const struct m_object *object, unsigned index)
{
    return index < 2 || object->thread.full ? object->thread.reg[index] : 0;
}

void m_write_reg(struct m_object *object, unsigned index, uint64_t value)
{
    object->thread.reg[index] = value;
    object->thread.full = true;
}

unsigned m_bind(struct m_object *object, struct m_object *space, uint64_t utcb_address)
{
    struct m_thread *thread = &object->thread;
    uint64_t phys = 0;
    if (utcb_address && !m_take_utcb(space, utcb_address, &phys))
        return ENNEAD_NO_UTCB;
    thread->space = space;
    thread->utcb_phys = phys;
    thread->utcb_address = utcb_address;
    thread->space_next = NULL;
    thread->space_prev = space->space.threads_last;
    *(thread->space_prev ? &thread->space_prev->thread.space_next : &space->space.threads_first) = object;
    space->space.threads_last = object;
    return ENNEAD_OK;
}

void m_unbind(struct m_object *object)
{
    struct m_thread *thread = &object->thread;
    struct m_object *next = thread->space_next, *prev = thread->space_prev;
    if (!thread->space)
        return;
    if (thread->utcb_phys)
        m_return_utcb(thread->space, thread->utcb_address);
    *(prev ? &prev->thread.space_next : &thread->space->space.threads_first) = next;
    *(next ? &next->thread.space_prev : &thread->space->space.threads_last) = prev;
    thread->space = NULL;
    thread->utcb_phys = 0;
}

void m_abandon_call(struct m_object *object)
{
    if (!object->thread.again)
        return;
    object->thread.again = object->thread.finishing = false;
    m_finish(object, ENNEAD_CANCELLED);
}

void m_cancel(struct m_object *object, unsigned error)
{
    if (!m_blocked(object))
        return;
    if (object->thread.state == ENNEAD_THREAD_CALLING)
        m_reply_take_back(object);
    else
        m_take_out(object);
    if (object->thread.fault) {
        m_fault_abandon(object);
        return;
    }
    m_finish(object, error);
    m_wake(object);
}

unsigned m_stop(struct m_object *object)
{
    struct m_thread *thread = &object->thread;
    if (thread->running_on >= 0 && thread->running_on != (int)model.this_cpu) {
        model.cpu[thread->running_on].reschedule = true;
        thread->stop_requested = true;
        m_poke((unsigned)thread->running_on);
        here()->yield = true;
        return AGAIN;
    }
    m_cancel(object, ENNEAD_CANCELLED);
    if (thread->queue)
        m_take_out(object);
    if (object != here()->current)
        m_abandon_call(object);
    thread->fault = 0;
    thread->stop_requested = false;
    thread->state = ENNEAD_THREAD_STOPPED;
    return ENNEAD_OK;
}
