/* More threads in a component that was granted "space" and "pool". */
#ifndef ENNEAD_THREAD_H
#define ENNEAD_THREAD_H

#include <ennead/start.h>

/* A thread's control block and what it starts with; lies in the component's memory as long as the thread lives. */
struct ennead_thread {
    ennead_word utcb; /* first: the thread pointer points here */
    void (*entry)(void *argument);
    void *argument;
    uint32_t thread_slot;
    uint32_t sched_slot; /* 0: passive, runs on its callers' time only */
};

struct ennead_thread_plan {
    void (*entry)(void *argument);
    void *argument;
    void *stack_top;
    uint64_t utcb_address; /* one of two in a page of its own, given to the space before: see thread_utcb_page() */
    unsigned priority;     /* not above the creator's */
    unsigned cpu;
    bool passive;
};

/* Have the kernel put two message buffers at `address`, a page where nothing is mapped. */
enum ennead_error thread_utcb_page(uint64_t address);
/* Make and start a thread. */
enum ennead_error thread_create(struct ennead_thread *thread, const struct ennead_thread_plan *plan);

/* A second thread that serves an endpoint; lies in the component's memory as long as the thread lives. */
struct ennead_server_thread {
    struct ennead_thread thread;
    uint32_t endpoint;
    void (*loop)(uint32_t endpoint); /* as a protocol's stubs have it */
    _Alignas(16) char stack[8192];
};

/* Have it serve, with its message buffer in a page of its own at `utcb_address`; gives up if it cannot. */
void thread_serve(struct ennead_server_thread *server, uint64_t utcb_address, unsigned priority);

#endif
