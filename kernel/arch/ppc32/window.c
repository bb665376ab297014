/*
 * The kernel's own part of every address space, all of it in TLB1: the window into physical memory from 0 on, this
 * CPU's stack, pages of device registers. Owns entries and their list, which CPUs that start later copy; changes
 * before other CPUs run, or under the kernel lock.
 */
#include "internal.h"

#define MIB               UINT64_C(0x100000)
#define BOOT_WINDOW_END   (64 * MIB) /* what boot.S maps */
#define BOOT_ENTRIES      16u
#define DEVICE_SLOT_BYTES 0x1000000u
#define SIZE_64M          8u
#define SIZE_256M         9u

extern char image_end[];

struct tlb_entry {
    uint32_t mas1, mas2, mas3, mas7;
};

static struct tlb_entry entries[TLB1_ENTRIES];
static uint64_t window_end = BOOT_WINDOW_END;

uint64_t mmu_window_end(void)
{
    return window_end;
}

uint64_t ppc_image_end(void)
{
    return virt_to_phys(image_end);
}

uint64_t ppc_secondary_entry(void)
{
    return virt_to_phys(boot_secondary_entry);
}

static void write_entry(unsigned index)
{
    const struct tlb_entry *entry = &entries[index];

    WRITE_SPR(SPR_MAS0, MAS0_TLB1 | index << 16);
    WRITE_SPR(SPR_MAS1, entry->mas1);
    WRITE_SPR(SPR_MAS2, entry->mas2);
    WRITE_SPR(SPR_MAS3, entry->mas3);
    WRITE_SPR(SPR_MAS7, entry->mas7);
    __asm__ volatile("sync; tlbwe; isync" ::: "memory");
}

static void set_entry(unsigned index, uint32_t virt, uint64_t phys, unsigned size, uint32_t attributes)
{
    entries[index] = (struct tlb_entry){
        .mas1 = MAS1_VALID | MAS1_IPROT | size << 8,
        .mas2 = virt | attributes,
        .mas3 = (uint32_t)phys | MAS3_SR | MAS3_SW,
        .mas7 = (uint32_t)(phys >> 32),
    };
    write_entry(index);
}

/* Only what is RAM may be mapped as such, because the processor reads ahead. RAM begins at 0 and has no holes there. */
static uint64_t end_of_first_range(const struct platform_info *info)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < info->ram_count; i++) {
        uint64_t range_end = info->ram[i].base + info->ram[i].size;
        if (range_end > end)
            end = range_end;
    }
    return end < WINDOW_BYTES ? end : WINDOW_BYTES;
}

void window_init(const struct platform_info *info)
{
    uint64_t end = end_of_first_range(info), at = BOOT_WINDOW_END;
    unsigned index = TLB1_WINDOW + BOOT_ENTRIES;

    if ((READ_SPR(SPR_TLB1CFG) & 0xfff) < TLB1_ENTRIES)
        boot_refuse("this processor's TLB1 has %u entries and %u are needed: use an e500mc (QEMU: -cpu e500mc)",
                    (unsigned)READ_SPR(SPR_TLB1CFG) & 0xfff, TLB1_ENTRIES);
    while (end - at >= 64 * MIB && index < TLB1_STACK) {
        unsigned size = at % (256 * MIB) == 0 && end - at >= 256 * MIB ? SIZE_256M : SIZE_64M;
        set_entry(index++, (uint32_t)at + WINDOW_BASE, at, size, MAS2_COHERENT);
        at += size == SIZE_256M ? 256 * MIB : 64 * MIB;
    }
    window_end = at;
}

volatile void *window_map_device(unsigned slot, uint64_t phys, unsigned size)
{
    uint32_t virt = DEVICE_BASE + slot * DEVICE_SLOT_BYTES;
    uint64_t bytes = UINT64_C(1024) << 2 * size;

    set_entry(TLB1_DEVICE + slot, virt, phys & ~(bytes - 1), size, MAS2_DEVICE);
    return (volatile void *)(virt + (uint32_t)(phys & (bytes - 1)));
}

void window_init_cpu(void)
{
    for (unsigned i = 0; i < TLB1_ENTRIES; i++) {
        if (entries[i].mas1 != 0)
            write_entry(i);
    }
}
