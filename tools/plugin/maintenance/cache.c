/*
 * Caches that make nothing coherent unless they are told to, line by line, and barriers: see model.h. DMA is left out:
 * only what processors store and then execute. Lines of the model are the smallest; an instruction reaches all that
 * belong to its own line.
 */
#include "model.h"
#include <stdlib.h>

static struct line {
    moment cleaned, invalidated; /* the latter counts only if a barrier stood behind the cleaning */
} * lines;
static uint64_t line_count;

static moment fenced[PLUGIN_CPUS_MAX], tables_seen[PLUGIN_CPUS_MAX], completed[PLUGIN_CPUS_MAX],
    synchronized[PLUGIN_CPUS_MAX];
static moment last_barrier; /* of any */
static moment all_invalidated, barrier_before_all;

static struct line *line_of(uint64_t phys)
{
    if (!lines) {
        line_count = plugin_number("bytes", 0) >> LINE_LOG2;
        lines = calloc(line_count, sizeof *lines);
    }
    uint64_t index = (phys - isa->ram_base) >> LINE_LOG2;
    return index < line_count ? &lines[index] : NULL;
}

static void each(uint64_t phys, void (*act)(uint64_t phys, struct line *line))
{
    uint64_t first = phys & ~(uint64_t)(isa->line_bytes - 1);

    for (uint64_t at = first; at < first + isa->line_bytes; at += 1u << LINE_LOG2) {
        if (line_of(at))
            act(at, line_of(at));
    }
}

static void clean(uint64_t phys, struct line *line)
{
    (void)phys;
    line->cleaned = now;
}

void cache_clean(uint64_t phys)
{
    tick();
    each(phys, clean);
}

/* What was not in memory when the line was forgotten may be fetched again as it was. */
static void invalidate(uint64_t phys, struct line *line)
{
    (void)phys;
    if (last_barrier > line->cleaned)
        line->invalidated = now;
}

void cache_invalidate(uint64_t phys)
{
    tick();
    each(phys, invalidate);
}

void cache_invalidate_all(void)
{
    all_invalidated = tick();
    barrier_before_all = last_barrier;
}

void cache_fence(unsigned cpu)
{
    fenced[cpu] = tick();
}

void cache_barrier(unsigned cpu)
{
    last_barrier = tick();
    if (!isa->has_table_barrier)
        tables_seen[cpu] = completed[cpu] = last_barrier;
}

void cache_table_barrier(unsigned cpu)
{
    tables_seen[cpu] = completed[cpu] = last_barrier = tick();
}

void cache_store_barrier(unsigned cpu)
{
    tables_seen[cpu] = tick();
}

/* Fetches from here on see what the last barrier made complete. */
void cache_context(unsigned cpu)
{
    synchronized[cpu] = last_barrier;
}

moment cache_tables_seen(unsigned cpu)
{
    return tables_seen[cpu];
}

moment cache_completed(unsigned cpu)
{
    return completed[cpu];
}

static void fetch_line(unsigned cpu, uint64_t phys, moment written)
{
    const struct line *line = line_of(phys);
    bool snooped = isa->caches == CACHES_SNOOPED;
    moment cleaned = snooped ? written : line->cleaned;
    bool by_all = barrier_before_all > cleaned && all_invalidated > cleaned;
    moment invalidated = by_all && all_invalidated > line->invalidated ? all_invalidated : line->invalidated;

    if (snooped && !by_all)
        invalidated = 0;
    if (cleaned < written)
        report(NOT_CLEANED, cpu, "0x%llx was written, and not cleaned since", (unsigned long long)phys);
    else if (invalidated <= cleaned)
        report(NOT_INVALIDATED, cpu, "0x%llx was not invalidated after it was %s and a barrier",
               (unsigned long long)phys, snooped ? "written" : "cleaned");
    else if (synchronized[cpu] < invalidated)
        report(NOT_INVALIDATED, cpu, "0x%llx was invalidated without a barrier and a synchronization behind it",
               (unsigned long long)phys);
}

/* What was found right, or reported, is not looked at before it is written again. */
void cache_fetch(unsigned cpu, uint64_t phys)
{
    struct line *line = line_of(phys);
    moment written = ram_line_written(phys);

    if (written == 0 || !line || isa->caches == CACHES_COHERENT)
        return;
    if (isa->caches == CACHES_FENCE) {
        if (written > fenced[cpu])
            report(NOT_INVALIDATED, cpu, "0x%llx was written, and no fence since", (unsigned long long)phys);
        counts.code_lines += line->cleaned != written;
        line->cleaned = written; /* looked at: several processors may fetch it, and each has to be told */
        return;
    }
    fetch_line(cpu, phys, written);
    ram_forget_written(phys);
    counts.code_lines++;
}
