/* What drivers/radix.c, which has the tables, leaves to the port. window.c has the kernel's half. */
#include "../../platform/drivers/radix.h"
#include "internal.h"
#include <port/radix.h>

void radix_start_root(struct arch_mmu *mmu)
{
    mmu->root[256] = x86_kernel_root()[256];
    mmu->root[511] = x86_kernel_root()[511];
    mmu->cr3 = virt_to_phys(mmu->root);
}

/* Instructions are coherent with data. */
void radix_make_coherent(const struct arch_mmu *mmu, uint64_t phys, unsigned order)
{
    (void)mmu;
    (void)phys;
    (void)order;
}

void mmu_activate(struct arch_mmu *mmu)
{
    uint64_t root = mmu ? mmu->cr3 : virt_to_phys(x86_kernel_root());

    if (READ_CR(3) != root)
        WRITE_CR(3, root);
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
