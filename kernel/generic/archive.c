/*
 * The boot archive as the kernel sees it: untrusted bytes, little-endian on every port. The kernel needs the root
 * image alone; the root task reads the rest.
 */
#include "boot.h"
#include "pool.h"

#include "memory.h"
#include <arch/mmu.h>

static uint32_t word_at(const uint8_t *bytes, uint64_t offset)
{
    const uint8_t *at = bytes + offset;
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

#define HEADER(field) word_at(bytes, offsetof(struct ennead_archive_header, field))

static void check_header(const uint8_t *bytes, uint64_t available)
{
    if (available < sizeof(struct ennead_archive_header) || memcmp(bytes, ENNEAD_ARCHIVE_MAGIC, 8) != 0)
        boot_refuse("boot archive: not an Ennead archive; build it with mkarchive and pass it as the initial ramdisk");
    uint32_t size = HEADER(size);
    if (size > available || size % 4 || size < sizeof(struct ennead_archive_header))
        boot_refuse("boot archive: truncated, %u of %u bytes came; copy it again", (unsigned)available, size);
    uint32_t sum = 0;
    for (uint32_t offset = 0; offset < size; offset += 4)
        sum += word_at(bytes, offset);
    if (sum != 2 * HEADER(checksum))
        boot_refuse("boot archive: checksum is wrong, the archive is damaged; build it again");
}

/* Offset of the file "root". */
static uint32_t find_root_file(const uint8_t *bytes, uint32_t *file_bytes)
{
    uint32_t size = HEADER(size), count = HEADER(file_count);
    uint64_t table = sizeof(struct ennead_archive_header), entry = sizeof(struct ennead_archive_file);
    if (count > ENNEAD_ARCHIVE_FILES_MAX || table + count * entry > size)
        boot_refuse("boot archive: its table of %u files does not fit; build it again", count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t at = table + i * entry;
        if (memcmp(bytes + at, "root", 5) != 0)
            continue;
        uint32_t offset = word_at(bytes, at + offsetof(struct ennead_archive_file, offset));
        *file_bytes = word_at(bytes, at + offsetof(struct ennead_archive_file, size));
        if (offset % PAGE_BYTES || offset > size || *file_bytes > size - offset)
            boot_refuse("boot archive: file \"root\" lies outside the archive; build it again");
        return offset;
    }
    boot_refuse("boot archive: no file \"root\" in it; add the root task");
}

static void check_image(const struct root_image *root, uint32_t file_bytes)
{
    uint64_t size = root->text_bytes + root->rodata_bytes + root->data_bytes;
    if ((root->address | root->text_bytes | root->rodata_bytes | root->data_bytes) % PAGE_BYTES || size > file_bytes ||
        !root->text_bytes)
        boot_refuse("boot archive: the parts of the root image are not whole pages of its file; build it again");
    if (root->address < PAGE_BYTES || root->address + size > PORT_USER_END)
        boot_refuse("boot archive: the root image does not fit into user space; link it elsewhere");
    if (root->entry < root->address || root->entry >= root->address + root->text_bytes)
        boot_refuse("boot archive: the root image's entry is outside its text; build it again");
}

void archive_find_root(struct root_image *root)
{
    const struct platform_range *range = &platform_info()->archive;
    if (!range->size)
        boot_refuse("no boot archive: pass one as the initial ramdisk (QEMU: -initrd FILE)");
    if (range->base % PAGE_BYTES || range->base + range->size > mmu_window_end())
        boot_refuse("boot archive: the boot loader put it at 0x%llx, where the kernel cannot use it",
                    (unsigned long long)range->base);
    const uint8_t *bytes = phys_to_virt(range->base);
    check_header(bytes, range->size);
    uint32_t file_bytes;
    uint32_t offset = find_root_file(bytes, &file_bytes);
    *root = (struct root_image){
        .archive = range->base,
        .archive_bytes = HEADER(size),
        .image = range->base + offset,
        .address = HEADER(root_address),
        .entry = HEADER(root_entry),
        .stack = HEADER(root_stack),
        .text_bytes = HEADER(root_text),
        .rodata_bytes = HEADER(root_rodata),
        .data_bytes = HEADER(root_data),
    };
    check_image(root, file_bytes);
}
