/* The AArch64 port's answers to what tests ask: see target/port.h. */
#include <target/port.h>
#include <target/traps.h>

#define KERNEL_TEXT  UINT64_C(0xffffff8040080000)
#define WINDOW       UINT64_C(0xffffff8040200000)
#define DEVICES      UINT64_C(0xffffffffc0200000)
#define USER_END     UINT64_C(0x0000008000000000)
#define NONCANONICAL UINT64_C(0x0100000000000000)
#define MISALIGNED   UINT64_C(0x400002) /* in the program */

DECLARE(illegal)
DECLARE(privileged)
DECLARE(return_from_interrupt)
DECLARE(translation)
DECLARE(tlb)
DECLARE(interrupt_mask)
DECLARE(hypervisor_call)
DECLARE(secure_call)
DECLARE(semihosting)
DECLARE(wait)
DECLARE(physical_counter)
DECLARE(timer)
DECLARE(timer_write)
DECLARE(monitor)
DECLARE(vectors)
DECLARE(breakpoint)
DECLARE(misaligned)
DECLARE(kernel_read)
DECLARE(kernel_write)
void trap_kernel_execute(void);
DECLARE(window_read)
DECLARE(device_read)
DECLARE(noncanonical)
void trap_jump(void);
void trap_jump_between(void);

const struct port_trap port_traps[] = {
    HERE(illegal, ILLEGAL),
    HERE(privileged, ILLEGAL),
    HERE(return_from_interrupt, ILLEGAL),
    HERE(translation, ILLEGAL),
    HERE(tlb, ILLEGAL),
    HERE(interrupt_mask, ILLEGAL),
    HERE(hypervisor_call, ILLEGAL),
    HERE(secure_call, ILLEGAL),
    HERE(semihosting, ILLEGAL),
    HERE(wait, ILLEGAL),
    HERE(physical_counter, ILLEGAL),
    HERE(timer, ILLEGAL),
    HERE(timer_write, ILLEGAL),
    HERE(monitor, ILLEGAL),
    HERE(vectors, ILLEGAL),
    HERE(breakpoint, BREAKPOINT),
    ADDRESS(misaligned, ALIGNMENT, MISALIGNED),
    ADDRESS(kernel_read, ACCESS, KERNEL_TEXT),
    ADDRESS(kernel_write, ACCESS, KERNEL_TEXT),
    JUMP(kernel_execute, ACCESS, KERNEL_TEXT),
    ADDRESS(window_read, ACCESS, WINDOW),
    ADDRESS(device_read, ACCESS, DEVICES),
    ADDRESS(noncanonical, ACCESS, NONCANONICAL),
    JUMP(jump, ACCESS, USER_END),
    JUMP(jump_between, ALIGNMENT, MISALIGNED),
};
const unsigned port_trap_count = sizeof port_traps / sizeof port_traps[0];

const uint64_t port_kernel_addresses[] = {
    KERNEL_TEXT, 0xffffff8000000000, WINDOW, DEVICES, 0xfffffffffffff000, USER_END, 0x0000ffffffffe000, NONCANONICAL,
};
const unsigned port_kernel_address_count = sizeof port_kernel_addresses / sizeof port_kernel_addresses[0];

const unsigned port_clock_step_ns = 1;
