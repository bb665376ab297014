/* What both of Arm's ports share. */
#ifndef PORT_RADIX_H
#define PORT_RADIX_H

#include <arm/radix.h>

#endif
