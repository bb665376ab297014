/* The instructions that maintain something, listed by whoever starts the machine, and their operands: see model.h. */
#include "model.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DUMP_BYTES 65536u

static const char *const names[OP_COUNT] = {
    [OP_ROOT] = "root",
    [OP_PAGE] = "page",
    [OP_PAGE_ANY] = "page-any",
    [OP_SPACE] = "space",
    [OP_ALL] = "all",
    [OP_ENTER] = "enter",
    [OP_CLEAN] = "clean",
    [OP_INVALIDATE] = "invalidate",
    [OP_INVALIDATE_ALL] = "invalidate-all",
    [OP_BARRIER] = "barrier",
    [OP_TABLE_BARRIER] = "table-barrier",
    [OP_STORE_BARRIER] = "store-barrier",
    [OP_CONTEXT] = "context",
    [OP_FENCE] = "fence",
    [OP_START] = "start",
};

static struct watched *list;
static unsigned list_count;
static int log_fd;
static char dump[DUMP_BYTES + 1];

static enum op op_of(const char *name)
{
    for (unsigned i = 0; i < OP_COUNT; i++) {
        if (strcmp(names[i], name) == 0)
            return (enum op)i;
    }
    plugin_fail("there is nothing to do for '%s'", name);
}

/* ADDRESS BYTES OP OPERANDS.. */
static void add(char *line)
{
    struct watched *entry = &list[list_count];
    char *rest, *word = strtok_r(line, " \n", &rest);
    entry->address = strtoull(word, NULL, 16);
    word = strtok_r(NULL, " \n", &rest);
    for (unsigned byte; entry->size < sizeof entry->bytes && sscanf(word, "%2x", &byte) == 1; word += 2)
        entry->bytes[entry->size++] = (uint8_t)byte;
    entry->op = op_of(strtok_r(NULL, " \n", &rest));
    while ((word = strtok_r(NULL, " \n", &rest)) != NULL && entry->operand_count < OPERANDS_MAX)
        snprintf(entry->operands[entry->operand_count++], sizeof entry->operands[0], "%s", word);
    list_count++;
}

void watch_start(void)
{
    const char *path = plugin_option("watch");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[256];

    if (!file)
        plugin_fail("option watch=FILE: no such file");
    while (fgets(line, sizeof line, file)) {
        list = realloc(list, (list_count + 1) * sizeof *list);
        memset(&list[list_count], 0, sizeof *list);
        add(line);
    }
    fclose(file);
    log_fd = (int)plugin_number("log", 0);
    if (fcntl(log_fd, F_SETFL, fcntl(log_fd, F_GETFL) | O_NONBLOCK) != 0)
        plugin_fail("option log=N: no such file descriptor");
}

const struct watched *watch_find(uint64_t address, const void *bytes, size_t size)
{
    for (unsigned i = 0; i < list_count; i++) {
        const struct watched *entry = &list[i];
        if (entry->address == address && size >= entry->size && memcmp(bytes, entry->bytes, entry->size) == 0)
            return entry;
    }
    return NULL;
}

/* All that the emulator wrote since; the last dump is at the end. */
static size_t read_dump(void)
{
    size_t length = 0;
    ssize_t got;

    while ((got = read(log_fd, dump + length, DUMP_BYTES - length)) > 0) {
        length += (size_t)got;
        if (length > DUMP_BYTES / 2) {
            memmove(dump, dump + length - DUMP_BYTES / 4, DUMP_BYTES / 4);
            length = DUMP_BYTES / 4;
        }
    }
    dump[length] = '\0';
    return length;
}

/* Where the last value of that name begins: NAME=VALUE or NAME VALUE, with more spaces; NAME+N: N values later. */
static const char *find_value(const char *name)
{
    char word[20];
    unsigned skip = 0;
    const char *plus = strchr(name, '+'), *found = NULL;
    size_t length = plus ? (size_t)(plus - name) : strlen(name);

    memcpy(word, name, length);
    word[length] = '\0';
    skip = plus ? (unsigned)strtoul(plus + 1, NULL, 10) : 0;
    for (const char *at = strstr(dump, word); at; at = strstr(at + 1, word)) {
        char before = at == dump ? '\n' : at[-1], after = at[length];
        if ((before == '\n' || before == ' ') && (after == '=' || after == ' '))
            found = at + length + strspn(at + length, " =");
    }
    for (; found && skip > 0; skip--) {
        found += strspn(found, " ");
        found += strcspn(found, " \n");
    }
    return found;
}

/* A number stands for itself; NAME:N is the register's value and N. */
static uint64_t value_of(const char *operand)
{
    char name[16];
    const char *colon = strchr(operand, ':'), *text;

    if (operand[0] >= '0' && operand[0] <= '9')
        return strtoull(operand, NULL, 0);
    snprintf(name, sizeof name, "%s", operand);
    if (colon)
        name[colon - operand] = '\0';
    text = find_value(name);
    if (!text)
        plugin_fail("no register %s in the emulator's dump:\n%.400s", name, dump);
    uint64_t value = strtoull(text, NULL, 16) + (colon ? strtoull(colon + 1, NULL, 0) : 0);
    return isa->is_32bit ? value & UINT32_MAX : value;
}

/* The first operand is the register that says where the processor is: the dump must be of this instruction. */
void watch_operands(const struct watched *watched, uint64_t *values)
{
    if (watched->operand_count == 0)
        return;
    if (read_dump() == 0 || value_of(watched->operands[0]) != watched->address)
        plugin_fail("no dump of registers at 0x%llx", (unsigned long long)watched->address);
    for (unsigned i = 1; i < watched->operand_count; i++)
        values[i - 1] = value_of(watched->operands[i]);
}
