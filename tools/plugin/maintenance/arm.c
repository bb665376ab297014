/* 32-bit Arm with long descriptors and 2 GiB for users: translations and what forgets them. See model.h. */
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
    return value & UINT64_C(0xfffffff000);
}

static void act(unsigned cpu, enum op op, const uint64_t *values)
{
    uint64_t pair = (values[0] & 0xffffffff) | values[1] << 32, id = values[0] & 0xff;

    switch (op) {
    case OP_ROOT:
        tlb_load(cpu, isa_root(pair & UINT64_C(0xffffffffff)), pair >> 48 & 0xff);
        break;
    case OP_PAGE:
        tlb_forget_page(cpu, id, values[0]);
        break;
    case OP_PAGE_ANY:
        for (unsigned i = 0; i < PLUGIN_CPUS_MAX; i++)
            tlb_forget_page(i, ANY, values[0]);
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

const struct isa isa_arm = {
    .name = "arm",
    .ram_base = 0x40000000,
    .window = {{0x80000000, 0x40000000, 0x40000000}},
    .tables = {3, {30, 21, 12}, {2, 9, 9}, false, is_valid, is_leaf, address},
    .page_forgets_tables = true,
    .tables_want_barrier = true,
    .caches = CACHES_LINES,
    .line_bytes = 64,
    .act = act,
};
