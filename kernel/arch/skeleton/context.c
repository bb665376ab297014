/*
 * User contexts: the register set, and the FPU. Functions of <arch/context.h>; no state of its own.
 */
#include "internal.h"

void context_init(struct arch_context *context, ennead_word pc, ennead_word sp, ennead_word argument)
{
    panic("step 6: all zero but these and the thread pointer, which stays; full. boot.conformance, registers");
}

unsigned context_reg_count(void)
{
    panic("step 6: pc, sp and the port's, in the order of user/start/<isa>/ennead/port.h. boot.abi");
}

uint64_t context_read_reg(const struct arch_context *context, unsigned index)
{
    panic("step 6: 0 for what a short context lacks. boot.abi");
}

bool context_write_reg(struct arch_context *context, unsigned index, uint64_t value)
{
    panic("step 6: clear what a short context lacks, make it full, and mask privilege out of the value. boot.abi");
}

void context_dump(const struct arch_context *context)
{
    panic("step 10: all registers by kprintf(), four a line. tools.debug");
}

void fpu_init(struct arch_fpu *state)
{
    panic("step 7: zeroes, and what the control register holds after reset. boot.conformance, registers");
}

void fpu_save(struct arch_fpu *state)
{
    panic("step 7: all of the unit's registers, stored. boot.conformance, registers");
}

void fpu_load(const struct arch_fpu *state)
{
    panic("step 7: all of the unit's registers, loaded. boot.conformance, registers");
}

void fpu_set(bool on)
{
    panic("step 7: for user mode; off, a use is kernel_fpu_trap(). boot.conformance, registers");
}
