/*
 * The 32-bit Arm port's structures, constants and inline functions, as <arch/...> asks for them.
 *
 * System call (svc): r0 target, r8 tag, r4..r7 words 0..3; back: r0 status, r1 badge, the same tag and words.
 * r9..r12, sp, lr, the flags and the FPU are kept, all else is lost. The thread pointer is TPIDRURO.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <arm/layout.h>
#include <ennead/abi.h>
#include <stdbool.h>

#define PORT_PAGE_LOG2  12
#define PORT_USER_END   ((ennead_word)0x80000000)
#define PORT_PAGE_SIZES (UINT64_C(1) << 12 | UINT64_C(1) << 21 | UINT64_C(1) << 30)
#define PORT_TABLE_PATH 3

/*
 * What entries save: see <arm/layout.h>. A system call stores r0, r3 and r9..r14 at once, as `target` and what is
 * behind it, and its way back loads r0..r3 and r9..r14 from `tls` on. A short context holds r9..r14, pc, psr and the
 * thread pointer.
 */
#define PORT_FRAME_BYTES 0
struct arch_context {
    uint32_t words[ENNEAD_MSG_REG_WORDS];
    uint32_t tag;
    uint32_t r0_8[9];
    uint32_t tls;
    uint32_t badge;
    uint32_t target;
    uint32_t r3; /* what a system call found there */
    uint32_t r9_14[6];
    uint32_t pc, psr;
    uint32_t full;
    uint32_t status;
};

struct arch_fpu {
    _Alignas(8) uint64_t d[32];
    uint32_t fpscr;
};

/*
 * Page tables. Free ones are zero but for their first word, which links them. On each CPU a space has an identifier in
 * one generation of them, and the CPU's register of tables is set to that and the root.
 */
struct arch_mmu_name {
    uint64_t generation;
    uint64_t tables;
};

struct arch_mmu {
    uint64_t *root;
    uint64_t *free;
    unsigned free_count;
    uint64_t *unlinked;     /* a table that is being recycled */
    unsigned cleared;       /* bytes of it */
    ennead_word hand, bare; /* where the search for the next one is; from where on it found no table below another */
    struct arch_mmu_name name[ENNEAD_CPUS_MAX];
};

/* The first member of struct cpu: TPIDRPRW. */
struct arch_cpu {
    struct cpu *self;
    uint32_t stack; /* top of this CPU's stack */
    unsigned id;
    uint64_t next_tag;   /* identifiers: their generation is above the lowest 16 bits */
    uint64_t generation; /* of the last one */
    bool fpu_on;         /* in user mode */
};

#define PORT_SORTS_MESSAGES true
#define PORT_CALLS_AGAIN    true

#include <arch/announce_fenced.h>
#include <arch/context_call.h>
#include <arch/copy_plain.h>
#include <arch/scale_halves.h>

/* The way back sets the status. */
static inline void context_receive(struct arch_context *context, uint32_t badge)
{
    context->badge = badge;
}

static inline ennead_word context_pc(const struct arch_context *context)
{
    return context->pc;
}

static inline void context_set_tls(struct arch_context *context, ennead_word value)
{
    context->tls = value;
}

/* A unit that is off executes nothing, speculatively either: what leaks that way are system registers. */
static inline bool fpu_is_eager(void)
{
    return false;
}

/* Volatile: it must not move above cpu_init(). */
static inline struct cpu *this_cpu(void)
{
    struct cpu *cpu;
    __asm__ volatile("mrc p15, 0, %0, c13, c0, 4" : "=r"(cpu));
    return cpu;
}

static inline unsigned arm_this_cpu_id(void)
{
    return ((struct arch_cpu *)this_cpu())->id;
}

static inline uint64_t cpu_ticks(void)
{
    uint64_t value;
    __asm__ volatile("isb; mrrc p15, 1, %Q0, %R0, c14" : "=r"(value)::"memory");
    return value;
}

static inline void cpu_relax(void)
{
    __asm__ volatile("yield" ::: "memory");
}

static inline void *phys_to_virt(uint64_t phys)
{
    return (void *)((uint32_t)phys + WINDOW_OFFSET);
}

static inline uint64_t virt_to_phys(const void *virt)
{
    return (uint32_t)virt - WINDOW_OFFSET;
}

static inline uint64_t arm_load_pair(const volatile uint64_t *at)
{
    return *at;
}

#define PORT_NAMES_SPACES true
static inline void mmu_forget_name(struct arch_mmu *mmu, unsigned id)
{
    mmu->name[id].generation = 0; /* which is none */
}

static inline bool mmu_is_at_hand(const struct cpu *cpu, const struct arch_mmu *mmu, bool alone)
{
    const struct arch_cpu *arch = (const struct arch_cpu *)cpu;
    return arm_load_pair(&mmu->name[alone ? 0 : arch->id].generation) == arm_load_pair(&arch->generation);
}

/* The way back to user mode orders what follows behind it. */
static inline void mmu_switch(struct cpu *cpu, struct arch_mmu *mmu, bool alone)
{
    struct arch_cpu *arch = (struct arch_cpu *)cpu;
    uint64_t tables = mmu->name[alone ? 0 : arch->id].tables;
    __asm__ volatile("mcrr p15, 0, %Q0, %R0, c2" ::"r"(tables) : "memory");
}

#endif
