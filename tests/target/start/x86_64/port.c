/* The x86_64 port's answers to what tests ask: see target/port.h. */
#include <target/port.h>
#include <target/traps.h>

#define KERNEL_TEXT UINT64_C(0xffffffff80100000)
#define DIRECT_MAP  UINT64_C(0xffff800000200000)
#define USER_END    UINT64_C(0x00007f8000000000)

DECLARE(illegal)
DECLARE(privileged)
DECLARE(port_read)
DECLARE(port_write)
DECLARE(control_register)
DECLARE(msr)
DECLARE(gate)
DECLARE(interrupt_flag)
DECLARE(divide)
DECLARE(breakpoint)
DECLARE(step)
DECLARE(misaligned)
DECLARE(x87)
DECLARE(kernel_read)
DECLARE(kernel_write)
void trap_kernel_execute(void);
DECLARE(direct_read)
DECLARE(noncanonical)
void trap_jump(void);

const struct port_trap port_traps[] = {
    HERE(illegal, ILLEGAL),
    HERE(privileged, ILLEGAL),
    HERE(port_read, ILLEGAL),
    HERE(port_write, ILLEGAL),
    HERE(control_register, ILLEGAL),
    HERE(msr, ILLEGAL),
    HERE(gate, ILLEGAL),
    HERE(interrupt_flag, ILLEGAL),
    HERE(divide, ARITHMETIC),
    HERE(breakpoint, BREAKPOINT),
    HERE(step, STEP),
    HERE(misaligned, ILLEGAL),
    HERE(x87, FPU),
    ADDRESS(kernel_read, ACCESS, KERNEL_TEXT),
    ADDRESS(kernel_write, ACCESS, KERNEL_TEXT),
    JUMP(kernel_execute, ACCESS, KERNEL_TEXT),
    ADDRESS(direct_read, ACCESS, DIRECT_MAP),
    HERE(noncanonical, ILLEGAL),
    JUMP(jump, ACCESS, USER_END),
};
const unsigned port_trap_count = sizeof port_traps / sizeof port_traps[0];

const uint64_t port_kernel_addresses[] = {
    KERNEL_TEXT, 0xffffffff80000000, DIRECT_MAP, 0xffff800000000000, 0xfffffffffffff000, USER_END, 0x00007fffffffe000,
};
const unsigned port_kernel_address_count = sizeof port_kernel_addresses / sizeof port_kernel_addresses[0];

const unsigned port_clock_step_ns = 1;
