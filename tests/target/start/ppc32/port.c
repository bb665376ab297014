/* The ppc32 port's answers to what tests ask: see target/port.h. */
#include <target/port.h>
#include <target/traps.h>

#define KERNEL_TEXT UINT64_C(0xc0000000)
#define WINDOW      UINT64_C(0xc0200000)
#define DEVICES     UINT64_C(0xe0004500)
#define STACK       UINT64_C(0xf8000000)
#define NOTHING     UINT64_C(0xa0000000)
#define USER_END    UINT64_C(0x80000000)
#define MISALIGNED  UINT64_C(0x400002) /* in the program */

DECLARE(illegal)
DECLARE(privileged)
DECLARE(return_from_interrupt)
DECLARE(special_register)
DECLARE(tlb)
DECLARE(interrupt_enable)
DECLARE(machine_state)
DECLARE(hypervisor_call)
DECLARE(vector_unit)
DECLARE(breakpoint)
DECLARE(float_divide)
DECLARE(float_missing)
DECLARE(misaligned)
DECLARE(kernel_read)
DECLARE(kernel_write)
DECLARE(window_read)
DECLARE(device_read)
DECLARE(stack_read)
DECLARE(nothing_there)
void trap_kernel_execute(void);
void trap_jump(void);

static bool has_fpu(void)
{
    return ennead_has_fpu();
}

static bool has_no_fpu(void)
{
    return !ennead_has_fpu();
}

const struct port_trap port_traps[] = {
    HERE(illegal, ILLEGAL),
    HERE(privileged, ILLEGAL),
    HERE(return_from_interrupt, ILLEGAL),
    HERE(special_register, ILLEGAL),
    HERE(tlb, ILLEGAL),
    HERE(interrupt_enable, ILLEGAL),
    HERE(machine_state, ILLEGAL),
    HERE(hypervisor_call, ILLEGAL),
    HERE(vector_unit, ILLEGAL),
    HERE(breakpoint, BREAKPOINT),
    HERE_IF(float_divide, FPU, has_fpu),
    HERE_IF(float_missing, ILLEGAL, has_no_fpu),
    ADDRESS(misaligned, ALIGNMENT, MISALIGNED),
    ADDRESS(kernel_read, ACCESS, KERNEL_TEXT),
    ADDRESS(kernel_write, ACCESS, KERNEL_TEXT),
    ADDRESS(window_read, ACCESS, WINDOW),
    ADDRESS(device_read, ACCESS, DEVICES),
    ADDRESS(stack_read, ACCESS, STACK),
    ADDRESS(nothing_there, ACCESS, NOTHING),
    JUMP(kernel_execute, ACCESS, KERNEL_TEXT),
    JUMP(jump, ACCESS, USER_END),
};
const unsigned port_trap_count = sizeof port_traps / sizeof port_traps[0];

const uint64_t port_kernel_addresses[] = {
    KERNEL_TEXT, 0xdffff000, WINDOW, 0xe0000000, STACK, 0xfffff000, USER_END, NOTHING, 0xfffffffffffff000,
};
const unsigned port_kernel_address_count = sizeof port_kernel_addresses / sizeof port_kernel_addresses[0];

const unsigned port_clock_step_ns = 3; /* 2.5 a tick */
