/*
 * Two machines side by side: the kernel on the simulated hardware of the host port, and the reference model. Every
 * event happens to both; afterwards they must agree.
 */
#ifndef FUZZ_MACHINES_H
#define FUZZ_MACHINES_H

#include "host.h"
#include "model.h"

#define FUZZ_RAM_BYTES (6u << 20)
#define FUZZ_WORDS     16u /* of a message that an event may set; the rest of the buffer is left as it is */

enum event_kind {
    EVENT_IPC,
    EVENT_LOAD,
    EVENT_STORE,
    EVENT_FETCH,
    EVENT_EXCEPTION,
    EVENT_FPU_WRITE,
    EVENT_FPU_READ,
    EVENT_ADVANCE,
    EVENT_RAISE,
    EVENT_KINDS
};

/* One thing that happens. It says all there is to say, so that it can be repeated alone. */
struct event {
    uint8_t kind;
    uint8_t cpu;     /* whose running thread does it; nothing happens while it idles */
    uint8_t preempt; /* the n-th preemption point finds an interrupt pending; 0: none does */
    uint8_t words;   /* of `word` that are put into the message */
    uint8_t items;   /* of `item` */
    uint8_t sets_window;
    uint32_t tag;
    uint64_t target; /* IPC; address; source; nanoseconds; exception */
    uint64_t value;  /* to store; IPC: in the registers that no word of the message is in */
    uint64_t word[FUZZ_WORDS];
    struct ennead_item item[ENNEAD_MSG_ITEMS];
    struct ennead_window window;
};

/* No system call takes the fast path; else one in four does not, so that each meets what the other left. */
extern bool machines_general_path;
/* Faults and answers to them, calls without words, and calls of spaces that took the fast path: in all. */
extern uint64_t machines_fast_faults, machines_fast_calls, machines_fast_capabilities;

void machines_on(unsigned cpus, enum host_mmu mmu);
void machines_off(void);
/* What it has to say if they differ, NULL if they agree. Valid until the next call. */
const char *machines_do(const struct event *event);
/* The same without comparing their whole state. */
const char *machines_happen(const struct event *event);
const char *machines_compare(void);

/* What stands in the kernel for something of the model. */
struct thread *kernel_thread(const struct m_object *thread);
struct node *kernel_node(const struct m_node *root_node);

/* Slots of the root task. */
extern unsigned root_ram_slot, root_device_slot, root_io_slot, root_archive_slot;

#endif
