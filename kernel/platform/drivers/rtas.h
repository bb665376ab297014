/* PAPR's run-time firmware services (RTAS), by the call that QEMU's own blob makes. Any CPU. */
#ifndef PLATFORM_RTAS_H
#define PLATFORM_RTAS_H

#include <stdint.h>

/* The status, 0 if all is well. At most five arguments; `token`: what the tree's /rtas says of the service. */
uint32_t rtas_call(uint32_t token, unsigned count, const uint32_t *arguments);

#endif
