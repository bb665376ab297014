/* See tally.h. */
#include "tally.h"

#include <stdio.h>
#include <string.h>

uint64_t tally[TALLY_OPERATIONS][TALLY_RESULTS];
uint64_t tally_calls, tally_ended, tally_successes;

static uint16_t pending[MODEL_OBJECTS]; /* 1 + operation, by thread */

static const char *const phase_names[TALLY_PHASES] = {"send",       "receive", "call",         "reply",
                                                      "reply_recv", "store",   "stored reply", "nonsense"};

static const char *const type_names[] = {"",         "region",       "pool", "space", "thread",
                                         "endpoint", "notification", "irq",  "sched"};

static const char *const operation_names[][12] = {
    [ENNEAD_TYPE_REGION] = {"describe", "carve", "map", "load", "store", "make_pool", "revoke", "set_cache", "phys"},
    [ENNEAD_TYPE_POOL] = {"describe", "make", "destroy", "revoke"},
    [ENNEAD_TYPE_SPACE] = {"describe", "delegate", "unmap", "delete", "revoke", "revoke_map", "grow", "set_pager",
                           "add_utcb", "slot_info", "map_info"},
    [ENNEAD_TYPE_THREAD] = {"describe", "bind", "set_priority", "set_exception", "start", "stop", "resume", "cancel",
                            "read_regs", "write_regs", "set_tls"},
    [ENNEAD_TYPE_NOTIFICATION] = {"describe", "signal", "wait", "poll", "bind", "unbind", "arm", "disarm"},
    [ENNEAD_TYPE_IRQ] = {"describe", "claim", "bind", "ack", "unbind", "msi"},
    [ENNEAD_TYPE_SCHED_CONTEXT] = {"describe", "configure", "bind", "unbind", "consumed", "yield"},
};

static const char *const result_names[TALLY_RESULTS] = {
    [ENNEAD_OK] = "OK",
    [ENNEAD_INVALID_CAP] = "INVALID_CAP",
    [ENNEAD_DENIED] = "DENIED",
    [ENNEAD_INVALID_OP] = "INVALID_OP",
    [ENNEAD_INVALID_ARG] = "INVALID_ARG",
    [ENNEAD_RANGE] = "RANGE",
    [ENNEAD_ALIGNMENT] = "ALIGNMENT",
    [ENNEAD_OCCUPIED] = "OCCUPIED",
    [ENNEAD_NOT_FOUND] = "NOT_FOUND",
    [ENNEAD_BUSY] = "BUSY",
    [ENNEAD_DEPTH] = "DEPTH",
    [ENNEAD_STATE] = "STATE",
    [ENNEAD_TYPE] = "TYPE",
    [ENNEAD_NO_UTCB] = "NO_UTCB",
    [ENNEAD_WINDOW] = "WINDOW",
    [ENNEAD_CANCELLED] = "CANCELLED",
    [ENNEAD_DEAD] = "DEAD",
    [ENNEAD_NO_REPLY] = "NO_REPLY",
    [ENNEAD_WOULD_BLOCK] = "WOULD_BLOCK",
    [ENNEAD_NO_MEMORY] = "NO_MEMORY",
    [ENNEAD_NO_SLOT] = "NO_SLOT",
    [ENNEAD_NO_ENTRY] = "NO_ENTRY",
    [ENNEAD_NO_TIME] = "NO_TIME",
};

void tally_new_world(void)
{
    memset(pending, 0, sizeof pending);
}

const char *tally_operation_name(unsigned operation)
{
    static char name[64];
    if (operation < TALLY_PHASES)
        return phase_names[operation];
    unsigned type = (operation - TALLY_PHASES) / 16, number = (operation - TALLY_PHASES) % 16;
    const char *word = type <= ENNEAD_TYPE_SCHED_CONTEXT && number < 12 ? operation_names[type][number] : NULL;
    snprintf(name, sizeof name, "%s.%s", type <= ENNEAD_TYPE_SCHED_CONTEXT ? type_names[type] : "?",
             word ? word : "unknown");
    return name;
}

const char *tally_result_name(unsigned result)
{
    return result < TALLY_RESULTS && result_names[result] ? result_names[result] : "?";
}

static unsigned phase_of(unsigned phases)
{
    switch (phases & ~(unsigned)ENNEAD_POLL) {
    case ENNEAD_SEND:
        return 0;
    case ENNEAD_RECV:
        return 1;
    case ENNEAD_CALL:
        return 2;
    case ENNEAD_REPLY:
        return 3;
    case ENNEAD_REPLY_RECV:
        return 4;
    case ENNEAD_STORE:
        return 5;
    default:
        return 7;
    }
}

static unsigned operation_of(const struct event *event, struct m_object *thread)
{
    unsigned phase = phase_of(event->target & 0xff);
    struct m_node *node = m_slot(thread->thread.space, (ennead_word)event->target >> ENNEAD_TARGET_SHIFT);
    if (phase != 0 && phase != 2)
        return phase;
    if (node && node->kind == M_REPLY)
        return 6;
    if (!node || node->kind != M_CAP || node->object->type == ENNEAD_TYPE_ENDPOINT)
        return phase;
    unsigned operation = ENNEAD_TAG_OPERATION(event->tag);
    if (ENNEAD_TAG_PROTOCOL(event->tag) != node->object->type || operation > 11 ||
        !operation_names[node->object->type][operation])
        operation = 15;
    return TALLY_PHASES + node->object->type * 16 + operation;
}

void tally_event(const struct event *event)
{
    struct m_object *thread = event->cpu < model.machine.cpus ? model_current(event->cpu) : NULL;
    if (!thread || event->kind == EVENT_ADVANCE || event->kind == EVENT_RAISE)
        return;
    uint16_t *last = &pending[thread - model.objects];
    if (*last && !thread->thread.full) {
        unsigned result = thread->thread.status;
        bool object = *last > TALLY_PHASES, malformed = result == ENNEAD_INVALID_ARG || result == ENNEAD_INVALID_CAP;
        if ((object || *last == 1 + 6) && malformed)
            *last = object ? 1 + 2 : 1; /* the call failed before anybody heard of it */
        if (!result && object)
            result = ENNEAD_TAG_PROTOCOL(thread->thread.tag) ? 0 : ENNEAD_TAG_LABEL(thread->thread.tag);
        if (result < TALLY_RESULTS)
            tally[*last - 1][result]++;
        tally_ended++;
        tally_successes += result == 0;
    }
    *last = 0;
    if (event->kind == EVENT_IPC) {
        *last = (uint16_t)(1 + operation_of(event, thread));
        tally_calls++;
    }
}

static uint64_t tally_total(unsigned operation)
{
    uint64_t total = 0;
    for (unsigned k = 0; k < TALLY_RESULTS; k++)
        total += tally[operation][k];
    return total;
}

/* A call that is to be made again finds what is there then: its result says nothing of the operation it began as. */
void tally_interrupted(const struct m_object *thread)
{
    if (thread && thread->used && thread->type == ENNEAD_TYPE_THREAD && thread->thread.again)
        pending[thread - model.objects] = 0;
}

void tally_print(void)
{
    for (unsigned i = 0; i < TALLY_OPERATIONS; i++) {
        if (!tally_total(i))
            continue;
        printf("%-26s", tally_operation_name(i));
        for (unsigned k = 0; k < TALLY_RESULTS; k++)
            if (tally[i][k])
                printf(" %s %llu", tally_result_name(k), (unsigned long long)tally[i][k]);
        printf("\n");
    }
}

/* The pairs that docs/abi.md lists. */
static const struct {
    const char *operation;
    unsigned error;
} pairs[] = {
#include "pairs.inc"
};

static uint64_t count_of(const char *operation, unsigned error)
{
    for (unsigned i = 0; i < TALLY_OPERATIONS; i++)
        if (!strcmp(tally_operation_name(i), operation) && tally_total(i))
            return tally[i][error];
    return 0;
}

unsigned tally_missing(uint64_t least)
{
    unsigned missing = 0;
    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint64_t count = count_of(pairs[i].operation, pairs[i].error);
        if (count >= least)
            continue;
        missing++;
        printf("%s %s: only %llu times\n", pairs[i].operation, tally_result_name(pairs[i].error),
               (unsigned long long)count);
    }
    return missing;
}

static bool is_listed(const char *operation, unsigned error)
{
    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pairs[i].error == error && !strcmp(pairs[i].operation, operation))
            return true;
    return false;
}

unsigned tally_unlisted(void)
{
    unsigned unlisted = 0;
    for (unsigned i = 0; i < TALLY_OPERATIONS; i++) {
        for (unsigned error = 1; error < TALLY_RESULTS; error++) {
            if (!tally[i][error] || error == ENNEAD_CANCELLED || is_listed(tally_operation_name(i), error))
                continue;
            unlisted++;
            printf("%s %s: %llu times, and docs/abi.md does not list it\n", tally_operation_name(i),
                   tally_result_name(error), (unsigned long long)tally[i][error]);
        }
    }
    return unlisted;
}

unsigned tally_pairs(void)
{
    return sizeof pairs / sizeof pairs[0];
}
