/*
 * The register set, for ports whose `struct arch_context` has the field `full` and a place for each register. The
 * port's context.c includes this behind REGISTER_COUNT and the functions below; see <arch/context.h> for what is
 * offered.
 */
#ifndef PLATFORM_CONTEXT_REGISTERS_H
#define PLATFORM_CONTEXT_REGISTERS_H

#include <arch/context.h>

/* Where register `index` is, and whether a short context holds it. */
static ennead_word *register_of(struct arch_context *context, unsigned index);
static bool is_kept(unsigned index);
/* Write a register of a full context, without what user mode must not choose. */
static void set_register(struct arch_context *context, unsigned index, ennead_word value);

unsigned context_reg_count(void)
{
    return REGISTER_COUNT;
}

uint64_t context_read_reg(const struct arch_context *context, unsigned index)
{
    if (!context->full && !is_kept(index))
        return 0;
    return *register_of((struct arch_context *)context, index);
}

static __attribute__((noinline)) void make_full(struct arch_context *context)
{
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        if (!is_kept(i))
            *register_of(context, i) = 0;
    }
    context->full = true;
}

static __attribute__((noinline)) bool write_in_full(struct arch_context *context, unsigned index, uint64_t value)
{
    make_full(context);
    set_register(context, index, (ennead_word)value);
    return true;
}

bool context_write_reg(struct arch_context *context, unsigned index, uint64_t value)
{
    if (index >= REGISTER_COUNT)
        return false;
    if (!context->full)
        return write_in_full(context, index, value);
    set_register(context, index, (ennead_word)value);
    return true;
}

#endif
