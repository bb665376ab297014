/*
 * The same program everywhere: a seeded sequence of system calls by eight threads in four spaces, generated the same
 * on every machine, as long as the kernels answer the same.
 *
 * A conductor, the root thread, decides call by call; a thread makes one call each time it is started and stops
 * behind it. The conductor has a lower priority than all of them, so it goes on when nobody else can. Nothing here
 * knows a port, the word size or the time: a machine (on target or on the host) carries the steps out.
 *
 * All objects come from one region, the world's, in the same order everywhere, so that an object's place in it is its
 * name. What only one machine can know (addresses of the program, free tables, the time) is left out of results.
 */
#ifndef SAME_H
#define SAME_H

#include <ennead/abi.h>
#include <stdbool.h>
#include <stddef.h>

#define SAME_THREADS 8u
#define SAME_SPACES  4u
#define SAME_ROOT    SAME_THREADS /* the conductor itself */
#define SAME_STEPS   120000u
#define SAME_LONG_NS (UINT64_C(1) << 50) /* budget and period of all: time never ends */
#define SAME_FIELDS  8u

#define SAME_WORLD_BYTES (3u << 20)
#define SAME_POOL_BYTES  (2u << 20) /* at the start of the world */
#define SAME_LAND_BYTES  (1u << 16) /* of each space, behind the pool */
#define SAME_ENTRIES     24u        /* of each space, taken by the program whatever its size is */
#define SAME_UTCB        0x0d000000u
#define SAME_FILLER      0x28000000u /* where mappings stand in for a smaller program's */
#define SAME_LAND        0x30000000u /* where the calls map memory */
#define SAME_LAND_LOG2   18u
#define SAME_PRIORITY    2u /* the conductor's */

/* Slots of the root task: the world region, what makes it, and each kind of object in a row. */
enum {
    SAME_FIRST = 1024,
    SAME_SLOT_WORLD = SAME_FIRST,
    SAME_SLOT_POOL_REGION,
    SAME_SLOT_POOL,
    SAME_SLOT_LAND = SAME_FIRST + 8,
    SAME_SLOT_SPACE = SAME_FIRST + 12,
    SAME_SLOT_ENDPOINT = SAME_FIRST + 16,
    SAME_SLOT_NOTIFICATION = SAME_FIRST + 20,
    SAME_SLOT_SMALL_POOL = SAME_FIRST + 24,
    SAME_SLOT_THREAD = SAME_FIRST + 32,
    SAME_SLOT_TIME = SAME_FIRST + 40,
    SAME_SLOTS_END = SAME_FIRST + 48,
};

enum same_kind { SAME_CALL, SAME_LOAD, SAME_STORE };

/* What one thread does next. */
struct same_step {
    uint8_t actor; /* SAME_ROOT: the conductor itself */
    uint8_t kind;
    uint8_t fields; /* of `field`, in the message */
    uint8_t items;
    bool sets_window;
    uint32_t target; /* CALL: slot and phases */
    uint32_t tag;    /* as on a 64-bit machine: its words are fields */
    uint64_t address;
    uint64_t field[SAME_FIELDS]; /* field[0]: what a STORE stores */
    struct ennead_item item[2];
    struct ennead_window window;
};

/* What came of it; fields of the message, whatever the word size. */
struct same_result {
    uint32_t status, badge, tag; /* words of the tag are fields */
    uint64_t field[16];          /* LOAD: field[0] is the value */
    struct ennead_item item[ENNEAD_MSG_ITEMS];
};

/* The machine that it runs on. */
struct same_machine {
    /* The space and the thread with that number have just been made: give them what all programs on this machine need.
     */
    void (*equip_space)(unsigned space);
    void (*equip_thread)(unsigned thread);
    /* A call of the conductor's. */
    void (*call)(const struct same_step *step, struct same_result *result);
    /* Start a thread to do the step: the outcome of THREAD_START. */
    uint32_t (*start)(const struct same_step *step);
    /* Did a thread come to the end of its step since last asked? */
    bool (*finished)(unsigned thread, struct same_result *result);
    void (*print)(const char *format, ...) __attribute__((format(printf, 1, 2)));
};

/* Is the answer one whose fields are the machine's own in part? Then the thread clears them in its message buffer. */
static inline bool same_is_description(const struct same_step *step)
{
    return step->kind == SAME_CALL && step->target & ENNEAD_CALL && (step->tag >> 16 & 0xff) == ENNEAD_OP_DESCRIBE &&
           step->tag >> 24 != 0 && step->tag >> 24 < ENNEAD_PROTOCOL_FAULT;
}

/* The tag of a message on this machine, and back. */
static inline uint32_t same_tag_here(uint32_t tag)
{
    uint32_t words = ENNEAD_TAG_WORDS(tag) * ENNEAD_FIELD_WORDS;
    return (tag & ~0xffu) | (words > 0xff ? 0xff : words);
}

static inline uint32_t same_tag_everywhere(uint32_t tag)
{
    return (tag & ~0xffu) | (ENNEAD_TAG_WORDS(tag) + ENNEAD_FIELD_WORDS - 1) / ENNEAD_FIELD_WORDS;
}

#define SAME_SHOW_NONE UINT32_MAX

/* Run it all. Prints what step `show` is and all that comes of it. */
void same_run(const struct same_machine *machine, uint64_t seed, uint32_t show);

/* What is known afterwards: calls made and successful ones, and after each step a digest of all results up to there. */
struct same_score {
    uint32_t steps, calls, successful;
    uint64_t digest;
};
extern struct same_score same_score;
extern uint32_t same_trace[SAME_STEPS];

/* ---- generate.c, for run.c ---- */
void same_begin(uint64_t seed);
void same_next(struct same_step *step);
void same_learn(const struct same_step *step, const struct same_result *result);
void same_blocked(unsigned actor, bool blocked);
/* Building the world: false when it stands. */
bool same_build(unsigned number, struct same_step *step);

#endif
