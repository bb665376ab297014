/* What instruction sets have in common: which one it is, and the instructions on caches. See model.h. */
#include "model.h"
#include <string.h>

#define EMPTY_MAX 8u

static const struct isa *const all[] = {&isa_aarch64, &isa_arm, &isa_ppc32, &isa_ppc64, &isa_riscv64, &isa_x86_64};

const struct isa *isa;

static uint64_t empty[EMPTY_MAX];
static unsigned empty_count;

void isa_start(void)
{
    const char *name = plugin_option("isa");

    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i]->name, name) == 0)
            isa = all[i];
    }
    if (!isa)
        plugin_fail("option isa=%s: nothing is known of its maintenance", name);
    empty_count = plugin_numbers("empty", empty, EMPTY_MAX);
}

uint64_t isa_root(uint64_t root)
{
    for (unsigned i = 0; i < empty_count; i++) {
        if (empty[i] == root)
            return 0;
    }
    return root;
}

void isa_forget(unsigned cpu, enum op op, uint64_t id, uint64_t page)
{
    switch (op) {
    case OP_PAGE:
        tlb_forget_page(cpu, id, page);
        break;
    case OP_PAGE_ANY:
        for (unsigned i = 0; i < PLUGIN_CPUS_MAX; i++)
            if (i == cpu || isa->any_is_everywhere)
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

/* The kernel's window, or the space that is loaded. */
static bool operand(unsigned cpu, uint64_t va, uint64_t *phys)
{
    struct step steps[STEPS_MAX];

    if (plugin_is_kernel(va))
        return ram_window(va, phys);
    unsigned count = tlb_root(cpu) ? walk(tlb_root(cpu), va, steps) : 0;
    if (count == 0 || !steps[count - 1].is_leaf)
        return false;
    *phys = walk_page(&steps[count - 1], va) | (va & ((UINT64_C(1) << PAGE_LOG2) - 1));
    return true;
}

static void on_line(unsigned cpu, enum op op, uint64_t va)
{
    uint64_t phys;

    if (op == OP_INVALIDATE && isa->caches == CACHES_SNOOPED)
        cache_invalidate_all();
    else if (operand(cpu, va, &phys))
        op == OP_CLEAN ? cache_clean(phys) : cache_invalidate(phys);
}

void isa_act(unsigned cpu, const struct watched *watched)
{
    uint64_t values[OPERANDS_MAX] = {0};

    counts.ops[watched->op]++;
    watch_operands(watched, values);
    switch (watched->op) {
    case OP_CLEAN:
    case OP_INVALIDATE:
        on_line(cpu, watched->op, values[0]);
        break;
    case OP_INVALIDATE_ALL:
        cache_invalidate_all();
        break;
    case OP_BARRIER:
        cache_barrier(cpu);
        break;
    case OP_TABLE_BARRIER:
        cache_table_barrier(cpu);
        break;
    case OP_STORE_BARRIER:
        cache_store_barrier(cpu);
        break;
    case OP_CONTEXT:
        cache_context(cpu);
        break;
    case OP_FENCE:
        cache_fence(cpu);
        break;
    default:
        isa->act(cpu, watched->op, values);
    }
}
