/*
 * The port's structures, constants and inline functions, as <arch/...> asks for them: step 2 of docs/porting.md, where
 * the static assertions on prices say whether they fit.
 *
 * System call: which instruction, and the registers of target, tag and words 0..3; back: status, tag, the same words
 * and badge. The stack pointer, the frame pointer and the thread pointer are kept, all else is lost.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <ennead/abi.h>
#include <platform/platform.h>
#include <stdbool.h>

struct cpu;

#define PORT_PAGE_LOG2  12
#define PORT_USER_END   ((ennead_word)0x80000000)
#define PORT_PAGE_SIZES (UINT64_C(1) << 12)
#define PORT_TABLE_PATH 2

/* With what an entry saves: all registers, of which a short context holds those that a system call keeps. */
#define PORT_FRAME_BYTES 0
struct arch_context {
    ennead_word pc, sp, tls;
    ennead_word target;
    ennead_word words[ENNEAD_MSG_REG_WORDS];
    uint32_t tag;
    uint32_t status;
    uint32_t badge;
    uint32_t full;
};

/* The unit's registers, its control and status register too. */
struct arch_fpu {
    uint64_t registers[32];
};

/* The root of the space's tables, those that are free, and its identifier on each CPU if the TLB has such. */
struct arch_mmu {
    void *root;
    void *free;
    unsigned free_count;
};

/* The first member of struct cpu. */
struct arch_cpu {
    struct cpu *self;
    struct arch_context *context; /* whose registers user mode runs on, and where an entry saves them */
    unsigned id;
};

#define PORT_SORTS_MESSAGES false
#define PORT_CALLS_AGAIN    false

#include <arch/announce_fenced.h>
#include <arch/context_call.h>
#include <arch/copy_plain.h>

static inline void context_receive(struct arch_context *context, uint32_t badge)
{
    context->status = ENNEAD_OK;
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

static inline bool fpu_is_eager(void)
{
    panic("step 7: can an instruction that is executed ahead read a unit that is off? boot.conformance, registers");
}

static inline struct cpu *this_cpu(void)
{
    panic("step 4: out of the register that cpu_init() sets; volatile, as it must not move above it. bad.inputs");
}

static inline uint64_t cpu_ticks(void)
{
    panic("step 8: the counter, the same on every CPU. boot.conformance, processors");
}

static inline void cpu_relax(void)
{
    panic("step 9: the instruction that tells the processor of a spinning loop, or nothing. The tests with 4 CPUs");
}

static inline void *phys_to_virt(uint64_t phys)
{
    panic("step 4: the window's fixed distance, added. bad.inputs");
}

static inline uint64_t virt_to_phys(const void *virt)
{
    panic("step 4: the same distance, taken away. bad.inputs");
}

#include <arch/mmu_plain.h>
#include <arch/scale_halves.h>

#endif
