/*
 * The kernel's own address space, which is that of process 0: physical memory from 0 on, with the image and the vectors
 * protected. Owns the table of processes. Set up once on the first CPU.
 */
#include "internal.h"
#include <port/radix.h>

#define LARGE          UINT64_C(0x200000)
#define HUGE           UINT64_C(0x40000000)
#define ROOT_LOG2      UINT64_C(13) /* of how many entries the hardware's root has */
#define RADIX_52_BITS  (UINT64_C(2) << 61 | UINT64_C(5) << 5)
#define REGISTER_RADIX 0x1du /* a new table, radix trees, and the kernel itself says what TLBs forget */
#define PROCESSES      512u
#define PROCESSES_8K   1u

#define KERNEL_DATA     (PTE_PRIVILEGED | PTE_READ | PTE_WRITE)
#define KERNEL_CONSTANT (PTE_PRIVILEGED | PTE_READ)
#define KERNEL_TEXT     (PTE_PRIVILEGED | PTE_READ | PTE_EXECUTE)

/* Their addresses are the image's parts, from the linker script. */
extern const char boot_only_start[], boot_only_end[], image_start[], image_text_end[], image_rodata_end[], image_end[];

struct process {
    uint64_t tree, other;
};

_Static_assert(PROCESSES_PER_CPU *(ENNEAD_CPUS_MAX + 1) <= PROCESSES, "too few identifiers");

_Alignas(8192) static struct process processes[PROCESSES]; /* those that no CPU has are empty */
_Alignas(ROOT_BYTES) static uint64_t kernel_root[ROOT_BYTES / 8];
_Alignas(4096) static uint64_t kernel_huge[512];
_Alignas(4096) static uint64_t kernel_large[512];
_Alignas(4096) static uint64_t first_pages[512]; /* the first 2 MiB: vectors */
_Alignas(4096) static uint64_t image_pages[512];

static char *user_roots;
static uint64_t window_end = WINDOW_GIB * HUGE;

uint64_t mmu_window_end(void)
{
    return window_end;
}

BOOT_ONLY struct platform_range ppc_image(void)
{
    return (struct platform_range){virt_to_phys(image_start), (uint64_t)(image_end - image_start)};
}

BOOT_ONLY uint64_t ppc_secondary_entry(void)
{
    return virt_to_phys(boot_secondary_entry);
}

uint64_t *window_user_root(uint64_t process)
{
    return (uint64_t *)(user_roots + (process - ppc_first_process(0)) * ROOT_BYTES);
}

static uint64_t leaf(uint64_t phys, uint64_t rights)
{
    return ppc_be64(PTE_VALID | PTE_LEAF | PTE_REFERENCED | PTE_CHANGED | phys | rights);
}

/* Stacks have nothing mapped below them. */
BOOT_ONLY static void map_pages(void)
{
    for (unsigned i = 0; i < 512; i++) {
        uint64_t low = (uint64_t)i * 4096, phys = IMAGE_PHYS + low, va = phys + WINDOW_BASE;
        bool is_vector = low >= VECTORS_PHYS && low < VECTORS_PHYS + VECTORS_BYTES;

        first_pages[i] = leaf(low, is_vector ? KERNEL_TEXT : KERNEL_DATA);
        image_pages[i] = leaf(phys, va < (uint64_t)image_text_end     ? KERNEL_TEXT
                                    : va < (uint64_t)image_rodata_end ? KERNEL_CONSTANT
                                                                      : KERNEL_DATA);
    }
    for (unsigned i = 0; i < ENNEAD_CPUS_MAX; i++)
        image_pages[((uint64_t)boot_stacks[i] - (uint64_t)image_start) / 4096] = 0;
}

BOOT_ONLY uint64_t mmu_boot_only(uint64_t *bytes, bool *in_window)
{
    *in_window = true;
    *bytes = (uint64_t)(boot_only_end - boot_only_start);
    return virt_to_phys(boot_only_start);
}

/* Process 0 is the kernel. */
void mmu_release_boot_only(void)
{
    for (const char *at = boot_only_start; at < boot_only_end; at += 4096) {
        image_pages[(at - image_start) / 4096] = leaf(virt_to_phys(at), KERNEL_DATA);
        radix_forget_page(0, (ennead_word)at, 12);
    }
    radix_forgotten();
}

BOOT_ONLY static void map_window(void)
{
    for (unsigned i = 0; i < 512; i++) {
        kernel_large[i] = leaf(i * LARGE, KERNEL_DATA);
        kernel_huge[i] = leaf(i * HUGE, KERNEL_DATA);
    }
    kernel_large[0] = radix_table(virt_to_phys(first_pages));
    kernel_large[IMAGE_PHYS / LARGE] = radix_table(virt_to_phys(image_pages));
    kernel_huge[0] = radix_table(virt_to_phys(kernel_large));
    kernel_root[0] = radix_table(virt_to_phys(kernel_huge));
}

/* At the end of the last range that has so much, and can be reached before translation is on. */
BOOT_ONLY static char *take_roots(struct platform_info *info, uint64_t bytes)
{
    for (unsigned i = info->ram_count; i-- > 0;) {
        struct platform_range *range = &info->ram[i];
        uint64_t end = (range->base + range->size) & ~(uint64_t)(ROOT_BYTES - 1);
        if (end < range->base + bytes)
            continue;
        range->size = end - bytes - range->base;
        char *roots = phys_to_virt(end - bytes);
        __builtin_memset(roots, 0, bytes);
        return roots;
    }
    boot_refuse("too little memory for page tables: give the machine more");
}

BOOT_ONLY void window_init(struct platform_info *info, unsigned cpus)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < info->ram_count; i++)
        end = info->ram[i].base + info->ram[i].size;
    window_end = end < window_end ? end : window_end;
    user_roots = take_roots(info, (uint64_t)cpus * PROCESSES_PER_CPU * ROOT_BYTES);
    map_pages();
    map_window();
    processes[0].tree = ppc_be64(RADIX_52_BITS | virt_to_phys(kernel_root) | ROOT_LOG2);
    for (uint64_t i = ppc_first_process(0); i < ppc_first_process(cpus); i++)
        processes[i].tree = ppc_be64(RADIX_52_BITS | virt_to_phys(window_user_root(i)) | ROOT_LOG2);
    if (ppc_hcall(H_REGISTER_PROC_TBL, REGISTER_RADIX, virt_to_phys(processes), 0, PROCESSES_8K, NULL) != 0)
        boot_refuse("the hypervisor does not let this machine have radix page tables: give it a POWER9 or later");
    __builtin_memcpy(phys_to_virt(VECTORS_PHYS), vectors_start, (size_t)(vectors_end - vectors_start));
    __asm__ volatile("sync; icbi 0, %0; sync; isync" ::"r"(phys_to_virt(VECTORS_PHYS)) : "memory");
    window_init_cpu();
}

BOOT_ONLY void window_init_cpu(void)
{
    WRITE_SPR(SPR_PID, 0);
    __asm__ volatile("ptesync; isync; mtmsrd %0; isync" ::"r"(MSR_KERNEL) : "memory");
}
