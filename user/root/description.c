/* The parser of system descriptions: words and keywords. What a whole description must satisfy is in check.c. */
#include "description.h"
#include "check.h"
#include <ennead/text.h>

#define WORDS_MAX  8u
#define WORD_BYTES 40u

struct line {
    unsigned count;
    char words[WORDS_MAX][WORD_BYTES];
};

struct parser {
    struct description *description;
    struct component_spec *component; /* the one being described, NULL before the first */
    struct description_error *error;
    unsigned number; /* of the line */
};

static bool fail(struct parser *p, const char *format, const char *word)
{
    p->error->line = p->number;
    text_format(p->error->text, sizeof p->error->text, format, word);
    return false;
}

/* ---- words ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Split the line at `text` up to `end`; a # starts a comment. */
static bool split(struct parser *p, struct line *line, const char *text, const char *end)
{
    line->count = 0;
    while (text < end && *text != '#') {
        if (is_space(*text)) {
            text++;
            continue;
        }
        if (line->count == WORDS_MAX)
            return fail(p, "too many words on one line%s", "");
        char *word = line->words[line->count++];
        size_t length = 0;
        for (; text < end && *text != '#' && !is_space(*text); text++) {
            if (*text < '!' || *text > '~')
                return fail(p, "a byte that is not printable text%s", "");
            if (length == WORD_BYTES - 1)
                return fail(p, "a word is longer than 39 letters%s", "");
            word[length++] = *text;
        }
        word[length] = '\0';
    }
    return true;
}

/* A number with an optional unit behind it: `units` lists them, each with its factor. */
struct unit {
    const char *name;
    uint64_t factor;
};

static bool parse_quantity(const char *word, const struct unit *units, size_t unit_count, uint64_t *value)
{
    char digits[WORD_BYTES];
    size_t length = 0;
    while (word[length] >= '0' && word[length] <= '9') {
        digits[length] = word[length];
        length++;
    }
    digits[length] = '\0';
    if (!text_number(digits, value))
        return false;
    for (size_t i = 0; i < unit_count; i++) {
        if (text_equal(word + length, units[i].name)) {
            if (*value > UINT64_MAX / units[i].factor)
                return false;
            *value *= units[i].factor;
            return true;
        }
    }
    return false;
}

static bool parse_size(struct parser *p, const char *word, uint64_t *bytes)
{
    static const struct unit units[] = {{"", 1}, {"K", 1024}, {"M", 1024 * 1024}};
    if (!parse_quantity(word, units, 3, bytes) || *bytes == 0 || *bytes > (uint64_t)1 << 30)
        return fail(p, "'%s' is not a size; write it as 65536, 64K or 1M, up to 1024M", word);
    return true;
}

static bool parse_time(struct parser *p, const char *word, uint64_t *ns)
{
    static const struct unit units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    if (!parse_quantity(word, units, 4, ns) || *ns == 0)
        return fail(p, "'%s' is not a time; write it as 500us, 10ms or 1s", word);
    return true;
}

static bool parse_below(struct parser *p, const char *word, unsigned limit, unsigned *value)
{
    uint64_t number;
    if (!text_number(word, &number) || number >= limit) {
        p->error->line = p->number;
        text_format(p->error->text, sizeof p->error->text, "'%s' is not a number below %u", word, limit);
        return false;
    }
    *value = (unsigned)number;
    return true;
}

static bool parse_name(struct parser *p, const char *word, char name[ENNEAD_NAME_BYTES])
{
    if (text_length(word) >= ENNEAD_NAME_BYTES)
        return fail(p, "the name '%s' is longer than 23 letters", word);
    text_copy(name, ENNEAD_NAME_BYTES, word);
    return true;
}

static bool round_memory(struct parser *p, const char *word, uint64_t *bytes)
{
    if (!parse_size(p, word, bytes))
        return false;
    uint64_t power = 65536;
    while (power < *bytes)
        power *= 2;
    *bytes = power;
    return true;
}

/* ---- keywords of a component ---- */

static bool add_grant(struct parser *p, enum grant_kind kind, const char *name, const char *what, uint64_t size)
{
    struct component_spec *c = p->component;
    if (c->grant_count == COMPONENT_GRANTS)
        return fail(p, "component '%s' has more than 10 grants", c->name);
    struct grant_spec *grant = &c->grants[c->grant_count];
    *grant = (struct grant_spec){.kind = kind, .line = p->number, .size = size};
    if (!parse_name(p, name, grant->name) || !parse_name(p, what, grant->what))
        return false;
    for (unsigned i = 0; i < c->grant_count; i++) {
        if (text_equal(c->grants[i].name, name))
            return fail(p, "'%s' is granted twice", name);
    }
    c->grant_count++;
    return true;
}

static bool key_program(struct parser *p, const struct line *line)
{
    return parse_name(p, line->words[1], p->component->program);
}

static bool key_priority(struct parser *p, const struct line *line)
{
    return parse_below(p, line->words[1], ENNEAD_PRIORITIES - 1, &p->component->priority);
}

static bool key_cpu(struct parser *p, const struct line *line)
{
    return parse_below(p, line->words[1], ENNEAD_CPUS_MAX, &p->component->cpu);
}

static bool key_time(struct parser *p, const struct line *line)
{
    struct component_spec *c = p->component;
    if (!text_equal(line->words[2], "every"))
        return fail(p, "expected 'time BUDGET every PERIOD', found '%s'", line->words[2]);
    if (!parse_time(p, line->words[1], &c->budget_ns) || !parse_time(p, line->words[3], &c->period_ns))
        return false;
    return c->budget_ns <= c->period_ns || fail(p, "the budget %s is longer than the period", line->words[1]);
}

static bool key_memory(struct parser *p, const struct line *line)
{
    return round_memory(p, line->words[1], &p->component->memory);
}

static bool key_stack(struct parser *p, const struct line *line)
{
    if (!parse_size(p, line->words[1], &p->component->stack))
        return false;
    return p->component->stack % 4096 == 0 || fail(p, "the stack size '%s' is not a multiple of 4K", line->words[1]);
}

static bool key_pool(struct parser *p, const struct line *line)
{
    return round_memory(p, line->words[1], &p->component->pool);
}

/* Less than 1 GiB, so that the quota fits into a badge and the heap into any address space. */
static bool key_heap(struct parser *p, const struct line *line)
{
    if (!round_memory(p, line->words[1], &p->component->heap))
        return false;
    return p->component->heap <= (uint64_t)512 << 20 || fail(p, "a heap of '%s' is more than 512M", line->words[1]);
}

static bool key_pager(struct parser *p, const struct line *line)
{
    return parse_name(p, line->words[1], p->component->pager);
}

static bool key_manual(struct parser *p, const struct line *line)
{
    (void)line;
    p->component->manual = true;
    return true;
}

static bool key_restart(struct parser *p, const struct line *line)
{
    (void)line;
    p->component->restart = true;
    return true;
}

static bool key_essential(struct parser *p, const struct line *line)
{
    (void)line;
    p->component->essential = true;
    return true;
}

static bool key_grant(struct parser *p, const struct line *line)
{
    static const char *const own[] = {"space", "thread", "pool", "time"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (text_equal(line->words[1], own[i]))
            return add_grant(p, GRANT_SELF, own[i], "", 0);
    }
    return fail(p, "cannot grant '%s'; known: space, thread, pool, time", line->words[1]);
}

static bool key_endpoint(struct parser *p, const struct line *line)
{
    return add_grant(p, GRANT_ENDPOINT, line->words[1], "", 0);
}

static bool key_connect(struct parser *p, const struct line *line)
{
    return add_grant(p, GRANT_CONNECT, line->words[1], "", 0);
}

static bool key_notification(struct parser *p, const struct line *line)
{
    return add_grant(p, GRANT_NOTIFICATION, line->words[1], "", 0);
}

static bool key_region(struct parser *p, const struct line *line)
{
    return add_grant(p, GRANT_REGION, line->words[1], "", 0);
}

static bool key_device(struct parser *p, const struct line *line)
{
    if (!text_equal(line->words[2], "as"))
        return fail(p, "expected 'device COMPATIBLE as NAME', found '%s'", line->words[2]);
    return add_grant(p, GRANT_DEVICE, line->words[3], line->words[1], 0);
}

static bool key_ram(struct parser *p, const struct line *line)
{
    uint64_t size;
    return round_memory(p, line->words[2], &size) && add_grant(p, GRANT_RAM, line->words[1], "", size);
}

static bool key_component(struct parser *p, const struct line *line)
{
    struct description *d = p->description;
    if (d->count == COMPONENTS_MAX)
        return fail(p, "more than 24 components%s", "");
    for (unsigned i = 0; i < d->count; i++) {
        if (text_equal(d->components[i].name, line->words[1]))
            return fail(p, "component '%s' is described twice", line->words[1]);
    }
    struct component_spec *c = &d->components[d->count];
    *c = (struct component_spec){.line = p->number,
                                 .priority = 16,
                                 .budget_ns = COMPONENT_TIME_SLICE_NS,
                                 .period_ns = COMPONENT_TIME_SLICE_NS,
                                 .memory = 128 * 1024,
                                 .stack = 16 * 1024,
                                 .pool = 128 * 1024};
    if (!parse_name(p, line->words[1], c->name) || !parse_name(p, line->words[1], c->program))
        return false;
    d->count++;
    p->component = c;
    return true;
}

/* Each keyword, and how many words its line has. */
static const struct keyword {
    const char *name;
    const char *usage;
    unsigned words;
    bool (*take)(struct parser *, const struct line *);
} keywords[] = {
    {"component", "component NAME", 2, key_component},
    {"program", "program FILE", 2, key_program},
    {"priority", "priority NUMBER", 2, key_priority},
    {"cpu", "cpu NUMBER", 2, key_cpu},
    {"time", "time BUDGET every PERIOD", 4, key_time},
    {"memory", "memory SIZE", 2, key_memory},
    {"stack", "stack SIZE", 2, key_stack},
    {"pool", "pool SIZE", 2, key_pool},
    {"heap", "heap SIZE", 2, key_heap},
    {"pager", "pager ENDPOINT", 2, key_pager},
    {"manual", "manual", 1, key_manual},
    {"restart", "restart", 1, key_restart},
    {"essential", "essential", 1, key_essential},
    {"grant", "grant OBJECT", 2, key_grant},
    {"endpoint", "endpoint NAME", 2, key_endpoint},
    {"connect", "connect ENDPOINT", 2, key_connect},
    {"notification", "notification NAME", 2, key_notification},
    {"region", "region NAME", 2, key_region},
    {"device", "device COMPATIBLE as NAME", 4, key_device},
    {"ram", "ram NAME SIZE", 3, key_ram},
};

static bool take_line(struct parser *p, const struct line *line)
{
    if (line->count == 0)
        return true;
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (!text_equal(line->words[0], keywords[i].name))
            continue;
        if (line->count != keywords[i].words)
            return fail(p, "expected '%s'", keywords[i].usage);
        if (p->component == NULL && keywords[i].take != key_component)
            return fail(p, "'%s' before the first 'component NAME'", line->words[0]);
        return keywords[i].take(p, line);
    }
    return fail(p, "unknown keyword '%s'; docs/system.md lists them", line->words[0]);
}

bool description_parse(struct description *description, const char *text, size_t size, struct description_error *error)
{
    struct parser p = {.description = description, .error = error, .number = 0};
    struct line line;
    const char *end = text + size;
    description->count = 0;
    while (text < end) {
        const char *stop = text;
        while (stop < end && *stop != '\n')
            stop++;
        p.number++;
        if (!split(&p, &line, text, stop) || !take_line(&p, &line))
            return false;
        text = stop + 1;
    }
    return description_check(description, error);
}
