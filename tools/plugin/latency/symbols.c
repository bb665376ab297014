/* The kernel's functions and windows: see latency.h. */
#include "latency.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct symbol unknown = {.name = "below the image"};
static struct symbol *symbols;
static unsigned symbol_count;
static struct places {
    uint64_t *addresses;
    unsigned count;
} windows, returns;
unsigned spin_instructions;

static unsigned role_of(const char *name)
{
    static const struct {
        const char *name;
        enum role role;
    } roles[] = {
        {"lock", ROLE_LOCK},
        {"await", ROLE_AWAIT},
        {"pass", ROLE_PASS},
        {"spin", ROLE_SPIN},
        {"sections", ROLE_SECTIONS},
        {"within-sections", ROLE_WITHIN_SECTIONS},
        {"within-await", ROLE_WITHIN_AWAIT},
        {"poll", ROLE_POLL},
        {"start", ROLE_START},
        {"serve", ROLE_SERVE},
        {"note", ROLE_NOTE},
    };
    for (unsigned i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    }
    plugin_fail("there is no role '%s'", name);
}

static void add_place(struct places *places, uint64_t address)
{
    places->addresses = realloc(places->addresses, (places->count + 1) * sizeof *places->addresses);
    places->addresses[places->count++] = address;
}

static bool is_among(const struct places *places, uint64_t address)
{
    for (unsigned i = 0; i < places->count; i++) {
        if (places->addresses[i] == address)
            return true;
    }
    return false;
}

/* ADDRESS window, ADDRESS return, or ADDRESS NAME INSTRUCTIONS ROLES.. in the order of addresses. */
static void add(char *line)
{
    char *rest, *word = strtok_r(line, " \n", &rest), *name = strtok_r(NULL, " \n", &rest);
    uint64_t address = strtoull(word, NULL, 16);

    word = strtok_r(NULL, " \n", &rest);
    if (!word) {
        add_place(strcmp(name, "window") == 0 ? &windows : &returns, address);
        return;
    }
    symbols = realloc(symbols, (symbol_count + 1) * sizeof *symbols);
    struct symbol *symbol = &symbols[symbol_count++];
    *symbol = (struct symbol){.address = address, .instructions = (unsigned)strtoul(word, NULL, 10)};
    snprintf(symbol->name, sizeof symbol->name, "%s", name);
    while ((word = strtok_r(NULL, " \n", &rest)) != NULL)
        symbol->roles |= role_of(word);
    if (symbol->roles & ROLE_SPIN)
        spin_instructions += symbol->instructions;
}

void symbols_start(void)
{
    const char *path = plugin_option("symbols");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[256];

    if (!file)
        plugin_fail("option symbols=FILE: no such file");
    while (fgets(line, sizeof line, file))
        add(line);
    fclose(file);
    if (symbol_count == 0 || windows.count == 0 || returns.count == 0)
        plugin_fail("option symbols=FILE: there is no function, window or return");
}

const struct symbol *symbol_of(uint64_t address)
{
    unsigned first = 0, end = symbol_count;

    while (first < end) {
        unsigned middle = (first + end) / 2;
        if (symbols[middle].address <= address)
            first = middle + 1;
        else
            end = middle;
    }
    return first ? &symbols[first - 1] : &unknown;
}

bool is_window(uint64_t address)
{
    return is_among(&windows, address);
}

bool is_return(uint64_t address)
{
    return is_among(&returns, address);
}
