/* OpenPIC: see openpic.h. Registers as in the manuals of Freescale's QorIQ processors, chapter on the MPIC. */
#include "openpic.h"
#include <platform/platform.h>

enum {
    GLOBAL_CONFIGURATION = 0x1020,
    IPI_VECTOR = 0x10a0,
    SPURIOUS_VECTOR = 0x10e0,
    SOURCE = 0x10000,
    SOURCE_STRIDE = 0x20,
    SOURCE_DESTINATION = 0x10,
    CPU = 0x20000,
    CPU_STRIDE = 0x1000,
    CPU_IPI = 0x40,
    CPU_PRIORITY = 0x80,
    CPU_TAKE = 0xa0,
    CPU_END = 0xb0,
};
#define RESET    0x80000000u
#define MIXED    0x20000000u /* not the old controller's pass-through */
#define MASKED   0x80000000u
#define WIRING   0x00c00000u /* polarity and sense: as they are at reset */
#define PRIORITY 0x00080000u

static volatile uint8_t *base;

/* Each access is complete before what follows: a device's own registers are guarded, in order. */
static uint32_t get(unsigned offset)
{
    return *(volatile uint32_t *)(base + offset);
}

static void set(unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)(base + offset) = value;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static unsigned source_register(unsigned source)
{
    return SOURCE + source * SOURCE_STRIDE;
}

static unsigned cpu_register(unsigned cpu, unsigned offset)
{
    return CPU + cpu * CPU_STRIDE + offset;
}

BOOT_ONLY void openpic_init(volatile void *registers, unsigned count)
{
    base = registers;
    set(GLOBAL_CONFIGURATION, RESET);
    while (get(GLOBAL_CONFIGURATION) & RESET)
        continue;
    set(GLOBAL_CONFIGURATION, MIXED);
    set(SPURIOUS_VECTOR, OPENPIC_SPURIOUS);
    set(IPI_VECTOR, PRIORITY | OPENPIC_IPI);
    for (unsigned i = 0; i < count; i++) {
        set(source_register(i), MASKED | (get(source_register(i)) & WIRING) | PRIORITY | i);
        openpic_route(i, 0);
    }
}

BOOT_ONLY void openpic_init_cpu(unsigned cpu)
{
    set(cpu_register(cpu, CPU_PRIORITY), 0);
}

unsigned openpic_take(unsigned cpu)
{
    return get(cpu_register(cpu, CPU_TAKE)) & 0xff;
}

void openpic_end(unsigned cpu)
{
    set(cpu_register(cpu, CPU_END), 0);
}

void openpic_mask(unsigned source, bool masked)
{
    uint32_t old = get(source_register(source)) & ~MASKED;
    set(source_register(source), masked ? old | MASKED : old);
}

void openpic_route(unsigned source, unsigned cpu)
{
    set(source_register(source) + SOURCE_DESTINATION, UINT32_C(1) << cpu);
}

void openpic_send_ipi(unsigned from, unsigned to)
{
    set(cpu_register(from, CPU_IPI), UINT32_C(1) << to);
}
