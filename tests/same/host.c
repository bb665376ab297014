/*
 * The same program on the host port, with the reference model beside the kernel: after each event they must agree.
 * Writes what the kernel holds at the end (RAM, the processors' state, the trace of digests) to files.
 */
#include "cpu.h"
#include "machine.h"
#include "machines.h"
#include "region.h"
#include "same.h"

#include <inttypes.h>
#include <platform/clock.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTER_SLOT    (SAME_SLOTS_END) /* the world is as deep in the tree as on a machine */
#define FILLER_SLOT   (SAME_SLOTS_END + 1)
#define FILLER_OFFSET (SAME_WORLD_BYTES)
#define FILLER_AT     0x60000000u
#define PROGRAM_PC    0x400000u
#define PROGRAM_SP    0x402000u

/* Where each thread is in its step. */
enum place { IDLE, STARTED, CALLING, DONE };
static struct {
    enum place place;
    struct same_step step;
    struct same_result result;
} threads[SAME_THREADS];

static struct m_object *root;
static unsigned events, stride; /* of them, how many until all state is compared */

static void happen(const struct event *event)
{
    bool compare = ++events % stride == 0;
    const char *difference = compare ? machines_do(event) : machines_happen(event);
    if (difference) {
        printf("same: kernel and model differ at event %u, step %u: %s\n", events, (unsigned)same_score.steps,
               difference);
        exit(1);
    }
}

/* ---- events ---- */

static void put_field(struct event *event, uint64_t value)
{
    for (unsigned i = 0; i < ENNEAD_FIELD_WORDS; i++)
        event->word[event->words++] = (ennead_word)(value >> 32 * i);
}

static struct event event_of(const struct same_step *step)
{
    struct event event = {.kind = EVENT_IPC, .target = step->target, .tag = same_tag_here(step->tag)};
    for (unsigned i = 0; i < step->fields; i++)
        put_field(&event, step->field[i]);
    event.items = step->items;
    memcpy(event.item, step->item, sizeof step->item);
    event.sets_window = step->sets_window;
    event.window = step->window;
    return event;
}

static struct same_result result_of(const struct m_object *object)
{
    const struct thread *thread = kernel_thread(object);
    const struct arch_context *context = &thread->context;
    struct same_result result = {
        .status = context->status, .badge = context->badge, .tag = same_tag_everywhere(context->tag)};
    for (unsigned i = 0; i < ENNEAD_TAG_WORDS(context->tag) && i < 16 * ENNEAD_FIELD_WORDS; i++) {
        uint64_t word = i < ENNEAD_MSG_REG_WORDS ? context->words[i] : thread->utcb->words[i];
        result.field[i / ENNEAD_FIELD_WORDS] |= word << i % ENNEAD_FIELD_WORDS * 32;
    }
    for (unsigned i = 0; i < ENNEAD_TAG_ITEMS(context->tag) && i < ENNEAD_MSG_ITEMS; i++)
        result.item[i] = thread->utcb->items[i];
    return result;
}

static struct same_result take_result(struct m_object *thread, const struct same_step *step)
{
    struct same_result result = result_of(thread);
    unsigned words = same_tag_here(result.tag) & 0xff;
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < words && same_is_description(step); i++) {
        kernel_thread(thread)->utcb->words[i] = 0;
        m_utcb(thread)->words[i] = 0;
    }
    return result;
}

/* ---- what a thread does when it runs ---- */

static struct m_object *thread_object(unsigned thread)
{
    return m_slot(root->thread.space, SAME_SLOT_THREAD + thread)->object;
}

static void trap(unsigned thread)
{
    happen(&(struct event){.kind = EVENT_EXCEPTION, .target = ENNEAD_EXCEPTION_ILLEGAL});
    if (threads[thread].place != IDLE)
        threads[thread].place = DONE;
}

static void access_memory(unsigned thread)
{
    const struct same_step *step = &threads[thread].step;
    struct same_result *result = &threads[thread].result;
    struct m_object *self = model_current(0);
    happen(&(struct event){
        .kind = step->kind == SAME_LOAD ? EVENT_LOAD : EVENT_STORE, .target = step->address, .value = step->field[0]});
    if (model_current(0) != self)
        return; /* a fault */
    *result = (struct same_result){.tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, 1, 0)};
    if (step->kind == SAME_LOAD)
        memcpy(&result->field[0], model_access(0, (ennead_word)step->address, ENNEAD_RIGHT_READ), 8);
    trap(thread);
}

static void go_on(unsigned thread)
{
    if (threads[thread].place == STARTED && threads[thread].step.kind != SAME_CALL) {
        access_memory(thread);
    } else if (threads[thread].place == STARTED) {
        struct event event = event_of(&threads[thread].step);
        threads[thread].place = CALLING;
        happen(&event);
    } else {
        if (threads[thread].place == CALLING)
            threads[thread].result = take_result(model_current(0), &threads[thread].step);
        trap(thread);
    }
}

/* Until the conductor runs again. */
static void run_others(void)
{
    while (model_current(0) != root) {
        unsigned thread = 0;
        while (thread < SAME_THREADS && thread_object(thread) != model_current(0))
            thread++;
        if (thread == SAME_THREADS) {
            printf("same: somebody runs who should not, at step %u\n", (unsigned)same_score.steps);
            exit(1);
        }
        go_on(thread);
    }
}

/* ---- the machine ---- */

static void call(const struct same_step *step, struct same_result *result)
{
    struct event event = event_of(step);
    happen(&event);
    run_others();
    *result = take_result(root, step);
}

static void must(const struct same_step *step)
{
    struct same_result result;
    call(step, &result);
    if (result.status || ENNEAD_TAG_LABEL(result.tag)) {
        printf("same: status %u, label %u before the world stands\n", (unsigned)result.status,
               (unsigned)ENNEAD_TAG_LABEL(result.tag));
        exit(1);
    }
}

static struct same_step root_call(uint32_t slot, unsigned protocol, unsigned operation, unsigned fields, unsigned items)
{
    return (struct same_step){.actor = SAME_ROOT,
                              .target = slot << ENNEAD_TARGET_SHIFT | ENNEAD_CALL,
                              .tag = ENNEAD_TAG(protocol, operation, fields, items),
                              .fields = (uint8_t)fields,
                              .items = (uint8_t)items};
}

static void grow(uint32_t space, unsigned table, unsigned pages)
{
    struct same_step step = root_call(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_GROW, 2, 0);
    step.field[0] = table;
    step.field[1] = pages;
    must(&step);
}

static void carve(uint32_t from, uint32_t slot, uint64_t offset, uint64_t bytes)
{
    struct same_step step = root_call(from, ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, 2, 1);
    step.field[0] = offset;
    step.field[1] = bytes;
    step.item[0] = (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = ENNEAD_RIGHTS_ALL, .base = ENNEAD_ROOT_POOL};
    step.sets_window = true;
    step.window = (struct ennead_window){.cap_base = slot, .cap_count = 1};
    must(&step);
}

static void map_filler(void)
{
    struct same_step step = root_call(FILLER_SLOT, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, 4, 0);
    step.field[1] = 12;
    step.field[2] = ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE;
    step.sets_window = true;
    step.window = (struct ennead_window){.mem_base = FILLER_AT, .mem_order_log2 = 12};
    must(&step);
}

static void lower_priority(void)
{
    struct same_step step = root_call(ENNEAD_ROOT_THREAD, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, 2, 0);
    step.field[0] = SAME_PRIORITY;
    step.field[1] = ENNEAD_PRIORITIES - 1;
    must(&step);
}

static void equip_space(unsigned space)
{
    grow(SAME_SLOT_SPACE + space, ENNEAD_TABLE_ENTRIES, 1);
    for (unsigned i = 0; i < SAME_ENTRIES; i++) {
        struct same_step step = root_call(SAME_SLOT_SPACE + space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, 1, 1);
        step.field[0] = SAME_FILLER + i * 4096u;
        step.item[0] = (struct ennead_item){
            .kind = ENNEAD_ITEM_PAGE, .rights = ENNEAD_RIGHT_READ, .order_log2 = 12, .base = FILLER_AT};
        must(&step);
    }
}

static void equip_thread(unsigned thread)
{
    (void)thread;
}

static uint32_t start(const struct same_step *step)
{
    struct same_step made = root_call(SAME_SLOT_THREAD + step->actor, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, 3, 0);
    struct same_result result;
    made.field[0] = PROGRAM_PC;
    made.field[1] = PROGRAM_SP;
    struct event event = event_of(&made);
    enum place before = threads[step->actor].place;
    struct same_step step_before = threads[step->actor].step;
    threads[step->actor].place = STARTED;
    threads[step->actor].step = *step;
    happen(&event);
    bool refused = model_current(0) == root && ENNEAD_TAG_LABEL(result_of(root).tag);
    if (refused) {
        threads[step->actor].place = before;
        threads[step->actor].step = step_before;
    }
    run_others();
    result = result_of(root);
    return result.status ? result.status : ENNEAD_TAG_LABEL(result.tag);
}

static bool finished(unsigned thread, struct same_result *result)
{
    if (threads[thread].place != DONE)
        return false;
    threads[thread].place = IDLE;
    *result = threads[thread].result;
    return true;
}

static void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

static const struct same_machine machine = {equip_space, equip_thread, call, start, finished, print};

/* What users find in memory that nobody cleared: nothing. */
static void clear_ram(void)
{
    const struct m_object *ram = m_slot(root->thread.space, root_ram_slot)->object;
    memset(host_ram + ram->region.base, 0, (size_t)ram->region.size);
    memset(model.ram + ram->region.base, 0, (size_t)ram->region.size);
}

/* ---- the program ---- */

static void write_file(const char *prefix, const char *suffix, const void *data, size_t bytes)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.%s", prefix, suffix);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, bytes, file) != bytes || fclose(file)) {
        fprintf(stderr, "same: %s cannot be written\n", path);
        exit(1);
    }
}

static void write_state(const char *prefix)
{
    uint64_t place[] = {(uint64_t)(uintptr_t)host_ram, (uint64_t)(uintptr_t)cpus, (uint64_t)(uintptr_t)&platform_clock};
    write_file(prefix, "ram", host_ram, FUZZ_RAM_BYTES);
    write_file(prefix, "cpus", cpus, sizeof cpus);
    write_file(prefix, "clock", &platform_clock, sizeof platform_clock);
    write_file(prefix, "trace", same_trace, sizeof same_trace);
    printf("same: ram=0x%" PRIx64 " cpus=0x%" PRIx64 " clock=0x%" PRIx64 "\n", place[0], place[1], place[2]);
}

int main(int count, char **words)
{
    if (count != 5 && count != 6) {
        fprintf(stderr, "usage: same SEED MMU-KIND EVENTS-BETWEEN-COMPARISONS PREFIX-OF-FILES [STEP-TO-SHOW]\n");
        return 2;
    }
    uint64_t seed = strtoull(words[1], NULL, 10);
    machines_on(1, (enum host_mmu)(strtoul(words[2], NULL, 10) % HOST_MMU_KINDS));
    stride = (unsigned)strtoul(words[3], NULL, 10);
    stride = stride ? stride : 1;
    root = model_current(0);
    clear_ram();
    grow(ENNEAD_ROOT_SPACE, ENNEAD_TABLE_SLOTS, 8);
    carve(root_ram_slot, OUTER_SLOT, 0, FILLER_OFFSET + 4096);
    carve(OUTER_SLOT, SAME_SLOT_WORLD, 0, SAME_WORLD_BYTES);
    carve(OUTER_SLOT, FILLER_SLOT, FILLER_OFFSET, 4096);
    map_filler();
    lower_priority();
    same_run(&machine, seed, count == 6 ? (uint32_t)strtoul(words[5], NULL, 10) : SAME_SHOW_NONE);
    uint64_t base = ((struct region *)phys_to_virt(m_slot(root->thread.space, SAME_SLOT_WORLD)->object->phys))->base;
    printf("same: seed=%" PRIu64 " steps=%u calls=%u successful=%u digest=%016" PRIx64 " world=0x%" PRIx64 "\n", seed,
           (unsigned)same_score.steps, (unsigned)same_score.calls, (unsigned)same_score.successful, same_score.digest,
           base);
    write_state(words[4]);
    bool enough =
        same_score.calls >= 100000 && same_score.successful * UINT64_C(100) >= same_score.calls * UINT64_C(40);
    printf("verdict: %d passed, %d failed\n", enough, !enough);
    machines_off();
    return !enough;
}
