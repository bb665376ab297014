/*
 * What every test of the kernel on the host port stands on: a machine that has just booted, and system calls made as
 * whichever thread runs on CPU 0. Slots, addresses and message buffers are those of the root task's space unless said.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cpu.h"
#include "endpoint.h"
#include "host.h"
#include "invariants.h"
#include "ipc.h"
#include "pool.h"
#include "region.h"
#include "sched.h"
#include "space.h"

/* The clauses of docs/abi.md that a test shows, at most three. Read by the clause report, not by the compiler. */
#define CLAUSES(...) ((void)0)

#define FIELDS(...) (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)
#define NO_FIELDS   NULL, 0

struct result {
    unsigned status;
    unsigned badge;
    unsigned tag;
    unsigned label;
    uint64_t field[12];
};

extern struct thread *root;
extern unsigned cpu; /* whose running thread makes the calls: 0 unless a test sets it */

int machine_on(void **state); /* 2 CPUs, 16 MiB, the MMU kind of the command line */
void machine_on_with(const struct host_config *config);
int machine_off(void **state);  /* checks the invariants first */
int machine_gone(void **state); /* after a test that leaves no root task to begin with */
#define TEST(function) cmocka_unit_test_setup_teardown(function, machine_on, machine_off)
int run_group(int argc, char **argv, const char *name, const struct CMUnitTest *tests, size_t count);
#define RUN(name, tests) run_group(argc, argv, name, tests, sizeof tests / sizeof tests[0])

/* ---- system calls as the running thread ---- */
struct result ipc(unsigned slot, unsigned phases, unsigned protocol, unsigned operation, const uint64_t *field,
                  unsigned fields);
/* A call to a kernel object that must end at once: its label, or 0x1000 + status. */
unsigned op(unsigned slot, unsigned protocol, unsigned operation, const uint64_t *field, unsigned fields);
struct result last(struct thread *thread); /* what the thread's system call gave it */
extern struct result answered;             /* by the last op() */
/* Items of the next ipc(), appended in order. */
void with_cap(unsigned slot);
void with_item(struct ennead_item item);
void window(unsigned cap_base, unsigned cap_count, uint64_t mem_base, unsigned mem_order);
struct ennead_item received(unsigned index);

/* ---- making things, by system calls of the running thread ---- */
unsigned new_slot(void);
unsigned make(unsigned type); /* in the boot pool */
unsigned make_in(unsigned pool, unsigned type, unsigned order);
unsigned carve(uint64_t bytes); /* from the RAM region, where nothing was carved yet */
unsigned ram_slot(void);
unsigned slot_of(unsigned kind, unsigned index); /* of a resource in the boot information */
unsigned copy(unsigned slot, unsigned rights, unsigned badge);
unsigned delete_slot(unsigned slot);
void map_page(unsigned region, uint64_t offset, uint64_t address, unsigned order, unsigned rights);
struct object *object_at(unsigned slot);

/* ---- threads ---- */
struct thread *new_thread(unsigned space);  /* bound, with message buffer and time, priority 10, started */
struct thread *new_passive(unsigned space); /* without time */
unsigned slot_of_thread(const struct thread *thread);
void run(struct thread *thread); /* make it the running thread of CPU 0 */
void preempt(void);              /* an interrupt that means nothing */
unsigned new_space(void);
unsigned put_cap(unsigned space, unsigned slot, unsigned rights, unsigned badge); /* into another space: slot there */

#endif
