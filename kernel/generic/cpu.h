/*
 * Per-CPU state, the kernel lock, preemption and shootdown.
 *
 * There is one lock, taken on entry and released on exit; with one CPU it is never touched. Whoever gives it up hands
 * it to one that waits: in turn, but first to those that have noted an interrupt while they waited, or before; of
 * these, as many in a row as there are CPUs. So nobody waits for ever, and an interrupt waits for the step that is
 * under way and for other interrupts. A CPU that waits looks at interrupts all the time, as in Takada and Sakamura, "A
 * Novel Approach to Multiprogrammed Multiprocessor Synchronization for Real-Time Kernels", 1997; and it serves
 * shootdown requests, as does one that waits for others' answers, so that no wait is circular.
 *
 * Messages between threads of one CPU pass without it, in a local section: what they touch is this CPU's alone as long
 * as nobody has the lock, and who takes it shuts the other CPUs out and waits until none is in a local section. The two
 * together are a reader-writer lock with a flag for each reader ("big-reader lock"), where the readers write, each
 * what belongs to its CPU: its current thread, whose partner and whose endpoint are at home here (endpoint.h), and
 * its own fields below. All else they read.
 */
#ifndef GENERIC_CPU_H
#define GENERIC_CPU_H

#include "list.h"
#include "object.h"
#include "tree.h"

#include <arch/cpu.h>

#define IRQ_WORDS 8u /* sources 0..255 */

struct node;
struct sched_context;
struct space;
struct thread;

/* What a CPU waits for the lock with. */
enum cpu_wish { WISH_NONE, WISH_LOCK, WISH_URGENT /* an interrupt is noted */ };

struct cpu {
    struct arch_cpu arch;
    struct thread *current; /* whose context entered last; NULL: idle; in a local section the CPU itself */

    /* What a message thinks of first, each group to be looked at as one. */
    union {
        struct {
            bool among_others; /* it takes the lock; false with one CPU */
            bool fpu_on;
        };
        uint16_t not_plain; /* 0: with one CPU it is plain */
    };

    /* requests of other CPUs, atomic */
    bool flush_requested;
    bool leave_requested; /* use no space's translations */
    bool fpu_requested;

    /* waiting for the lock, atomic */
    uint8_t wish;     /* enum cpu_wish, by this CPU */
    bool handed_lock; /* it has it now: by the one that had it */

    bool yield; /* the operation cannot go on before another CPU has moved */

    struct cpu *local; /* itself; or `nowhere`, while another CPU has the lock, and as long as it is not_local */
    union {
        struct {
            bool fpu_is_on; /* as above */
            bool poked;     /* another CPU did something to the current thread, its time or the deadlines: cpu_poke() */
        };
        uint16_t not_local; /* 0: beside others it may be local */
    };

    /* guarded by the kernel lock, but for `noted` */
    union {
        struct {
            bool noted;       /* an interrupt, by this CPU with interrupts off: see below */
            bool reschedule;  /* somebody of higher priority became ready */
            bool rotate;      /* the current thread's turn among its equals is over */
            bool clock_stale; /* what comes first in time may be something else: clock_program() */
        };
        uint32_t due; /* not 0: something is to be seen to before a thread goes on */
    };
    /* what `noted` stands for: written by this CPU with interrupts off, read and cleared by it alone */
    union {
        struct {
            bool noted_irqs;
            bool noted_timer;
            bool noted_vacated; /* by this CPU, with the lock: map_vacate() */
        };
        uint32_t noted_any;
    };

    /* guarded by the kernel lock, to the end */
    unsigned highest_ready;        /* the highest p in ready_mask, 0 if there is none */
    struct node *called;           /* between kernel_message() and kernel_ipc(), which has the lock then: see there */
    struct space *space;           /* whose translations are active */
    struct thread *fpu_owner;      /* whose state is in the unit */
    struct sched_context *charged; /* whose time is being used */
    uint64_t charged_until;        /* when it is used up */
    uint64_t quiet_until;          /* the last tick before the one that the timer is set to */
    uint64_t ready_mask;           /* bit p: ready[p] is not empty */
    struct list starved;           /* threads whose time fault is to be raised */
    uint32_t noted_irq[IRQ_WORDS]; /* as noted_any */
    struct tree deadlines;
    struct list ready[ENNEAD_PRIORITIES];
};

_Static_assert(offsetof(struct cpu, current) == sizeof(struct arch_cpu),
               "ports look for the running context elsewhere");
_Static_assert(offsetof(struct cpu, not_plain) == sizeof(struct arch_cpu) + sizeof(struct thread *),
               "ports look elsewhere for what a message is made beside");

extern struct cpu cpus[ENNEAD_CPUS_MAX];
extern unsigned cpu_count;
extern bool cpu_comes_late; /* one that does not count, yet: what runs at boot alone stays for it */

/* ---- the lock.  lock.c ---- */
void lock_start(void);           /* the caller holds it: before other CPUs start */
void lock_unused(void);          /* there is one CPU after all */
void lock_wait(struct cpu *cpu); /* acquire it, with more than one CPU */
void lock_spin(struct cpu *cpu); /* the rest of it, if another has it */
void lock_pass(struct cpu *cpu);
/* Interrupts that came until then are noted: they come before what this CPU wants it for. */
static inline void lock_acquire(struct cpu *cpu)
{
    if (UNLIKELY(cpu->among_others))
        lock_wait(cpu);
}
static inline void lock_release(struct cpu *cpu)
{
    if (cpu->among_others)
        lock_pass(cpu);
}
bool lock_is_free(void); /* a hint: for the host port's simulation */

/*
 * Begin a local section. Returns this CPU, if nobody did anything to it or has the lock, and the FPU is off; so it
 * stays until the section's end. Else it is nowhere: a CPU in whose space there is no slot, so that it shows when the
 * message's is looked up.
 */
static inline struct cpu *lock_try_local(struct cpu *cpu)
{
    cpu_announce(&cpu->current, cpu); /* either this CPU sees that another shuts it out, or that one sees this */
    struct cpu *local = __atomic_load_n(&cpu->local, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return local;
}
/* End it, or the attempt: who goes on. */
static inline void lock_leave_local(struct cpu *cpu, struct thread *current)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
    *(struct thread *volatile *)&cpu->current = current; /* some compilers make more than a store of an atomic one */
}
static inline bool lock_is_local(const struct cpu *cpu)
{
    return __atomic_load_n(&cpu->current, __ATOMIC_RELAXED) == (const void *)cpu;
}

/*
 * A preemption point of a long operation. True: something waits (an interrupt, another CPU for the lock), and the
 * operation is to return AGAIN. An operation does at least one step between two.
 */
bool preemption_point(void);
/* Make the next preemption point true: the operation cannot go on before another CPU has moved. */
void preemption_force(void);

/* Every other CPU that may hold translations of the space forgets them before this returns. */
void cpu_shoot_down(struct space *space);
/* No CPU refers to the space's tables when this returns. */
void cpu_retire_space(struct space *space);
/* Set one of a CPU's requests; wait until it was served, and look at interrupts meanwhile. */
void cpu_request(struct cpu *cpu, bool *request);
void cpu_await(const bool *request);
/* Serve what other CPUs asked of this one. No lock. */
void cpu_serve_requests(void);
/* Tell a CPU to look at what was done to it; this one is told by what is due. */
void cpu_poke(struct cpu *cpu);
/* CPU `id`, not the first, is here. One that was given up stays here. */
void cpu_say_arrived(unsigned id);

/* ---- FPU ownership.  fpu.c ---- */
void fpu_switch(struct cpu *cpu, struct thread *next);
/* The unit's state is in its owner's memory, and the unit is off. */
void fpu_save_owner(struct cpu *cpu);
/* The thread's state is in memory and in no unit afterwards. */
void fpu_flush(struct thread *thread);
/* The running thread used the unit while it was off: the unit becomes its own. */
void fpu_claim(struct cpu *cpu, struct thread *thread);

#endif
