/*
 * A reference model of docs/abi.md: what a machine with Ennead on it does, one event after the other.
 *
 * It knows the public ABI header and nothing of the kernel. Its representations are the plainest that can say what the
 * ABI says (parents and children, sorted lists, one array of blocks), and it is deterministic: the same events give the
 * same state. Where the ABI says that an operation goes on in steps, each call of preemption_point() is the end of one.
 *
 * Whoever drives it makes the events below, on a real kernel too, and compares `model` with that after each.
 */
#ifndef MODEL_H
#define MODEL_H

#include <ennead/abi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_RAM_MAX    (8u << 20)
#define MODEL_BLOCKS     (MODEL_RAM_MAX / ENNEAD_POOL_BLOCK_BYTES)
#define MODEL_OBJECTS    8192u
#define MODEL_CPUS       8u
#define MODEL_REGISTERS  64u
#define MODEL_SOURCES    256u
#define MODEL_SLOT_PAGES 640u
#define MODEL_ENTRIES    4096u
#define MODEL_ORDERS     24u

/* What differs from machine to machine. */
struct model_machine {
    unsigned cpus;
    uint64_t ram_bytes;
    uint64_t user_end;
    uint64_t page_sizes;
    unsigned page_log2;
    unsigned registers;
    unsigned irq_sources; /* wired: 0 .. irq_sources - 1 */
    unsigned msi_first, msi_count;
    void (*msi)(unsigned cpu, unsigned source, uint64_t *address, uint64_t *data);
    uint64_t (*free_tables)(uint64_t space_phys); /* the one figure that is the port's own affair */
    bool (*io_load)(bool mmio, uint64_t base, uint64_t offset, unsigned width, uint64_t *value);
    bool (*io_store)(bool mmio, uint64_t base, uint64_t offset, unsigned width, uint64_t value);
};

enum m_kind { M_EMPTY, M_CAP, M_ENTRY, M_UTCB, M_REPLY };

struct m_object;

/* A place that holds something: a slot, a map entry or a handler. */
struct m_node {
    uint8_t kind;
    uint8_t rights;
    uint32_t badge;
    struct m_object *object;
    struct m_node *parent; /* those in the derivation tree */
    struct m_node *first;  /* the youngest child */
    struct m_node *next, *prev;
};

struct m_entry {
    struct m_node node;
    uint64_t base;
    uint64_t phys;
    unsigned order;
    unsigned utcb_used;
    enum m_drop { M_DROP_NOTHING, M_DROP_DELETE, M_DROP_MOVE, M_DROP_MOVED } dropping;
    uint64_t dropped; /* so many bytes of its translations are forgotten already */
    struct m_object *space;
    struct m_entry *higher; /* the next one up in its space; or the next free one */
};

struct m_queue {
    struct m_object *first, *last; /* threads */
};

struct m_handler {
    struct m_node node;
    unsigned first, count;
};

struct m_region {
    uint64_t base, size, mapped_low, mapped_high, cleared;
    unsigned mappings;
    uint8_t flags, cache;
    bool is_pool, converting;
    struct m_object *parent, *children, *sibling;
};

struct m_pool {
    uint64_t size, free_bytes;
    uint32_t free[MODEL_ORDERS]; /* 1 + block number of the first free block of an order */
    struct m_object *first, *last;
};

struct m_space {
    struct m_entry *map; /* the lowest */
    unsigned free_entries, slot_pages, extents, teardown;
    uint16_t slot_page[ENNEAD_SLOT_PAGES_MAX];
    struct {
        uint64_t phys;
        unsigned order;
    } extent[64];
    struct m_handler handler[2];
    struct m_object *threads_first, *threads_last;
};

struct m_thread {
    uint8_t state, priority, priority_max;
    bool again, finishing, stop_requested, call;
    int running_on; /* -1: nowhere */
    uint32_t badge;
    struct m_queue *queue;
    struct m_object *queue_next, *queue_prev;
    struct m_object *space, *space_next, *space_prev;
    uint64_t utcb_phys, utcb_address; /* 0: none */
    struct m_object *own, *run, *bound, *caller, *holder;
    struct m_node *reply_slot;
    unsigned fault;
    uint64_t fault_field[4];
    struct m_handler exception;
    /* the context */
    ennead_word target, word[ENNEAD_MSG_REG_WORDS], tls;
    uint32_t tag, status, result_badge;
    uint64_t reg[MODEL_REGISTERS];
    bool full;
    uint64_t fpu;
};

struct m_notification {
    uint32_t bits, armed_bits;
    struct m_queue queue;
    struct m_object *bound, *irqs_first, *irqs_last;
};

struct m_irq {
    uint32_t source, bits, taken;
    bool unacknowledged, message_signalled;
    struct m_object *notification, *notification_next, *notification_prev, *source_next, *source_prev;
};

struct m_context {
    uint64_t budget, period, remaining, refill, consumed;
    struct m_object *owner, *runner;
    unsigned cpu;
};

struct m_object {
    bool used;
    uint8_t type;
    uint8_t dying; /* 1: its end goes on; 2: its memory is being cleared */
    bool armed;    /* its deadline */
    unsigned order;
    unsigned cleared;
    uint64_t phys;
    struct m_node *root, *revoking;
    struct m_object *container, *pool, *pool_next, *pool_prev;
    uint64_t deadline;
    unsigned deadline_cpu;
    struct m_object *deadline_next;
    union {
        struct m_region region;
        struct m_pool memory;
        struct m_space space;
        struct m_thread thread;
        struct {
            struct m_queue queue;
            bool receivers;
        } endpoint;
        struct m_notification notification;
        struct m_irq irq;
        struct m_context context;
    };
};

struct m_cpu {
    struct m_object *current, *charged, *deadlines;
    uint64_t charged_since;
    bool poked, noted, noted_timer, yield, reschedule, rotate, inside, waits;
    bool timer_taken; /* and not set anew yet */
    uint32_t noted_irq[MODEL_SOURCES / 32];
    struct m_queue starved;
    struct m_queue ready[ENNEAD_PRIORITIES];
};

struct model {
    struct model_machine machine;
    uint64_t now;
    unsigned this_cpu;
    unsigned inside; /* processors that are inside the kernel */
    unsigned preempt_at, preemption_points, vacated;
    struct m_cpu cpu[MODEL_CPUS];
    struct m_node tree; /* above all that have no parent */
    struct m_object *dying[MODEL_OBJECTS];
    unsigned dying_count; /* the last is the front */
    bool irq_masked[MODEL_SOURCES], msi_used[MODEL_SOURCES];
    struct {
        struct m_object *first, *last;
    } source[MODEL_SOURCES];
    uint8_t block_order[MODEL_BLOCKS]; /* 0x80 | order: free; order: handed out */
    uint32_t block_next[MODEL_BLOCKS], block_prev[MODEL_BLOCKS];
    uint16_t object_at[MODEL_BLOCKS]; /* 1 + object whose memory begins there */
    unsigned object_top, entry_top, slot_page_top;
    unsigned free_object_count, free_slot_page_count;
    uint16_t free_objects[MODEL_OBJECTS], free_slot_pages[MODEL_SLOT_PAGES];
    struct m_entry *free_entries;
    struct m_object objects[MODEL_OBJECTS];
    struct m_entry entries[MODEL_ENTRIES];
    struct m_node slots[MODEL_SLOT_PAGES][ENNEAD_SLOTS_PER_PAGE];
    uint8_t ram[MODEL_RAM_MAX];
};
extern struct model model;

/* ---- power on: what the first task is given. Slots as the machine's boot information says. ---- */
void model_power_on(const struct model_machine *machine, uint64_t pool_phys, uint64_t pool_bytes);
struct m_object *model_boot_object(unsigned type); /* in the first pool */
void model_boot_give(unsigned slot, struct m_object *object, unsigned rights);
struct m_object *model_boot_region(unsigned slot, uint64_t base, uint64_t size, unsigned flags, unsigned cache,
                                   unsigned rights);
void model_boot_map(struct m_object *region, uint64_t address, uint64_t phys, unsigned order, unsigned rights);
/* Space, thread, time and irq, in that order of memory; then more entries and a message buffer for the space. */
void model_boot_root(unsigned entry_pages, uint64_t utcb_address, unsigned priority);
void model_boot_start(ennead_word pc, ennead_word sp, ennead_word argument);

/* ---- events ---- */
struct m_object *model_current(unsigned cpu); /* the thread that runs, NULL while idle */
void model_ipc(unsigned cpu, ennead_word target, uint32_t tag, const ennead_word word[ENNEAD_MSG_REG_WORDS]);
/* As the running thread: the bytes in `model.ram`, or NULL if that was a fault. */
uint8_t *model_access(unsigned cpu, ennead_word address, unsigned access);
void model_exception(unsigned cpu, unsigned kind);
void model_interrupt(unsigned cpu); /* one that means nothing */
void model_raise(unsigned source);
void model_advance(uint64_t ns);

/* ---- reading the state ---- */
struct m_node *m_slot(struct m_object *space, uint64_t index); /* NULL beyond the table */
unsigned m_depth(const struct m_node *node);
uint64_t m_largest_free(const struct m_object *pool);
uint64_t m_consumed(const struct m_object *context), m_remaining(const struct m_object *context);
struct ennead_utcb *m_utcb(const struct m_object *thread); /* NULL: none */
/* A digest of all of it that is not the machine's own: the same on every port after the same events. */
uint64_t model_hash(void);

#endif
