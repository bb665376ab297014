/*
 * The riscv64 port's structures, constants and inline functions, as <arch/...> asks for them.
 *
 * System call (ECALL): a0 target, s5 tag, s1..s4 words 0..3; back: a0 status, a1 badge, the same tag and words.
 * sp and s0 are kept, all else is lost. The thread pointer is tp.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <ennead/abi.h>
#include <riscv/layout.h>
#include <stdbool.h>
#include <stddef.h>

#define PORT_PAGE_LOG2  12
#define PORT_USER_END   ((ennead_word)0x4000000000)
#define PORT_PAGE_SIZES (UINT64_C(1) << 12 | UINT64_C(1) << 21 | UINT64_C(1) << 30)
#define PORT_TABLE_PATH 4

/* What an entry saves: x1..x31. Offsets: <riscv/layout.h>. */
struct riscv_frame {
    uint64_t pc;
    uint64_t x[31];
};
#define X(n) x[(n)-1]

/* The frame is below; of a short context it holds pc, sp, tp and s0. */
#define PORT_FRAME_BYTES sizeof(struct riscv_frame)
struct arch_context {
    uint32_t full;
    uint32_t tag;
    uint64_t target;
    uint64_t words[ENNEAD_MSG_REG_WORDS];
    uint32_t status;
    uint32_t badge;
};

struct arch_fpu {
    uint64_t f[32];
    uint64_t fcsr;
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

/* No space's generation: instructions were written that this CPU may have fetched before. */
#define NOTHING_AT_HAND UINT64_MAX

/* The first member of struct cpu: tp in the kernel, and in user mode SSCRATCH, which is 0 in the kernel. */
struct arch_cpu {
    struct cpu *self;
    struct arch_context *context; /* whose registers user mode runs on, and where an entry saves them */
    uint64_t stack;               /* top of this CPU's stack */
    uint64_t t0;                  /* an entry's, while it has no register of its own */
    uint64_t granule;
    uint64_t fpu_state; /* of the status register: what the unit's is while the unit is off */
    uint64_t next_tag;  /* identifiers: their generation is above the lowest 16 bits */
    uint64_t at_hand;   /* that generation, or NOTHING_AT_HAND */
    size_t name_at;     /* this CPU's among a space's names, in bytes */
    unsigned id;
};

#define PORT_SORTS_MESSAGES true
#define PORT_CALLS_AGAIN    false

#include <arch/announce_fenced.h>
#include <arch/context_call.h>
#include <arch/copy_plain.h>
#include <arch/scale_wide.h>

/* The way back sets the status. */
static inline void context_receive(struct arch_context *context, uint32_t badge)
{
    context->badge = badge;
}

static inline struct riscv_frame *frame_of(const struct arch_context *context)
{
    return (struct riscv_frame *)context - 1;
}

static inline ennead_word context_pc(const struct arch_context *context)
{
    return frame_of(context)->pc;
}

static inline void context_set_tls(struct arch_context *context, ennead_word value)
{
    frame_of(context)->X(4) = value;
}

/* An instruction of a unit that is off is illegal, and its registers are read by no other. */
static inline bool fpu_is_eager(void)
{
    return false;
}

/* Volatile: it must not move above cpu_init(). */
static inline struct cpu *this_cpu(void)
{
    struct cpu *cpu;
    __asm__ volatile("mv %0, tp" : "=r"(cpu));
    return cpu;
}

static inline unsigned riscv_this_cpu_id(void)
{
    return ((struct arch_cpu *)this_cpu())->id;
}

static inline uint64_t cpu_ticks(void)
{
    uint64_t value;
    __asm__ volatile("rdtime %0" : "=r"(value)::"memory");
    return value;
}

extern bool riscv_called[ENNEAD_CPUS_MAX]; /* another CPU interrupts that one, which has not seen it yet */

/*
 * To wait for an interrupt that is pending takes no time, and an emulator's processor gives up its turn; PAUSE is
 * nothing to some. Another CPU's is the same bit, which stays if there may be one.
 */
static inline void cpu_relax(void)
{
    __asm__ volatile(
        ".option push; .option arch, +zicsr\n csrsi sip, %0\n wfi\n csrci sip, %0\n fence\n .option pop" ::"i"(
            SIP_SOFTWARE)
        : "memory");
    if (__atomic_load_n(&riscv_called[riscv_this_cpu_id()], __ATOMIC_RELAXED))
        __asm__ volatile(".option push; .option arch, +zicsr\n csrsi sip, %0\n .option pop" ::"i"(SIP_SOFTWARE)
                         : "memory");
}

static inline void *phys_to_virt(uint64_t phys)
{
    return (void *)(phys + DIRECT_BASE);
}

/* The image and its static data are at KERNEL_BASE, all else in the direct map. */
static inline uint64_t virt_to_phys(const void *virt)
{
    uint64_t address = (uint64_t)virt;
    return address >= KERNEL_BASE ? address - KERNEL_OFFSET : address - DIRECT_BASE;
}

static inline const struct arch_mmu_name *riscv_name(const struct arch_cpu *cpu, const struct arch_mmu *mmu, bool alone)
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
    return riscv_name(arch, mmu, alone)->generation == arch->at_hand;
}

/* The way back to user mode orders what follows behind it. */
static inline void mmu_switch(struct cpu *cpu, struct arch_mmu *mmu, bool alone)
{
    const struct arch_cpu *arch = (const struct arch_cpu *)cpu;
    __asm__ volatile(
        ".option push; .option arch, +zicsr; csrw satp, %0; .option pop" ::"r"(riscv_name(arch, mmu, alone)->tables)
        : "memory");
}

#endif
