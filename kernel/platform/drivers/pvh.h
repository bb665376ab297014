/* The PVH start info: memory map, boot archive (the first module), command line, ACPI root pointer. For x86 boards. */
#ifndef PLATFORM_PVH_H
#define PLATFORM_PVH_H

#include <platform/platform.h>

struct pvh_result {
    const char *command_line; /* where the loader left it: copy before its memory is used */
    uint64_t rsdp;            /* physical, 0 if not told */
};
/* Fill info->ram and info->archive from the start info at `phys`. Refuses what makes no sense. */
void pvh_parse(struct platform_info *info, uint64_t phys, struct pvh_result *result);

#endif
