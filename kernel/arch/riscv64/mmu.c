/*
 * The TLB: address-space identifiers, and what drivers/radix.c, which has the tables, asks of it.
 *
 * Invariants:
 *   M1  what the TLB of a CPU holds under a space's tag is in its tables, or was since that CPU last forgot it.
 *   M2  an identifier is given to one space in a generation, and a CPU that begins a new generation forgets all. Those
 * of dead spaces wait for that. Identifier 0 is the kernel's, unless the hardware has no other: then each space that is
 * used begins a generation.
 */
#include "../../platform/drivers/radix.h"
#include "internal.h"
#include <port/radix.h>

#define ASID_MASK UINT64_C(0xffff)

static struct arch_cpu *cpu_of[ENNEAD_CPUS_MAX]; /* all that came so far */
uint64_t riscv_asid_mask;

void mmu_flush_cpu(void)
{
    __asm__ volatile("sfence.vma" ::: "memory");
}

/*
 * A CPU that runs in the space may fetch from the page as soon as it is entered, so all that have an identifier for it
 * are told before; the others forget what they fetched when they come here. The kernel lock keeps them from coming
 * meanwhile.
 */
void radix_make_coherent(const struct arch_mmu *mmu, uint64_t phys, unsigned order)
{
    (void)phys;
    (void)order;
    for (unsigned i = 0; i < ENNEAD_CPUS_MAX && cpu_of[i]; i++) {
        if (cpu_of[i] == this_arch_cpu())
            __asm__ volatile("fence.i" ::: "memory");
        else if (mmu->name[i].generation == cpu_of[i]->next_tag >> 16)
            riscv_fence_other(i);
        else
            cpu_of[i]->at_hand = NOTHING_AT_HAND;
    }
}

void radix_start_root(struct arch_mmu *mmu)
{
    /* Half a page, which is most of what making a space costs: two entries for each jump. */
    for (unsigned i = DIRECT_ROOT; i < 512; i += 2) {
        mmu->root[i] = kernel_root[i];
        mmu->root[i + 1] = kernel_root[i + 1];
    }
}

static uint64_t satp(const uint64_t *root, uint64_t asid)
{
    return SATP_SV39 | asid << ASID_SHIFT | virt_to_phys(root) >> 12;
}

static void use(struct arch_cpu *cpu, const uint64_t *root, uint64_t asid)
{
    if (cpu->at_hand == NOTHING_AT_HAND)
        __asm__ volatile("fence.i" ::: "memory");
    cpu->at_hand = cpu->next_tag >> 16;
    WRITE_CSR(satp, satp(root, asid));
}

/* No space is loaded while all is forgotten: a walker might take more of it, under an identifier that will be
 * another's. */
static uint64_t new_tag(struct arch_mmu *mmu, struct arch_cpu *cpu)
{
    uint64_t last = cpu->next_tag++;
    if ((cpu->next_tag & riscv_asid_mask) == 0) {
        cpu->next_tag = (last | ASID_MASK) + 1 + (riscv_asid_mask != 0);
        use(cpu, kernel_root, 0);
        mmu_flush_cpu();
    }
    mmu->name[cpu->id] = (struct arch_mmu_name){cpu->next_tag >> 16, satp(mmu->root, cpu->next_tag & riscv_asid_mask)};
    return cpu->next_tag;
}

BOOT_ONLY void mmu_init_cpu(struct arch_cpu *cpu)
{
    cpu->name_at = cpu->id * sizeof(struct arch_mmu_name);
    cpu->at_hand = NOTHING_AT_HAND;
    use(cpu, kernel_root, ASID_MASK);
    uint64_t found = READ_CSR(satp) >> ASID_SHIFT & ASID_MASK;
    if (cpu->id == 0 || found < riscv_asid_mask)
        riscv_asid_mask = found;
    cpu->next_tag = ASID_MASK + 1; /* a generation of zero is none */
    use(cpu, kernel_root, 0);
    mmu_flush_cpu();
    __atomic_store_n(&cpu_of[cpu->id], cpu, __ATOMIC_RELEASE);
}

void mmu_activate(struct arch_mmu *mmu)
{
    struct arch_cpu *cpu = this_arch_cpu();

    if (!mmu) {
        use(cpu, kernel_root, 0);
        return;
    }
    uint64_t tag = radix_name(mmu);
    use(cpu, mmu->root, (tag != 0 ? tag : new_tag(mmu, cpu)) & riscv_asid_mask);
}

void mmu_retire(struct arch_mmu *mmu)
{
    if (READ_CSR(satp) == mmu->name[this_arch_cpu()->id].tables)
        mmu_activate(NULL);
    mmu->root = NULL;
}
