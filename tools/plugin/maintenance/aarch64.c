/* AArch64 with 39 bits of address: translations and what forgets them. See model.h. */
#include "model.h"

static bool is_valid(uint64_t value)
{
    return value & 1;
}

static bool is_leaf(uint64_t value, unsigned shift)
{
    return shift == PAGE_LOG2 || !(value & 2);
}

static uint64_t address(uint64_t value)
{
    return value & UINT64_C(0x0000fffffffff000);
}

static void act(unsigned cpu, enum op op, const uint64_t *values)
{
    uint64_t id = values[0] >> 48, page = (values[0] & UINT64_C(0xfffffffffff)) << PAGE_LOG2;

    switch (op) {
    case OP_ROOT:
        tlb_load(cpu, isa_root(values[0] & UINT64_C(0xfffffffffffe)), id);
        break;
    case OP_PAGE:
        tlb_forget_page(cpu, id, page);
        break;
    case OP_PAGE_ANY:
        for (unsigned i = 0; i < PLUGIN_CPUS_MAX; i++)
            tlb_forget_page(i, ANY, page);
        break;
    case OP_SPACE:
        tlb_forget(cpu, id, FORGET_BOTH);
        break;
    case OP_ALL:
        tlb_forget(cpu, ANY, FORGET_BOTH);
        break;
    default:
        break;
    }
}

const struct isa isa_aarch64 = {
    .name = "aarch64",
    .ram_base = 0x40000000,
    .window = {{0xffffff8000000000, 0, 0x7fc0000000}},
    .tables = {3, {30, 21, 12}, {9, 9, 9}, false, is_valid, is_leaf, address},
    .page_forgets_tables = true,
    .tables_want_barrier = true,
    .caches = CACHES_LINES,
    .line_bytes = 64,
    .act = act,
};
