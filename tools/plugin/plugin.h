/* What the project's plugins share: their options, and which privilege code at an address has. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include "qemu_plugin.h"

#define PLUGIN_CPUS_MAX 32u

/* Each plugin's own main.c: called once, with the options kept. */
void plugin_start(qemu_plugin_id_t id);

/* An option NAME=TEXT of the plugin's command line, or NULL; the numbers of NAME=0xN, in base 16 or 10. */
const char *plugin_option(const char *name);
uint64_t plugin_number(const char *name, uint64_t otherwise);
/* NAME=N+N+N: how many there are, of which at most `max` are stored. */
unsigned plugin_numbers(const char *name, uint64_t *numbers, unsigned max);

/* Option `isa=NAME`, a folder of kernel/arch: its addresses from here on are the kernel's, those below users' (and a
 * loader's), but for those of firmware that stays. */
extern uint64_t plugin_kernel_start, plugin_firmware, plugin_firmware_end;

static inline bool plugin_is_kernel(uint64_t vaddr)
{
    return vaddr >= plugin_kernel_start;
}

static inline bool plugin_is_firmware(uint64_t vaddr)
{
    return vaddr >= plugin_firmware && vaddr < plugin_firmware_end;
}

/* To QEMU's standard error, a line at a time. */
void plugin_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, and the end of the machine with status 1. */
_Noreturn void plugin_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
