/* cpu_announce() where storing and fencing are two instructions. */
#ifndef ARCH_ANNOUNCE_FENCED_H
#define ARCH_ANNOUNCE_FENCED_H

static inline void cpu_announce(void *at, struct cpu *self)
{
    *(void *volatile __attribute__((may_alias)) *)at = self;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
