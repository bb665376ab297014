/* Threads: making, binding, stopping, cancelling. Their operations are in thread_ops.c. */
#include "thread.h"
#include "cpu.h"
#include "endpoint.h"
#include "ipc.h"
#include "sched.h"

void thread_init(struct thread *thread)
{
    context_init(&thread->context, 0, 0, 0);
    thread->ran_on = &cpus[0];
}

error_t thread_bind(struct thread *thread, struct space *space, uint64_t utcb_address)
{
    struct ennead_utcb *utcb = NULL;
    if (utcb_address) {
        utcb = space_take_utcb(space, utcb_address);
        if (!utcb)
            return ENNEAD_NO_UTCB;
    }
    thread->space = space;
    thread->utcb = utcb;
    thread->utcb_address = utcb_address;
    list_append(&space->threads, &thread->space_link);
    return ENNEAD_OK;
}

void thread_unbind(struct thread *thread)
{
    if (!thread->space)
        return;
    if (thread->utcb)
        space_return_utcb(thread->space, thread->utcb_address);
    list_remove(&thread->space_link);
    thread->space = NULL;
    thread->utcb = NULL;
}

void thread_abandon_call(struct thread *thread)
{
    if (!thread->again)
        return;
    thread->again = false;
    thread->finishing = false;
    ipc_finish(thread, ENNEAD_CANCELLED);
}

void thread_cancel(struct thread *thread, error_t error)
{
    if (!thread_is_blocked(thread))
        return;
    if (thread->state == ENNEAD_THREAD_CALLING)
        reply_take_back(thread);
    else
        list_remove(&thread->queue_link);
    if (thread->fault_operation) {
        fault_abandon(thread);
        return;
    }
    ipc_finish(thread, error);
    sched_wake(thread);
}

error_t thread_stop(struct thread *thread)
{
    struct cpu *cpu = thread_cpu(thread);
    if (cpu && cpu != this_cpu()) {
        thread->stop_requested = true;
        cpu_poke(cpu);
        preemption_force();
        return AGAIN;
    }
    thread_cancel(thread, ENNEAD_CANCELLED);
    sched_remove(thread);
    if (thread != this_cpu()->current)
        thread_abandon_call(thread);
    ASSERT(!thread->fault_operation); /* set only while it is blocked */
    thread->stop_requested = false;
    thread->state = ENNEAD_THREAD_STOPPED;
    return ENNEAD_OK;
}
