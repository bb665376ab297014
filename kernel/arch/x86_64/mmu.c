/* What drivers/radix.c, which has the tables, leaves to the port. window.c has the kernel's half. */
#include "../../platform/drivers/radix.h"
#include "internal.h"
#include <port/radix.h>

void radix_share_kernel(uint64_t *root)
{
    root[256] = x86_kernel_root()[256];
    root[511] = x86_kernel_root()[511];
}

/* Instructions are coherent with data. */
void radix_make_coherent(const struct arch_mmu *mmu, uint64_t phys, unsigned order)
{
    (void)mmu;
    (void)phys;
    (void)order;
}

static void load_root(const uint64_t *root)
{
    uint64_t phys = virt_to_phys(root);
    struct arch_cpu *cpu = this_arch_cpu();

    if (cpu->root == phys)
        return;
    cpu->root = phys;
    WRITE_CR(3, phys);
}

void mmu_activate(struct arch_mmu *mmu)
{
    load_root(mmu ? mmu->root : x86_kernel_root());
}

void mmu_flush_cpu(void)
{
    WRITE_CR(3, READ_CR(3));
}

void mmu_retire(struct arch_mmu *mmu)
{
    if (radix_name(mmu) != 0)
        mmu_activate(NULL);
    mmu->root = NULL;
}
