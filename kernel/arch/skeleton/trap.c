/*
 * What a trap means: causes to the generic entries. Called by entry.S only, with interrupts off.
 */
#include "internal.h"

struct arch_context *trap_from_user(struct arch_context *context)
{
    panic("step 6: note interrupts and call kernel_interrupted(), or kernel_page_fault() for addresses below "
          "PORT_USER_END, kernel_fpu_trap(), kernel_exception(). boot.conformance, traps");
}

void trap_from_kernel(void)
{
    panic("step 8: in a window, note the interrupt; else dump the frame and panic. bad.inputs");
}
