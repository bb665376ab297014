/*
 * RISC-V with Sv39: translations and what forgets them. A fence for a page orders leaves alone: a table that was linked
 * is seen behind one for all of the space. See model.h.
 */
#include "model.h"
#include <string.h>

#define SV39 8u

static bool is_valid(uint64_t value)
{
    return value & 1;
}

static bool is_leaf(uint64_t value, unsigned shift)
{
    (void)shift;
    return (value & 0xe) != 0;
}

static uint64_t address(uint64_t value)
{
    return (value >> 10 & UINT64_C(0xfffffffffff)) << PAGE_LOG2;
}

static void act(unsigned cpu, enum op op, const uint64_t *values)
{
    if (op != OP_ROOT)
        isa_forget(cpu, op, (op == OP_SPACE ? values[0] : values[1]) & 0xffff, values[0]);
    else if (values[0] >> 60 == SV39)
        tlb_load(cpu, isa_root((values[0] & UINT64_C(0xfffffffffff)) << PAGE_LOG2), values[0] >> 44 & 0xffff);
}

static bool is_fence(const uint8_t *bytes, size_t size)
{
    static const uint8_t fence_i[] = {0x0f, 0x10, 0, 0};
    return size == sizeof fence_i && memcmp(bytes, fence_i, sizeof fence_i) == 0;
}

const struct isa isa_riscv64 = {
    .name = "riscv64",
    .ram_base = 0x80000000,
    .window = {{0xffffffc000000000, 0, 0x3f80000000}, {0xffffffff80000000, 0x80000000, 0x80000000}},
    .is_fence = is_fence,
    .tables = {3, {30, 21, 12}, {9, 9, 9}, false, is_valid, is_leaf, address},
    .fences_tables = true,
    .tables_want_barrier = true,
    .caches = CACHES_FENCE,
    .line_bytes = 64,
    .act = act,
};
