/*
 * Arm, of 64 bits with 39 of address, and of 32 with long descriptors and 2 GiB for users: translations and what
 * forgets them. See model.h.
 */
#include "model.h"

static bool is_valid(uint64_t value)
{
    return value & 1;
}

static bool is_leaf(uint64_t value, unsigned shift)
{
    return shift == PAGE_LOG2 || !(value & 2);
}

static uint64_t address64(uint64_t value)
{
    return value & UINT64_C(0x0000fffffffff000);
}

static uint64_t address32(uint64_t value)
{
    return value & UINT64_C(0xfffffff000);
}

static void act64(unsigned cpu, enum op op, const uint64_t *values)
{
    uint64_t id = values[0] >> 48;

    if (op == OP_ROOT)
        tlb_load(cpu, isa_root(values[0] & UINT64_C(0xfffffffffffe)), id);
    else
        isa_forget(cpu, op, id, (values[0] & UINT64_C(0xfffffffffff)) << PAGE_LOG2);
}

static void act32(unsigned cpu, enum op op, const uint64_t *values)
{
    uint64_t pair = (values[0] & 0xffffffff) | values[1] << 32;

    if (op == OP_ROOT)
        tlb_load(cpu, isa_root(pair & UINT64_C(0xffffffffff)), pair >> 48 & 0xff);
    else
        isa_forget(cpu, op, values[0] & 0xff, values[0]);
}

const struct isa isa_aarch64 = {
    .name = "aarch64",
    .ram_base = 0x40000000,
    .window = {{0xffffff8000000000, 0, 0x7fc0000000}},
    .tables = {3, {30, 21, 12}, {9, 9, 9}, false, is_valid, is_leaf, address64},
    .page_forgets_tables = true,
    .any_is_everywhere = true,
    .tables_want_barrier = true,
    .caches = CACHES_LINES,
    .line_bytes = 64,
    .act = act64,
};

const struct isa isa_arm = {
    .name = "arm",
    .ram_base = 0x40000000,
    .window = {{0x80000000, 0x40000000, 0x40000000}},
    .tables = {3, {30, 21, 12}, {2, 9, 9}, false, is_valid, is_leaf, address32},
    .page_forgets_tables = true,
    .any_is_everywhere = true,
    .tables_want_barrier = true,
    .caches = CACHES_LINES,
    .line_bytes = 64,
    .act = act32,
};
