/* The longest stretches, one for each pair of where they began and ended, and the functions on their way. */
#include "latency.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KINDS_MAX 64u
#define SHOWN     12u /* functions of a stretch */

struct kind {
    const struct symbol *begin, *end; /* NULL: user mode */
    unsigned cpu;
    struct stretch stretch;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct kind *kinds[KINDS_MAX];
static unsigned kind_count;
static uint64_t shown_above, stretches;

static uint64_t longest, limit, beyond;
static uint64_t longest_wait, wait_limit, waits_beyond;

void record_start(void)
{
    limit = plugin_number("limit", 3000);
    wait_limit = plugin_number("wait_limit", UINT64_MAX);
    shown_above = plugin_number("above", UINT64_MAX);
}

/* The function that the stretch began in, or that ended it by going to a window. */
static const struct symbol *first_of(const struct stretch *stretch)
{
    for (unsigned i = 0; i < stretch->blocks; i++) {
        if (!(stretch->path[i]->symbol->roles & ROLE_POLL))
            return stretch->path[i]->symbol;
    }
    return stretch->path[0]->symbol;
}

static const struct symbol *last_of(const struct stretch *stretch)
{
    for (unsigned i = stretch->blocks; i > 0; i--) {
        if (!(stretch->path[i - 1]->symbol->roles & ROLE_POLL))
            return stretch->path[i - 1]->symbol;
    }
    return stretch->path[0]->symbol;
}

static struct kind *kind_of(const struct symbol *begin, const struct symbol *end)
{
    for (unsigned i = 0; i < kind_count; i++) {
        if (kinds[i]->begin == begin && kinds[i]->end == end)
            return kinds[i];
    }
    if (kind_count == KINDS_MAX)
        return NULL;
    kinds[kind_count] = calloc(1, sizeof **kinds);
    kinds[kind_count]->begin = begin;
    kinds[kind_count]->end = end;
    return kinds[kind_count++];
}

static void keep(unsigned cpu, const struct stretch *stretch, const struct block *window)
{
    struct kind *kind = kind_of(first_of(stretch), window ? last_of(stretch) : NULL);

    if (kind && stretch_total(&kind->stretch) < stretch_total(stretch)) {
        kind->cpu = cpu;
        kind->stretch = *stretch;
    }
}

void record(unsigned cpu, const struct stretch *stretch, const struct block *window)
{
    uint64_t total = stretch_total(stretch);

    __atomic_add_fetch(&stretches, 1, __ATOMIC_RELAXED);
    if (total <= __atomic_load_n(&longest, __ATOMIC_RELAXED) && total <= shown_above && total <= limit)
        return;
    pthread_mutex_lock(&mutex);
    beyond += total > limit;
    if (stretch->blocks > 0)
        keep(cpu, stretch, window);
    if (total > longest)
        __atomic_store_n(&longest, total, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&mutex);
}

void record_interrupt(uint64_t instructions)
{
    pthread_mutex_lock(&mutex);
    if (instructions > longest_wait)
        longest_wait = instructions;
    waits_beyond += instructions > wait_limit;
    pthread_mutex_unlock(&mutex);
}

/* ---- the report ---- */

struct share {
    const struct symbol *symbol;
    uint64_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct share *left = a, *right = b;
    return (left->count < right->count) - (left->count > right->count);
}

static void say_shares(const struct stretch *stretch)
{
    static struct share shares[PATH_MAX_BLOCKS];
    unsigned share_count = 0;

    for (unsigned i = 0; i < stretch->blocks; i++) {
        unsigned at = 0;
        while (at < share_count && shares[at].symbol != stretch->path[i]->symbol)
            at++;
        if (at == share_count)
            shares[share_count++] = (struct share){stretch->path[i]->symbol, 0};
        shares[at].count += stretch->path[i]->count;
    }
    qsort(shares, share_count, sizeof shares[0], by_count);
    for (unsigned i = 0; i < share_count && i < SHOWN; i++)
        plugin_say("latency:   %6llu %s", (unsigned long long)shares[i].count, shares[i].symbol->name);
    if (share_count > SHOWN)
        plugin_say("latency:          and %u more", share_count - SHOWN);
}

static void say_kind(const struct kind *kind)
{
    const struct stretch *stretch = &kind->stretch;

    plugin_say("latency: stretch of %llu: processor %u, from %s (0x%llx) to %s (0x%llx); %llu own, %llu for "
               "answers",
               (unsigned long long)stretch_total(stretch), kind->cpu, kind->begin->name,
               (unsigned long long)stretch->path[0]->start, kind->end ? kind->end->name : "user mode",
               (unsigned long long)stretch->path[stretch->blocks - 1]->last, (unsigned long long)stretch->own,
               (unsigned long long)stretch->answers);
    say_shares(stretch);
}

static int by_total(const void *a, const void *b)
{
    const struct kind *const *left = a, *const *right = b;
    uint64_t l = stretch_total(&(*left)->stretch), r = stretch_total(&(*right)->stretch);
    return (l < r) - (l > r);
}

/* The longest, and others if they are to be shown; the longest first. */
void record_end(void)
{
    pthread_mutex_lock(&mutex);
    qsort(kinds, kind_count, sizeof kinds[0], by_total);
    for (unsigned i = 0; i < kind_count; i++) {
        uint64_t total = stretch_total(&kinds[i]->stretch);
        if (total == longest || total > shown_above)
            say_kind(kinds[i]);
    }
    plugin_say("latency: stretches: %llu", (unsigned long long)stretches);
    plugin_say("latency: longest %llu of %llu, %llu beyond", (unsigned long long)longest, (unsigned long long)limit,
               (unsigned long long)beyond);
    plugin_say("latency: an interrupt waited for the lock %llu of %llu, %llu beyond", (unsigned long long)longest_wait,
               (unsigned long long)wait_limit, (unsigned long long)waits_beyond);
    pthread_mutex_unlock(&mutex);
}
