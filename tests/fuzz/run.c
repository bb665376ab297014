/* See run.h. */
#include "run.h"
#include "generate.h"
#include "invariants.h"
#include "tally.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

#define LIFELESS_EVENTS 80u /* so many in a row in which nobody ran */

static uint64_t hash;
static unsigned deepest;

uint64_t run_hash(void)
{
    return hash;
}

unsigned run_deepest(void)
{
    return deepest;
}

__attribute__((noinline)) void fuzz_event(unsigned number, const struct event *event)
{
    __asm__ volatile("" : : "r"(number), "r"(event));
}

/* False if kernel and model differ afterwards, or an invariant does not hold (that ends the process). */
static bool one_event(struct run *run)
{
    const struct event *event = &run->event[run->count - 1];
    fuzz_event(run->count - 1, event);
    const char *difference = machines_do(event);
    if (!difference) {
        if (model.tree.first)
            check_invariants_from(kernel_node(model.tree.first));
        return true;
    }
    printf("seed %" PRIu64 ", event %u: %s\n", run->seed, run->count - 1, difference);
    event_write(stdout, event);
    return false;
}

static void note_depth(void)
{
    for (unsigned i = 0; i < model.object_top; i++)
        for (struct m_node *node = model.objects[i].used ? model.objects[i].root : NULL; node; node = node->first)
            if (m_depth(node) > deepest)
                deepest = m_depth(node);
}

bool run_world(struct run *run)
{
    bool agreed = true;
    unsigned lifeless = 0;
    run->count = 0;
    tally_new_world();
    machines_on(run->cpus, (enum host_mmu)run->mmu);
    world_begin(run->cpus);
    for (bool building = true; agreed && run->count < RUN_EVENTS && lifeless < LIFELESS_EVENTS;) {
        struct event *event = &run->event[run->count];
        if (random_exhausted())
            break;
        building = building && world_next(event);
        if (!building)
            generate(event);
        lifeless = event->kind >= EVENT_ADVANCE ? lifeless + 1 : 0;
        struct m_object *caller = model_current(event->cpu);
        tally_event(event);
        run->count++;
        agreed = one_event(run);
        tally_interrupted(caller);
    }
    note_depth();
    hash = model_hash();
    machines_off();
    return agreed;
}

bool run_again(struct run *run)
{
    bool agreed = true;
    unsigned count = run->count;
    machines_on(run->cpus, (enum host_mmu)run->mmu);
    for (run->count = 0; agreed && run->count < count;) {
        run->count++;
        agreed = one_event(run);
    }
    run->count = count;
    machines_off();
    return agreed;
}

bool run_read(FILE *file, struct run *run)
{
    char line[256];
    do {
        if (!fgets(line, sizeof line, file))
            line[0] = 0;
    } while (line[0] == '#');
    if (sscanf(line, "machine cpus=%u mmu=%u", &run->cpus, &run->mmu) != 2 || run->cpus == 0 ||
        run->cpus > MODEL_CPUS || run->mmu >= HOST_MMU_KINDS) {
        fprintf(stderr, "fuzz: the first line is not 'machine cpus=1..%u mmu=0..2'\n", MODEL_CPUS);
        return false;
    }
    for (run->count = 0; run->count < RUN_EVENTS && event_read(file, &run->event[run->count]);)
        run->count++;
    return feof(file);
}
