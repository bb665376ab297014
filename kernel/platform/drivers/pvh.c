/* PVH start info, as of the Xen x86/HVM direct boot ABI, version 1. Reads physical memory through the direct map. */
#include "pvh.h"
#include "memmap.h"
#include <arch/mmu.h>

#define START_MAGIC 0x336ec578u
#define TYPE_RAM    1u

struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t module_list, command_line, rsdp, memory_map;
    uint32_t memory_map_entries, reserved;
};

struct module {
    uint64_t base, size, command_line, reserved;
};

struct memory_range {
    uint64_t base, size;
    uint32_t type, reserved;
};

void pvh_parse(struct platform_info *info, uint64_t phys, struct pvh_result *result)
{
    const struct start_info *start = phys_to_virt(phys);

    if (start->magic != START_MAGIC)
        boot_refuse("no PVH start info (magic %x): load the kernel with a PVH loader, such as QEMU's -kernel",
                    start->magic);
    if (start->version < 1)
        boot_refuse("PVH start info has no memory map (version %u): use a loader of version 1", start->version);
    result->command_line = start->command_line ? phys_to_virt(start->command_line) : "";
    result->rsdp = start->rsdp;

    const struct memory_range *map = phys_to_virt(start->memory_map);
    for (uint32_t i = 0; i < start->memory_map_entries; i++) {
        if (map[i].type == TYPE_RAM)
            memmap_add(info, map[i].base, map[i].size);
    }
    memmap_finish(info);

    if (start->modules == 0)
        return;
    const struct module *module = phys_to_virt(start->module_list);
    info->archive = (struct platform_range){module->base, module->size};
    if (!memmap_holds(info, module->base, module->size))
        boot_refuse("the boot archive at %llx with %llx bytes is not in memory: give the machine more (QEMU: -m 16M)",
                    (unsigned long long)module->base, (unsigned long long)module->size);
    if (module->base % 4096 != 0)
        boot_refuse("the boot archive at %llx does not start on a page: use another loader",
                    (unsigned long long)module->base);
}
