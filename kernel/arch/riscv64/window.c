/*
 * The kernel's own half of every address space: all physical addresses in the direct map, devices too, because it is by
 * the address that the hardware knows what is memory; and the image as it is linked. Set up once on the first CPU.
 */
#include "internal.h"

#define LARGE UINT64_C(0x200000)
#define HUGE  UINT64_C(0x40000000)

/* Their addresses are the image's parts, from the linker script. */
extern const char boot_only_start[], boot_only_end[], image_start[], image_text_end[], image_rodata_end[], image_end[];

_Alignas(4096) static uint64_t kernel_pd[512];
_Alignas(4096) static uint64_t kernel_pt[512]; /* the image, at KERNEL_BASE */
_Alignas(4096) static uint64_t direct_pd[512]; /* the same, and what lies around it, in the direct map */
_Alignas(4096) static uint64_t direct_pt[512];

static uint64_t window_end;

uint64_t mmu_window_end(void)
{
    return window_end != 0 ? window_end : DIRECT_GIB * HUGE;
}

BOOT_ONLY struct platform_range riscv_image(void)
{
    return (struct platform_range){virt_to_phys(image_start), (uint64_t)(image_end - image_start)};
}

static uint64_t entry(uint64_t phys, uint64_t flags)
{
    return phys >> 2 | flags;
}

/* Neither text nor constants can be written at either place; stacks have nothing mapped below them. */
BOOT_ONLY static void map_image(uint64_t base)
{
    for (unsigned i = 0; i < 512; i++) {
        uint64_t phys = base + (uint64_t)i * 4096, va = phys + KERNEL_OFFSET;
        bool text = va < (uint64_t)image_text_end, constant = va < (uint64_t)image_rodata_end;

        bool boot_only = va >= (uint64_t)boot_only_start && va < (uint64_t)boot_only_end;

        direct_pt[i] = entry(phys, constant && !boot_only ? PTE_CONSTANT : PTE_DATA);
        if (va < (uint64_t)image_end)
            kernel_pt[i] = entry(phys, text ? PTE_TEXT : constant ? PTE_CONSTANT : PTE_DATA);
    }
    for (unsigned i = 0; i < ENNEAD_CPUS_MAX; i++)
        kernel_pt[((uint64_t)boot_stacks[i] - (uint64_t)image_start) / 4096] = 0;
}

BOOT_ONLY uint64_t mmu_boot_only(uint64_t *bytes, bool *in_window)
{
    *in_window = true;
    *bytes = (uint64_t)(boot_only_end - boot_only_start);
    return virt_to_phys(boot_only_start);
}

/* In the direct map it is data already. */
void mmu_release_boot_only(void)
{
    for (const char *at = boot_only_start; at < boot_only_end; at += 4096)
        kernel_pt[(at - image_start) / 4096] = 0;
    __asm__ volatile("sfence.vma" ::: "memory");
}

BOOT_ONLY static void extend_window(struct platform_range range)
{
    uint64_t end = range.base + range.size;

    if (range.size != 0 && end > window_end)
        window_end = end < DIRECT_GIB * HUGE ? end : DIRECT_GIB * HUGE;
}

BOOT_ONLY void window_init(const struct platform_info *info)
{
    uint64_t base = virt_to_phys(image_start), gib = base & ~(HUGE - 1);

    map_image(base);
    for (unsigned i = 0; i < 512; i++)
        direct_pd[i] = entry(gib + i * LARGE, PTE_DATA);
    direct_pd[base % HUGE / LARGE] = entry(virt_to_phys(direct_pt), PTE_V);
    kernel_pd[base % HUGE / LARGE] = entry(virt_to_phys(kernel_pt), PTE_V);
    kernel_root[DIRECT_ROOT + gib / HUGE] = entry(virt_to_phys(direct_pd), PTE_V);
    kernel_root[KERNEL_ROOT] = entry(virt_to_phys(kernel_pd), PTE_V);
    mmu_flush_cpu();
    for (unsigned i = 0; i < info->ram_count; i++)
        extend_window(info->ram[i]);
    extend_window(info->archive);
}
