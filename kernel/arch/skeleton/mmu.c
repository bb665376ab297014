/*
 * The cache of translations of one space, in the pages that it was given. Functions of <arch/mmu.h>. Where hardware
 * walks tables of 512 entries most of this is drivers/radix.c, which asks a port for <port/radix.h>.
 */
#include "internal.h"

uint64_t mmu_window_end(void)
{
    panic("step 4: the end of the RAM that is mapped in the window. bad.inputs");
}

void mmu_init_space(struct arch_mmu *mmu, void *tables, unsigned pages)
{
    panic("step 5: the first page is the root, the kernel's part in it if the root holds that. The first instruction");
}

void mmu_add_tables(struct arch_mmu *mmu, void *tables, unsigned pages)
{
    panic("step 5: into the list of free ones, linked by their first word. boot.conformance, memory");
}

unsigned mmu_free_tables(const struct arch_mmu *mmu)
{
    panic("step 5: the length of that list. boot.conformance, memory");
}

bool mmu_fill(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping)
{
    panic("step 5: enter the largest page that fits; without a table, a step of recycling. The root task's first "
          "instruction");
}

bool mmu_drop(struct arch_mmu *mmu, ennead_word *va, ennead_word last)
{
    panic("step 5: some entries, then this CPU's TLB; *va goes behind it. boot.conformance, memory");
}

void mmu_activate(struct arch_mmu *mmu)
{
    panic("step 5: the root and its identifier into the CPU's registers. The root task's first instruction");
}

void mmu_flush_cpu(void)
{
    panic("step 5: forget all of user mode on this CPU. boot.conformance, memory, with 4 CPUs");
}

void mmu_retire(struct arch_mmu *mmu)
{
    panic("step 5: leave the tables if this CPU uses them, speculation included. boot.conformance, memory");
}

uint64_t mmu_boot_only(uint64_t *bytes, bool *in_window)
{
    *bytes = 0;
    *in_window = false;
    return 0;
}

void mmu_release_boot_only(void)
{
}
