/* From one thread to the next on the ways that are fast. */
#ifndef GENERIC_PASS_H
#define GENERIC_PASS_H

#include "cpu.h"
#include "space.h"
#include "thread.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define LAST_CALL     static __attribute__((noinline)) /* called last, so that nothing is kept for it */

/* The words of a message without items are all that this part of its tag tells. */
#define WORDS_ALONE(tag) ((uint16_t)(tag))

/*
 * How much a message is known to be. PLAIN: in registers alone, with one CPU, whose FPU is off and stays off. LONG: the
 * same with words beyond those, and nothing else. SHARED: the same as PLAIN, but beside other CPUs. ANY: none of this.
 */
enum way { PLAIN, LONG, SHARED, ANY };

/* The unit is on, or this thread's.  fastpath.c */
struct arch_context *pass_with_fpu(struct cpu *cpu, struct thread *thread);

/* `to` goes on in place of the current thread, on the time that is being charged. */
ALWAYS_INLINE struct arch_context *pass_control(struct cpu *cpu, struct thread *to, enum way way)
{
    ASSERT(way >= SHARED || to->ran_on == cpu);
    if (way >= SHARED)
        to->ran_on = cpu;
    to->state = ENNEAD_THREAD_READY;
    cpu->current = to;
    struct space *space = to->space;
    if (cpu->space != space) {
        if (way == SHARED || (way == ANY && cpu->among_others))
            space->cpus_active |= cpu->mask;
        mmu_switch(cpu, &space->mmu, way < SHARED);
        cpu->space = space;
    }
    if (way == ANY && (cpu->fpu_on || cpu->fpu_owner == to))
        return pass_with_fpu(cpu, to);
    return &to->context;
}

#endif
