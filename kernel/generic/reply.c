/*
 * Reply rights. A thread has at most one call outstanding, so its reply right is embedded in it: who
 * holds it is one of `holder` and `reply_slot`. The caller's time travels with the right.
 */
#include "cpu.h"
#include "ipc.h"
#include "sched.h"

/*
 * A server goes back to its reserve; what it had borrowed is in the caller's hands, parked if that is blocked. A server
 * that is not answering but loses its caller may be in a queue, or run elsewhere, on the borrowed time.
 */
static void return_time(struct thread *server, struct thread *caller)
{
    if (!server->run || server->run == server->own)
        return;
    struct cpu *cpu = thread_cpu(server);
    bool waits = server->state == ENNEAD_THREAD_READY && !cpu;
    if (waits)
        sched_remove(server);
    sched_context_hand(server->run, caller);
    server->run = server->own;
    if (waits) {
        sched_wake(server);
    } else if (cpu) {
        cpu->reschedule |= cpu != this_cpu();
        cpu_poke(cpu);
    }
}

/* Longest chain of calls along which lent time is called back at once; beyond, it returns when the server receives. */
#define CHAIN_MAX 64

/* The call below `server` goes on without the time that came through it. */
static void withdraw_down_chain(struct thread *server)
{
    for (unsigned i = 0; server->holder && i < CHAIN_MAX; i++)
        server = server->holder;
    if (server->run && server->run != server->own)
        sched_context_withdraw(server->run);
}

void reply_take_back(struct thread *caller)
{
    struct thread *server = caller->holder;
    if (server) {
        caller->holder = NULL;
        server->caller = NULL;
        if (server->holder)
            withdraw_down_chain(server);
        return_time(server, caller);
    } else {
        *caller->reply_slot = (struct node){0};
        caller->reply_slot = NULL;
    }
    if (!caller->run && caller->own && caller->own->runner == caller)
        caller->run = caller->own;
}

void reply_into_slot(struct thread *server, struct node *slot)
{
    struct thread *caller = server->caller;
    server->caller = NULL;
    caller->holder = NULL;
    return_time(server, caller);
    *slot = (struct node){.object = &caller->object, .kind = NODE_REPLY, .rights = ENNEAD_RIGHT_WRITE};
    caller->reply_slot = slot;
}

void reply_out_of_slot(struct node *slot, struct thread *server)
{
    struct thread *caller = thread_of(slot->object);
    *slot = (struct node){0};
    caller->reply_slot = NULL;
    reply_give(caller, server);
}

void reply_slot_moved(struct node *from, struct node *to)
{
    *to = *from;
    *from = (struct node){0};
    thread_of(to->object)->reply_slot = to;
}

error_t reply_store(struct thread *server, uint64_t index)
{
    struct node *slot = space_slot(server->space, index);
    if (!slot)
        return ENNEAD_NO_SLOT;
    if (slot->kind != NODE_EMPTY)
        return ENNEAD_OCCUPIED;
    if (!server->caller)
        return ENNEAD_NO_REPLY;
    reply_into_slot(server, slot);
    return ENNEAD_OK;
}

/* A caller whose right is gone: its call ends with an error, or its fault is never answered. */
static void fail_caller(struct thread *caller, error_t error)
{
    if (caller->fault_operation) {
        fault_abandon(caller);
        return;
    }
    ipc_finish(caller, error);
    sched_wake(caller);
}

void reply_drop_held(struct thread *server, error_t error)
{
    struct thread *caller = server->caller;
    if (caller) {
        reply_take_back(caller);
        fail_caller(caller, error);
    }
    if (server->run && server->run != server->own)
        sched_context_withdraw(server->run);
}

void reply_drop_slot(struct node *slot, error_t error)
{
    struct thread *caller = thread_of(slot->object);
    reply_take_back(caller);
    fail_caller(caller, error);
}

error_t reply_deliver(struct thread *server, struct thread *caller, uint32_t tag)
{
    error_t error =
        caller->fault_operation ? fault_answer(server, caller, tag) : transfer_message(server, caller, tag, NULL);
    if (error == AGAIN)
        return AGAIN;
    reply_take_back(caller);
    if (caller->fault_operation) {
        if (error || ENNEAD_TAG_LABEL(tag) != ENNEAD_OK)
            fault_abandon(caller);
        else
            caller->fault_operation = 0;
    } else if (error) {
        ipc_finish(caller, error);
    } else {
        context_set_result(&caller->context, ENNEAD_OK, 0, tag & ~ENNEAD_TAG_RESERVED);
    }
    if (caller->state == ENNEAD_THREAD_CALLING)
        caller->state = ENNEAD_THREAD_READY;
    return ENNEAD_OK;
}
