/*
 * The kernel's own part of every address space, all of it in TLB1: the window into physical memory from 0 on, this
 * CPU's stack, pages of device registers. Owns entries and their list, which CPUs that start later copy; changes
 * before other CPUs run, or under the kernel lock.
 */
#include "internal.h"

#define MIB               UINT64_C(0x100000)
#define BOOT_WINDOW_END   (64 * MIB) /* what boot.S maps */
#define BOOT_ENTRIES      10u
#define BOOT_ONLY_PHYS    UINT64_C(0x40000) /* kernel.ld */
#define DEVICE_SLOT_BYTES 0x1000000u
#define SIZE_64K          3u
#define SIZE_64M          8u
#define SIZE_256M         9u

extern char image_end[];

struct tlb_entry {
    uint32_t mas1, mas2, mas3, mas7;
};

static struct tlb_entry entries[TLB1_ENTRIES];
static uint64_t window_end = BOOT_WINDOW_END;
static unsigned boot_only_entry; /* 0: there is none */

uint64_t mmu_window_end(void)
{
    return window_end;
}

/* Of the first MiB what text and constants leave is not mapped. */
bool window_holds(uint64_t phys)
{
    return phys >= MIB && phys < window_end;
}

BOOT_ONLY uint64_t ppc_image_end(void)
{
    return virt_to_phys(image_end);
}

BOOT_ONLY uint64_t ppc_secondary_entry(void)
{
    return virt_to_phys(boot_secondary_entry);
}

/* In the first 64 KiB: the rest of the text is gone for a moment when they become an entry of their own. */
__attribute__((section(".text.first"))) static void write_entries(unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++) {
        if (entries[i].mas1 == 0)
            continue;
        WRITE_SPR(SPR_MAS0, MAS0_TLB1 | i << 16);
        WRITE_SPR(SPR_MAS1, entries[i].mas1);
        WRITE_SPR(SPR_MAS2, entries[i].mas2);
        WRITE_SPR(SPR_MAS3, entries[i].mas3);
        WRITE_SPR(SPR_MAS7, entries[i].mas7);
        __asm__ volatile("sync; tlbwe; isync" ::: "memory");
    }
}

static void describe(unsigned index, uint32_t virt, uint64_t phys, unsigned size, uint32_t attributes, uint32_t rights)
{
    entries[index] = (struct tlb_entry){
        .mas1 = MAS1_VALID | MAS1_IPROT | size << 8,
        .mas2 = virt | attributes,
        .mas3 = (uint32_t)phys | rights,
        .mas7 = (uint32_t)(phys >> 32),
    };
}

BOOT_ONLY static void describe_window(unsigned index, uint64_t phys, unsigned size, uint32_t rights)
{
    describe(index, (uint32_t)phys + WINDOW_BASE, phys, size, MAS2_COHERENT, rights);
}

/* Only what is RAM may be mapped as such, because the processor reads ahead. RAM begins at 0 and has no holes there. */
BOOT_ONLY static uint64_t end_of_first_range(const struct platform_info *info)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < info->ram_count; i++) {
        uint64_t range_end = info->ram[i].base + info->ram[i].size;
        if (range_end > end)
            end = range_end;
    }
    return end < WINDOW_BYTES ? end : WINDOW_BYTES;
}

/*
 * Text and constants have an entry each, for their first 64 KiB and the next; what runs at boot alone has one for a
 * while; behind that, up to data, is nothing.
 */
BOOT_ONLY static unsigned tell_text_from_constants(unsigned index)
{
    describe_window(TLB1_WINDOW, 0, SIZE_64K, MAS3_SR | MAS3_SX);
    describe_window(index, 0x10000, SIZE_64K, MAS3_SR | MAS3_SX);
    describe_window(index + 1, 0x20000, SIZE_64K, MAS3_SR);
    describe_window(index + 2, 0x30000, SIZE_64K, MAS3_SR);
    describe_window(index + 3, BOOT_ONLY_PHYS, SIZE_64K, MAS3_SR | MAS3_SX);
    boot_only_entry = index + 3;
    return index + 4;
}

/* From there up to data nothing is mapped then; with few entries the first MiB stays one. */
BOOT_ONLY uint64_t mmu_boot_only(uint64_t *bytes, bool *in_window)
{
    *bytes = boot_only_entry ? MIB - BOOT_ONLY_PHYS : 0;
    *in_window = false;
    return BOOT_ONLY_PHYS;
}

/* The list of entries is what CPUs start with, which they have done. */
void mmu_release_boot_only(void)
{
    if (!boot_only_entry)
        return;
    WRITE_SPR(SPR_MAS0, MAS0_TLB1 | boot_only_entry << 16);
    WRITE_SPR(SPR_MAS1, 0);
    __asm__ volatile("sync; tlbwe; isync" ::: "memory");
}

/* With few entries constants stay what text is, and the window ends at 256 MiB. */
BOOT_ONLY void window_init(const struct platform_info *info)
{
    bool few = (READ_SPR(SPR_TLB1CFG) & 0xfff) < TLB1_ENTRIES;
    unsigned index = few ? TLB1_WINDOW + BOOT_ENTRIES : tell_text_from_constants(TLB1_FEW);
    unsigned limit = few ? TLB1_DEVICE : TLB1_ENTRIES;
    uint64_t end = end_of_first_range(info), at = BOOT_WINDOW_END;

    while (end - at >= 64 * MIB && index < limit) {
        unsigned size = at % (256 * MIB) == 0 && end - at >= 256 * MIB ? SIZE_256M : SIZE_64M;
        describe_window(index++, at, size, MAS3_SR | MAS3_SW);
        at += size == SIZE_256M ? 256 * MIB : 64 * MIB;
    }
    window_end = at;
    write_entries(TLB1_WINDOW, index);
}

volatile void *window_map_device(unsigned slot, uint64_t phys, unsigned size)
{
    uint32_t virt = DEVICE_BASE + slot * DEVICE_SLOT_BYTES;
    uint64_t bytes = UINT64_C(1024) << 2 * size;

    unsigned index = (TLB1_DEVICE + slot) % TLB1_FEW;
    describe(index, virt, phys & ~(bytes - 1), size, MAS2_DEVICE, MAS3_SR | MAS3_SW);
    write_entries(index, index + 1);
    return (volatile void *)(virt + (uint32_t)(phys & (bytes - 1)));
}

BOOT_ONLY void window_init_cpu(void)
{
    write_entries(0, TLB1_ENTRIES);
}
