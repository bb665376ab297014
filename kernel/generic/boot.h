/* From power-on to the root task. */
#ifndef GENERIC_BOOT_H
#define GENERIC_BOOT_H

#include <stdint.h>

struct cpu;

/* What the boot archive says of the root image; addresses are physical. */
struct root_image {
    uint64_t archive;
    uint64_t archive_bytes;
    uint64_t image;
    uint64_t address;
    uint64_t entry;
    uint64_t stack;
    uint64_t text_bytes;
    uint64_t rodata_bytes;
    uint64_t data_bytes;
};

/* Check the archive and find the root image in it; refuses to boot if anything is wrong. archive.c */
void archive_find_root(struct root_image *root);

/* What runs at boot alone is behind this CPU: it goes on with threads. entry.c */
_Noreturn void cpu_join(struct cpu *cpu);

#endif
