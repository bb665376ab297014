/*
 * The benchmark's rows: see count.h. In the file for results are, in the order in which they happen, the lines
 *
 *     batch ROW COUNTS..      from one reading of the clock to the next
 *     sample ROW COUNTS..     one round of its loop; the last of a batch ends with the batch
 *     arrival ROW COUNTS..    from an interrupt of other code to the row's next instruction
 *     lines ROW CODE DATA     of a sample
 *
 * and at the end for each row, whoever's processors its rounds were on,
 *
 *     total ROW COUNTS.. ROUNDS   from its first round to its last one
 */
#include "count.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX  64u
#define CODE_MAX  8192u
#define PAGE_MASK UINT64_C(4095)

struct row {
    char name[40];
    uint64_t start, head;
    unsigned bytes;
    bool has_lines;
    uint8_t *code;
    uint64_t rounds;
    struct counts first, last;
};

static struct row rows[ROWS_MAX];
static unsigned row_count;
static FILE *results;

/* The row that runs, and where its batch and its sample began. */
static const struct row *running;
static struct counts batch, sample, clock_read;
static unsigned samples;

static uint8_t *bytes_of(const char *digits, unsigned bytes)
{
    uint8_t *code = malloc(bytes);
    for (unsigned i = 0, byte; i < bytes; i++) {
        if (sscanf(digits + 2 * i, "%2x", &byte) != 1)
            plugin_fail("too few bytes of code");
        code[i] = (uint8_t)byte;
    }
    return code;
}

/* NAME START BYTES HEAD LINES CODE; the function that reads the clock has the name "now". */
static bool read_row(FILE *file)
{
    static char digits[2 * CODE_MAX + 1];
    struct row row = {0};
    unsigned long long start, head;
    unsigned lines;
    if (fscanf(file, "%39s %llx %u %llx %u %16384s", row.name, &start, &row.bytes, &head, &lines, digits) != 6)
        return false;
    if (row_count == ROWS_MAX || row.bytes > CODE_MAX)
        plugin_fail("too many rows, or too much code in row %s", row.name);
    row.start = start;
    row.head = head;
    row.has_lines = lines != 0;
    row.code = bytes_of(digits, row.bytes);
    rows[row_count++] = row;
    return true;
}

void rows_start(void)
{
    const char *path = plugin_option("rows"), *out = plugin_option("out");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file)
        plugin_fail("option rows: no file '%s'", path ? path : "");
    while (read_row(file))
        ;
    fclose(file);
    results = out ? fopen(out, "w") : NULL;
    if (!results)
        plugin_fail("option out: '%s' cannot be written", out ? out : "");
}

/* Other programs lie at the same addresses: what of the function is in the instruction's page has to be its code. */
static bool is_its_code(const struct row *row, uint64_t vaddr, const uint8_t *host)
{
    uint64_t page = vaddr & ~PAGE_MASK, from = row->start > page ? row->start : page;
    uint64_t end = row->start + row->bytes < page + PAGE_MASK + 1 ? row->start + row->bytes : page + PAGE_MASK + 1;
    return memcmp(host - (vaddr - from), row->code + (from - row->start), end - from) == 0;
}

struct row *rows_find(uint64_t vaddr, const void *host, enum place *place)
{
    for (unsigned i = 0; i < row_count; i++) {
        struct row *row = &rows[i];
        if (vaddr < row->start || vaddr >= row->start + row->bytes || !host || !is_its_code(row, vaddr, host))
            continue;
        *place = PLACE_BODY;
        if (strcmp(row->name, "now") == 0)
            *place = vaddr == row->start ? PLACE_NOW : PLACE_BODY;
        else if (vaddr == row->start)
            *place = vaddr == row->head ? PLACE_START_AND_HEAD : PLACE_START;
        else if (vaddr == row->head)
            *place = PLACE_HEAD;
        return row;
    }
    return NULL;
}

static void print(const char *what, const struct row *row, const struct counts *since, const struct counts *until)
{
    fprintf(results, "%s %s", what, row->name);
    for (unsigned i = 0; i < COUNTS; i++)
        fprintf(results, " %llu", (unsigned long long)(until->of[i] - since->of[i]));
}

static void tell(const char *what, const struct counts *since)
{
    print(what, running, since, &counted);
    fputc('\n', results);
}

static void end_sample(void)
{
    unsigned code, data;
    if (samples == 0)
        return;
    tell("sample", &sample);
    lines_end(&code, &data);
    if (running->has_lines && code)
        fprintf(results, "lines %s %u %u\n", running->name, code, data);
}

static void begin_sample(void)
{
    end_sample();
    samples++;
    sample = counted;
    if (running->has_lines)
        lines_begin();
}

static void read_clock(void)
{
    if (running) {
        end_sample();
        tell("batch", &batch);
        running = NULL;
    }
    clock_read = counted;
}

static void add_round(struct row *row)
{
    row->last = counted;
    if (row->rounds++ == 0)
        row->first = counted;
}

void rows_reach(struct row *row, enum place place, const struct counts *entry)
{
    if (place == PLACE_HEAD || place == PLACE_START_AND_HEAD)
        add_round(row);
    if (place == PLACE_START || (place == PLACE_START_AND_HEAD && running != row)) {
        running = row;
        samples = 0;
        batch = clock_read;
    }
    if (place == PLACE_NOW)
        read_clock();
    if (!running)
        return;
    if (entry)
        tell("arrival", entry);
    if (place == PLACE_HEAD || place == PLACE_START_AND_HEAD)
        begin_sample();
}

void rows_end(void)
{
    for (const struct row *row = rows; row < rows + row_count; row++) {
        if (row->rounds == 0)
            continue;
        print("total", row, &row->first, &row->last);
        fprintf(results, " %llu\n", (unsigned long long)row->rounds - 1);
    }
    fprintf(results, "end\n");
    fclose(results);
}
