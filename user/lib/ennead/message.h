/* What the system-call stub of every port gives: see <ennead/port.h>. */
#ifndef ENNEAD_MESSAGE_H
#define ENNEAD_MESSAGE_H

#include <ennead/abi.h>

/* The outcome of a system call; by value, so that it stays in registers where the stub is inlined. */
struct ennead_msg {
    uint32_t status;
    uint32_t badge;
    uint32_t tag;
    ennead_word w[ENNEAD_MSG_REG_WORDS];
};

#endif
