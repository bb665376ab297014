/*
 * x86-64 without process-context identifiers: loading tables forgets all that is not the kernel's. Instruction caches
 * and walkers see what was stored. See model.h.
 */
#include "model.h"

#define LARGE 0x80u

static bool is_valid(uint64_t value)
{
    return value & 1;
}

static bool is_leaf(uint64_t value, unsigned shift)
{
    return shift == PAGE_LOG2 || (value & LARGE);
}

static uint64_t address(uint64_t value)
{
    return value & UINT64_C(0x000ffffffffff000);
}

static void act(unsigned cpu, enum op op, const uint64_t *values)
{
    if (op == OP_ROOT) {
        tlb_load(cpu, 0, 0);
        tlb_forget(cpu, ANY, FORGET_BOTH);
        tlb_load(cpu, isa_root(address(values[0])), 0);
    } else if (op == OP_PAGE) {
        tlb_forget_page(cpu, ANY, values[0]);
        tlb_forget(cpu, ANY, FORGET_TABLES);
    }
}

const struct isa isa_x86_64 = {
    .name = "x86_64",
    .window = {{0xffff800000000000, 0, 0x8000000000}, {0xffffffff80000000, 0, 0x200000}},
    .tables = {4, {39, 30, 21, 12}, {9, 9, 9, 9}, false, is_valid, is_leaf, address},
    .page_forgets_tables = true,
    .caches = CACHES_COHERENT,
    .line_bytes = 64,
    .act = act,
};
