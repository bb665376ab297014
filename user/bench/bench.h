/*
 * The benchmark: what its parts share. A row is an ordinary loop in a function of its own, between two calls of
 * bench_now(). Whoever counts knows them by their names: nothing is in a loop but what is measured.
 */
#ifndef BENCH_H
#define BENCH_H

#include <ennead/start.h>

struct row {
    const char *name;
    void (*run)(unsigned rounds);
    unsigned rounds, batches;
    void (*before)(unsigned rounds), (*after)(unsigned rounds); /* of each batch, not counted; may be NULL */
};

/* A row's function: by address alone, so that the compiler leaves it as it is. A round begins where its loop does. */
#define ROW(name) void row_##name(unsigned rounds)

/* Places in the space of the benchmark. */
#define RAM_BASE     ENNEAD_MAP_BASE /* the RAM, always mapped */
#define WINDOWS_BASE (ENNEAD_MAP_BASE + 0x200000u)
#define FAULTS_BASE  (ENNEAD_MAP_BASE + 0x400000u)
#define DEVICE_BASE  (ENNEAD_MAP_BASE + 0x600000u)
#define BUFFERS_BASE (ENNEAD_MAP_BASE + 0x800000u)
#define YIELDER_BASE (ENNEAD_MAP_BASE + 0xa00000u)
#define RAM_ORDER    18u

extern struct bench {
    uint32_t plain, passive, echo, pager, space, pool, thread, ram;
    uint32_t clock, first, second; /* notifications */
    unsigned page_order, priority;
    uint32_t slots; /* from here on there are more than the children of a row */
} bench;

extern const struct row call_rows[], object_rows[], memory_rows[], fault_rows[], interrupt_rows[];
extern const unsigned call_row_count, object_row_count, memory_row_count, fault_row_count, interrupt_row_count;

/* Give up unless `error` is ENNEAD_OK. */
static inline void check(enum ennead_error error)
{
    if (ENNEAD_UNLIKELY(error != ENNEAD_OK))
        ennead_give_up("a measured operation failed", error);
}

/* The time, in nanoseconds. Nothing that a row may have forgotten a translation of is touched before the clock is read.
 */
uint64_t bench_now(uint32_t clock);
/* Have a thread own the FPU. */
void own_fpu(unsigned rounds);
/* By the running thread, and a line printed. */
void measure(const struct row *row);
/* In a thread of its own, which has a capability to its time: it stays, and what comes after may be dearer for it. */
void measure_yields(void);

#endif
