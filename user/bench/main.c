/* The benchmark: one line `row NAME ROUNDS BATCHES NANOSECONDS` for each, which under -icount shift=0 are instructions.
 */
#include "bench.h"
#include <bench_client.h>
#include <ennead/text.h>
#include <notification_client.h>
#include <pool_client.h>
#include <process_client.h>
#include <region_client.h>
#include <space_client.h>
#include <thread_client.h>

#define SLOT_PAGES  8u
#define ENTRY_PAGES 4u

struct bench bench;

static void put(const char *text)
{
    for (; *text != '\0'; text++)
        ennead_must(region_store(ennead_grant("debug"), 0, 1, (uint8_t)*text), "printing");
}

__attribute__((noipa)) uint64_t bench_now(uint32_t clock)
{
    static struct notification_describe_out about; /* not cleared each time: that may take the FPU's registers */
    ennead_must(notification_describe(clock, &about), "reading the clock");
    return about.now_ns;
}

/* What is between two readings of the clock beside a row. */
static __attribute__((noipa)) ROW(empty)
{
    (void)rounds;
}

/* The first batch warms up caches of translations, as any server's life does, and is not counted. */
void measure(const struct row *row)
{
    char line[100];
    uint32_t clock = bench.clock;
    uint64_t spent = 0;
    for (unsigned batch = 0; batch <= row->batches; batch++) {
        if (row->before)
            row->before(row->rounds);
        (void)bench_now(clock);
        uint64_t start = bench_now(clock);
        row->run(row->rounds);
        uint64_t end = bench_now(clock);
        spent += batch > 0 ? end - start : 0;
        if (row->after)
            row->after(row->rounds);
    }
    text_format(line, sizeof line, "row %s %u %u %llu\n", row->name, row->rounds, row->batches,
                (unsigned long long)spent);
    put(line);
}

static uint32_t make(unsigned type)
{
    uint32_t slot = ennead_new_slot();
    ennead_must(pool_make(bench.pool, type, 0, slot), "making an object");
    return slot;
}

static void prepare_objects(void)
{
    bench.clock = make(ENNEAD_TYPE_NOTIFICATION);
    bench.first = make(ENNEAD_TYPE_NOTIFICATION);
    bench.second = make(ENNEAD_TYPE_NOTIFICATION);
    bench.passive = ennead_new_slot();
    ennead_must(bench_passive(bench.echo, bench.passive), "asking for a passive server");
    struct ennead_item first = ennead_item_cap(bench.first, ENNEAD_RIGHTS_ALL, 0),
                       second = ennead_item_cap(bench.second, ENNEAD_RIGHTS_ALL, 0);
    ennead_must(bench_notification(bench.echo, 0, first), "giving a notification");
    ennead_must(bench_notification(bench.echo, 1, second), "giving a notification");
    ennead_must(thread_set_exception(bench.thread, ennead_item_cap(bench.pager, ENNEAD_RIGHT_WRITE, 0)),
                "setting who hears of exceptions");
}

static void prepare_space(void)
{
    struct space_describe_out about = {0};
    ennead_must(space_describe(bench.space, &about), "asking for page sizes");
    bench.page_order = (unsigned)__builtin_ctzll(about.page_sizes);
    bench.slots = (uint32_t)about.slots;
    ennead_must(space_grow(bench.space, ENNEAD_TABLE_SLOTS, SLOT_PAGES), "getting more slots");
    ennead_must(space_grow(bench.space, ENNEAD_TABLE_ENTRIES, ENTRY_PAGES), "getting more map entries");
    const unsigned rights = ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE;
    ennead_must(region_map(bench.ram, 0, RAM_ORDER, rights, 0, RAM_BASE, RAM_ORDER), "mapping its memory");
}

static void prepare(void)
{
    bench.plain = ennead_grant("plain");
    bench.echo = ennead_grant("echo");
    bench.pager = ennead_grant("pager");
    bench.space = ennead_grant("space");
    bench.pool = ennead_grant("pool");
    bench.thread = ennead_grant("thread");
    bench.ram = ennead_grant("ram");
    struct thread_describe_out about = {0};
    ennead_must(thread_describe(bench.thread, &about), "asking for its priority");
    bench.priority = (unsigned)about.priority;
    prepare_space();
    prepare_objects();
}

static void measure_all(const struct row *rows, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        measure(&rows[i]);
}

int main(void)
{
    static const struct row empty = {"empty", row_empty, 1, 8, NULL, NULL};
    prepare();
    measure(&empty);
    measure_all(call_rows, call_row_count);
    measure_all(object_rows, object_row_count);
    measure_all(memory_rows, memory_row_count);
    measure_all(fault_rows, fault_row_count);
    measure_all(interrupt_rows, interrupt_row_count);
    measure_yields();
    ennead_must(process_poweroff(ennead_grant("root.control"), 0), "powering off");
    return 0;
}
