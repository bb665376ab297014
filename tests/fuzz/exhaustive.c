/*
 * All sequences of a few operations from a small alphabet, by two threads in two spaces with one pool, on kernel and
 * model; and each operation again with a preemption at each of its preemption points. A search in depth: the state of
 * everything is saved before each step and brought back after it.
 */
#include "cpu.h"
#include "machine.h"
#include "machines.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX      6u
#define FIRST_POOL_END (4u * 4096 + 512 * 1024)
#define POOL_BYTES     0x40000u
#define MEMORY_BYTES   0x4000u
#define WORLD_END      (FIRST_POOL_END + 4096 + POOL_BYTES + MEMORY_BYTES)

/* ---- the whole state, saved and restored ---- */

/* Everything static of this program: the kernel's own variables are among it. */
extern char __data_start[], _end[];

struct part {
    void *at;
    size_t bytes;
};

static struct {
    struct part part[64];
    unsigned count;
    size_t bytes;
    char *saved[DEPTH_MAX + 1];
} state;

/* Where the search is; not part of what is brought back. */
static struct {
    struct event sequence[DEPTH_MAX];
    unsigned long long sequences, operations;
    unsigned depth, letters;
} search;

static void add_part(void *at, size_t bytes)
{
    state.part[state.count++] = (struct part){at, bytes};
    state.bytes += bytes;
}

/* From one address to another, but for what is listed apart or needs no saving. */
static void add_statics(void)
{
    struct part without[] = {
        {&model, sizeof model}, {&host, sizeof host}, {&state, sizeof state}, {&search, sizeof search}};
    char *at = __data_start;
    while (at < _end) {
        char *end = _end;
        for (unsigned i = 0; i < 4; i++)
            if ((char *)without[i].at >= at && (char *)without[i].at < end)
                end = without[i].at;
        if (end > at)
            add_part(at, (size_t)(end - at));
        at = end;
        for (unsigned i = 0; i < 4; i++)
            if (without[i].at == at)
                at += without[i].bytes;
    }
}

/* The first pool: up to where it is used now, and it is not used by what follows. */
static uint64_t end_of_first_pool(void)
{
    uint64_t end = 0;
    for (unsigned i = 0; i < FIRST_POOL_END / ENNEAD_POOL_BLOCK_BYTES; i++)
        if (model.block_order[i] && !(model.block_order[i] & 0x80))
            end = (uint64_t)i * ENNEAD_POOL_BLOCK_BYTES + (1ull << model.block_order[i]);
    return end;
}

/* Of memory the first pool and the world's own regions; no TLB holds anything. */
static void choose_parts(void)
{
    size_t blocks = WORLD_END / ENNEAD_POOL_BLOCK_BYTES;
    add_statics();
    add_part(&host.now_ns, sizeof host - offsetof(struct host_machine, now_ns));
    for (unsigned i = 0; i < model.machine.cpus; i++)
        add_part(&host.cpu[i].tlb_used, sizeof host.cpu[i] - offsetof(struct host_cpu, tlb_used));
    add_part(host_ram, end_of_first_pool());
    add_part(host_ram + FIRST_POOL_END, WORLD_END - FIRST_POOL_END);
    add_part(&model, offsetof(struct model, dying) + 64 * sizeof model.dying[0]);
    add_part(&model.dying_count, offsetof(struct model, block_order) - offsetof(struct model, dying_count));
    add_part(model.block_order, blocks);
    add_part(model.block_next, blocks * sizeof model.block_next[0]);
    add_part(model.block_prev, blocks * sizeof model.block_prev[0]);
    add_part(model.object_at, blocks * sizeof model.object_at[0]);
    add_part(&model.object_top, offsetof(struct model, free_objects) - offsetof(struct model, object_top));
    add_part(model.free_objects, 256 * sizeof model.free_objects[0]);
    add_part(model.free_slot_pages, 64 * sizeof model.free_slot_pages[0]);
    add_part(&model.free_entries, sizeof model.free_entries);
    add_part(model.objects, 128 * sizeof model.objects[0]);
    add_part(model.entries, 128 * sizeof model.entries[0]);
    add_part(model.slots, 16 * sizeof model.slots[0]);
    add_part(model.ram + FIRST_POOL_END, WORLD_END - FIRST_POOL_END);
    for (unsigned i = 0; i <= DEPTH_MAX; i++)
        state.saved[i] = malloc(state.bytes);
}

static void save(unsigned level)
{
    char *to = state.saved[level];
    for (unsigned i = 0; i < state.count; to += state.part[i++].bytes)
        memcpy(to, state.part[i].at, state.part[i].bytes);
}

static void restore(unsigned level)
{
    const char *from = state.saved[level];
    for (unsigned i = 0; i < state.count; from += state.part[i++].bytes)
        memcpy(state.part[i].at, from, state.part[i].bytes);
}

/* ---- putting events together ---- */

static struct event made;

static struct event *call(unsigned slot, unsigned phases, unsigned protocol, unsigned operation, unsigned fields,
                          const uint64_t *field)
{
    memset(&made, 0, sizeof made);
    for (unsigned i = 0; i < fields * ENNEAD_FIELD_WORDS; i++)
        made.word[i] = (ennead_word)(field[i / ENNEAD_FIELD_WORDS] >> i % ENNEAD_FIELD_WORDS * 32);
    made.words = (uint8_t)(fields * ENNEAD_FIELD_WORDS);
    made.target = (uint64_t)slot << ENNEAD_TARGET_SHIFT | phases;
    made.tag = ENNEAD_TAG(protocol, operation, made.words, 0);
    return &made;
}
#define FIELDS(...)                                                                                                    \
    sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), (const uint64_t[])                                     \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

static struct event *with_item(struct event *event, struct ennead_item item)
{
    event->item[event->items++] = item;
    event->tag += 1u << 8;
    return event;
}

static struct event *with_cap(struct event *event, unsigned slot, unsigned flags)
{
    return with_item(event,
                     (struct ennead_item){
                         .kind = ENNEAD_ITEM_CAP, .flags = (uint8_t)flags, .rights = ENNEAD_RIGHTS_ALL, .base = slot});
}

static struct event *with_page(struct event *event, uint64_t address, uint64_t offset)
{
    return with_item(event,
                     (struct ennead_item){
                         .kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = address, .offset = offset});
}

static struct event *with_window(struct event *event, unsigned slot, uint64_t address)
{
    event->sets_window = 1;
    event->window = (struct ennead_window){slot, 2, address, address ? 16 : 0, 0};
    return event;
}

/* ---- the world: where what is, in the tables of both spaces ---- */

enum {
    OWN_SPACE = 10,
    OTHER_SPACE,
    POOL,
    ENDPOINT,
    BADGED,
    NOTIFICATION,
    MEMORY,
    OTHER_THREAD,
    INNER_POOL,
    ARRIVALS = 40,
    STORED = 50,
    MADE = 60,
    COPY = 62,
};
#define UTCB  0x20000000u
#define PAGES 0x30000000u

static void must(const struct event *event)
{
    struct m_object *root = model_current(0);
    const char *difference = machines_do(event);
    if (difference || root->thread.status || root->thread.tag >> 16) {
        printf("the world cannot be built: %s\n", difference ? difference : "an operation fails");
        event_write(stdout, event);
        exit(1);
    }
}

static void make_in(unsigned pool, unsigned type, unsigned order, unsigned slot)
{
    must(with_window(call(pool, ENNEAD_CALL, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, FIELDS(type, order)), slot, 0));
}

static void carve(uint64_t offset, uint64_t size, unsigned slot)
{
    struct event *event =
        call(root_ram_slot, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, FIELDS(offset, size));
    must(with_window(with_cap(event, ENNEAD_ROOT_POOL, 0), slot, 0));
}

static void give(unsigned space, unsigned from, unsigned to, unsigned badge)
{
    struct event *event =
        with_cap(call(space, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(to)), from, 0);
    event->item[0].badge = badge;
    must(event);
}

static void grant(unsigned space, unsigned from)
{
    must(with_cap(call(space, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(30)), from,
                  ENNEAD_ITEM_GRANT));
}

/* The root task waits for what never comes. */
static void sleep_for_ever(void)
{
    (void)machines_do(call(84, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, 0, NULL));
}

static void start(unsigned thread, unsigned space, unsigned time)
{
    const uint64_t period = 1000000;
    must(call(space, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, FIELDS(UTCB)));
    must(with_cap(call(thread, ENNEAD_CALL, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(UTCB)), space, 0));
    must(call(thread, ENNEAD_CALL, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, FIELDS(3, 3)));
    must(call(time, ENNEAD_CALL, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, FIELDS(period, period, 0)));
    must(with_cap(call(time, ENNEAD_CALL, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, 0, NULL), thread, 0));
    must(call(thread, ENNEAD_CALL, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(0x1000, 0x2000, 0)));
}

static void furnish(unsigned own, unsigned other, unsigned other_thread)
{
    const struct {
        unsigned from, to, badge;
    } caps[] = {{own, OWN_SPACE, 0}, {other, OTHER_SPACE, 0}, {72, POOL, 0},   {73, ENDPOINT, 0},
                {73, BADGED, 7},     {74, NOTIFICATION, 0},   {71, MEMORY, 0}, {other_thread, OTHER_THREAD, 0},
                {79, INNER_POOL, 0}};
    for (unsigned i = 0; i < sizeof caps / sizeof caps[0]; i++)
        give(own, caps[i].from, caps[i].to, caps[i].badge);
    must(with_page(call(own, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(PAGES)), 0x60000000, 0));
    must(with_cap(call(own, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, FIELDS(1)), 73, 0));
}

static void build_world(void)
{
    machines_on(1, HOST_MMU_NONE);
    carve(0, POOL_BYTES, 70);
    carve(POOL_BYTES, MEMORY_BYTES, 71);
    must(with_window(call(70, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL, 0, NULL), 72, 0));
    make_in(72, ENNEAD_TYPE_ENDPOINT, 0, 73);
    make_in(72, ENNEAD_TYPE_NOTIFICATION, 0, 74);
    make_in(72, ENNEAD_TYPE_SPACE, 0, 75);
    make_in(72, ENNEAD_TYPE_SPACE, 0, 76);
    make_in(72, ENNEAD_TYPE_POOL, 13, 79);
    make_in(72, ENNEAD_TYPE_NOTIFICATION, 0, 84);
    must(with_window(call(71, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, FIELDS(0, 13, 7, 0)), 0, 0x60000000));
    for (unsigned i = 0; i < 2; i++) {
        make_in(72, ENNEAD_TYPE_THREAD, 0, 77 + i);
        make_in(72, ENNEAD_TYPE_SCHED_CONTEXT, 0, 80 + i);
    }
    furnish(75, 76, 78);
    furnish(76, 75, 77);
    start(77, 75, 80);
    start(78, 76, 81);
    /* The first space holds the root node of the second, which ends with it; the second that of the inner pool. */
    grant(76, 79);
    grant(75, 76);
    sleep_for_ever();
}

/* ---- the alphabet: what the running thread does ---- */

static const struct event *letter(unsigned index)
{
    const unsigned recv = ENNEAD_RECV, call_ = ENNEAD_CALL, space = ENNEAD_TYPE_SPACE, pool = ENNEAD_TYPE_POOL;
    switch (index) {
    case 0:
        return with_window(call(ENDPOINT, recv, 0, 0, 0, NULL), ARRIVALS, 0x40000000);
    case 1:
        return with_cap(call(BADGED, call_, 40, 1, FIELDS(5)), NOTIFICATION, 0);
    case 2:
        return with_page(call(ENDPOINT, ENNEAD_REPLY_RECV, 0, 0, FIELDS(6)), PAGES, 0);
    case 3:
        return with_window(call(STORED, ENNEAD_STORE, 0, 0, 0, NULL), ARRIVALS, 0x40000000);
    case 4:
        return call(STORED, ENNEAD_SEND, 0, 0, FIELDS(9));
    case 5:
        return with_window(call(POOL, call_, pool, ENNEAD_POOL_MAKE, FIELDS(ENNEAD_TYPE_ENDPOINT)), MADE, 0);
    case 6:
        return with_window(call(POOL, call_, pool, ENNEAD_POOL_MAKE, FIELDS(ENNEAD_TYPE_POOL, 13)), MADE + 1, 0);
    case 7:
        return with_cap(call(OWN_SPACE, call_, space, ENNEAD_SPACE_DELEGATE, FIELDS(COPY)), POOL, 0);
    case 8:
        return with_cap(call(OTHER_SPACE, call_, space, ENNEAD_SPACE_DELEGATE, FIELDS(COPY + 1)), ENDPOINT,
                        ENNEAD_ITEM_GRANT);
    case 9:
        return call(OWN_SPACE, call_, space, ENNEAD_SPACE_DELETE, FIELDS(POOL));
    case 10:
        return call(OWN_SPACE, call_, space, ENNEAD_SPACE_REVOKE, FIELDS(ENDPOINT));
    case 11:
        made = (struct event){.kind = EVENT_EXCEPTION};
        return &made;
    case 12:
        return with_page(call(OTHER_SPACE, call_, space, ENNEAD_SPACE_DELEGATE, FIELDS(PAGES + 0x1000)), PAGES, 0);
    case 13:
        return call(OWN_SPACE, call_, space, ENNEAD_SPACE_UNMAP, FIELDS(PAGES));
    case 14:
        return call(OTHER_THREAD, call_, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_CANCEL, 0, NULL);
    case 15:
        return call(OTHER_THREAD, call_, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, 0, NULL);
    case 16:
        return call(NOTIFICATION, call_, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_SIGNAL, FIELDS(4));
    case 17:
        return call(NOTIFICATION, call_, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, 0, NULL);
    case 18:
        made = (struct event){.kind = EVENT_ADVANCE, .target = 1000000};
        return &made;
    case 19:
        made = (struct event){.kind = EVENT_STORE, .target = PAGES, .value = 77};
        return &made;
    case 20:
        return call(OWN_SPACE, call_, space, ENNEAD_SPACE_DELETE, FIELDS(30)); /* the other space, or the inner pool */
    default:
        return call(POOL, call_, pool, ENNEAD_POOL_REVOKE, 0, NULL);
    }
}
#define LETTERS 22u

/* ---- the search ---- */

static void disagree(unsigned length, const char *difference)
{
    printf("they differ after %u operations: %s\n", length, difference);
    for (unsigned i = 0; i < length; i++)
        event_write(stdout, &search.sequence[i]);
    exit(1);
}

static void go_on(unsigned level);

/* One more operation, then all that can follow it. The number of its preemption points. */
static unsigned step(unsigned level, const struct event *event, unsigned preempt)
{
    struct event *taken = &search.sequence[level];
    *taken = *event;
    taken->preempt = (uint8_t)preempt;
    unsigned before = host_preemption_points();
    const char *difference = machines_do(taken);
    unsigned points = host_preemption_points() - before;
    search.operations++;
    if (difference)
        disagree(level + 1, difference);
    go_on(level + 1);
    return points;
}

/* Each letter, as it is and with a preemption at each of its points. */
static void go_on(unsigned level)
{
    search.sequences++;
    if (level == search.depth)
        return;
    save(level);
    for (unsigned i = 0; i < search.letters; i++) {
        struct event event = *letter(i);
        unsigned points = step(level, &event, 0);
        restore(level);
        for (unsigned n = 1; n <= points; n++) {
            step(level, &event, n);
            restore(level);
        }
    }
}

int main(int argc, char **argv)
{
    search.depth = argc > 1 ? (unsigned)atoi(argv[1]) : 4;
    search.letters = argc > 2 ? (unsigned)atoi(argv[2]) : LETTERS;
    if (search.depth > DEPTH_MAX || search.letters > LETTERS) {
        fprintf(stderr, "usage: exhaustive [DEPTH, at most %u [LETTERS, at most %u]]\n", DEPTH_MAX, LETTERS);
        return 2;
    }
    build_world();
    choose_parts();
    go_on(0);
    printf("%llu sequences of up to %u operations out of %u, %llu operations: kernel and model agree\n",
           search.sequences, search.depth, search.letters, search.operations);
    return 0;
}
