/*
 * For ports on which a message changes spaces as anything else does, by mmu_activate(). <port/port.h> includes this
 * last; see <arch/mmu.h> for what each means.
 */
#ifndef ARCH_MMU_PLAIN_H
#define ARCH_MMU_PLAIN_H

#define PORT_NAMES_SPACES false

void mmu_activate(struct arch_mmu *mmu);

static inline bool mmu_is_at_hand(const struct cpu *cpu, const struct arch_mmu *mmu, bool alone)
{
    (void)cpu, (void)mmu, (void)alone;
    return true;
}

static inline void mmu_switch(struct cpu *cpu, struct arch_mmu *mmu, bool alone)
{
    (void)cpu, (void)alone;
    mmu_activate(mmu);
}

static inline void mmu_forget_name(struct arch_mmu *mmu, unsigned id)
{
    (void)mmu, (void)id;
}

#endif
