/*
 * What the files of this plugin offer each other.
 *
 * The plugin is told of each instruction and of each access to memory, in the order in which they happen: the emulator
 * runs processors in turns, in one thread. It keeps a TLB for each processor that forgets nothing unless it is told to,
 * and caches that make nothing coherent unless they are told to. Events are numbered: a time is how many there were.
 */
#ifndef MAINTENANCE_MODEL_H
#define MAINTENANCE_MODEL_H

#include "../plugin.h"

#define LINE_LOG2 5u /* the smallest line of a cache */
#define PAGE_LOG2 12u
#define ANY       UINT64_MAX

typedef uint32_t moment; /* 0: never */

extern moment now;
static inline moment tick(void)
{
    return ++now;
}

/* main.c */
bool is_in_user_mode(unsigned cpu);

/* ---- instructions that maintain something: watch.c ---- */

enum op {
    OP_ROOT,       /* an address space is loaded */
    OP_PAGE,       /* TLB: forget a page under an identifier */
    OP_PAGE_ANY,   /* under any */
    OP_SPACE,      /* all of an identifier */
    OP_ALL,        /* all */
    OP_ENTER,      /* software enters a translation */
    OP_CLEAN,      /* data cache: write a line back */
    OP_INVALIDATE, /* instruction cache: forget a line */
    OP_INVALIDATE_ALL,
    OP_BARRIER,       /* what went before is complete */
    OP_TABLE_BARRIER, /* for walkers too, where the other is not enough */
    OP_STORE_BARRIER, /* what was stored is seen by walkers, and no more */
    OP_CONTEXT,       /* nothing that was fetched before is executed */
    OP_FENCE,         /* instruction fetches see what was stored before */
    OP_START,         /* the kernel proper begins on a processor */
    OP_COUNT,
};

#define OPERANDS_MAX 8u

struct watched {
    uint64_t address;
    uint8_t bytes[4];
    uint8_t size;
    enum op op;
    unsigned operand_count;
    char operands[OPERANDS_MAX][16]; /* names in the emulator's dump of registers */
};

/* Option `watch=FILE`. */
void watch_start(void);
/* The instruction at the address, if it is one and of these bytes. */
const struct watched *watch_find(uint64_t address, const void *bytes, size_t size);
/* Its operands, out of the dump of registers that the emulator has just made. */
void watch_operands(const struct watched *watched, uint64_t *values);

/* ---- memory: ram.c ---- */

void ram_start(void);
bool ram_has(uint64_t phys);
uint64_t ram_read(uint64_t phys, unsigned bytes, bool is_big_endian);
/* Little-endian. */
void ram_write(uint64_t phys, unsigned bytes, uint64_t value);
/* Where an instruction lies that QEMU has at that address of its own. */
uint64_t ram_phys_of_host(const void *host);
/* Of an access; `kernel` if its address is in the kernel's window. False if it is not to RAM. */
bool ram_phys_of_access(qemu_plugin_meminfo_t info, uint64_t vaddr, uint64_t *phys);
/* An address of the kernel's in the window; false if it is elsewhere. */
bool ram_window(uint64_t vaddr, uint64_t *phys);
/* Was written now. */
void ram_written(unsigned cpu, uint64_t phys, unsigned bytes);
/* When the line was written; when the word of a table was, if that processor wrote it. */
moment ram_line_written(uint64_t phys);
moment ram_word_written(unsigned cpu, uint64_t phys);
/* As if it never had been. */
void ram_forget_written(uint64_t phys);
/* The page holds tables: their words are looked at one by one, and writes to them change `ram_tables`. */
void ram_mark_table(uint64_t phys);
extern moment ram_tables;

/* ---- tables: walk.c ---- */

struct step {
    uint64_t entry; /* its physical address */
    uint64_t value;
    uint64_t va;    /* where what it reaches begins */
    unsigned shift; /* how far it reaches */
    bool is_leaf;
};

#define STEPS_MAX 4u

/* The valid entries on the way to `va`, the leaf last. */
unsigned walk(uint64_t root, uint64_t va, struct step steps[STEPS_MAX]);
uint64_t walk_page(const struct step *leaf, uint64_t va);

/* ---- TLBs and identifiers: tlb.c ---- */

/* `root` 0: one with nothing of users. */
void tlb_load(unsigned cpu, uint64_t root, uint64_t id);
/* The same, of a root that is the identifier's: whose it is, the owner says. */
void tlb_load_owned(unsigned cpu, uint64_t root, uint64_t id, uint64_t owner);
uint64_t tlb_root(unsigned cpu);
void tlb_forget_page(unsigned cpu, uint64_t id, uint64_t va);
/* Of an identifier, or of ANY: leaves, tables that the walker remembers, or both. */
#define FORGET_LEAVES 1u
#define FORGET_TABLES 2u
#define FORGET_BOTH   3u
void tlb_forget(unsigned cpu, uint64_t id, unsigned what);
/* Software entered a translation. */
void tlb_enter(unsigned cpu, uint64_t id, uint64_t va, uint64_t value);
/* User mode used the address, and the emulator took the page at `phys` (ANY: no RAM). */
void tlb_use(unsigned cpu, uint64_t va, uint64_t phys);
/* The processor goes to user mode. */
void tlb_return(unsigned cpu);

/* ---- caches and barriers: cache.c ---- */

void cache_clean(uint64_t phys);
void cache_invalidate(uint64_t phys);
void cache_invalidate_all(void);
void cache_fence(unsigned cpu);
void cache_barrier(unsigned cpu);
void cache_table_barrier(unsigned cpu);
void cache_store_barrier(unsigned cpu);
void cache_context(unsigned cpu);
/* Before which what was written to tables is seen by walkers. */
moment cache_tables_seen(unsigned cpu);
/* Before which translations that were to be forgotten are. */
moment cache_completed(unsigned cpu);
/* An instruction is fetched. */
void cache_fetch(unsigned cpu, uint64_t phys);

/* ---- instruction sets: isa.c and the files of each ---- */

enum caches {
    CACHES_LINES,    /* clean the line, barrier, invalidate the line, barrier, context */
    CACHES_SNOOPED,  /* barrier, invalidate any line, barrier, context */
    CACHES_FENCE,    /* an instruction of the processor that fetches */
    CACHES_COHERENT, /* nothing */
};

struct isa {
    const char *name;
    uint64_t ram_base;
    struct {
        uint64_t virt, phys, size;
    } window[2];
    bool (*is_fence)(const uint8_t *bytes, size_t size);
    struct format {
        unsigned levels;
        uint8_t shift[STEPS_MAX], bits[STEPS_MAX]; /* from the root on */
        bool is_big_endian;
        bool (*is_valid)(uint64_t value);
        bool (*is_leaf)(uint64_t value, unsigned shift);
        uint64_t (*address)(uint64_t value);
    } tables;
    /* Where tables are software's: instead of walking those. */
    unsigned (*walk)(uint64_t root, uint64_t va, struct step steps[STEPS_MAX]);
    bool is_32bit; /* what the emulator shows above is nothing */
    bool has_soft_tlb;
    bool any_is_everywhere;   /* a page under any identifier is forgotten by all processors */
    bool page_forgets_tables; /* forgetting a page also forgets the tables on the way */
    bool fences_tables;       /* a walker sees what was written before the fence that forgets; else before a barrier */
    bool tables_want_barrier;
    bool has_table_barrier; /* which is another one */
    enum caches caches;
    unsigned line_bytes;
    /* Instructions on translations, with their operands. */
    void (*act)(unsigned cpu, enum op op, const uint64_t *values);
};

extern const struct isa *isa;
extern const struct isa isa_aarch64, isa_arm, isa_riscv64, isa_x86_64, isa_ppc64, isa_ppc32;
void isa_start(void);
/* A watched instruction is about to be executed. */
void isa_act(unsigned cpu, const struct watched *watched);
/* A root of tables, or 0 if it is one with nothing of users': those of option `empty`. */
uint64_t isa_root(uint64_t root);
/* What of a TLB with identifiers an operation forgets: page, page of any, all of one, all. */
void isa_forget(unsigned cpu, enum op op, uint64_t id, uint64_t page);

/* ---- what is found: report.c ---- */

enum finding {
    STALE_USED,      /* a translation was used that the tables no longer have */
    STALE_KEPT,      /* user mode goes on, and the TLB may hold such a translation */
    REUSED,          /* an identifier came to another space unflushed */
    NO_BARRIER,      /* tables were used before what was written was sure to be seen */
    NOT_CLEANED,     /* code was executed that may still be in the data cache */
    NOT_INVALIDATED, /* code was executed that the instruction cache may not have */
    FINDINGS,
};

void report(enum finding finding, unsigned cpu, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What was looked at; a check that saw nothing is none. */
struct counts {
    uint64_t ops[OP_COUNT];
    uint64_t pages, tables, identifiers, reuses, returns, code_lines;
};
extern struct counts counts;
void report_end(void);

#endif
