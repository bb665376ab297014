/* cpu_announce() where storing and fencing are two instructions. */
#ifndef ARCH_ANNOUNCE_FENCED_H
#define ARCH_ANNOUNCE_FENCED_H

#include <stdbool.h>

static inline void cpu_announce(bool *flag)
{
    __atomic_store_n(flag, true, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
