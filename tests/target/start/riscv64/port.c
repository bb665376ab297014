/* The riscv64 port's answers to what tests ask: see target/port.h. */
#include <target/port.h>
#include <target/traps.h>

#define KERNEL_TEXT UINT64_C(0xffffffff80200000)
#define DIRECT_MAP  UINT64_C(0xffffffc080400000)
#define DEVICES     UINT64_C(0xffffffc010000000)
#define USER_END    UINT64_C(0x0000004000000000)
#define MISALIGNED  UINT64_C(0x400002) /* in the program */
#define NOBODYS     UINT64_C(0x8000000000000000)

DECLARE(illegal)
DECLARE(privileged)
DECLARE(return_from_interrupt)
DECLARE(wait_for_interrupt)
DECLARE(status_register)
DECLARE(translation_register)
DECLARE(tlb)
DECLARE(counter)
DECLARE(hypervisor_load)
DECLARE(float_csr_bits)
DECLARE(breakpoint)
DECLARE(misaligned)
DECLARE(kernel_read)
DECLARE(kernel_write)
DECLARE(window_read)
DECLARE(device_read)
DECLARE(nobodys)
void trap_kernel_execute(void);
void trap_jump(void);

const struct port_trap port_traps[] = {
    HERE(illegal, ILLEGAL),
    HERE(privileged, ILLEGAL),
    HERE(return_from_interrupt, ILLEGAL),
    HERE(wait_for_interrupt, ILLEGAL),
    HERE(status_register, ILLEGAL),
    HERE(translation_register, ILLEGAL),
    HERE(tlb, ILLEGAL),
    HERE(counter, ILLEGAL),
    HERE(hypervisor_load, ILLEGAL),
    HERE(float_csr_bits, ILLEGAL),
    HERE(breakpoint, BREAKPOINT),
    ADDRESS(misaligned, ALIGNMENT, MISALIGNED),
    ADDRESS(kernel_read, ACCESS, KERNEL_TEXT),
    ADDRESS(kernel_write, ACCESS, KERNEL_TEXT),
    ADDRESS(window_read, ACCESS, DIRECT_MAP),
    ADDRESS(device_read, ACCESS, DEVICES),
    ADDRESS(nobodys, ACCESS, NOBODYS),
    JUMP(kernel_execute, ACCESS, KERNEL_TEXT),
    JUMP(jump, ACCESS, USER_END),
};
const unsigned port_trap_count = sizeof port_traps / sizeof port_traps[0];

const uint64_t port_kernel_addresses[] = {
    KERNEL_TEXT, 0xffffffff80000000, DIRECT_MAP, 0xffffffc000000000, DEVICES, USER_END, NOBODYS, 0xfffffffffffff000,
};
const unsigned port_kernel_address_count = sizeof port_kernel_addresses / sizeof port_kernel_addresses[0];

const unsigned port_clock_step_ns = 100;
