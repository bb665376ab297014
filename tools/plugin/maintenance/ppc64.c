/*
 * 64-bit PowerPC with radix trees: translations and what forgets them. A processor's process identifier is its own, and
 * option `processes` is where the table of all trees is. To forget all of a process takes an instruction for each set
 * of the TLB. See model.h.
 */
#include "model.h"
#include <string.h>

#define SETS 128u

/* Sets that were forgotten since the walker's tables were. */
static struct progress {
    bool done[SETS];
    unsigned count;
} progress[PLUGIN_CPUS_MAX];

static bool is_valid(uint64_t value)
{
    return value >> 63;
}

static bool is_leaf(uint64_t value, unsigned shift)
{
    (void)shift;
    return value >> 62 & 1;
}

static uint64_t address(uint64_t value)
{
    return value & UINT64_C(0x01fffffffffff000);
}

static void load(unsigned cpu, uint64_t id)
{
    uint64_t tree = ram_read(plugin_number("processes", 0) + 16 * id, 8, true);
    tlb_load(cpu, isa_root(tree & UINT64_C(0x0fffffffffffff00)), id);
}

/* What was held when the first set was begun with is gone; nothing of users comes in between. */
static void forget_set(unsigned cpu, uint64_t id, unsigned set, bool tables_too)
{
    struct progress *p = &progress[cpu];

    if (tables_too) {
        memset(p, 0, sizeof *p);
        tlb_forget(cpu, id, FORGET_TABLES);
    }
    p->count += !p->done[set];
    p->done[set] = true;
    if (p->count < SETS)
        return;
    memset(p, 0, sizeof *p);
    tlb_forget(cpu, id, FORGET_LEAVES);
    counts.ops[OP_ALL]++;
}

/* RB, RS, RIC */
static void forget(unsigned cpu, uint64_t where, uint64_t id, uint64_t what)
{
    unsigned scope = where >> 10 & 3;

    if (scope == 0)
        tlb_forget_page(cpu, id, where);
    else if (scope == 1)
        forget_set(cpu, id, where >> PAGE_LOG2 & (SETS - 1), what == 2);
    else
        plugin_fail("tlbiel of an unknown scope: 0x%llx", (unsigned long long)where);
}

static void act(unsigned cpu, enum op op, const uint64_t *values)
{
    if (op == OP_ROOT)
        load(cpu, values[0]);
    else if (op == OP_PAGE)
        forget(cpu, values[0], values[1] >> 32, values[2]);
}

const struct isa isa_ppc64 = {
    .name = "ppc64",
    .window = {{0xc000000000000000, 0, 0x8000000000}},
    .tables = {4, {39, 30, 21, 12}, {13, 9, 9, 9}, true, is_valid, is_leaf, address},
    .tables_want_barrier = true,
    .has_table_barrier = true,
    .caches = CACHES_SNOOPED,
    .line_bytes = 128,
    .act = act,
};
