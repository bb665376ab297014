/* The 16550 UART behind I/O ports, polled: the kernel's console. Callable from anywhere; two callers may interleave. */
#ifndef PLATFORM_NS16550_H
#define PLATFORM_NS16550_H

#include <stdint.h>

void ns16550_init(uint16_t port);
void ns16550_putc(char c);
int ns16550_getc(void); /* -1 if nothing came */

#endif
