/* The hypervisor's terminal: see vty.h. */
#include "vty.h"
#include <ppc/ppc.h>
#include <stddef.h>

enum { DATA = 0, INTERRUPTS = 1, LINE_STATUS = 5 };
#define INTERRUPT_RECEIVED 0x01u
#define INTERRUPT_ROOM     0x02u
#define STATUS_RECEIVED    0x01u
#define STATUS_ROOM        0x60u /* and the line is idle */
#define TRIES              1000000u

static uint32_t terminal;
static uint8_t input[16]; /* what one call brought */
static unsigned input_at, input_count;
static uint8_t enabled;

BOOT_ONLY void vty_init(uint32_t unit)
{
    terminal = unit;
}

/* The first byte is the highest of the word. The hypervisor may be busy. */
void vty_putc(char c)
{
    for (unsigned i = 0; i < TRIES; i++) {
        if (ppc_hcall(H_PUT_TERM_CHAR, terminal, 1, (uint64_t)(uint8_t)c << 56, 0, NULL) == 0)
            return;
    }
}

static bool has_input(void)
{
    uint64_t results[3];

    if (input_at < input_count)
        return true;
    if (ppc_hcall(H_GET_TERM_CHAR, terminal, 0, 0, 0, results) != 0)
        return false;
    input_at = 0;
    input_count = results[0] < sizeof(input) ? (unsigned)results[0] : sizeof(input);
    for (unsigned i = 0; i < input_count; i++)
        input[i] = (uint8_t)(results[1 + i / 8] >> (56 - i % 8 * 8));
    return input_count > 0;
}

int vty_getc(void)
{
    return has_input() ? input[input_at++] : -1;
}

uint8_t vty_load(unsigned reg)
{
    if (reg == DATA)
        return (uint8_t)vty_getc();
    if (reg == INTERRUPTS)
        return enabled;
    return reg == LINE_STATUS ? STATUS_ROOM | (has_input() ? STATUS_RECEIVED : 0) : 0;
}

void vty_store(unsigned reg, uint8_t value)
{
    if (reg == DATA)
        vty_putc((char)value);
    else if (reg == INTERRUPTS)
        enabled = value;
}

bool vty_is_due(void)
{
    return (enabled & INTERRUPT_ROOM) != 0 || ((enabled & INTERRUPT_RECEIVED) != 0 && has_input());
}
