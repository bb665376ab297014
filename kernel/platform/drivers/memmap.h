/*
 * The list of usable memory that a board makes at boot from what its firmware says. For board code, before
 * kernel_start(). Whatever is wrong with it ends in boot_refuse().
 */
#ifndef PLATFORM_MEMMAP_H
#define PLATFORM_MEMMAP_H

#include <platform/platform.h>

/* One more range of RAM as the firmware gave it; kept sorted. Refuses overlaps, wrapped and too many ranges. */
void memmap_add(struct platform_info *info, uint64_t base, uint64_t size);
/* After the last memmap_add(): shrink to whole pages, and refuse a machine without any. */
void memmap_finish(struct platform_info *info);
/* Take [base, base + size), rounded out to pages, out of the list. */
void memmap_remove(struct platform_info *info, uint64_t base, uint64_t size);
/* No range lies on both sides of `at` afterwards: the end of the kernel's window. */
void memmap_split(struct platform_info *info, uint64_t at);
/* Does one range of the list hold all of [base, base + size)? */
bool memmap_holds(const struct platform_info *info, uint64_t base, uint64_t size);

/* The kernel's words of the boot command line; what stands behind `--` is the root task's, in info->command_line. */
struct boot_options {
    unsigned cpus; /* use at most this many */
    bool verbose;
};
void boot_options_parse(struct platform_info *info, struct boot_options *options, const char *line);

#endif
