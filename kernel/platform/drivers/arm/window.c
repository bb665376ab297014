/*
 * The kernel's own half of every address space on Arm: the window into physical memory, which the image lies in, and
 * device registers. In the format of tables that both ports have: see radix.h. Owns the kernel's tables. Set up once
 * on the first CPU; afterwards only devices change, under the kernel lock or before other CPUs run.
 */
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arm/radix.h>
#include <stddef.h>

#define LARGE UINT64_C(0x200000)
#define HUGE  UINT64_C(0x40000000)

#define RAM_FLAGS (PTE_VALID | PTE_NORMAL | PTE_SHARED | PTE_AF | PTE_PXN | PTE_UXN)
#define DEVICE    (PTE_VALID | PTE_DEVICE | PTE_AF | PTE_PXN | PTE_UXN)

/* Their addresses are the image's parts, from the linker script. */
extern const char boot_only_start[], boot_only_end[], image_start[], image_text_end[], image_rodata_end[], image_end[];
/* boot.S */
extern const char boot_secondary_entry[];
extern char boot_stacks[ENNEAD_CPUS_MAX][STACK_BYTES];

_Alignas(4096) static uint64_t root[ARM_ROOT_ENTRIES];
_Alignas(4096) static uint64_t image_gib[512];
_Alignas(4096) static uint64_t image_pages[512]; /* the first 2 MiB of RAM */
_Alignas(4096) static uint64_t devices[512];     /* the first entry is window_access()'s */
_Alignas(4096) static uint64_t no_user[512];     /* stays zero */

static uint64_t window_end = BOOT_WINDOW_END;
static unsigned devices_used = 1;

uint64_t mmu_window_end(void)
{
    return window_end;
}

BOOT_ONLY uint64_t arm_image_start(void)
{
    return virt_to_phys(image_start);
}

BOOT_ONLY uint64_t arm_image_end(void)
{
    return virt_to_phys(image_end);
}

BOOT_ONLY uint64_t arm_secondary_entry(void)
{
    return virt_to_phys(boot_secondary_entry);
}

uint64_t *arm_no_user_tables(void)
{
    return no_user;
}

/* The entry of the root for an address of the kernel's. */
BOOT_ONLY static uint64_t *root_entry(const volatile void *virt)
{
    return &root[((uintptr_t)virt >> 30) % ARM_ROOT_ENTRIES];
}

BOOT_ONLY static uint64_t *take_table(struct platform_info *info)
{
    for (unsigned i = info->ram_count; i-- > 0;) {
        struct platform_range *range = &info->ram[i];
        if (range->size < 4096 || range->base + range->size > BOOT_WINDOW_END)
            continue;
        range->size -= 4096;
        uint64_t *table = phys_to_virt(range->base + range->size);
        __builtin_memset(table, 0, 4096);
        return table;
    }
    boot_refuse("too little memory in its first GiB for page tables: give the machine more");
}

/* Map the 2 MiB pages that [base, base + size) touches; whole gibibytes by one entry. */
BOOT_ONLY static void add_ram(struct platform_info *info, uint64_t base, uint64_t size)
{
    uint64_t end = base + size < WINDOW_LIMIT ? base + size : WINDOW_LIMIT;

    for (uint64_t at = base & ~(LARGE - 1); at < end;) {
        uint64_t *entry = root_entry(phys_to_virt(at));
        if (*entry == 0 && at % HUGE == 0 && end - at >= HUGE) {
            *entry = at | RAM_FLAGS;
            at += HUGE;
            continue;
        }
        if (*entry == 0)
            *entry = virt_to_phys(take_table(info)) | TABLE_FLAGS;
        uint64_t *table = phys_to_virt(*entry & PTE_ADDRESS);
        if (table[at / LARGE % 512] == 0)
            table[at / LARGE % 512] = at | RAM_FLAGS;
        at += LARGE;
    }
    if (size != 0 && end > window_end)
        window_end = end;
}

BOOT_ONLY static void map_image(void)
{
    for (unsigned i = 0; i < 512; i++) {
        uint64_t phys = RAM_BASE + ((uint64_t)i << 12);
        const char *at = phys_to_virt(phys);
        bool constant = at >= image_start && at < image_rodata_end;
        image_pages[i] = phys | RAM_FLAGS | PTE_TABLE | (constant ? PTE_RO : 0);
        if (at >= image_start && at < image_text_end)
            image_pages[i] &= ~PTE_KERNEL_NX;
    }
    for (unsigned i = 0; i < ENNEAD_CPUS_MAX; i++)
        image_pages[(virt_to_phys(boot_stacks[i]) - RAM_BASE) >> 12] = 0;
}

BOOT_ONLY uint64_t mmu_boot_only(uint64_t *bytes, bool *in_window)
{
    *in_window = true;
    *bytes = (uint64_t)(boot_only_end - boot_only_start);
    return virt_to_phys(boot_only_start);
}

void mmu_release_boot_only(void)
{
    for (const char *at = boot_only_start; at < boot_only_end; at += 4096) {
        uint64_t phys = virt_to_phys(at);
        arm_change_entry(&image_pages[(phys - RAM_BASE) >> 12], phys | RAM_FLAGS | PTE_TABLE, (uintptr_t)at);
    }
    arm_isb();
}

BOOT_ONLY void window_init(struct platform_info *info)
{
    map_image();
    *root_entry(image_start) = virt_to_phys(image_gib) | TABLE_FLAGS;
    *root_entry((void *)DEVICE_BASE) = virt_to_phys(devices) | TABLE_FLAGS;
    image_gib[0] = virt_to_phys(image_pages) | TABLE_FLAGS;
    window_end = RAM_BASE;
    for (unsigned i = 0; i < info->ram_count; i++)
        add_ram(info, info->ram[i].base, info->ram[i].size);
    add_ram(info, info->archive.base, info->archive.size);
    add_ram(info, info->dtb.base, info->dtb.size);
    window_init_cpu();
}

BOOT_ONLY void window_init_cpu(void)
{
    arm_tables_changed();
    boot_change_tables((uintptr_t)virt_to_phys(root), (uintptr_t)virt_to_phys(no_user));
}

BOOT_ONLY volatile void *window_map_device(uint64_t phys, uint64_t bytes)
{
    uintptr_t va = DEVICE_BASE + devices_used * (uintptr_t)LARGE + (uintptr_t)(phys % LARGE);

    for (uint64_t at = phys & ~(LARGE - 1); at < phys + bytes; at += LARGE) {
        ASSERT(devices_used < 512);
        devices[devices_used++] = at | DEVICE;
    }
    arm_tables_changed();
    arm_isb();
    return (volatile void *)va;
}

/* Broken before it is made, for all CPUs: whoever comes next finds nothing of what was there. */
volatile void *window_access(uint64_t phys)
{
    devices[0] = 0;
    arm_tables_changed();
    arm_forget_everywhere(DEVICE_BASE);
    devices[0] = (phys & ~(LARGE - 1)) | DEVICE;
    arm_tables_changed();
    arm_isb();
    return (volatile void *)(DEVICE_BASE + (uintptr_t)(phys % LARGE));
}
