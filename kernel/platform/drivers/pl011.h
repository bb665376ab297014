/*
 * Arm's PL011 UART, polled: the kernel's console. Callable from anywhere; two callers may interleave.
 *
 * Users reach it as the eight registers of a 16550, which is what console drivers know: a store or load by IPC does
 * what it would there. There is no divisor, so no speed to be set, and nothing behind the modem's lines. Interrupts are
 * the PL011's own, with one exception: it says that it has room only once it has sent something.
 */
#ifndef PLATFORM_PL011_H
#define PLATFORM_PL011_H

#include <stdbool.h>
#include <stdint.h>

#define PL011_FACE_BYTES      8u
#define PL011_FACE_INTERRUPTS 1u

/* 8 bits without parity, at the speed that the firmware set. */
void pl011_init(volatile void *registers);
void pl011_putc(char c);
int pl011_getc(void); /* -1 if nothing came */

/* reg < PL011_FACE_BYTES */
uint8_t pl011_face_load(unsigned reg);
/* True after a store to PL011_FACE_INTERRUPTS: a 16550 would interrupt now, and the PL011 does not. */
bool pl011_face_store(unsigned reg, uint8_t value);

#endif
