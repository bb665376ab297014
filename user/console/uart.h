/* The registers of a 16550 (TI TL16C550 data sheet), and what the driver needs of them. */
#ifndef CONSOLE_UART_H
#define CONSOLE_UART_H

#include <ennead/io.h>

#define UART_FIFO_BYTES 16u

void uart_init(const struct ennead_io *io, uint32_t clock_hz);
/* False: nothing was received. */
bool uart_receive(const struct ennead_io *io, uint8_t *byte);
/* True: UART_FIFO_BYTES can be sent. */
bool uart_can_send(const struct ennead_io *io);
void uart_send(const struct ennead_io *io, uint8_t byte);
/* All has left the shift register. */
bool uart_is_idle(const struct ennead_io *io);
/* Interrupts: of input always, and of room for output if `sending`. */
void uart_set_interrupts(const struct ennead_io *io, bool sending);

#endif
