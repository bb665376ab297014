/*
 * The AArch64 port's structures, constants and inline functions, as <arch/...> asks for them.
 *
 * System call (svc): x0 target, x23 tag, x19..x22 words 0..3; back: x0 status, x1 badge, the same tag and words. sp and
 * x29 are kept, all else but the FPU is lost. The thread pointer is tpidr_el0, which user mode may write as well.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <arm/layout.h>
#include <ennead/abi.h>
#include <stdbool.h>

#define PORT_PAGE_LOG2  12
#define PORT_USER_END   ((ennead_word)0x8000000000)
#define PORT_PAGE_SIZES (UINT64_C(1) << 12 | UINT64_C(1) << 21 | UINT64_C(1) << 30)
#define PORT_TABLE_PATH 3

/* What an entry saves. Offsets: <arm/layout.h>. */
struct arm_frame {
    uint64_t x[31];
    uint64_t sp, pc, psr;
};

/* A short context holds pc, sp, x29 and the thread pointer. sp_el1 in user mode, so it is aligned as stacks are. */
#define PORT_FRAME_BYTES 0
struct arch_context {
    _Alignas(16) struct arm_frame frame;
    uint64_t tls;
    uint64_t target;
    uint64_t words[ENNEAD_MSG_REG_WORDS];
    uint64_t tag; /* 32 bits, which are moved in pairs with others */
    uint64_t full;
    uint64_t status;
    uint64_t badge;
    uint64_t zero[2]; /* always */
};

struct arch_fpu {
    _Alignas(16) uint64_t q[32][2];
    uint64_t fpsr, fpcr;
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

/* The first member of struct cpu: tpidr_el1. */
struct arch_cpu {
    struct cpu *self;
    uint64_t stack;      /* top of this CPU's stack */
    uint64_t next_tag;   /* identifiers: their generation is above the lowest 16 bits */
    uint64_t generation; /* of the last one */
    unsigned id;
};

#define PORT_SORTS_MESSAGES true
#define PORT_CALLS_AGAIN    false

#include <arch/announce_fenced.h>
#include <arch/context_call.h>
#include <arch/copy_plain.h>
#include <arch/scale_wide.h>

static inline void context_receive(struct arch_context *context, uint32_t badge)
{
    context->status = ENNEAD_OK;
    context->badge = badge;
}

static inline ennead_word context_pc(const struct arch_context *context)
{
    return context->frame.pc;
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
    __asm__ volatile("mrs %0, tpidr_el1" : "=r"(cpu));
    return cpu;
}

static inline unsigned arm_this_cpu_id(void)
{
    return ((struct arch_cpu *)this_cpu())->id;
}

static inline uint64_t cpu_ticks(void)
{
    uint64_t value;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value;
}

static inline void cpu_relax(void)
{
    __asm__ volatile("yield" ::: "memory");
}

static inline void *phys_to_virt(uint64_t phys)
{
    return (void *)(phys + WINDOW_BASE);
}

static inline uint64_t virt_to_phys(const void *virt)
{
    return (uint64_t)virt - WINDOW_BASE;
}

#define PORT_NAMES_SPACES true
static inline void mmu_forget_name(struct arch_mmu *mmu, unsigned id)
{
    mmu->name[id].generation = 0; /* which is none */
}

static inline bool mmu_is_at_hand(const struct cpu *cpu, const struct arch_mmu *mmu, bool alone)
{
    const struct arch_cpu *arch = (const struct arch_cpu *)cpu;
    return mmu->name[alone ? 0 : arch->id].generation == arch->generation;
}

/* The way back to user mode orders what follows behind it. */
static inline void mmu_switch(struct cpu *cpu, struct arch_mmu *mmu, bool alone)
{
    struct arch_cpu *arch = (struct arch_cpu *)cpu;
    __asm__ volatile("msr ttbr0_el1, %0" ::"r"(mmu->name[alone ? 0 : arch->id].tables) : "memory");
}

#endif
