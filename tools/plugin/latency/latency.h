/*
 * How long the kernel runs, in instructions, before it would see to an interrupt that is pending: see main.c.
 *
 * A *stretch* goes from the first instruction of the kernel after user mode, or from a window (an instruction before
 * which interrupts are on), to the next window or to the instruction that returns to user mode.
 *
 * Time that a processor waits for others' answers is counted by what they do until they answer: all are taken to be
 * equally fast; the emulator's threads are not, and what they spin says nothing. While it waits for the lock it goes
 * through windows. How long an interrupt that it has noted waits for the lock then is told beside the stretches: by
 * what those execute meanwhile that have it.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include "../plugin.h"

/* What a function is, as far as it matters here. */
enum role {
    ROLE_LOCK = 1,      /* lock_wait() */
    ROLE_AWAIT = 2,     /* cpu_await() */
    ROLE_PASS = 4,      /* lock_pass() */
    ROLE_SPIN = 8,      /* gone through again and again by who waits */
    ROLE_SECTIONS = 16, /* shut_out_others(): it has the lock, and waits for others' local sections */
    ROLE_WITHIN_SECTIONS = 32,
    ROLE_WITHIN_AWAIT = 64,
    ROLE_POLL = 128,  /* the windows' own functions: of no interest to who asks where a stretch began */
    ROLE_START = 256, /* the kernel's start on a processor */
    ROLE_SERVE = 512, /* cpu_serve_requests() */
    ROLE_NOTE = 1024, /* interrupt_note_..() */
};

struct symbol {
    uint64_t address;
    unsigned roles;
    unsigned instructions; /* of one of ROLE_SPIN: about as many as it has without going round */
    char name[48];
};

/* Option `symbols=FILE`: the kernel's functions and windows, listed by whoever starts the machine. */
void symbols_start(void);
/* Where an address is; never NULL. */
const struct symbol *symbol_of(uint64_t address);
bool is_window(uint64_t address);
bool is_return(uint64_t address);
/* Instructions of all that waiting goes through, without going round. */
extern unsigned spin_instructions;

/* A block that the emulator translated. */
struct block {
    const struct symbol *symbol;
    uint64_t start, last; /* addresses of the first and the last instruction */
    unsigned count;
    bool is_opening, is_return; /* a window begins behind it */
};

#define PATH_MAX_BLOCKS 8192u

struct stretch {
    uint64_t own;     /* instructions of its processor */
    uint64_t answers; /* of those whose answers it waited for */
    unsigned blocks;
    const struct block *path[PATH_MAX_BLOCKS]; /* its first blocks */
};

static inline uint64_t stretch_total(const struct stretch *stretch)
{
    return stretch->own + stretch->answers;
}

/* A stretch came to its end: in front of the window, or of user mode (NULL). Any processor's thread. */
void record(unsigned cpu, const struct stretch *stretch, const struct block *window);
/* An interrupt that was noted waited so long for the lock. */
void record_interrupt(uint64_t instructions);
void record_start(void);
void record_end(void);

#endif
