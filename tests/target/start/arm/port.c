/* The 32-bit Arm port's answers to what tests ask: see target/port.h. */
#include <target/port.h>
#include <target/traps.h>

#define KERNEL_TEXT UINT64_C(0x80010000)
#define WINDOW      UINT64_C(0x80200000)
#define DEVICES     UINT64_C(0xc0200000)
#define USER_END    UINT64_C(0x80000000)
#define MISALIGNED  UINT64_C(0x400002) /* in the program */

DECLARE(illegal)
DECLARE(privileged)
DECLARE(translation)
DECLARE(tlb)
DECLARE(thread_pointer)
DECLARE(hypervisor_call)
DECLARE(secure_call)
DECLARE(semihosting)
DECLARE(physical_counter)
DECLARE(timer)
DECLARE(timer_write)
DECLARE(monitor)
DECLARE(fpu_control)
DECLARE(thumb_ee)
DECLARE(thumb)
DECLARE(breakpoint)
DECLARE(misaligned)
DECLARE(kernel_read)
DECLARE(kernel_write)
void trap_kernel_execute(void);
DECLARE(window_read)
DECLARE(device_read)
void trap_jump(void);

const struct port_trap port_traps[] = {
    HERE(illegal, ILLEGAL),
    HERE(privileged, ILLEGAL),
    HERE(translation, ILLEGAL),
    HERE(tlb, ILLEGAL),
    HERE(thread_pointer, ILLEGAL),
    HERE(hypervisor_call, ILLEGAL),
    HERE(secure_call, ILLEGAL),
    HERE(semihosting, ILLEGAL),
    HERE(physical_counter, ILLEGAL),
    HERE(timer, ILLEGAL),
    HERE(timer_write, ILLEGAL),
    HERE(monitor, ILLEGAL),
    HERE(fpu_control, ILLEGAL),
    HERE(thumb_ee, ILLEGAL),
    HERE(thumb, ILLEGAL),
    HERE(breakpoint, BREAKPOINT),
    ADDRESS(misaligned, ALIGNMENT, MISALIGNED),
    ADDRESS(kernel_read, ACCESS, KERNEL_TEXT),
    ADDRESS(kernel_write, ACCESS, KERNEL_TEXT),
    JUMP(kernel_execute, ACCESS, KERNEL_TEXT),
    ADDRESS(window_read, ACCESS, WINDOW),
    ADDRESS(device_read, ACCESS, DEVICES),
    JUMP(jump, ACCESS, USER_END),
};
const unsigned port_trap_count = sizeof port_traps / sizeof port_traps[0];

const uint64_t port_kernel_addresses[] = {
    KERNEL_TEXT, WINDOW, 0xbffff000, DEVICES, 0xfffff000, USER_END, 0xfffffffffffff000,
};
const unsigned port_kernel_address_count = sizeof port_kernel_addresses / sizeof port_kernel_addresses[0];

const unsigned port_clock_step_ns = 1;
