/*
 * The same program everywhere, on the machine: see same/same.h. Threads of four spaces, each of which makes the call
 * that stands in its block, and traps: nobody hears of that, so that it is stopped until it is started for the next.
 *
 * When all is done the program waits for a byte on the console: so long whoever runs the machine may read its memory.
 */
#include "../harness/harness.h"
#include <ennead/text.h>
#include <same/same.h>

#define FILLER_OFFSET (4u << 20) /* in the harness's memory, behind the world */
#define ROOT_PRIORITY 63u
#define STACK         4096u

void ennead_thread_start(void);

static struct block {
    struct same_step step;
    struct same_result result;
    volatile unsigned started, finished; /* steps, counted from 1 */
    unsigned seen;
} blocks[SAME_THREADS];
static struct actor members[SAME_THREADS];
static _Alignas(16) char stacks[SAME_THREADS][STACK];
static uint64_t filler;

/* ---- a step ---- */

static void prepare(const struct same_step *step, ennead_word *words)
{
    struct ennead_utcb *utcb = ennead_utcb();
    if (step->sets_window)
        utcb->window = step->window;
    for (unsigned i = 0; i < step->items; i++)
        utcb->items[i] = step->item[i];
    for (unsigned i = 0; i < step->fields; i++)
        ennead_put(words, i, step->field[i]);
    ennead_overflow(words, ENNEAD_FIELDS(step->fields));
}

static void do_call(const struct same_step *step, struct same_result *result)
{
    ennead_word words[ENNEAD_BUFFER(SAME_FIELDS)] = {0};
    prepare(step, words);
    struct ennead_msg msg = ennead_ipc(step->target, same_tag_here(step->tag), words);
    *result = (struct same_result){.status = msg.status, .badge = msg.badge, .tag = same_tag_everywhere(msg.tag)};
    for (unsigned i = 0; i < ENNEAD_TAG_WORDS(result->tag) && i < 16; i++)
        result->field[i] = ennead_get(&msg, i);
    for (unsigned i = 0; i < ENNEAD_TAG_ITEMS(result->tag) && i < ENNEAD_MSG_ITEMS; i++)
        result->item[i] = ennead_utcb()->items[i];
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < ENNEAD_TAG_WORDS(msg.tag) && same_is_description(step); i++)
        ennead_utcb()->words[i] = 0;
}

static void access_memory(const struct same_step *step, struct same_result *result)
{
    volatile uint64_t *at = (volatile uint64_t *)(uintptr_t)step->address;
    *result = (struct same_result){.tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, 1, 0)};
    if (step->kind == SAME_LOAD)
        result->field[0] = *at;
    else
        *at = step->field[0];
}

static void perform(void *argument)
{
    struct block *block = argument;
    unsigned number = block->started;
    struct same_step step = block->step;
    struct same_result result;
    if (step.kind == SAME_CALL)
        do_call(&step, &result);
    else
        access_memory(&step, &result);
    block->result = result;
    block->finished = number;
    for (;;)
        __builtin_trap();
}

/* ---- the machine ---- */

static unsigned map_program(uint32_t space)
{
    uint64_t at = 0x10000, base, order_log2, rights;
    unsigned entries = 0;
    while (space_map_info(ENNEAD_ROOT_SPACE, at, &base, &order_log2, &rights) == ENNEAD_OK && base < SAME_UTCB) {
        CHECK_OK(give_item(space, base, ennead_item_page(base, (unsigned)order_log2, 0, (unsigned)rights)));
        at = base + ((uint64_t)1 << order_log2);
        entries++;
    }
    return entries;
}

static void equip_space(unsigned space)
{
    uint32_t slot = SAME_SLOT_SPACE + space;
    CHECK_OK(space_grow(slot, ENNEAD_TABLE_ENTRIES, 1));
    unsigned entries = map_program(slot);
    CHECK(entries <= SAME_ENTRIES);
    for (; entries < SAME_ENTRIES; entries++)
        CHECK_OK(give_item(slot, SAME_FILLER + entries * UINT64_C(4096), ennead_item_page(filler, 12, 0, READ)));
}

static void equip_thread(unsigned thread)
{
    members[thread] = (struct actor){
        .utcb = SAME_UTCB + thread / SAME_SPACES * ENNEAD_UTCB_BYTES, .entry = perform, .argument = &blocks[thread]};
    CHECK_OK(thread_set_tls(SAME_SLOT_THREAD + thread, (uintptr_t)&members[thread]));
}

static uint32_t start(const struct same_step *step)
{
    struct block *block = &blocks[step->actor];
    struct same_step before = block->step;
    block->step = *step;
    block->started++;
    enum ennead_error error = thread_start(SAME_SLOT_THREAD + step->actor, (uintptr_t)ennead_thread_start,
                                           (uintptr_t)stacks[step->actor] + STACK, (uintptr_t)&members[step->actor]);
    if (error != ENNEAD_OK) { /* it may not even have begun with that, for lack of time */
        block->step = before;
        block->started--;
    }
    return error;
}

static bool finished(unsigned thread, struct same_result *result)
{
    struct block *block = &blocks[thread];
    if (block->finished != block->started || block->seen == block->started)
        return false;
    block->seen = block->started;
    *result = block->result;
    return true;
}

static const struct same_machine machine = {equip_space, equip_thread, do_call, start, finished, say};

/* ---- the test ---- */

/* The next number on the command line, `none` if there is no more. */
static uint64_t next_number(const char **word, uint64_t none)
{
    uint64_t value = 0;
    while (**word != '\0' && (**word < '0' || **word > '9'))
        ++*word;
    if (**word == '\0')
        return none;
    for (; **word >= '0' && **word <= '9'; ++*word)
        value = value * 10 + (uint64_t)(**word - '0');
    return value;
}

static uint64_t world_base(void)
{
    uint64_t base;
    CHECK_OK(region_phys(SAME_SLOT_WORLD, 0, &base));
    return base;
}

/* What users find in memory that nobody cleared: nothing. */
static void clear_land(void)
{
    uint64_t base = map_ram(SAME_POOL_BYTES, SAME_LAND_LOG2, READ | WRITE);
    volatile uint64_t *words = (volatile uint64_t *)(uintptr_t)base;
    for (unsigned i = 0; i < SAME_SPACES * SAME_LAND_BYTES / sizeof *words; i++)
        words[i] = 0;
    CHECK_OK(space_unmap(ENNEAD_ROOT_SPACE, base));
}

static void wait_for_reader(void)
{
    uint32_t console = io_region("debug");
    uint64_t byte = ~UINT64_C(0);
    say("same: done\n");
    while (byte > 0xff)
        CHECK_OK(region_load(console, 0, 1, &byte));
}

TEST(the_same_program, CLAUSES("IPC-1"))
{
    clear_land();
    filler = map_ram(FILLER_OFFSET, 12, READ | WRITE);
    CHECK_OK(region_carve(harness.ram, 0, SAME_WORLD_BYTES, harness.pool, SAME_SLOT_WORLD));
    CHECK_OK(thread_set_priority(ENNEAD_ROOT_THREAD, SAME_PRIORITY, ROOT_PRIORITY));
    /* An interrupt in the middle of a call that takes away lets others run, which it would have taken away before. */
    CHECK_OK(sched_configure(ENNEAD_ROOT_SCHED_CONTEXT, SAME_LONG_NS, SAME_LONG_NS, 0));
    const char *words = harness.boot->command_line;
    uint64_t seed = next_number(&words, 0);
    same_run(&machine, seed, (uint32_t)next_number(&words, SAME_SHOW_NONE));
    say("same: seed=%llu steps=%u calls=%u successful=%u digest=%016llx world=0x%llx trace=0x%llx\n",
        (unsigned long long)seed, (unsigned)same_score.steps, (unsigned)same_score.calls,
        (unsigned)same_score.successful, (unsigned long long)same_score.digest, (unsigned long long)world_base(),
        (unsigned long long)(uintptr_t)same_trace);
    wait_for_reader();
    CHECK_OK(thread_set_priority(ENNEAD_ROOT_THREAD, ROOT_PRIORITY, ROOT_PRIORITY));
    CHECK(same_score.calls >= 100000);
    CHECK(same_score.successful * UINT64_C(100) >= same_score.calls * UINT64_C(40));
}

GROUP(same, RUN(the_same_program));
const struct group *const test_groups[] = {&group_same, NULL};
