/* Device registers: see io.h. */
#include <ennead/io.h>
#include <region_client.h>

/* The smallest of the page sizes (bit n: 1 << n bytes) that covers [0, end). */
static unsigned order_for(uint64_t page_sizes, uint64_t end)
{
    unsigned order = 0;
    while ((page_sizes >> order & 1) == 0)
        order++;
    while ((uint64_t)1 << order < end)
        order++;
    return order;
}

enum ennead_error ennead_io_open(struct ennead_io *io, const struct ennead_start_device *device, uint64_t window)
{
    struct region_describe_out about;
    *io = (struct ennead_io){NULL, device->offset, device->region_slot, device->reg_shift};
    enum ennead_error error = region_describe(device->region_slot, &about);
    if (error != ENNEAD_OK || (about.flags & ENNEAD_REGION_UNMAPPABLE) != 0)
        return error;
    unsigned order = order_for(about.page_sizes, device->offset + device->size);
    error = region_map(device->region_slot, 0, order, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE, 0, window, order);
    if (error == ENNEAD_OK)
        io->base = (volatile uint8_t *)(uintptr_t)(window + device->offset);
    return error;
}

uint32_t ennead_io_load(const struct ennead_io *io, unsigned reg, unsigned width)
{
    uint64_t at = (uint64_t)reg << io->reg_shift, value;
    if (io->base == NULL)
        return region_load(io->region, io->offset + at, width, &value) == ENNEAD_OK ? (uint32_t)value : UINT32_MAX;
    volatile uint8_t *address = (volatile uint8_t *)io->base + at;
    if (width == 1)
        return *address;
    return width == 2 ? *(volatile uint16_t *)(volatile void *)address : *(volatile uint32_t *)(volatile void *)address;
}

void ennead_io_store(const struct ennead_io *io, unsigned reg, unsigned width, uint32_t value)
{
    uint64_t at = (uint64_t)reg << io->reg_shift;
    if (io->base == NULL) {
        /* A store the hardware refuses has no effect, as on a bus. */
        (void)!region_store(io->region, io->offset + at, width, value);
        return;
    }
    volatile uint8_t *address = (volatile uint8_t *)io->base + at;
    if (width == 1)
        *address = (uint8_t)value;
    else if (width == 2)
        *(volatile uint16_t *)(volatile void *)address = (uint16_t)value;
    else
        *(volatile uint32_t *)(volatile void *)address = value;
}
