/* The loop over steps, and the digest of what came of them: see same.h. */
#include "same.h"

struct same_score same_score;
uint32_t same_trace[SAME_STEPS];

static struct same_step last[SAME_THREADS + 1]; /* what each does, or did */

static void number(uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        same_score.digest = (same_score.digest ^ (uint8_t)(value >> 8 * i)) * 0x100000001b3ull;
}

/* Fields of descriptions that every machine answers the same, bit n: field n. The first are type and ABI version. */
static uint32_t common_fields(unsigned type)
{
    static const uint32_t own[] = {
        [ENNEAD_TYPE_REGION] = 7u << 3, [ENNEAD_TYPE_POOL] = 7u << 3,         [ENNEAD_TYPE_SPACE] = 3u << 3,
        [ENNEAD_TYPE_THREAD] = 7u << 3, [ENNEAD_TYPE_NOTIFICATION] = 1u << 3, [ENNEAD_TYPE_SCHED_CONTEXT] = 7u << 3,
    };
    return type < sizeof own / sizeof own[0] ? own[type] | 3u : 3u;
}

/* Which fields of a result count. A fault tells its address (where it begins, not which half) and what was tried. */
static uint32_t counted(const struct same_step *step, struct same_result *result)
{
    unsigned protocol = ENNEAD_TAG_PROTOCOL(result->tag);
    if (protocol == ENNEAD_PROTOCOL_FAULT) {
        result->field[0] &= ~(uint64_t)7;
        return 3;
    }
    if (step->kind != SAME_CALL || protocol != ENNEAD_PROTOCOL_ANSWER || !(step->target & ENNEAD_CALL))
        return ~0u;
    uint32_t asked = step->tag >> 16;
    if (same_is_description(step))
        return common_fields((unsigned)result->field[0]);
    return asked == (ENNEAD_TYPE_SCHED_CONTEXT << 8 | ENNEAD_SCHED_CONSUMED) ? 0 : ~0u;
}

static void count(const struct same_step *step, const struct same_result *result)
{
    bool answer = ENNEAD_TAG_PROTOCOL(result->tag) == ENNEAD_PROTOCOL_ANSWER;
    bool refused = answer && step->kind == SAME_CALL && (step->target & ENNEAD_CALL) && ENNEAD_TAG_LABEL(result->tag);
    same_score.successful += !result->status && !refused;
}

static void digest_result(const struct same_step *step, struct same_result *result)
{
    uint32_t fields = counted(step, result);
    number(step->actor);
    number((uint64_t)result->status << 32 | result->badge);
    number(result->tag);
    for (unsigned i = 0; i < ENNEAD_TAG_WORDS(result->tag) && i < 16; i++)
        number(fields >> i & 1 ? result->field[i] : 0);
    for (unsigned i = 0; i < ENNEAD_TAG_ITEMS(result->tag) && i < ENNEAD_MSG_ITEMS; i++) {
        const struct ennead_item *item = &result->item[i];
        number((uint64_t)item->kind << 48 | (uint64_t)item->order_log2 << 32 | item->badge);
        number(item->base);
    }
}

static bool shown; /* this step */

static void show_step(const struct same_machine *machine, const struct same_step *step)
{
    static const char *const kinds[] = {"call", "load", "store"};
    machine->print("same: step %u: thread %u: %s target=%x tag=%x address=%llx", (unsigned)same_score.steps,
                   (unsigned)step->actor, kinds[step->kind], (unsigned)step->target, (unsigned)step->tag,
                   (unsigned long long)step->address);
    for (unsigned i = 0; i < step->fields; i++)
        machine->print(" %llx", (unsigned long long)step->field[i]);
    for (unsigned i = 0; i < step->items; i++)
        machine->print(" item %u rights=%x order=%u badge=%u base=%llx", (unsigned)step->item[i].kind,
                       (unsigned)step->item[i].rights, (unsigned)step->item[i].order_log2,
                       (unsigned)step->item[i].badge, (unsigned long long)step->item[i].base);
    if (step->sets_window)
        machine->print(" window %u+%u", (unsigned)step->window.cap_base, (unsigned)step->window.cap_count);
    machine->print("\n");
}

static void show_result(const struct same_machine *machine, unsigned actor, const struct same_result *result)
{
    machine->print("same: result of thread %u: status=%u badge=%x tag=%x", actor, (unsigned)result->status,
                   (unsigned)result->badge, (unsigned)result->tag);
    for (unsigned i = 0; i < ENNEAD_TAG_WORDS(result->tag) && i < 16; i++)
        machine->print(" %llx", (unsigned long long)result->field[i]);
    for (unsigned i = 0; i < ENNEAD_TAG_ITEMS(result->tag) && i < ENNEAD_MSG_ITEMS; i++)
        machine->print(" item %u base=%llx", (unsigned)result->item[i].kind, (unsigned long long)result->item[i].base);
    machine->print("\n");
}

static void take(const struct same_machine *machine, unsigned actor, struct same_result *result)
{
    if (shown)
        show_result(machine, actor, result);
    digest_result(&last[actor], result);
    count(&last[actor], result);
    same_learn(&last[actor], result);
}

static void collect(const struct same_machine *machine)
{
    struct same_result result;
    for (unsigned i = 0; i < SAME_THREADS; i++) {
        if (machine->finished(i, &result)) {
            same_blocked(i, false);
            take(machine, i, &result);
        }
    }
}

static void do_step(const struct same_machine *machine, const struct same_step *step)
{
    struct same_result result;
    if (step->actor == SAME_ROOT) {
        last[SAME_ROOT] = *step;
        machine->call(step, &result);
        same_score.calls++;
        take(machine, SAME_ROOT, &result);
    } else {
        struct same_step before = last[step->actor];
        last[step->actor] = *step;
        uint32_t error = machine->start(step);
        number(error);
        if (error)
            last[step->actor] = before; /* it still is in the middle of that */
        else
            same_blocked(step->actor, true);
        same_score.calls += step->kind == SAME_CALL && !error;
    }
    collect(machine);
}

static void equip(const struct same_machine *machine, const struct same_step *step)
{
    uint32_t slot = step->window.cap_base;
    if (slot >= SAME_SLOT_SPACE && slot < SAME_SLOT_SPACE + SAME_SPACES)
        machine->equip_space(slot - SAME_SLOT_SPACE);
    if (slot >= SAME_SLOT_THREAD && slot < SAME_SLOT_THREAD + SAME_THREADS)
        machine->equip_thread(slot - SAME_SLOT_THREAD);
}

void same_run(const struct same_machine *machine, uint64_t seed, uint32_t show)
{
    struct same_step step;
    same_score = (struct same_score){.digest = 0xcbf29ce484222325ull};
    same_begin(seed);
    for (unsigned n = 0; same_build(n, &step); n++) {
        do_step(machine, &step);
        equip(machine, &step);
    }
    for (unsigned n = 0; n < SAME_STEPS; n++) {
        same_next(&step);
        shown = n == show;
        if (shown)
            show_step(machine, &step);
        do_step(machine, &step);
        same_trace[n] = (uint32_t)(same_score.digest ^ same_score.digest >> 32);
        same_score.steps = n + 1;
    }
}
