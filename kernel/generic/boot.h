/* From power-on to the root task: used once, by entry.c. */
#ifndef GENERIC_BOOT_H
#define GENERIC_BOOT_H

#include <stdint.h>

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

/* Make the first objects and the root thread, and start the other CPUs. boot.c */
void boot_start(void);

#endif
