/*
 * The kernel's own half of every address space: the image at -2 GiB, pages of device registers behind it, and
 * all RAM in the direct map. Owns the kernel's page tables. Set up once on the first CPU; afterwards only device
 * pages change, under the kernel lock or before other CPUs run.
 */
#include "internal.h"
#include <port/radix.h>

#define LARGE UINT64_C(0x200000)
#define HUGE  UINT64_C(0x40000000)

/* Their addresses are the image's parts, from the linker script. */
extern char boot_only_start[], boot_only_end[], image_start[], image_text_end[], image_rodata_end[], image_end[];
extern uint64_t kernel_pdpt[512], kernel_pd[512], direct_pdpt[512], direct_pd[4][512], boot_pml4[512];
extern char boot_stacks[ENNEAD_CPUS_MAX][STACK_BYTES];

_Alignas(4096) static uint64_t kernel_pml4[512];
_Alignas(4096) static uint64_t image_pt[512];  /* the first 2 MiB, at KERNEL_BASE */
_Alignas(4096) static uint64_t direct_pt[512]; /* the same in the direct map */
_Alignas(4096) static uint64_t device_pt[512];

static uint64_t window_end;
static bool have_huge_pages;

uint64_t mmu_window_end(void)
{
    return window_end;
}

BOOT_ONLY uint64_t x86_image_end(void)
{
    return virt_to_phys(image_end);
}

uint64_t *x86_kernel_root(void)
{
    return kernel_pml4;
}

bool x86_have_huge_pages(void)
{
    return have_huge_pages;
}

BOOT_ONLY static uint64_t *take_table(struct platform_info *info)
{
    for (unsigned i = info->ram_count; i-- > 0;) {
        struct platform_range *range = &info->ram[i];
        if (range->size < 4096 || range->base + range->size > UINT64_C(1) << 32)
            continue;
        range->size -= 4096;
        uint64_t *table = phys_to_virt(range->base + range->size);
        __builtin_memset(table, 0, 4096);
        return table;
    }
    boot_refuse("too little memory below 4 GiB for page tables: give the machine more");
}

/* Map the 2 MiB pages that [base, base + size) touches; whole gibibytes by one entry where the CPU can. */
BOOT_ONLY static void add_ram(struct platform_info *info, uint64_t base, uint64_t size)
{
    const uint64_t flags = PTE_PRESENT | PTE_WRITE | PTE_LARGE | PTE_GLOBAL | PTE_A | PTE_D | PTE_NX;
    uint64_t end = base + size < DIRECT_LIMIT ? base + size : DIRECT_LIMIT;

    for (uint64_t at = base & ~(LARGE - 1); at < end;) {
        uint64_t *entry = &direct_pdpt[at / HUGE];
        if (have_huge_pages && *entry == 0 && at % HUGE == 0 && end - at >= HUGE) {
            *entry = at | flags;
            at += HUGE;
            continue;
        }
        if (*entry == 0)
            *entry = virt_to_phys(take_table(info)) | PTE_PRESENT | PTE_WRITE;
        uint64_t *pd = phys_to_virt(*entry & PTE_ADDRESS);
        if (pd[at / LARGE % 512] == 0)
            pd[at / LARGE % 512] = at | flags;
        at += LARGE;
    }
    if (size != 0 && end > window_end)
        window_end = end;
}

/* The first 2 MiB twice: text runs at -2 GiB, and neither text nor constants can be written at either place. */
BOOT_ONLY static void map_image(void)
{
    for (unsigned i = 0; i < 512; i++) {
        uint64_t phys = (uint64_t)i << 12;
        uint64_t va = KERNEL_BASE + phys;
        bool in_image = va >= (uint64_t)image_start && va < (uint64_t)image_end;
        bool boot_only = va >= (uint64_t)boot_only_start && va < (uint64_t)boot_only_end;
        bool constant = in_image && va < (uint64_t)image_rodata_end;
        uint64_t entry = phys | PTE_PRESENT | PTE_GLOBAL | PTE_A | PTE_D | (constant ? 0 : PTE_WRITE);

        direct_pt[i] = entry | PTE_NX | (boot_only ? PTE_WRITE : 0);
        if (in_image)
            image_pt[i] = entry | (va < (uint64_t)image_text_end ? 0 : PTE_NX);
    }
    for (unsigned i = 0; i < ENNEAD_CPUS_MAX; i++)
        image_pt[((uint64_t)boot_stacks[i] - KERNEL_BASE) >> 12] = 0;
    __builtin_memcpy(phys_to_virt(TRAMPOLINE), trampoline, (size_t)(trampoline_end - trampoline));
    direct_pt[TRAMPOLINE >> 12] = TRAMPOLINE | PTE_PRESENT | PTE_GLOBAL | PTE_A | PTE_D;
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
    for (uint64_t va = (uint64_t)boot_only_start; va < (uint64_t)boot_only_end; va += 4096) {
        image_pt[(va - KERNEL_BASE) >> 12] = 0;
        invlpg(va);
    }
}

BOOT_ONLY void window_init(struct platform_info *info)
{
    have_huge_pages = cpuid(0x80000001).d >> 26 & 1;
    if (!(cpuid(0x80000001).d >> 20 & 1))
        boot_refuse("this processor has no execute-disable bit: use one that has (-cpu qemu64 or later)");
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);

    map_image();
    kernel_pml4[256] = virt_to_phys(direct_pdpt) | PTE_PRESENT | PTE_WRITE;
    kernel_pml4[511] = virt_to_phys(kernel_pdpt) | PTE_PRESENT | PTE_WRITE;
    __builtin_memset(direct_pd, 0, sizeof(direct_pd));
    direct_pd[0][0] = virt_to_phys(direct_pt) | PTE_PRESENT | PTE_WRITE;
    for (unsigned i = 0; i < info->ram_count; i++)
        add_ram(info, info->ram[i].base, info->ram[i].size);
    add_ram(info, info->archive.base, info->archive.size);

    kernel_pd[0] = virt_to_phys(image_pt) | PTE_PRESENT | PTE_WRITE;
    kernel_pd[1] = virt_to_phys(device_pt) | PTE_PRESENT | PTE_WRITE;
    WRITE_CR(3, virt_to_phys(kernel_pml4));
}

volatile void *window_map_device(enum device_slot slot, uint64_t phys)
{
    uint64_t va = DEVICE_BASE + ((uint64_t)slot << 12);
    device_pt[slot] = (phys & PTE_ADDRESS) | PTE_PRESENT | PTE_WRITE | PTE_PCD | PTE_PWT | PTE_A | PTE_D | PTE_NX;
    invlpg(va);
    return (volatile void *)(va + (phys & 4095));
}
