/*
 * Device registers, by whatever way the machine has: mapped, or read and written by IPC where they are reached by
 * privileged instructions. A driver cannot tell which.
 */
#ifndef ENNEAD_IO_H
#define ENNEAD_IO_H

#include <ennead/start.h>

struct ennead_io {
    volatile void *base; /* of register 0; NULL: by IPC */
    uint64_t offset;     /* of register 0 in the region */
    uint32_t region;
    uint32_t reg_shift; /* register n lies at n << reg_shift */
};

/* `window`: an address in this component's space, aligned to what `device` needs, to map registers at. */
enum ennead_error ennead_io_open(struct ennead_io *io, const struct ennead_start_device *device, uint64_t window);

/* One access of `width` bytes (1, 2, 4), in the byte order of the CPU. A load that fails gives all ones. */
uint32_t ennead_io_load(const struct ennead_io *io, unsigned reg, unsigned width);
void ennead_io_store(const struct ennead_io *io, unsigned reg, unsigned width, uint32_t value);

#endif
