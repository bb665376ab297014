/*
 * 32-bit PowerPC of the embedded category: software enters translations, into TLB0, under identifiers, out of tables of
 * its own (kernel/arch/ppc32/mmu.c: a root of 1024 pointers to tables of 512 entries of two words). See model.h.
 */
#include "model.h"

#define CPU_ROOT 8u /* where struct arch_cpu, which SPRG0 points to, has the root */
#define TLB0     0u

static uint64_t pointer(uint64_t at)
{
    uint64_t phys;
    uint64_t value = ram_window(at, &phys) ? ram_read(phys, 4, true) : 0;
    return ram_window(value, &phys) ? phys : 0;
}

static uint64_t address(uint64_t value)
{
    return (value >> 32 & ~UINT64_C(4095)) | (value >> 8 & 0xff) << 32;
}

static unsigned walk_tables(uint64_t root, uint64_t va, struct step steps[STEPS_MAX])
{
    uint64_t table = pointer(root + (va >> 21) * 4 - isa->window[0].phys + isa->window[0].virt);
    uint64_t entry = table + (va >> PAGE_LOG2 & 511) * 8;

    ram_mark_table(root);
    if (table == 0)
        return 0;
    ram_mark_table(table);
    uint64_t value = ram_read(entry, 8, true);
    if (value >> 32 == 0)
        return 0;
    steps[0] = (struct step){entry, value, va & ~UINT64_C(4095), PAGE_LOG2, true};
    return 1;
}

/* MAS0, MAS1, MAS2, MAS3, MAS7 */
static void enter(unsigned cpu, const uint64_t *mas)
{
    uint64_t id = mas[1] >> 16 & 0x3fff, va = mas[2] & UINT64_C(0xfffff000);

    if ((mas[0] >> 28 & 3) != TLB0)
        return;
    if (mas[1] >> 31 & 1)
        tlb_enter(cpu, id, va, mas[3] << 32 | (mas[4] & 0xff) << 8 | (mas[2] & 0x1f));
    else
        tlb_forget_page(cpu, id, va);
}

static void act(unsigned cpu, enum op op, const uint64_t *values)
{
    switch (op) {
    case OP_ROOT: /* PID, SPRG0 */
        tlb_load(cpu, isa_root(pointer(values[1] + CPU_ROOT)), values[0]);
        break;
    case OP_PAGE: /* address, MAS6 */
        tlb_forget_page(cpu, values[1] >> 16 & 0x3fff, values[0] & UINT64_C(0xfffff000));
        break;
    case OP_SPACE: /* MAS6 */
        tlb_forget(cpu, values[0] >> 16 & 0x3fff, FORGET_BOTH);
        break;
    case OP_ALL: /* MMUCSR0 */
        if (values[0] & 4)
            tlb_forget(cpu, ANY, FORGET_BOTH);
        break;
    case OP_ENTER:
        enter(cpu, values);
        break;
    default:
        break;
    }
}

const struct isa isa_ppc32 = {
    .name = "ppc32",
    .window = {{0xc0000000, 0, 0x20000000}},
    .tables = {.is_big_endian = true, .address = address},
    .walk = walk_tables,
    .is_32bit = true,
    .has_soft_tlb = true,
    .page_forgets_tables = true,
    .caches = CACHES_LINES,
    .line_bytes = 64,
    .act = act,
};
