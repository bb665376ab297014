/* See text.h. A line is: KIND cpu N [preempt N] then what the kind needs, as words of the form name=value. */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[EVENT_KINDS] = {"ipc",       "load",     "store",   "fetch", "exception",
                                               "fpu-write", "fpu-read", "advance", "raise"};

void event_write(FILE *file, const struct event *event)
{
    fprintf(file, "%s cpu=%u target=0x%" PRIx64, kinds[event->kind], event->cpu, event->target);
    if (event->preempt)
        fprintf(file, " preempt=%u", event->preempt);
    if (event->value)
        fprintf(file, " value=0x%" PRIx64, event->value);
    if (event->kind == EVENT_IPC)
        fprintf(file, " tag=0x%x", event->tag);
    for (unsigned i = 0; i < event->words; i++)
        fprintf(file, " word=0x%" PRIx64, event->word[i]);
    for (unsigned i = 0; i < event->items; i++) {
        const struct ennead_item *item = &event->item[i];
        fprintf(file, " item=%u:%u:%u:%u:%u:0x%" PRIx64 ":0x%" PRIx64, item->kind, item->flags, item->rights,
                item->order_log2, item->badge, item->base, item->offset);
    }
    if (event->sets_window)
        fprintf(file, " window=%u:%u:0x%" PRIx64 ":%u", event->window.cap_base, event->window.cap_count,
                event->window.mem_base, event->window.mem_order_log2);
    fprintf(file, "\n");
}

static bool read_kind(const char *word, struct event *event)
{
    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        if (strcmp(word, kinds[i]))
            continue;
        event->kind = (uint8_t)i;
        return true;
    }
    return false;
}

static bool read_item(const char *text, struct event *event)
{
    struct ennead_item *item = &event->item[event->items];
    unsigned kind, flags, rights, order, badge;
    if (event->items == ENNEAD_MSG_ITEMS || sscanf(text, "%u:%u:%u:%u:%u:%" SCNx64 ":%" SCNx64, &kind, &flags, &rights,
                                                   &order, &badge, &item->base, &item->offset) != 7)
        return false;
    item->kind = (uint8_t)kind;
    item->flags = (uint8_t)flags;
    item->rights = (uint8_t)rights;
    item->order_log2 = (uint8_t)order;
    item->badge = badge;
    event->items++;
    return true;
}

static bool read_part(char *part, struct event *event)
{
    char *value = strchr(part, '=');
    if (!value)
        return read_kind(part, event);
    *value++ = 0;
    uint64_t number = strtoull(value, NULL, 0);
    if (!strcmp(part, "cpu"))
        event->cpu = (uint8_t)number;
    else if (!strcmp(part, "target"))
        event->target = number;
    else if (!strcmp(part, "preempt"))
        event->preempt = (uint8_t)number;
    else if (!strcmp(part, "value"))
        event->value = number;
    else if (!strcmp(part, "tag"))
        event->tag = (uint32_t)number;
    else if (!strcmp(part, "word") && event->words < FUZZ_WORDS)
        event->word[event->words++] = number;
    else if (!strcmp(part, "item"))
        return read_item(value, event);
    else if (!strcmp(part, "window"))
        event->sets_window = sscanf(value, "%u:%u:%" SCNx64 ":%u", &event->window.cap_base, &event->window.cap_count,
                                    &event->window.mem_base, &event->window.mem_order_log2) == 4;
    else
        return false;
    return true;
}

bool event_read(FILE *file, struct event *event)
{
    char line[4096];
    do {
        if (!fgets(line, sizeof line, file))
            return false;
    } while (line[0] == '#' || line[0] == '\n');
    memset(event, 0, sizeof *event);
    for (char *part = strtok(line, " \n"); part; part = strtok(NULL, " \n")) {
        if (read_part(part, event))
            continue;
        fprintf(stderr, "fuzz: '%s' is no part of an event\n", part);
        return false;
    }
    return true;
}
