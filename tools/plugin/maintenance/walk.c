/* Tables of translations, as the hardware walks them: see model.h. */
#include "model.h"

static uint64_t mask(unsigned bits)
{
    return (UINT64_C(1) << bits) - 1;
}

unsigned walk(uint64_t root, uint64_t va, struct step steps[STEPS_MAX])
{
    const struct format *format = &isa->tables;
    uint64_t table = root;
    unsigned count = 0;

    if (isa->walk)
        return isa->walk(root, va, steps);
    for (unsigned level = 0; level < format->levels; level++) {
        unsigned shift = format->shift[level];
        uint64_t entry = table + (va >> shift & mask(format->bits[level])) * 8;
        uint64_t value = ram_read(entry, 8, format->is_big_endian);
        ram_mark_table(entry);
        if (!format->is_valid(value))
            return count;
        steps[count++] = (struct step){entry, value, va & ~mask(shift), shift, format->is_leaf(value, shift)};
        if (steps[count - 1].is_leaf)
            return count;
        table = format->address(value);
    }
    return count;
}

uint64_t walk_page(const struct step *leaf, uint64_t va)
{
    uint64_t within = mask(leaf->shift);
    return ((isa->tables.address(leaf->value) & ~within) | (va & within)) & ~mask(PAGE_LOG2);
}
