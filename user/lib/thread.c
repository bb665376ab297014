/* Threads: see thread.h. */
#include <ennead/thread.h>
#include <pool_client.h>
#include <process_client.h>
#include <sched_client.h>
#include <space_client.h>
#include <thread_client.h>

#define TIME_SLICE_NS 10000000u

/* In the port's start folder: calls ennead_thread_entry() with a fresh frame chain. */
void ennead_thread_start(void);
_Noreturn void ennead_thread_entry(struct ennead_thread *thread);

_Noreturn void ennead_thread_entry(struct ennead_thread *thread)
{
    thread->entry(thread->argument);
    ennead_give_up("a thread returned", ENNEAD_OK);
}

enum ennead_error thread_utcb_page(uint64_t address)
{
    return space_add_utcb(ennead_grant("space"), address);
}

static enum ennead_error give_time(struct ennead_thread *thread, unsigned cpu)
{
    thread->sched_slot = ennead_new_slot();
    enum ennead_error error = pool_make(ennead_grant("pool"), ENNEAD_TYPE_SCHED_CONTEXT, 0, thread->sched_slot);
    if (error == ENNEAD_OK)
        error = sched_configure(thread->sched_slot, TIME_SLICE_NS, TIME_SLICE_NS, cpu);
    if (error == ENNEAD_OK)
        error = sched_bind(thread->sched_slot, thread->thread_slot);
    return error;
}

enum ennead_error thread_create(struct ennead_thread *thread, const struct ennead_thread_plan *plan)
{
    *thread = (struct ennead_thread){.utcb = (ennead_word)plan->utcb_address,
                                     .entry = plan->entry,
                                     .argument = plan->argument,
                                     .thread_slot = ennead_new_slot()};
    enum ennead_error error = pool_make(ennead_grant("pool"), ENNEAD_TYPE_THREAD, 0, thread->thread_slot);
    if (error == ENNEAD_OK)
        error = thread_bind(thread->thread_slot, plan->utcb_address, ennead_grant("space"));
    if (error == ENNEAD_OK)
        error = thread_set_priority(thread->thread_slot, plan->priority, plan->priority);
    if (error == ENNEAD_OK && !plan->passive)
        error = give_time(thread, plan->cpu);
    if (error == ENNEAD_OK)
        error = thread_set_tls(thread->thread_slot, (uintptr_t)thread);
    /* Not being known to the root task is no reason not to run. */
    uint32_t view = ennead_find_grant("root.view");
    view = view != 0 ? view : ennead_find_grant("root.control");
    if (error == ENNEAD_OK && view != 0)
        (void)!process_adopt(view, ennead_item_cap(thread->thread_slot, ENNEAD_RIGHT_READ, 0));
    if (error == ENNEAD_OK)
        error = thread_start(thread->thread_slot, (uintptr_t)ennead_thread_start, (uintptr_t)plan->stack_top,
                             (uintptr_t)thread);
    return error;
}

static void serve(void *argument)
{
    const struct ennead_server_thread *server = argument;
    server->loop(server->endpoint);
}

void thread_serve(struct ennead_server_thread *server, uint64_t utcb_address, unsigned priority)
{
    struct ennead_thread_plan plan = {.entry = serve,
                                      .argument = server,
                                      .stack_top = server->stack + sizeof server->stack,
                                      .utcb_address = utcb_address,
                                      .priority = priority};
    ennead_must(thread_utcb_page(utcb_address), "making message buffers");
    ennead_must(thread_create(&server->thread, &plan), "making a second thread");
}
