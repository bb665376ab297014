/*
 * Gives a board's start-up code the memory map in a file and compares what it says. The file: a line
 * `expect TEXT` (the refusal, or the ranges accepted), then `base size type` or `module base size`, in hexadecimal.
 */
#include <memmap.h>
#include <pvh.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char expected[256];

static _Noreturn void finish(const char *said)
{
    bool good = strcmp(said, expected) == 0;
    printf("%s\n", said);
    if (!good)
        printf("expected: %s\n", expected);
    exit(good ? 0 : 1);
}

void boot_refuse(const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    finish(line);
}

/* As in the PVH ABI. */
static struct {
    uint32_t magic, version, flags, modules;
    uint64_t module_list, command_line, rsdp, map;
    uint32_t entries, reserved;
} start = {.magic = 0x336ec578, .version = 1};
static struct {
    uint64_t base, size;
    uint32_t type, reserved;
} map[64];
static uint64_t module[4];

static void read_line(const char *line)
{
    unsigned long long base, size;
    unsigned value;

    if (sscanf(line, "module %llx %llx", &base, &size) == 2) {
        module[0] = base;
        module[1] = size;
        start.modules = 1;
    } else if (sscanf(line, "magic %x", &value) == 1) {
        start.magic = value;
    } else if (sscanf(line, "version %u", &value) == 1) {
        start.version = value;
    } else if (sscanf(line, "%llx %llx %u", &base, &size, &value) == 3 && start.entries < 64) {
        map[start.entries].base = base;
        map[start.entries].size = size;
        map[start.entries++].type = value;
    }
}

int main(int argc, char **argv)
{
    static struct platform_info info;
    struct pvh_result result;
    char line[256];
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;

    if (!file)
        return 2;
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "expect %255[^\n]", expected) != 1)
            read_line(line);
    }
    start.map = (uintptr_t)map;
    start.module_list = (uintptr_t)module;
    pvh_parse(&info, (uintptr_t)&start, &result);
    memmap_remove(&info, 0, 0x100000);

    int used = 0;
    line[0] = 0;
    for (unsigned i = 0; i < info.ram_count; i++)
        used += snprintf(line + used, sizeof(line) - (size_t)used, "%s%llx+%llx", i ? " " : "",
                         (unsigned long long)info.ram[i].base, (unsigned long long)info.ram[i].size);
    finish(line);
}
