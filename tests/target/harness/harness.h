/*
 * What tests stand on: the machine's resources, and actors, which are threads that make one system call at a time.
 *
 * The root thread has the highest priority. All that a test makes comes from `harness.pool` and `harness.ram`, and
 * is gone when it ends: the pool must then be as it was, which is checked.
 */
#ifndef TARGET_HARNESS_H
#define TARGET_HARNESS_H

#include "test.h"
#include <ennead/start.h>
#include <irq_client.h>
#include <notification_client.h>
#include <pool_client.h>
#include <region_client.h>
#include <sched_client.h>
#include <space_client.h>
#include <thread_client.h>

#define ACTORS_MAX   34u /* one for each processor, and two */
#define STACK_BYTES  8192u
#define RAM_BYTES    (6u * 1024 * 1024)
#define POOL_BYTES   (2u * 1024 * 1024)
#define MIDDLE       20u                /* the priority of most actors */
#define UNLIMITED_NS UINT64_C(10000000) /* budget and period */
#define READ         ENNEAD_RIGHT_READ
#define WRITE        ENNEAD_RIGHT_WRITE
#define EXECUTE      ENNEAD_RIGHT_EXECUTE
#define CONTROL      ENNEAD_RIGHT_CONTROL
#define ALL          ENNEAD_RIGHTS_ALL
#define USER         ENNEAD_PROTOCOL_USER
#define OTHER_UTCB   UINT64_C(0x0d000000) /* in spaces that tests make */
#define OTHER_FREE   UINT64_C(0x30000000) /* nothing is there */

/* Whoever puts servers before the kernel's objects: told of all that a test obtains. */
struct interposer {
    /* `pool` and `ram` have to be obtained anew: what stood for them is gone. */
    void (*renew)(void);
    /* A test got an object of that type, made from that pool, in the slot: something else may stand there instead. */
    void (*made)(uint32_t pool, uint32_t slot, unsigned type);
    /* Before a copy with these rights and this badge is made: which ones the kernel is to be asked for instead. */
    void (*copied)(uint32_t slot, unsigned *rights, uint32_t *badge);
    /* Where the root thread, and actors that are asked to, send what is for the endpoint in the slot. */
    uint32_t (*sent)(uint32_t slot);
};

struct harness {
    const struct ennead_boot_info *boot;
    uint32_t pool;                       /* POOL_BYTES */
    uint32_t ram;                        /* RAM_BYTES, not mapped */
    uint32_t space;                      /* the root task's, whatever stands for it in ENNEAD_ROOT_SPACE */
    uint32_t true_pool, true_ram;        /* the kernel's own, the same unless something stands for them */
    ennead_word utcb;                    /* of the root thread: in other spaces `boot` is not mapped */
    const struct interposer *interposer; /* or NULL */
    uint32_t park;                       /* an endpoint to wait at for ever */
    uint32_t clock;                      /* a notification of the root thread's, for deadlines */
    uint32_t first_slot, next_slot;
    uint64_t first_address, next_address;
};
extern struct harness harness;

/* ---- made for the test that runs ---- */

uint32_t new_slot(void);
/* Addresses of the root task's space where nothing is mapped, aligned to their size. */
uint64_t new_range(unsigned order_log2);
/* An object out of `pool`, all rights on it; in the root task's table. */
uint32_t make_from(uint32_t pool, unsigned type, unsigned order_log2);
uint32_t make(unsigned type);
/* One of the harness's own, before which nobody stands. */
uint32_t make_plain(uint32_t pool, unsigned type);
/* A weaker or badged capability beside it. */
uint32_t derive(uint32_t slot, unsigned rights, uint32_t badge);
/* `harness.ram` from `offset` on, mapped at a new range. */
uint64_t map_ram(uint64_t offset, unsigned order_log2, unsigned rights);
/* A space with the program at its place, and two message buffers at OTHER_UTCB. */
uint32_t make_space(void);
uint32_t make_space_from(uint32_t pool);
/* A space with nothing in it. */
uint32_t make_bare_space(void);
/* Hand a capability to another space. */
enum ennead_error give(uint32_t space, uint64_t slot, uint32_t from, unsigned rights, uint32_t badge);
enum ennead_error give_item(uint32_t space, uint64_t where, struct ennead_item item);

/* Keep what was made so far beyond the test that runs. */
void keep_for_good(void);
/* Memory beside that for tests, as a pool. */
uint32_t extra_pool(uint64_t bytes);
/* Delete all that the test made so far, actors included. */
void start_over(void);

/* ---- actors ---- */

struct request {
    ennead_word target;
    uint32_t tag;
    ennead_word w[ENNEAD_MSG_REG_WORDS];
    ennead_word fill; /* word n of those in the message buffer is fill + n */
    struct ennead_window window;
    struct ennead_item items[ENNEAD_MSG_ITEMS];
};

struct actor {
    ennead_word utcb; /* first: the thread pointer points here */
    void (*entry)(void *argument);
    void *argument;
    uint32_t park, go;                           /* slots in its space */
    uint32_t thread, sched, notification, space; /* slots of the root task */
    void *stack_top;
    volatile bool ended;
    volatile unsigned asked, answered;
    struct request request;
    struct ennead_msg result;
    struct ennead_item items[ENNEAD_MSG_ITEMS];
    ennead_word words[ENNEAD_MSG_WORDS];
};

struct plan {
    void (*entry)(void *argument); /* NULL: serves actor_ask() */
    void *argument;
    uint32_t space;    /* 0: the root task's */
    uint32_t pool;     /* 0: the test's */
    unsigned priority; /* 0: MIDDLE */
    unsigned cpu;
    bool passive;    /* no processor time of its own */
    bool unbuffered; /* no message buffer */
    bool held;       /* not started: see actor_run() */
};

struct actor *new_actor(struct plan plan);
void actor_run(struct actor *actor, void (*pc)(void));
/* Have the actor make a system call. It is answered if it returned before everybody of CPU 0 came to rest. */
bool actor_ask(struct actor *actor, uint32_t slot, unsigned phases, uint32_t tag, ennead_word w0, ennead_word w1);
/* The same with all of actor->request but the target set before. */
bool actor_ask_more(struct actor *actor, uint32_t slot, unsigned phases);
/* Has it returned from what it was asked? */
bool answered(const struct actor *actor);
/* The outcome of the call it was asked to make; fails the test if it has not returned. */
enum ennead_error outcome(const struct actor *actor);
unsigned status(const struct actor *actor);
unsigned state_of(const struct actor *actor);
/* Wait until an entry function returned, on whatever processor. */
void actor_join(struct actor *actor);
/* Until no thread of CPU 0 below the root thread is ready. */
void settle(void);

#define MESSAGE(words) ENNEAD_TAG(USER, 1, words, 0)
#define ANSWER(words)  ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, words, 0)

/* One system call of the root thread's. */
struct ennead_msg ipc(uint32_t slot, unsigned phases, uint32_t tag, ennead_word w0, ennead_word w1, ennead_word w2,
                      ennead_word w3);
/* An operation of a kernel object with fields only. */
enum ennead_error operate(uint32_t slot, unsigned protocol, unsigned operation, uint64_t f0, uint64_t f1);
uint64_t now_ns(void);
uint64_t pool_free(uint32_t pool);
struct space_slot_info_out slot_info(uint32_t space, uint64_t slot);
unsigned type_in(uint32_t space, uint64_t slot);
/* A device that the platform knows, NULL without one; write one of its registers. */
const struct ennead_device *device_of(const char *compatible);
void device_set(const struct ennead_device *device, unsigned reg, unsigned value);
/* The slot of a named region of the platform's, 0 if it has none. */
uint32_t io_region(const char *name);

#endif
