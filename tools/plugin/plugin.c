/* Options, messages and the entry that QEMU calls: see plugin.h. */
#include "plugin.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int qemu_plugin_version = PLUGIN_API_VERSION;

static int option_count;
static char **options;
uint64_t plugin_kernel_start, plugin_firmware, plugin_firmware_end;

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

static void set_addresses(const char *isa)
{
    static const struct {
        const char *name;
        uint64_t start, firmware, firmware_end;
    } isas[] = {
        {"aarch64", 0xffffff8000000000, 0, 0},
        {"arm", 0x80000000, 0, 0},
        {"ppc32", 0xc0000000, 0, 0},
        {"ppc64", 0xc000000000000000, 0, 0},
        {"riscv64", 0xffffffc000000000, 0x80000000, 0x80200000},
        {"x86_64", 0xffff800000000000, 0, 0},
    };
    for (unsigned i = 0; i < sizeof isas / sizeof isas[0]; i++) {
        if (!isa || strcmp(isas[i].name, isa) != 0)
            continue;
        plugin_kernel_start = isas[i].start;
        plugin_firmware = isas[i].firmware;
        plugin_firmware_end = isas[i].firmware_end;
        return;
    }
    plugin_fail("option isa=%s: no such ISA", isa ? isa : "");
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
    set_addresses(plugin_option("isa"));
    plugin_start(id);
    return 0;
}
