/* The polled 16550 console. A user driver may take the device over: the kernel prints on it only when it must. */
#include "ns16550.h"
#include <x86/x86.h>

enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, LINE = 3, MODEM = 4, STATUS = 5, SCRATCH = 7 };
#define STATUS_RECEIVED 0x01
#define STATUS_EMPTY    0x20

static uint16_t base;

void ns16550_init(uint16_t port)
{
    base = port;
    outb(base + INTERRUPTS, 0);
    outb(base + LINE, 0x80); /* the divisor: 115200 baud */
    outb(base + DATA, 1);
    outb(base + INTERRUPTS, 0);
    outb(base + LINE, 0x03); /* 8 bits, no parity, 1 stop bit */
    outb(base + FIFO, 0x07);
    outb(base + MODEM, 0x0b);
}

/* A line that never empties (no device there reads as all ones, so does not happen) must not hang a panic. */
void ns16550_putc(char c)
{
    for (unsigned tries = 0; tries < 1000000 && !(inb(base + STATUS) & STATUS_EMPTY); tries++)
        __asm__ volatile("pause");
    outb(base + DATA, (uint8_t)c);
}

int ns16550_getc(void)
{
    return inb(base + STATUS) & STATUS_RECEIVED ? inb(base + DATA) : -1;
}
