/* The local APIC, as of Intel's manual, volume 3, chapter 11. Owns DEVICE_SLOT_LAPIC. */
#include "lapic.h"
#include <stddef.h>
#include <x86/x86.h>

enum {
    LAPIC_ID = 0x20,
    LAPIC_TASK_PRIORITY = 0x80,
    LAPIC_EOI = 0xb0,
    LAPIC_SPURIOUS = 0xf0,
    LAPIC_ERROR = 0x280,
    LAPIC_COMMAND_LOW = 0x300,
    LAPIC_COMMAND_HIGH = 0x310,
    LAPIC_LVT_TIMER = 0x320,
    LAPIC_LVT_LINT0 = 0x350,
    LAPIC_LVT_LINT1 = 0x360,
    LAPIC_LVT_ERROR = 0x370,
    LAPIC_TIMER_INITIAL = 0x380,
    LAPIC_TIMER_COUNT = 0x390,
    LAPIC_TIMER_DIVIDE = 0x3e0,
};
#define MASKED        0x10000u
#define SENDING       0x01000u
#define ASSERT_LEVEL  0x04000u
#define DELIVER_INIT  0x00500u
#define DELIVER_START 0x00600u
#define TO_SELF       0x40000u

static volatile uint32_t *registers;

static uint32_t get(unsigned offset)
{
    return registers[offset / 4];
}

static void set(unsigned offset, uint32_t value)
{
    registers[offset / 4] = value;
}

BOOT_ONLY void lapic_map(uint64_t phys)
{
    registers = window_map_device(DEVICE_SLOT_LAPIC, phys);
}

BOOT_ONLY void lapic_init_cpu(void)
{
    set(LAPIC_TASK_PRIORITY, 0);
    set(LAPIC_LVT_LINT0, MASKED);
    set(LAPIC_LVT_LINT1, MASKED);
    set(LAPIC_LVT_ERROR, MASKED);
    set(LAPIC_TIMER_DIVIDE, 0xb); /* by 1 */
    set(LAPIC_LVT_TIMER, VECTOR_TIMER);
    set(LAPIC_TIMER_INITIAL, 0);
    set(LAPIC_SPURIOUS, 0x100 | VECTOR_SPURIOUS);
}

uint8_t lapic_id(void)
{
    return (uint8_t)(get(LAPIC_ID) >> 24);
}

void lapic_eoi(void)
{
    set(LAPIC_EOI, 0);
}

static void command(uint8_t apic_id, uint32_t low)
{
    while (get(LAPIC_COMMAND_LOW) & SENDING)
        cpu_relax();
    set(LAPIC_COMMAND_HIGH, (uint32_t)apic_id << 24);
    set(LAPIC_COMMAND_LOW, low);
}

void lapic_send(uint8_t apic_id, uint8_t vector)
{
    command(apic_id, ASSERT_LEVEL | vector);
}

void lapic_send_self(uint8_t vector)
{
    command(0, TO_SELF | ASSERT_LEVEL | vector);
}

BOOT_ONLY static void wait(uint64_t ns)
{
    uint64_t begin = platform_now_ns();

    while (platform_now_ns() - begin < ns)
        cpu_relax();
}

/* The delays are the manual's. The second message is for a CPU that missed the first; one that runs ignores it. */
BOOT_ONLY void lapic_start(uint8_t apic_id, uint32_t page)
{
    command(apic_id, DELIVER_INIT | ASSERT_LEVEL);
    wait(10000000);
    command(apic_id, DELIVER_START | ASSERT_LEVEL | page >> 12);
    wait(200000);
    command(apic_id, DELIVER_START | ASSERT_LEVEL | page >> 12);
}

void lapic_timer_set(uint32_t ticks)
{
    set(LAPIC_TIMER_INITIAL, ticks);
}

uint32_t lapic_timer_left(void)
{
    return get(LAPIC_TIMER_COUNT);
}
