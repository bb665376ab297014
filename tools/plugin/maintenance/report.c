/* What was found, and what was looked at: see model.h. Option `stop=1`: what is found first ends the machine. */
#include "model.h"
#include <stdarg.h>
#include <stdio.h>

#define SHOWN 4u /* of a kind */

struct counts counts;

static const char *const kinds[FINDINGS] = {
    [STALE_USED] = "stale-used", [STALE_KEPT] = "stale-kept",   [REUSED] = "reused",
    [NO_BARRIER] = "no-barrier", [NOT_CLEANED] = "not-cleaned", [NOT_INVALIDATED] = "not-invalidated",
};
static uint64_t found[FINDINGS];

void report(enum finding finding, unsigned cpu, const char *format, ...)
{
    char text[256];
    va_list arguments;

    if (found[finding]++ >= SHOWN)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    plugin_say("maintenance: %s: processor %u: %s", kinds[finding], cpu, text);
    if (plugin_number("stop", 0))
        plugin_fail("maintenance: found %s: 1", kinds[finding]);
}

static void say_found(void)
{
    for (unsigned i = 0; i < FINDINGS; i++) {
        if (found[i] > 0)
            plugin_say("maintenance: found %s: %llu", kinds[i], (unsigned long long)found[i]);
    }
}

void report_end(void)
{
    const uint64_t *ops = counts.ops;
    const struct {
        const char *name;
        uint64_t count;
    } seen[] = {
        {"pages", counts.pages},
        {"tables", counts.tables},
        {"loads", ops[OP_ROOT]},
        {"identifiers", counts.identifiers},
        {"reuses", counts.reuses},
        {"pages-forgotten", ops[OP_PAGE] + ops[OP_PAGE_ANY]},
        {"spaces-forgotten", ops[OP_SPACE]},
        {"all-forgotten", ops[OP_ALL]},
        {"returns", counts.returns},
        {"code-lines", counts.code_lines},
        {"lines-cleaned", ops[OP_CLEAN]},
        {"lines-invalidated", ops[OP_INVALIDATE] + ops[OP_INVALIDATE_ALL]},
        {"barriers", ops[OP_BARRIER] + ops[OP_TABLE_BARRIER]},
        {"fences", ops[OP_FENCE]},
        {"entered", ops[OP_ENTER]},
    };

    say_found();
    for (unsigned i = 0; i < sizeof seen / sizeof seen[0]; i++)
        plugin_say("maintenance: seen %s: %llu", seen[i].name, (unsigned long long)seen[i].count);
    plugin_say("maintenance: end");
}
