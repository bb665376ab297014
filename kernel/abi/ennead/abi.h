/*
 * The binary interface between Ennead's kernel and its users.
 *
 * Everything that user mode and the kernel must agree on stands here and nowhere else; docs/abi.md says in
 * numbered clauses what it means. The header is the same for every port: constants, prices and layouts do
 * not depend on the word size or the byte order, but for `ennead_word` itself.
 */
#ifndef ENNEAD_ABI_H
#define ENNEAD_ABI_H

#include <stdint.h>

#define ENNEAD_ABI_VERSION 1u

/* A message word, and any address in user space: the machine's own width. */
typedef uintptr_t ennead_word;

/* ---- the system call ------------------------------------------------------------------------------- */

/*
 * ipc(target, tag, w0, w1, w2, w3) -> (status, badge, tag, w0, w1, w2, w3)
 *
 * target: capability index << ENNEAD_TARGET_SHIFT | phases.
 * Words 0..3 travel in registers; words 4.. are utcb->words[4..].
 */
#define ENNEAD_TARGET_SHIFT 8

enum ennead_phase {
    ENNEAD_SEND = 0x01,  /* send to the capability, no reply right */
    ENNEAD_RECV = 0x02,  /* receive from the endpoint named by the capability */
    ENNEAD_CALL = 0x04,  /* send with a reply right, then wait for that reply */
    ENNEAD_REPLY = 0x08, /* answer the caller whose reply right this thread holds unstored */
    ENNEAD_STORE = 0x10, /* put the held reply right into the slot named; alone */
    ENNEAD_POLL = 0x20,  /* do not block: WOULD_BLOCK instead */
};
#define ENNEAD_REPLY_RECV (ENNEAD_REPLY | ENNEAD_RECV)

/* Tag: words 0..7, items 8..11, zero 12..15, operation 16..23, protocol 24..31. */
#define ENNEAD_MSG_REG_WORDS 4u
#define ENNEAD_MSG_WORDS     200u
#define ENNEAD_MSG_ITEMS     2u

#define ENNEAD_TAG(protocol, operation, words, items)                                                                  \
    ((uint32_t)(protocol) << 24 | (uint32_t)(operation) << 16 | (uint32_t)(items) << 8 | (uint32_t)(words))
#define ENNEAD_TAG_WORDS(tag)     ((uint32_t)(tag)&0xffu)
#define ENNEAD_TAG_ITEMS(tag)     ((uint32_t)(tag) >> 8 & 0xfu)
#define ENNEAD_TAG_LABEL(tag)     ((uint32_t)(tag) >> 16)
#define ENNEAD_TAG_OPERATION(tag) ((uint32_t)(tag) >> 16 & 0xffu)
#define ENNEAD_TAG_PROTOCOL(tag)  ((uint32_t)(tag) >> 24)
#define ENNEAD_TAG_RESERVED       0xf000u

/*
 * A field is a 64-bit value in a message: one word, or two on a 32-bit port, the low half first. Field i is
 * words [i * ENNEAD_FIELD_WORDS, (i + 1) * ENNEAD_FIELD_WORDS).
 */
#define ENNEAD_FIELD_WORDS (8u / (unsigned)sizeof(ennead_word))

/*
 * Errors: as `status`, of the system call itself; as the label of an answer, of the operation asked for. An
 * answer whose label is zero is a success.
 */
enum ennead_error {
    ENNEAD_OK = 0,
    /* the caller's fault */
    ENNEAD_INVALID_CAP = 1, /* no capability of a live object in that slot */
    ENNEAD_DENIED = 2,      /* the capability lacks the right */
    ENNEAD_INVALID_OP = 3,  /* the object has no such operation, or the phases make no sense */
    ENNEAD_INVALID_ARG = 4, /* a value that is never right */
    ENNEAD_RANGE = 5,       /* outside the object, the table or the address space */
    ENNEAD_ALIGNMENT = 6,
    ENNEAD_OCCUPIED = 7,  /* the slot or range already holds something; delegation never replaces */
    ENNEAD_NOT_FOUND = 8, /* nothing there */
    ENNEAD_BUSY = 9,      /* in use: has children, is mapped, is bound already */
    ENNEAD_DEPTH = 10,    /* derivation would be deeper than ENNEAD_DEPTH_MAX */
    ENNEAD_STATE = 11,    /* not in this state of the object */
    ENNEAD_TYPE = 12,     /* an item of another kind was needed */
    ENNEAD_NO_UTCB = 13,  /* the message needs a message buffer and the thread has none */
    /* the peer's fault */
    ENNEAD_WINDOW = 16,    /* the receiver opened no window for the item, or a smaller one */
    ENNEAD_CANCELLED = 17, /* somebody with the thread's capability cancelled the phase */
    ENNEAD_DEAD = 18,      /* the object or the peer was destroyed meanwhile */
    ENNEAD_NO_REPLY = 19,  /* the reply right was destroyed unused */
    ENNEAD_WOULD_BLOCK = 20,
    /* a lack of resources */
    ENNEAD_NO_MEMORY = 32, /* the pool is exhausted; field 0 says how many bytes are missing */
    ENNEAD_NO_SLOT = 33,
    ENNEAD_NO_ENTRY = 34, /* the receiving space has no free map entry */
    ENNEAD_NO_TIME = 35,  /* no processor time bound to the thread */
};

/* ---- the message buffer ------------------------------------------------------------------------------ */

enum ennead_item_kind {
    ENNEAD_ITEM_NONE = 0,
    ENNEAD_ITEM_CAP = 1,   /* sent: slot, rights, badge, grant.  received: slot it arrived in */
    ENNEAD_ITEM_PAGE = 2,  /* sent: address, order, offset in window, rights, grant.  received: address, order */
    ENNEAD_ITEM_REPLY = 3, /* sent: the reply right this thread holds unstored; it moves.  received: slot */
    ENNEAD_ITEM_OWN = 4,   /* received only: a capability of the receiver's own endpoint, as its badge */
};

#define ENNEAD_ITEM_GRANT 0x01u /* flags: the item moves instead of being copied */

struct ennead_item {
    uint8_t kind;
    uint8_t flags;
    uint8_t rights;     /* the capability or mapping derived has at most these */
    uint8_t order_log2; /* PAGE: size of the flexpage is 1 << order_log2 bytes */
    uint32_t badge;     /* CAP: badge to set where none is set yet, 0 keeps it; OWN: the badge */
    uint64_t base;      /* CAP, REPLY: slot; PAGE: address in the sender's space */
    uint64_t offset;    /* PAGE: bytes from the start of the receiver's window */
};

/* A receive window. Slots [cap_base, cap_base + cap_count); addresses [mem_base, mem_base + 1 << mem_order). */
struct ennead_window {
    uint32_t cap_base;
    uint32_t cap_count;
    uint64_t mem_base;
    uint32_t mem_order_log2; /* 0: closed */
    uint32_t reserved;
};

#define ENNEAD_UTCB_BYTES 2048u
#define ENNEAD_UTCB_ALIGN 2048u

/* One thread's message buffer. Read and written by its thread at will; the kernel reads each word once. */
struct ennead_utcb {
    struct ennead_window window;
    struct ennead_item items[ENNEAD_MSG_ITEMS];
    ennead_word words[ENNEAD_MSG_WORDS];
    ennead_word user[8]; /* the kernel never looks here */
};

/* ---- capabilities -------------------------------------------------------------------------------------- */

enum ennead_right {
    ENNEAD_RIGHT_READ = 0x01,    /* memory: read; endpoint: receive; notification: wait; others: inspect */
    ENNEAD_RIGHT_WRITE = 0x02,   /* memory: write; endpoint: send; notification: signal; others: operate */
    ENNEAD_RIGHT_EXECUTE = 0x04, /* memory: execute */
    ENNEAD_RIGHT_CONTROL = 0x08, /* make things from it, badge it, bind it */
    ENNEAD_RIGHT_PHYS = 0x10,    /* region: learn physical addresses */
};
#define ENNEAD_RIGHTS_ALL 0x1fu

enum ennead_type {
    ENNEAD_TYPE_NONE = 0,
    ENNEAD_TYPE_REGION = 1,
    ENNEAD_TYPE_POOL = 2,
    ENNEAD_TYPE_SPACE = 3,
    ENNEAD_TYPE_THREAD = 4,
    ENNEAD_TYPE_ENDPOINT = 5,
    ENNEAD_TYPE_NOTIFICATION = 6,
    ENNEAD_TYPE_IRQ = 7,
    ENNEAD_TYPE_SCHED_CONTEXT = 8,
    ENNEAD_TYPE_VCPU = 9,   /* reserved */
    ENNEAD_TYPE_REPLY = 10, /* a stored reply right: what an inspected slot can also hold */
};

/* ---- limits and prices: constants of the ABI, the same on every port ------------------------------------- */

#define ENNEAD_DEPTH_MAX        64u
#define ENNEAD_PRIORITIES       64u /* 0 lowest .. 63 highest */
#define ENNEAD_SLOTS_PER_PAGE   128u
#define ENNEAD_SLOT_PAGES_MAX   256u
#define ENNEAD_SLOTS_MAX        (ENNEAD_SLOTS_PER_PAGE * ENNEAD_SLOT_PAGES_MAX)
#define ENNEAD_ENTRIES_PER_PAGE 32u
#define ENNEAD_CPUS_MAX         32u
#define ENNEAD_POOL_PAGE_BYTES  4096u /* what slot, entry, table and UTCB pages cost */
#define ENNEAD_POOL_BLOCK_BYTES 128u  /* the least a pool hands out */
#define ENNEAD_POOL_ORDER_MAX   30u   /* the largest sub-pool is 1 GiB */

#define ENNEAD_PRICE_REGION        256u
#define ENNEAD_PRICE_SPACE         65536u /* with 128 slots, 32 map entries and table paths */
#define ENNEAD_PRICE_THREAD        2048u
#define ENNEAD_PRICE_ENDPOINT      128u
#define ENNEAD_PRICE_NOTIFICATION  256u
#define ENNEAD_PRICE_IRQ           256u
#define ENNEAD_PRICE_SCHED_CONTEXT 256u

/* ---- protocols and operations ------------------------------------------------------------------------------ */

/* The protocol number of an object's operations is its type; 16..31 are the kernel's own messages. */
#define ENNEAD_PROTOCOL_ANSWER 0u /* answers: the 16-bit label is an ennead_error */
#define ENNEAD_PROTOCOL_FAULT  16u
#define ENNEAD_PROTOCOL_NOTIFY 17u
#define ENNEAD_PROTOCOL_USER   32u /* the first one for users */

#define ENNEAD_OP_DESCRIBE                                                                                             \
    0u /* -> type, ABI version, page sizes (bit n: 1 << n bytes), then the object's own fields                         \
        */

/* Arguments are fields f0.. and items i0..; "->" is the answer. Rights needed stand in brackets. */
enum ennead_region_op {
    ENNEAD_REGION_CARVE = 1,     /* [C] f0 offset, f1 size; i0 pool -> i0 region */
    ENNEAD_REGION_MAP = 2,       /* f0 offset, f1 order_log2, f2 rights, f3 offset in window -> i0 page */
    ENNEAD_REGION_LOAD = 3,      /* [R] f0 offset, f1 width in bytes -> f0 value */
    ENNEAD_REGION_STORE = 4,     /* [W] f0 offset, f1 width in bytes, f2 value */
    ENNEAD_REGION_MAKE_POOL = 5, /* [C] -> i0 pool */
    ENNEAD_REGION_REVOKE = 6,    /* [C] delete all that hangs below the capability used */
    ENNEAD_REGION_SET_CACHE = 7, /* [C] f0 ennead_cache; only without children */
    ENNEAD_REGION_PHYS = 8,      /* [P] f0 offset -> f0 physical address */
};
/* describe, own fields: f3 size, f4 flags (ennead_region_flag), f5 ennead_cache */
enum ennead_region_flag {
    ENNEAD_REGION_RAM = 0x1,
    ENNEAD_REGION_POOLABLE = 0x2,
    ENNEAD_REGION_UNMAPPABLE = 0x4, /* reached by LOAD and STORE only */
    ENNEAD_REGION_IS_POOL = 0x8,    /* a pool lives in it */
};
enum ennead_cache { ENNEAD_CACHE_NORMAL = 0, ENNEAD_CACHE_DEVICE = 1, ENNEAD_CACHE_UNCACHED = 2 };

enum ennead_pool_op {
    ENNEAD_POOL_MAKE = 1,    /* [C] f0 type, f1 order_log2 of a sub-pool -> i0 object */
    ENNEAD_POOL_DESTROY = 2, /* [C] with all that is inside */
    ENNEAD_POOL_REVOKE = 3,  /* [C] delete all that hangs below the capability used */
};
/* describe, own fields: f3 bytes in all, f4 bytes free, f5 bytes in the largest free block */

enum ennead_space_op {
    ENNEAD_SPACE_DELEGATE = 1,   /* [C] f0 slot or address; i0 capability or page, goes there */
    ENNEAD_SPACE_UNMAP = 2,      /* [C] f0 address: delete the entry over it and what was delegated from it */
    ENNEAD_SPACE_DELETE = 3,     /* [C] f0 slot: delete the capability and what was derived from it */
    ENNEAD_SPACE_REVOKE = 4,     /* [C] f0 slot: delete what was derived from the capability */
    ENNEAD_SPACE_REVOKE_MAP = 5, /* [C] f0 address: delete what was delegated from the entry over it */
    ENNEAD_SPACE_GROW = 6,       /* [C] f0 ennead_table, f1 pages */
    ENNEAD_SPACE_SET_PAGER =
        7, /* [C] f0 ennead_handler, f1 first register, f2 registers; i0 endpoint, or none to clear */
    ENNEAD_SPACE_ADD_UTCB = 8, /* [C] f0 address of a page: two message buffers there */
    ENNEAD_SPACE_SLOT_INFO =
        9, /* [R] f0 slot -> f0 slot at or above that is used, f1 type, f2 rights, f3 badge, f4 depth */
    ENNEAD_SPACE_MAP_INFO = 10, /* [R] f0 address -> f0 base of the entry at or above, f1 order, f2 rights */
};
/* describe, own fields: f3 slots, f4 free map entries, f5 free table pages, f6 first address past user space */
enum ennead_table { ENNEAD_TABLE_SLOTS = 0, ENNEAD_TABLE_ENTRIES = 1, ENNEAD_TABLE_PAGES = 2 };
enum ennead_handler { ENNEAD_HANDLER_PAGER = 0, ENNEAD_HANDLER_EXCEPTION = 1 };

enum ennead_thread_op {
    ENNEAD_THREAD_BIND = 1,          /* [C] f0 address of the UTCB or 0; i0 space */
    ENNEAD_THREAD_SET_PRIORITY = 2,  /* [C] f0 priority, f1 highest it may give: neither above the caller's */
    ENNEAD_THREAD_SET_EXCEPTION = 3, /* [C] f1 first register, f2 registers; i0 endpoint, or none to use the space's */
    ENNEAD_THREAD_START = 4,         /* [W] f0 pc, f1 sp, f2 argument */
    ENNEAD_THREAD_STOP = 5,          /* [W] */
    ENNEAD_THREAD_RESUME = 6,        /* [W] */
    ENNEAD_THREAD_CANCEL = 7,        /* [W] its blocked phase ends with CANCELLED */
    ENNEAD_THREAD_READ_REGS = 8,     /* [R] f0 first, f1 count -> f0.. values */
    ENNEAD_THREAD_WRITE_REGS = 9,    /* [W] f0 first, f1.. values; count is what the message holds */
    ENNEAD_THREAD_SET_TLS = 10,      /* [W] f0 thread pointer */
};
/* describe, own fields: f3 ennead_thread_state, f4 priority, f5 CPU, f6 time used in ns, f7 registers in the set */
enum ennead_thread_state {
    ENNEAD_THREAD_STOPPED = 0,
    ENNEAD_THREAD_READY = 1,
    ENNEAD_THREAD_SENDING = 2,
    ENNEAD_THREAD_RECEIVING = 3,
    ENNEAD_THREAD_CALLING = 4, /* waits for the answer */
    ENNEAD_THREAD_WAITING = 5, /* on a notification */
    ENNEAD_THREAD_STARVED = 6, /* ready, but has no processor time and nobody to tell */
};

/* Registers 0 and 1 of every port's set are the program counter and the stack pointer; the rest is the port's. */
enum ennead_register { ENNEAD_REGISTER_PC = 0, ENNEAD_REGISTER_SP = 1 };

/* An endpoint has no operations of its own: whatever is sent to it reaches its receiver. */

enum ennead_notification_op {
    ENNEAD_NOTIFICATION_SIGNAL = 1, /* [W] f0 bits; the badge's bits are added */
    ENNEAD_NOTIFICATION_WAIT = 2,   /* [R] -> f0 bits; blocks until some are set, and clears them */
    ENNEAD_NOTIFICATION_POLL = 3,   /* [R] -> f0 bits, perhaps none; clears them */
    ENNEAD_NOTIFICATION_BIND = 4,   /* [C] i0 thread: its receive phases also take the bits */
    ENNEAD_NOTIFICATION_UNBIND = 5, /* [C] */
    ENNEAD_NOTIFICATION_ARM = 6,    /* [W] f0 absolute time in ns, f1 bits; replaces what was armed */
    ENNEAD_NOTIFICATION_DISARM = 7, /* [W] */
};
/* describe, own fields: f3 bits set, f4 the time now in ns */

enum ennead_irq_op {
    ENNEAD_IRQ_CLAIM = 1,  /* [C] on the root irq only: f0 source; i0 pool -> i0 irq */
    ENNEAD_IRQ_BIND = 2,   /* [C] f0 bits; i0 notification */
    ENNEAD_IRQ_ACK = 3,    /* [W] */
    ENNEAD_IRQ_UNBIND = 4, /* [C] */
    ENNEAD_IRQ_MSI = 5,    /* [C] on the root irq only: f0 CPU; i0 pool -> i0 irq, f0 address, f1 data */
};
/* describe, own fields: f3 source, f4 interrupts taken */
#define ENNEAD_IRQ_ROOT 0xffffffffu

enum ennead_sched_op {
    ENNEAD_SCHED_CONFIGURE = 1, /* [C] f0 budget ns, f1 period ns, f2 CPU; budget == period: unlimited */
    ENNEAD_SCHED_BIND = 2,      /* [C] i0 thread: this becomes its reserve context */
    ENNEAD_SCHED_UNBIND = 3,    /* [C] */
    ENNEAD_SCHED_CONSUMED = 4,  /* [R] -> f0 ns of processor time used in all */
    ENNEAD_SCHED_YIELD = 5,     /* [W] the calling thread, which runs on it, goes behind the others of its priority */
};
/* describe, own fields: f3 budget, f4 period, f5 CPU, f6 remaining, f7 consumed, f8 CPUs in the machine */

/*
 * Messages that the kernel sends in a thread's name to its pager or exception endpoint. They are calls. Behind the four
 * fields stand the registers that the handler was set with.
 */
enum ennead_fault_op {
    ENNEAD_FAULT_PAGE = 1,      /* f0 address, f1 rights missed, f2 pc, f3 thread's own badge is the endpoint's */
    ENNEAD_FAULT_EXCEPTION = 2, /* f0 ennead_exception, f1 the port's code, f2 pc, f3 address */
    ENNEAD_FAULT_TIME = 3,      /* f0 0, f1 0, f2 pc */
};
enum ennead_exception {
    ENNEAD_EXCEPTION_ILLEGAL = 0, /* illegal or privileged instruction */
    ENNEAD_EXCEPTION_ARITHMETIC = 1,
    ENNEAD_EXCEPTION_ALIGNMENT = 2,
    ENNEAD_EXCEPTION_BREAKPOINT = 3,
    ENNEAD_EXCEPTION_STEP = 4,
    ENNEAD_EXCEPTION_FPU = 5,
    ENNEAD_EXCEPTION_ACCESS = 6, /* an address no map can hold */
    ENNEAD_EXCEPTION_OTHER = 7,
};
/*
 * The answer to a fault: label 0 resumes the thread, after its page items were put into its space (window: all
 * of it, offset: the address); with words, field 0 is the first register and the rest are values to write. Any
 * other label leaves the thread stopped.
 */

/* A bound notification arrives in a receive phase as this: badge 0, f0 the bits, which are cleared. */
#define ENNEAD_NOTIFY_BITS 1u

/* ---- what the root task finds at start ---------------------------------------------------------------------- */

/* The first slots of the root task's table; resources follow from ENNEAD_ROOT_FIRST_RESOURCE. */
enum ennead_root_slot {
    ENNEAD_ROOT_NULL = 0, /* never holds anything */
    ENNEAD_ROOT_SPACE = 1,
    ENNEAD_ROOT_THREAD = 2,
    ENNEAD_ROOT_SCHED_CONTEXT = 3,
    ENNEAD_ROOT_POOL = 4,
    ENNEAD_ROOT_IRQ = 5,
    ENNEAD_ROOT_FIRST_RESOURCE = 8,
};

enum ennead_resource_kind {
    ENNEAD_RESOURCE_RAM = 1,     /* free memory */
    ENNEAD_RESOURCE_DEVICE = 2,  /* physical addresses that are not RAM */
    ENNEAD_RESOURCE_IO = 3,      /* an unmappable region of the platform's, by name: "power", "debug", "ports" */
    ENNEAD_RESOURCE_ARCHIVE = 4, /* the boot archive, mapped read-only at boot_info->archive_address */
    ENNEAD_RESOURCE_DTB = 5,     /* the machine's flattened device tree, if it has one */
};

struct ennead_resource {
    uint32_t kind;
    uint32_t slot;
    uint64_t base; /* physical address, or 0 for IO */
    uint64_t size;
    char name[24];
};

/* A device that the platform knows without a device tree. */
struct ennead_device {
    char compatible[32]; /* as in a device tree: "ns16550a" */
    uint64_t base;       /* offset in the resource named */
    uint64_t size;
    uint32_t irq;      /* interrupt source */
    uint32_t resource; /* index in resources[] */
    uint32_t reg_shift;
    uint32_t clock_hz;
};

#define ENNEAD_BOOT_RESOURCES 48u
#define ENNEAD_BOOT_DEVICES   16u
#define ENNEAD_BOOT_MAGIC     0x454e4e45u

/* One page, read-only in the root task; its address is the argument of the root thread. */
struct ennead_boot_info {
    uint32_t magic;
    uint32_t abi_version;
    uint32_t cpus;
    uint32_t resource_count;
    uint32_t device_count;
    uint32_t reserved;
    uint64_t archive_address; /* where in the root task's space */
    uint64_t archive_size;
    uint64_t free_address; /* from here on the root task's space is empty */
    uint64_t utcb_address;
    struct ennead_resource resources[ENNEAD_BOOT_RESOURCES];
    struct ennead_device devices[ENNEAD_BOOT_DEVICES];
    char arch[16];
    char platform[16];
    char command_line[128];
};

/*
 * The boot archive: a header, then a table of files, then their bytes, each file starting on a 4 KiB boundary.
 * All numbers are little-endian on every port. The file "root" is a memory image, not an ELF file: text, then
 * read-only data, then data with the bss and the stack written out as zeroes, each part a whole number of 4 KiB pages.
 */
#define ENNEAD_ARCHIVE_MAGIC "ENNEADv1"
struct ennead_archive_header {
    char magic[8];
    uint32_t size; /* of the archive in bytes */
    uint32_t file_count;
    uint32_t root_address; /* virtual address of the root image in the root task's space */
    uint32_t root_entry;
    uint32_t root_text; /* sizes in bytes of the three parts */
    uint32_t root_rodata;
    uint32_t root_data;
    uint32_t root_stack; /* initial stack pointer, a virtual address */
    uint32_t checksum;   /* sum of all other 32-bit words of the archive is this, modulo 2^32 */
    uint32_t machine;    /* ELF e_machine of its programs */
};
struct ennead_archive_file {
    char name[24];
    uint32_t offset;
    uint32_t size;
};
#define ENNEAD_ARCHIVE_FILES_MAX 64u

#endif
