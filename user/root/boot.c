/* What the kernel handed over: resources, devices, and the files of the boot archive. */
#include "root.h"
#include <ennead/text.h>

const struct ennead_resource *boot_resource(unsigned kind, const char *name)
{
    for (uint32_t i = 0; i < root.boot->resource_count; i++) {
        const struct ennead_resource *resource = &root.boot->resources[i];
        if (resource->kind == kind && text_equal(resource->name, name))
            return resource;
    }
    return NULL;
}

const struct ennead_device *boot_device(const char *compatible)
{
    for (uint32_t i = 0; i < root.boot->device_count; i++) {
        if (text_equal(root.boot->devices[i].compatible, compatible))
            return &root.boot->devices[i];
    }
    return NULL;
}

/* The archive's numbers are little-endian on every port. */
static uint32_t little(const void *at)
{
    const uint8_t *b = at;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static const struct ennead_archive_header *archive(void)
{
    return (const struct ennead_archive_header *)(uintptr_t)root.boot->archive_address;
}

unsigned archive_machine(void)
{
    return little(&archive()->machine);
}

/* The kernel has checked header and checksum, but the table is the packer's. */
static const uint8_t *file_bytes(const struct ennead_archive_file *file, size_t *size)
{
    uint64_t offset = little(&file->offset), bytes = little(&file->size);
    if (offset > root.boot->archive_size || bytes > root.boot->archive_size - offset)
        root_refuse("boot archive: a file lies past its end; build the archive again");
    *size = (size_t)bytes;
    return (const uint8_t *)archive() + offset;
}

const uint8_t *archive_find(const char *name, size_t *size)
{
    const struct ennead_archive_file *files = (const void *)(archive() + 1);
    uint32_t count = little(&archive()->file_count);
    for (uint32_t i = 0; i < count && i < ENNEAD_ARCHIVE_FILES_MAX; i++) {
        char held[ENNEAD_NAME_BYTES + 1] = {0};
        memcpy(held, files[i].name, ENNEAD_NAME_BYTES);
        if (text_equal(held, name))
            return file_bytes(&files[i], size);
    }
    return NULL;
}
