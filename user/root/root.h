/*
 * The root task: reads the system description, builds the components, answers for them afterwards.
 *
 * It holds all resources and depends on nobody: it never calls a component. One thread, one endpoint; the badge of a
 * message says which component it came from and through which facet.
 */
#ifndef ROOT_ROOT_H
#define ROOT_ROOT_H

#include "description.h"
#include "elf.h"
#include <ennead/start.h>

/* Facets of the root task's endpoint, above the component's number in a badge. */
enum root_facet {
    ROOT_FACET_FAULT = 0x10000, /* the kernel, in a thread's name */
    ROOT_FACET_VIEW = 0x20000,
    ROOT_FACET_CONTROL = 0x40000,
    ROOT_FACET_PAGER = 0x80000, /* a pager, of faults it has no answer to */
    ROOT_FACET_LOG = 0x100000,  /* the console driver, for what the root task has to say */
};
#define ROOT_BADGE_COMPONENT 0xffu

/* A component's badge at its pager: its number, its quota in units of COMPONENT_HEAP_UNIT, and which life this is. */
#define ROOT_BADGE_QUOTA_SHIFT 8
#define ROOT_BADGE_LIFE_SHIFT  22

enum component_state { COMPONENT_IDLE, COMPONENT_RUNNING, COMPONENT_FAULTED, COMPONENT_KILLED, COMPONENT_EXITED };

/* Threads of a component beside its first that the root task remembers. */
#define COMPONENT_THREADS 3u

/* What the root task keeps for a component, as slots from `slots` on. Deleting the first deletes all but two. */
enum component_slot {
    SLOT_POOL_REGION,
    SLOT_POOL,
    SLOT_SPACE,
    SLOT_THREAD,
    SLOT_SCHED,
    SLOT_MEMORY,
    SLOT_FAULTS, /* its badged connections to who answers its exceptions and page faults; not from its pool */
    SLOT_PAGER,
    SLOT_THREADS,                                   /* threads it made itself, as it told; from its pool */
    SLOT_GRANTS = SLOT_THREADS + COMPONENT_THREADS, /* two for each grant */
    SLOT_COUNT = SLOT_GRANTS + 2 * COMPONENT_GRANTS,
};

struct component {
    const struct component_spec *spec;
    enum component_state state;
    uint32_t id;    /* 1.. */
    uint32_t slots; /* in the root task's table */
    uint64_t view;  /* where the root task sees its memory */
    struct elf_program program;
    uint64_t base;  /* its memory in its own space */
    uint64_t start; /* its start page, in its own space */
    uint64_t utcb;
    uint64_t pool_ram, memory_ram;         /* physical; 0: none taken */
    uint64_t grant_ram[COMPONENT_GRANTS];  /* physical, of GRANT_RAM */
    uint32_t grant_slot[COMPONENT_GRANTS]; /* in its own table; a device's irq is one above */
    uint32_t lives;                        /* times started */
    uint32_t failures;                     /* times it faulted or ended, though it was to be restarted */
    uint64_t used_ns;                      /* of those that are gone */
};

struct root {
    const struct ennead_boot_info *boot;
    struct ennead_start tcb; /* its thread's control block */
    struct description description;
    struct component components[COMPONENTS_MAX];
    uint32_t endpoint;
    uint32_t debug_slot, power_slot;
    uint32_t clock_slot; /* a notification, to read the time */
    uint32_t log_slot;   /* the notification of who listens to what it says; may be empty */
    uint32_t incoming;   /* the receive window: empty whenever a message is awaited */
    uint64_t page_bytes;
    uint64_t next_view;
};
extern struct root root;

/* ---- output.c ---- */
void root_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* It listens no more, if it did. */
void root_listener_ended(const struct component *component);
bool log_take(struct ennead_msg *msg);
_Noreturn void root_power_off(unsigned status);
/* One line saying what is wrong and what to do, then power-off with failure. */
_Noreturn void root_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- boot.c: what the kernel handed over ---- */
const struct ennead_resource *boot_resource(unsigned kind, const char *name);
/* NULL: no such device on this machine. */
const struct ennead_device *boot_device(const char *compatible);
/* NULL: no such file. */
const uint8_t *archive_find(const char *name, size_t *size);
unsigned archive_machine(void);

/* ---- ram.c: RAM in blocks of powers of two ---- */
void ram_init(void);
/* Carve a block out of RAM into `slot`, its object charged to `pool`. `poolable`: it is to become a pool. */
enum ennead_error ram_carve(uint64_t size, bool poolable, uint32_t pool, uint32_t slot, uint64_t *phys);
/* The block's region is gone: give its RAM back. */
void ram_return(uint64_t phys, uint64_t size);
uint64_t ram_total(void);
uint64_t ram_free(void);

/* ---- component.c ---- */
/* Build and start it; NULL, or one line saying why not. A component that is not built is empty again. */
const char *component_start(struct component *component);
/* Destroy all of it. */
void component_end(struct component *component, enum component_state state);
/* Start again those that have died and are to be restarted. */
void components_restart(void);
struct component *component_find(const char *name);
/* The line that component_start() returns: what failed for whom. */
const char *component_failure(const struct component *component, const char *what, enum ennead_error error);

/* ---- load.c: program, stack and start page in a component's memory ---- */
const char *load_program(struct component *component);
enum ennead_error load_map(struct component *component);
struct ennead_start *load_start_page(const struct component *component);
/* The word at an address of the component; false outside its memory. */
bool load_peek(const struct component *component, uint64_t address, ennead_word *value);

/* ---- grants.c ---- */
/* Make and hand over what the description grants; fills in the start page. */
const char *grants_give(struct component *component, struct ennead_start *page);
/* A component with endpoints was started: connect those that use them. */
void grants_reconnect(const struct component *server);
/* Set who answers its exceptions, and its page faults. */
enum ennead_error grants_set_handlers(const struct component *component);

/* ---- threads.c: the threads of a component; number 0 is the first ---- */
/* The slot of its n-th thread, 0 beyond the last. */
uint32_t threads_slot(const struct component *component, uint64_t number);
bool threads_slot_is(uint32_t slot, enum ennead_type type);
/* Remember what lies in the receive window as a thread of the component. */
enum ennead_error threads_adopt(const struct component *component);
/* The slot of the thread that stopped in a fault at `pc`, and which it is; 0: it is not known here. */
uint32_t threads_faulted(const struct component *component, uint64_t pc, uint64_t *number);

/* ---- fault.c, process.c: messages to the root task; false: do not answer now ---- */
bool fault_take(struct ennead_msg *msg);
bool process_take(struct ennead_msg *msg);
void fault_report_page(struct component *component, uint64_t address, uint64_t access, uint64_t pc);

#endif
