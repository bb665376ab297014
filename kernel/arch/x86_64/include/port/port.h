/*
 * The x86_64 port's structures, constants and inline functions, as <arch/...> asks for them.
 *
 * System call (SYSCALL): rdi target, r15 tag, rbx r12 r13 r14 words 0..3; back: rax status, rdi badge, the same tag and
 * words. rsp, rbp and the flags are kept; rcx, rdx, rsi and r8..r11 are lost. The thread pointer is FS's
 * base.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <ennead/abi.h>
#include <stdbool.h>
#include <x86/layout.h>

#define PORT_PAGE_LOG2  12
#define PORT_USER_END   ((ennead_word)0x00007f8000000000)
#define PORT_PAGE_SIZES (UINT64_C(1) << 12 | UINT64_C(1) << 21 | UINT64_C(1) << 30)
#define PORT_TABLE_PATH 13

/* In the order in which an entry pushes it. */
struct x86_frame {
    uint64_t r15, r14, r13, r12, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, rbp;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/*
 * Entries from user mode push straight into the frame below: the task state segment's rsp0 is the context's address. A
 * short one holds rip, rsp, rbp and rflags there. Offsets: <x86/layout.h>.
 */
#define PORT_FRAME_BYTES sizeof(struct x86_frame)
struct arch_context {
    _Alignas(16) uint64_t tls;
    uint32_t full;
    uint32_t tag;
    uint64_t target;
    uint64_t words[ENNEAD_MSG_REG_WORDS];
    uint32_t status;
    uint32_t badge;
};

struct arch_fpu {
    _Alignas(16) uint8_t fxsave[512];
};

/* Page tables. Free ones are zero but for their first word, which links them. */
struct arch_mmu {
    uint64_t *root;
    uint64_t cr3; /* its physical address */
    uint64_t *free;
    unsigned free_count;
    uint64_t *unlinked;     /* a table that is being recycled */
    unsigned cleared;       /* bytes of it */
    ennead_word hand, bare; /* where the search for the next one is; from where on it found no table below another */
};

/* The first member of struct cpu; the rest, which its processor and entries use, is in struct x86_cpu. */
struct arch_cpu {
    uint64_t stack; /* top of this CPU's stack */
    unsigned id;
};

extern bool x86_fpu_eager;

#define PORT_SORTS_MESSAGES false
#define PORT_CALLS_AGAIN    false

#include <arch/context_call.h>
#include <arch/scale_wide.h>

/* The way back sets the status. */
static inline void context_receive(struct arch_context *context, uint32_t badge)
{
    context->badge = badge;
}

/* One instruction, which goes up: the direction flag is clear in the kernel. */
static inline void copy_words(ennead_word *to, const ennead_word *from, unsigned count)
{
    ennead_word left = count;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(left) : : "memory");
}

static inline struct x86_frame *frame_of(const struct arch_context *context)
{
    return (struct x86_frame *)context - 1;
}

static inline ennead_word context_pc(const struct arch_context *context)
{
    return frame_of(context)->rip;
}

static inline bool fpu_is_eager(void)
{
    return x86_fpu_eager;
}

/* Volatile: it must not move above cpu_init(). */
static inline struct cpu *this_cpu(void)
{
    struct cpu *cpu;
    __asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
    return cpu;
}

static inline unsigned x86_this_cpu_id(void)
{
    return ((struct arch_cpu *)this_cpu())->id;
}

/* An exchange is a fence as well. */
static inline void cpu_announce(void *at, struct cpu *self)
{
    __asm__ volatile("xchgq %1, %0" : "+m"(*(void **)at), "+r"(self) : : "memory");
}

static inline uint64_t cpu_ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline void cpu_relax(void)
{
    __asm__ volatile("pause" ::: "memory");
}

static inline void *phys_to_virt(uint64_t phys)
{
    return (void *)(phys + DIRECT_BASE);
}

#define PORT_NAMES_SPACES false
static inline void mmu_forget_name(struct arch_mmu *mmu, unsigned id)
{
    (void)mmu, (void)id;
}

static inline bool mmu_is_at_hand(const struct cpu *cpu, const struct arch_mmu *mmu, bool alone)
{
    (void)cpu, (void)mmu, (void)alone;
    return true;
}

static inline void mmu_switch(struct cpu *cpu, struct arch_mmu *mmu, bool alone)
{
    (void)cpu, (void)alone;
    __asm__ volatile("movq %0, %%cr3" ::"r"(mmu->cr3) : "memory");
}

/* The image and its static data are at KERNEL_BASE, all else in the direct map. */
static inline uint64_t virt_to_phys(const void *virt)
{
    uint64_t address = (uint64_t)virt;
    return address >= KERNEL_BASE ? address - KERNEL_BASE : address - DIRECT_BASE;
}

#endif
