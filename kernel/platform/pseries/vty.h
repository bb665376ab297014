/*
 * The hypervisor's terminal, offered as the registers of a 16550: data, interrupt enable and line status, as far as a
 * driver needs them; others read as 0 and keep nothing. The terminal interrupts for input alone. Of room for output,
 * which there always is, `vty_is_due` tells the board. Kernel lock held, or a panic.
 */
#ifndef PSERIES_VTY_H
#define PSERIES_VTY_H

#include <stdbool.h>
#include <stdint.h>

#define VTY_REGISTERS 8u

void vty_init(uint32_t unit);
void vty_putc(char c);
int vty_getc(void); /* -1 if nothing came */
uint8_t vty_load(unsigned reg);
void vty_store(unsigned reg, uint8_t value);
/* Would a 16550 interrupt now? */
bool vty_is_due(void);

#endif
