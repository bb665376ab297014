/*
 * The 16550 UART, polled: the kernel's console. Callable from anywhere; two callers may interleave. A user driver may
 * take the device over: the kernel prints on it only when it must.
 */
#ifndef PLATFORM_NS16550_H
#define PLATFORM_NS16550_H

#include <stdint.h>

/* divisor 0: leave the speed as the firmware set it. */
void ns16550_init(uint16_t divisor);
void ns16550_putc(char c);
int ns16550_getc(void); /* -1 if nothing came */

/* ---- offered by the board ---- */
uint8_t ns16550_read(unsigned reg);
void ns16550_write(unsigned reg, uint8_t value);

#endif
