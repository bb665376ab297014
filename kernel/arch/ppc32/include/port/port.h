/*
 * The 32-bit PowerPC port's structures, constants and inline functions, as <arch/...> asks for them.
 *
 * System call (sc): r3 target, r18 tag, r14..r17 words 0..3; back: r3 status, r4 badge, the same tag and words. r1,
 * r2 and r31 are kept, all else is lost. The thread pointer is r2.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <ennead/abi.h>
#include <ppc/layout.h>
#include <stdbool.h>
#include <stddef.h>

#define PORT_PAGE_LOG2  12
#define PORT_USER_END   ((ennead_word)0x80000000)
#define PORT_PAGE_SIZES (UINT64_C(1) << 12)
#define PORT_TABLE_PATH 2
#define PPC_PID_MASK    0xffu

/* What an entry saves. Offsets: <ppc/layout.h>. */
struct ppc_frame {
    uint32_t gpr[32];
    uint32_t pc, cr, lr, ctr, xer, msr;
};

/* A short context holds pc, r1, r2 and r31. The machine state of user mode is the CPU's (`msr` below), never the
 * frame's. */
#define PORT_FRAME_BYTES 0
struct arch_context {
    struct ppc_frame frame;
    uint32_t full;
    uint32_t words[ENNEAD_MSG_REG_WORDS];
    uint32_t tag;
    uint32_t target;
    uint32_t status;
    uint32_t badge;
};

struct arch_fpu {
    _Alignas(8) uint64_t fpr[32];
    uint64_t status;
};

/*
 * Tables of translations, which the kernel's own handler of TLB misses walks: a root of 1024 pointers, each to 512
 * entries of two words. Free tables are zero but for their first word, which links them. The tag is the address-space
 * identifier on each CPU, with the generation that it belongs to above it.
 */
struct arch_mmu {
    uint32_t *root;
    uint32_t *free;
    unsigned free_count;
    uint32_t *unlinked; /* a table that is being recycled */
    unsigned cleared;   /* bytes of it */
    unsigned hand;      /* where the search for the next one is */
    uint64_t tag[ENNEAD_CPUS_MAX];
};

/* The first member of struct cpu: SPRG0 in the kernel. */
struct arch_cpu {
    struct cpu *self;
    struct arch_context *context; /* whose registers user mode runs on, and where an entry saves them */
    const uint32_t *root;         /* the table that a TLB miss looks into */
    uint32_t msr;                 /* of user mode: the FPU is on or off */
    uint32_t vector, r12, cr;     /* an entry's, while it has no registers of its own */
    uint32_t granule;
    unsigned id;
    size_t tag_at; /* this CPU's among a space's tags, in bytes */
    uint64_t next_tag;
};

#define PORT_SORTS_MESSAGES false
#define PORT_CALLS_AGAIN    false

#include <arch/announce_fenced.h>
#include <arch/context_call.h>
#include <arch/scale_halves.h>

void ppc_copy_words(ennead_word *to, const ennead_word *from, unsigned count);
static inline void copy_words(ennead_word *to, const ennead_word *from, unsigned count)
{
    ppc_copy_words(to, from, count);
}

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
    context->frame.gpr[2] = value;
}

/* A unit that is off cannot be read: the e500mc executes no floating-point instruction before it knows. */
static inline bool fpu_is_eager(void)
{
    return false;
}

/* Volatile: it must not move above cpu_init(). */
static inline struct cpu *this_cpu(void)
{
    struct cpu *cpu;
    __asm__ volatile("mfsprg %0, 0" : "=r"(cpu));
    return cpu;
}

static inline unsigned ppc_this_cpu_id(void)
{
    return ((struct arch_cpu *)this_cpu())->id;
}

static inline uint64_t cpu_ticks(void)
{
    for (;;) {
        uint32_t high, low, again;
        __asm__ volatile("mftbu %0; mftb %1; mftbu %2" : "=r"(high), "=r"(low), "=r"(again));
        if (high == again)
            return (uint64_t)high << 32 | low;
    }
}

/* The lowest priority, and medium again, which is all that user mode may set. */
static inline void cpu_relax(void)
{
    __asm__ volatile("or 31, 31, 31; or 2, 2, 2" ::: "memory");
}

static inline void *phys_to_virt(uint64_t phys)
{
    return (void *)((uint32_t)phys + WINDOW_BASE);
}

static inline uint64_t virt_to_phys(const void *virt)
{
    return (uint32_t)virt - WINDOW_BASE;
}

static inline uint64_t ppc_tag(const struct arch_cpu *cpu, const struct arch_mmu *mmu, bool alone)
{
    return *(const uint64_t *)((const char *)mmu->tag + (alone ? 0 : cpu->tag_at));
}

#define PORT_NAMES_SPACES true
static inline void mmu_forget_name(struct arch_mmu *mmu, unsigned id)
{
    mmu->tag[id] = 0; /* of no generation */
}

static inline bool mmu_is_at_hand(const struct cpu *cpu, const struct arch_mmu *mmu, bool alone)
{
    const struct arch_cpu *arch = (const struct arch_cpu *)cpu;
    return (ppc_tag(arch, mmu, alone) ^ arch->next_tag) <= PPC_PID_MASK;
}

/* The way back to user mode orders what follows behind it. The register takes as many bits as there are. */
static inline void mmu_switch(struct cpu *cpu, struct arch_mmu *mmu, bool alone)
{
    struct arch_cpu *arch = (struct arch_cpu *)cpu;
    arch->root = mmu->root;
    __asm__ volatile("mtspr 48, %0" ::"r"((uint32_t)ppc_tag(arch, mmu, alone) & PPC_PID_MASK) : "memory");
}

#endif
