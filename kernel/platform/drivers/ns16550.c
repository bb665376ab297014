/* The polled 16550 console: see ns16550.h. */
#include "ns16550.h"
#include <arch/cpu.h>
#include <platform/platform.h>

enum { DATA = 0, DIVISOR_LOW = 0, INTERRUPTS = 1, DIVISOR_HIGH = 1, FIFO = 2, LINE = 3, MODEM = 4, STATUS = 5 };
#define STATUS_RECEIVED 0x01
#define STATUS_EMPTY    0x20

BOOT_ONLY void ns16550_init(uint16_t divisor)
{
    ns16550_write(INTERRUPTS, 0);
    if (divisor != 0) {
        ns16550_write(LINE, 0x80);
        ns16550_write(DIVISOR_LOW, (uint8_t)divisor);
        ns16550_write(DIVISOR_HIGH, (uint8_t)(divisor >> 8));
    }
    ns16550_write(LINE, 0x03); /* 8 bits, no parity, 1 stop bit */
    ns16550_write(FIFO, 0x07);
    ns16550_write(MODEM, 0x0b);
}

/* A line that never empties (no device there reads as all ones, so does not happen) must not hang a panic. */
void ns16550_putc(char c)
{
    for (unsigned tries = 0; tries < 1000000 && !(ns16550_read(STATUS) & STATUS_EMPTY); tries++)
        cpu_relax();
    ns16550_write(DATA, (uint8_t)c);
}

int ns16550_getc(void)
{
    return ns16550_read(STATUS) & STATUS_RECEIVED ? ns16550_read(DATA) : -1;
}
