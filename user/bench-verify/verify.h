/* The words of the verifying run: each other in its message, in each round, and on each way. */
#ifndef VERIFY_H
#define VERIFY_H

#include <ennead/start.h>

enum way { CALL = 0, ANSWER = 1 };

static inline ennead_word pattern(enum way way, uint32_t round, unsigned index)
{
    uint64_t value = ((uint64_t)round << 20 | (uint64_t)index << 4 | (uint64_t)way << 1 | 1) * 0x9e3779b97f4a7c15u;
    return (ennead_word)(value ^ value >> 32);
}

_Noreturn void verify_serve(void);
_Noreturn void verify_client(void);

#endif
