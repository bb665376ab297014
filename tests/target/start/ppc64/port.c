/* The ppc64 port's answers to what tests ask, in either byte order: see target/port.h. */
#include <target/port.h>
#include <target/traps.h>

#define KERNEL_TEXT UINT64_C(0xc000000000400000)
#define WINDOW      UINT64_C(0xc000000000800000)
#define VECTORS     UINT64_C(0xc000000000004c00)
#define USER_END    UINT64_C(0x0000008000000000)
#define QUADRANT_1  UINT64_C(0x4000000000000000)
#define QUADRANT_2  UINT64_C(0x8000000000000000)
#define MISALIGNED  UINT64_C(0x400002) /* in the program */

DECLARE(illegal)
DECLARE(privileged)
DECLARE(return_from_interrupt)
DECLARE(special_register)
DECLARE(tlb)
DECLARE(machine_state)
DECLARE(system_call_vectored)
DECLARE(facility)
DECLARE(breakpoint)
DECLARE(float_divide)
DECLARE(misaligned)
DECLARE(kernel_read)
DECLARE(kernel_write)
DECLARE(window_read)
DECLARE(vectors_read)
DECLARE(quadrant_read)
void trap_kernel_execute(void);
void trap_jump(void);

const struct port_trap port_traps[] = {
    HERE(illegal, ILLEGAL),
    HERE(privileged, ILLEGAL),
    HERE(return_from_interrupt, ILLEGAL),
    HERE(special_register, ILLEGAL),
    HERE(tlb, ILLEGAL),
    HERE(machine_state, ILLEGAL),
    HERE(system_call_vectored, ILLEGAL),
    HERE(facility, ILLEGAL),
    HERE(breakpoint, BREAKPOINT),
    HERE(float_divide, FPU),
    ADDRESS(misaligned, ALIGNMENT, MISALIGNED),
    ADDRESS(kernel_read, ACCESS, KERNEL_TEXT),
    ADDRESS(kernel_write, ACCESS, KERNEL_TEXT),
    ADDRESS(window_read, ACCESS, WINDOW),
    ADDRESS(vectors_read, ACCESS, VECTORS),
    ADDRESS(quadrant_read, ACCESS, QUADRANT_1),
    JUMP(kernel_execute, ACCESS, KERNEL_TEXT),
    JUMP(jump, ACCESS, USER_END),
};
const unsigned port_trap_count = sizeof port_traps / sizeof port_traps[0];

const uint64_t port_kernel_addresses[] = {
    KERNEL_TEXT, WINDOW, VECTORS, 0xc000000000000000, USER_END, QUADRANT_1, QUADRANT_2, 0xfffffffffffff000,
};
const unsigned port_kernel_address_count = sizeof port_kernel_addresses / sizeof port_kernel_addresses[0];

const unsigned port_clock_step_ns = 4; /* 1.95 a tick */
