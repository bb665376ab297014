/*
 * Reading ELF programs of the target's own machine. Pure: works on bytes, touches nothing else.
 *
 * Numbers are read in the byte order and word size that the file names, so that the check of the machine comes out
 * as a clear message on any port.
 */
#ifndef ROOT_ELF_H
#define ROOT_ELF_H

#include <ennead/ipc.h>

#define ELF_SEGMENTS_MAX 6u

struct elf_segment {
    uint64_t address;     /* virtual, page-aligned */
    uint64_t memory_size; /* >= file_size; what the file does not hold is zero */
    uint64_t file_offset;
    uint64_t file_size;
    unsigned rights; /* ennead_right */
};

struct elf_program {
    uint64_t entry;
    unsigned segment_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /* ascending, disjoint, no two on one page */
};

/* NULL, or what is wrong with the file. */
const char *elf_read(struct elf_program *program, const uint8_t *file, size_t size, unsigned machine,
                     size_t page_bytes);

#endif
