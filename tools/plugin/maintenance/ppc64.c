/*
 * 64-bit PowerPC with radix trees: translations and what forgets them. A processor's process identifiers are its own,
 * and option `processes` is where the table of all trees is: a space is what the first entry of a tree's root points
 * to. To forget all of a process, or of all, takes an instruction for each set of the TLB. See model.h.
 */
#include "model.h"

#define SETS 128u

/* Sets that were forgotten of one process, or of ANY, since the first of them was, perhaps with the walker's tables. */
static struct progress {
    uint64_t id;
    bool done[SETS], tables_too;
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
    uint64_t root = isa_root(tree & UINT64_C(0x0fffffffffffff00));
    uint64_t first = root ? ram_read(root, 8, true) : 0;

    if (is_valid(first))
        tlb_load_owned(cpu, root, id, address(first));
    else
        tlb_load(cpu, 0, id);
}

/* What was held when the first set was begun with is gone; nothing of users comes in between. */
static void forget_set(unsigned cpu, uint64_t id, unsigned set, bool tables_too)
{
    struct progress *p = &progress[cpu];

    if (tables_too || p->id != id)
        *p = (struct progress){.id = id, .tables_too = tables_too};
    p->count += !p->done[set];
    p->done[set] = true;
    if (p->count < SETS)
        return;
    tlb_forget(cpu, id, p->tables_too ? FORGET_BOTH : FORGET_LEAVES);
    counts.ops[id == ANY ? OP_ALL : OP_SPACE]++;
    *p = (struct progress){.id = id};
}

/* RB, RS, RIC */
static void forget(unsigned cpu, uint64_t where, uint64_t id, uint64_t what)
{
    unsigned scope = where >> 10 & 3;

    if (scope == 0)
        tlb_forget_page(cpu, id, where);
    else if (scope == 1 || scope == 2)
        forget_set(cpu, scope == 1 ? id : ANY, where >> PAGE_LOG2 & (SETS - 1), what == 2);
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
