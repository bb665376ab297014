/*
 * The device tree of an Open Firmware that hands over none, taken out by calls of its client interface, as QEMU's
 * pseries machine answers them (x-vof=on): at boot, translation off.
 */
#ifndef PLATFORM_OF_CLIENT_H
#define PLATFORM_OF_CLIENT_H

#include <stdint.h>

/* Physical address of the flattened tree, in static memory, on a page's start. Refuses one that is too large. */
uint64_t of_client_flatten(void);

#endif
