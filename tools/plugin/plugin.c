/* Options, messages and the entry that QEMU calls: see plugin.h. */
#include "plugin.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int qemu_plugin_version = PLUGIN_API_VERSION;

static int option_count;
static char **options;
static uint64_t kernel_start;

const char *plugin_option(const char *name)
{
    size_t length = strlen(name);
    for (int i = 0; i < option_count; i++) {
        if (strncmp(options[i], name, length) == 0 && options[i][length] == '=')
            return options[i] + length + 1;
    }
    return NULL;
}

unsigned plugin_numbers(const char *name, uint64_t *numbers, unsigned max)
{
    const char *text = plugin_option(name);
    unsigned count = 0;
    while (text && *text && count < max) {
        char *end;
        numbers[count++] = strtoull(text, &end, 0);
        if (end == text || (*end && *end != '+'))
            plugin_fail("option %s: '%s' is no number", name, text);
        text = *end ? end + 1 : end;
    }
    return count;
}

uint64_t plugin_number(const char *name, uint64_t otherwise)
{
    uint64_t number;
    return plugin_numbers(name, &number, 1) ? number : otherwise;
}

bool plugin_is_kernel(uint64_t vaddr)
{
    return vaddr >= kernel_start;
}

static void say(const char *format, va_list arguments)
{
    char line[512];
    vsnprintf(line, sizeof line - 1, format, arguments);
    strcat(line, "\n");
    fputs(line, stderr);
}

void plugin_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void plugin_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    _Exit(1);
}

/* `argv` is gone when this returns. */
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    if (!info->system_emulation)
        return 1;
    option_count = argc;
    options = calloc((size_t)argc + 1, sizeof *options);
    for (int i = 0; i < argc; i++)
        options[i] = strdup(argv[i]);
    kernel_start = plugin_number("kernel", UINT64_MAX);
    plugin_start(id);
    return 0;
}
