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
 * same with words beyond those, and nothing else. LOCAL, LOCAL_LONG: the same in a local section beside other CPUs.
 * ANY: none of this.
 */
enum way { PLAIN, LONG, LOCAL, LOCAL_LONG, ANY };
#define IS_ALONE(way) ((way) <= LONG)
#define IS_LOCAL(way) ((way) == LOCAL || (way) == LOCAL_LONG)
#define IS_LONG(way)  ((way) == LONG || (way) == LOCAL_LONG)

/* The unit is on, or this thread's.  fastpath.c */
struct arch_context *pass_with_fpu(struct cpu *cpu, struct thread *thread);

/* `to` goes on in place of the current thread, on the time that is being charged; a local section ends. */
ALWAYS_INLINE struct arch_context *pass_control(struct cpu *cpu, struct thread *to, enum way way)
{
    ASSERT(!IS_ALONE(way) || to->ran_on == cpu);
    if (!IS_ALONE(way))
        to->ran_on = cpu;
    to->state = ENNEAD_THREAD_READY;
    if (!IS_LOCAL(way))
        cpu->current = to;
    struct space *space = to->space;
    /* Where a space has a name, to go to the one in use is cheaper than to find that it is. */
    if ((PORT_NAMES_SPACES && IS_LOCAL(way)) || cpu->space != space) {
        if (!PORT_NAMES_SPACES && (IS_LOCAL(way) || (way == ANY && cpu->among_others)))
            space->active_on[cpu->arch.id] = true;
        mmu_switch(cpu, &space->mmu, IS_ALONE(way));
        cpu->space = space;
    }
    if (IS_LOCAL(way))
        lock_leave_local(cpu, to);
    if (way == ANY && (cpu->fpu_on || cpu->fpu_owner == to))
        return pass_with_fpu(cpu, to);
    return &to->context;
}

#endif
