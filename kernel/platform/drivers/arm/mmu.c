/*
 * The TLB on Arm, of 64 or 32 bits: identifiers of address spaces, and what drivers/radix.c, which has the tables, asks
 * of the port beside <arm/radix.h>. The port's window.c has the kernel's half.
 *
 * Invariants:
 *   M1  what a CPU's TLB holds under a space's identifier is in its tables, or was since that CPU last forgot it. A
 *       space's entries are all of its own identifier; none is global.
 *   M2  identifier 0 is nobody's: it is used with empty tables only. An identifier is given to one space in a
 *       generation, on one CPU, and a CPU that begins a new generation forgets all. Identifiers of dead spaces wait for
 *       that.
 *   M3  an entry that is valid changes only by way of an invalid one that no TLB holds.
 *   M4  a page that user mode may execute is a leaf of the last level: its instructions are made coherent with it, in
 * the window, or, where 32 bits do not reach, at its user's address: user mode there has no means of its own.
 */
#include "../radix.h"
#include <arm/radix.h>
#include <stddef.h>

ennead_word arm_asids;

void radix_start_root(struct arch_mmu *mmu)
{
    (void)mmu; /* the kernel has tables of its own */
}

void arm_change_entry(uint64_t *entry, uint64_t value, ennead_word va)
{
    if (*entry == value)
        return;
    if (*entry & PTE_VALID) {
        radix_clear(entry);
        arm_forget_everywhere(va);
    }
    arm_store_entry(entry, value);
    arm_tables_changed();
}

void arm_make_page_coherent(void *page)
{
    arm_make_coherent(page);
}

void radix_make_coherent(const struct arch_mmu *mmu, uint64_t phys, unsigned order)
{
    (void)mmu;
    (void)order;
    arm_make_page_coherent(phys_to_virt(phys));
}

static void use(const uint64_t *root, uint64_t asid)
{
    arm_set_tables(virt_to_phys(root), asid);
}

/* No space is loaded while all is forgotten: a walker might take more of it, under an identifier that will be
 * another's. */
static uint64_t new_asid(struct arch_mmu *mmu, struct arch_cpu *cpu)
{
    uint64_t last = cpu->next_tag++;
    if ((cpu->next_tag & arm_asids) == 0) {
        cpu->next_tag = (last | 0xffff) + 2;
        use(arm_no_user_tables(), 0);
        mmu_flush_cpu();
    }
    uint64_t asid = cpu->next_tag & arm_asids;
    cpu->generation = cpu->next_tag >> 16;
    mmu->name[cpu->id] = (struct arch_mmu_name){cpu->generation, virt_to_phys(mmu->root) | asid << 48};
    return asid;
}

BOOT_ONLY void arm_mmu_init_cpu(struct arch_cpu *cpu)
{
    arm_asids = arm_asid_mask();
    cpu->next_tag = 0x10000; /* a generation of zero is none */
    cpu->generation = 1;
    use(arm_no_user_tables(), 0);
    mmu_flush_cpu();
}

void mmu_activate(struct arch_mmu *mmu)
{
    if (!mmu) {
        use(arm_no_user_tables(), 0);
        return;
    }
    ennead_word asid = radix_name(mmu);
    use(mmu->root, asid != 0 ? asid : new_asid(mmu, this_arch_cpu()));
}

void mmu_flush_cpu(void)
{
    arm_tables_changed();
    arm_forget_all();
    arm_tlb_done();
}

void mmu_retire(struct arch_mmu *mmu)
{
    if (arm_is_loaded(mmu))
        mmu_activate(NULL);
    mmu->root = NULL;
}
