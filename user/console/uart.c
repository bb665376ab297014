/* A 16550: see uart.h. */
#include "uart.h"

enum {
    UART_DATA = 0,
    UART_DIVISOR_LOW = 0,
    UART_INTERRUPTS = 1,
    UART_DIVISOR_HIGH = 1,
    UART_FIFO_CONTROL = 2,
    UART_LINE_CONTROL = 3,
    UART_MODEM_CONTROL = 4,
    UART_LINE_STATUS = 5,
};
enum { INTERRUPT_RECEIVED = 0x01, INTERRUPT_ROOM = 0x02 };
enum { FIFO_ENABLE = 0x01 };
enum { LINE_8N1 = 0x03, LINE_DIVISOR = 0x80 };
enum { MODEM_READY = 0x03, MODEM_INTERRUPTS = 0x08 };
enum { STATUS_RECEIVED = 0x01, STATUS_ROOM = 0x20, STATUS_IDLE = 0x40 };

#define BAUD 115200u

/* Enabling FIFOs that are on already loses nothing typed ahead. */
void uart_init(const struct ennead_io *io, uint32_t clock_hz)
{
    ennead_io_store(io, UART_INTERRUPTS, 1, 0);
    if (clock_hz != 0) {
        uint32_t divisor = clock_hz / (16 * BAUD);
        ennead_io_store(io, UART_LINE_CONTROL, 1, LINE_8N1 | LINE_DIVISOR);
        ennead_io_store(io, UART_DIVISOR_LOW, 1, divisor & 0xff);
        ennead_io_store(io, UART_DIVISOR_HIGH, 1, divisor >> 8);
    }
    ennead_io_store(io, UART_LINE_CONTROL, 1, LINE_8N1);
    ennead_io_store(io, UART_FIFO_CONTROL, 1, FIFO_ENABLE);
    ennead_io_store(io, UART_MODEM_CONTROL, 1, MODEM_READY | MODEM_INTERRUPTS);
    uart_set_interrupts(io, false);
}

static bool status(const struct ennead_io *io, unsigned bit)
{
    return (ennead_io_load(io, UART_LINE_STATUS, 1) & bit) != 0;
}

bool uart_receive(const struct ennead_io *io, uint8_t *byte)
{
    if (!status(io, STATUS_RECEIVED))
        return false;
    *byte = (uint8_t)ennead_io_load(io, UART_DATA, 1);
    return true;
}

bool uart_can_send(const struct ennead_io *io)
{
    return status(io, STATUS_ROOM);
}

void uart_send(const struct ennead_io *io, uint8_t byte)
{
    ennead_io_store(io, UART_DATA, 1, byte);
}

bool uart_is_idle(const struct ennead_io *io)
{
    return status(io, STATUS_IDLE);
}

void uart_set_interrupts(const struct ennead_io *io, bool sending)
{
    ennead_io_store(io, UART_INTERRUPTS, 1, sending ? INTERRUPT_RECEIVED | INTERRUPT_ROOM : INTERRUPT_RECEIVED);
}
