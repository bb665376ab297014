/*
 * The 64-bit PowerPC port's structures, constants and inline functions, as <arch/...> asks for them. Both byte orders.
 *
 * System call (sc): r3 target, r18 tag, r14..r17 words 0..3; back: r3 status, r4 badge, the same tag and words. r1,
 * r2, r13 and r31 are kept, all else is lost. The thread pointer is r13.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <ennead/abi.h>
#include <ppc/layout.h>
#include <stdbool.h>
#include <stddef.h>

#define PORT_PAGE_LOG2  12
#define PORT_USER_END   ((ennead_word)0x8000000000)
#define PORT_PAGE_SIZES (UINT64_C(1) << 12 | UINT64_C(1) << 21 | UINT64_C(1) << 30)
#define PORT_TABLE_PATH 4

#define PPC_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/* What an entry saves. Offsets: <ppc/layout.h>. */
struct ppc_frame {
    uint64_t gpr[32];
    uint64_t pc, cr, lr, ctr, xer, msr;
};

/* A short context holds pc, r1, r2, r13 and r31. The machine state of user mode is the CPU's (`msr` below), never the
 * frame's. */
#define PORT_FRAME_BYTES 0
struct arch_context {
    struct ppc_frame frame;
    uint32_t full;
    uint32_t tag;
    uint64_t target;
    uint64_t words[ENNEAD_MSG_REG_WORDS];
    uint32_t status;
    uint32_t badge;
};

/* Vector-scalar registers, of which the first half holds the floating-point ones, the second the vector ones. */
struct arch_fpu {
    _Alignas(16) uint64_t vsr[64][2];
    uint64_t vscr[2];
    uint64_t fpscr;
};

/*
 * Page tables. Free ones are zero but for their first word, which links them. On each CPU a space has a process
 * identifier in one generation of them.
 */
struct arch_mmu_name {
    uint64_t generation, process;
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

/* The first member of struct cpu: SPRG0, and r13 in the kernel. */
struct arch_cpu {
    struct cpu *self;
    struct arch_context *context;  /* whose registers user mode runs on, and where an entry saves them */
    uint64_t stack;                /* the first frame's place on this CPU's stack */
    uint64_t msr;                  /* of user mode: the units are on or off */
    uint64_t vector, r11, r12, cr; /* an entry's, while it has no registers of its own */
    uint64_t granule;
    uint64_t toc;                      /* the kernel's table of contents */
    uint64_t priority;                 /* of user mode, as its register has it */
    uint64_t generation, next_process; /* of identifiers */
    size_t name_at;                    /* this CPU's among a space's names, in bytes */
    unsigned id;
};

#define PORT_SORTS_MESSAGES true
#define PORT_CALLS_AGAIN    true

#include <arch/announce_fenced.h>
#include <arch/context_call.h>
#include <arch/copy_plain.h>
#include <arch/scale_wide.h>

/* The way back sets the status. */
static inline void context_receive(struct arch_context *context, uint32_t badge)
{
    context->badge = badge;
}

static inline ennead_word context_pc(const struct arch_context *context)
{
    return context->frame.pc;
}

static inline void context_set_tls(struct arch_context *context, ennead_word value)
{
    context->frame.gpr[13] = value;
}

/* An instruction of a unit that is off does not execute. */
static inline bool fpu_is_eager(void)
{
    return false;
}

/* Volatile: it must not move above cpu_init(). */
static inline struct cpu *this_cpu(void)
{
    struct cpu *cpu;
    __asm__ volatile("mr %0, 13" : "=r"(cpu));
    return cpu;
}

static inline unsigned ppc_this_cpu_id(void)
{
    return ((struct arch_cpu *)this_cpu())->id;
}

static inline uint64_t cpu_ticks(void)
{
    uint64_t value;
    __asm__ volatile("mftb %0" : "=r"(value));
    return value;
}

/* The lowest priority, and medium again. */
static inline void cpu_relax(void)
{
    __asm__ volatile("or 31, 31, 31; or 2, 2, 2" ::: "memory");
}

static inline void *phys_to_virt(uint64_t phys)
{
    return (void *)(phys + WINDOW_BASE);
}

static inline uint64_t virt_to_phys(const void *virt)
{
    return (uint64_t)virt - WINDOW_BASE;
}

static inline const struct arch_mmu_name *ppc_name(const struct arch_cpu *cpu, const struct arch_mmu *mmu, bool alone)
{
    return (const struct arch_mmu_name *)((const char *)mmu->name + (alone ? 0 : cpu->name_at));
}

#define PORT_NAMES_SPACES true
static inline void mmu_forget_name(struct arch_mmu *mmu, unsigned id)
{
    mmu->name[id].generation = 0; /* which is none */
}

static inline bool mmu_is_at_hand(const struct cpu *cpu, const struct arch_mmu *mmu, bool alone)
{
    const struct arch_cpu *arch = (const struct arch_cpu *)cpu;
    return ppc_name(arch, mmu, alone)->generation == arch->generation;
}

/* The way back to user mode orders what follows behind it. */
static inline void mmu_switch(struct cpu *cpu, struct arch_mmu *mmu, bool alone)
{
    const struct arch_cpu *arch = (const struct arch_cpu *)cpu;
    __asm__ volatile("mtspr %0, %1" ::"i"(SPR_PID), "r"(ppc_name(arch, mmu, alone)->process) : "memory");
}

#endif
