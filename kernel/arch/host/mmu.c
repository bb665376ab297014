/*
 * The simulated MMU, in three kinds: a walker of tables kept in the space's table pages, a TLB that only software
 * fills, and none at all, where a translation lasts for one access.
 */
#include "machine.h"

#include <arch/mmu.h>
#include <string.h>

#define PER_PAGE (4096 / sizeof(struct host_translation))

uint64_t mmu_window_end(void)
{
    return host.config.window_bytes ? host.config.window_bytes : host.config.ram_bytes;
}

void mmu_init_space(struct arch_mmu *mmu, void *tables, unsigned pages)
{
    mmu->tag = host.next_tag++;
    mmu_add_tables(mmu, tables, pages);
}

void mmu_add_tables(struct arch_mmu *mmu, void *tables, unsigned pages)
{
    for (unsigned i = 0; i < pages && mmu->pages < 64; i++)
        mmu->page[mmu->pages++] = (char *)tables + i * 4096;
}

unsigned mmu_free_tables(const struct arch_mmu *mmu)
{
    return mmu->pages - (unsigned)((mmu->used + PER_PAGE - 1) / PER_PAGE);
}

static struct host_translation *kept(const struct arch_mmu *mmu, unsigned index)
{
    return (struct host_translation *)mmu->page[index / PER_PAGE] + index % PER_PAGE;
}

/* Without room all is thrown away and nothing entered, as a port's walker may have to. */
static bool keep(struct arch_mmu *mmu, struct host_translation translation)
{
    if (mmu->used == mmu->pages * (unsigned)PER_PAGE) {
        mmu->used = 0;
        return false;
    }
    *kept(mmu, mmu->used++) = translation;
    return true;
}

static void tlb_insert(struct host_cpu *cpu, struct host_translation translation)
{
    if (cpu->tlb_used == HOST_TLB_ENTRIES)
        cpu->tlb_used = 0;
    cpu->tlb[cpu->tlb_used++] = translation;
}

bool mmu_fill(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping)
{
    unsigned order = mapping->order_log2 >= 21 && !((mapping->phys ^ mapping->base) & 0x1fffff) ? 21 : 12;
    uint64_t base = va & ~(((uint64_t)1 << order) - 1);
    struct host_translation translation = {
        .base = base,
        .phys = mapping->phys + (base - mapping->base),
        .tag = mmu->tag,
        .order_log2 = (uint8_t)order,
        .rights = mapping->rights,
        .valid = 1,
    };
    if (host.config.mmu == HOST_MMU_TABLE)
        return keep(mmu, translation);
    tlb_insert(&host.cpu[host_cpu], translation);
    return true;
}

static bool overlaps(const struct host_translation *t, uint64_t first, uint64_t last)
{
    return t->base <= last && t->base + ((uint64_t)1 << t->order_log2) - 1 >= first;
}

bool mmu_drop(struct arch_mmu *mmu, ennead_word *va, ennead_word last)
{
    uint64_t first = *va, end = first + 0x1fffff < last ? first + 0x1fffff : last;
    struct host_cpu *cpu = &host.cpu[host_cpu];
    for (unsigned i = 0; i < mmu->used; i++)
        if (overlaps(kept(mmu, i), first, end))
            *kept(mmu, i--) = *kept(mmu, --mmu->used);
    for (unsigned i = 0; i < cpu->tlb_used; i++)
        if (cpu->tlb[i].tag == mmu->tag && overlaps(&cpu->tlb[i], first, end))
            cpu->tlb[i--] = cpu->tlb[--cpu->tlb_used];
    *va = (ennead_word)end + 1;
    return end == last;
}

void mmu_activate(struct arch_mmu *mmu)
{
    this_cpu()->arch.active = mmu;
}

void mmu_flush_cpu(void)
{
    host.cpu[host_cpu].tlb_used = 0;
}

void mmu_retire(struct arch_mmu *mmu)
{
    ASSERT(this_cpu()->arch.active != mmu);
    struct host_cpu *cpu = &host.cpu[host_cpu];
    for (unsigned i = 0; i < cpu->tlb_used; i++)
        if (cpu->tlb[i].tag == mmu->tag)
            cpu->tlb[i--] = cpu->tlb[--cpu->tlb_used];
}

static struct host_translation *search(struct host_cpu *cpu, const struct arch_mmu *mmu, uint64_t address)
{
    for (unsigned i = cpu->tlb_used; i-- > 0;)
        if (cpu->tlb[i].tag == mmu->tag && overlaps(&cpu->tlb[i], address, address))
            return &cpu->tlb[i];
    for (unsigned i = mmu->used; i-- > 0;)
        if (overlaps(kept(mmu, i), address, address))
            return kept(mmu, i);
    return NULL;
}

struct host_translation *host_translate(unsigned id, ennead_word address)
{
    struct arch_mmu *mmu = host_cpu_at(id)->arch.active;
    struct host_cpu *cpu = &host.cpu[id];
    struct host_translation *found = search(cpu, mmu, address);
    if (found && host.config.mmu == HOST_MMU_TABLE)
        tlb_insert(cpu, *found);
    return found;
}

/* There is no image: where a test says. */
uint64_t mmu_boot_only(uint64_t *bytes, bool *in_window)
{
    *bytes = host.config.boot_only_bytes;
    *in_window = true;
    return host.config.boot_only;
}

void mmu_release_boot_only(void)
{
    host.released_boot_only++;
}

unsigned host_released_boot_only(void)
{
    return host.released_boot_only;
}
