/*
 * The host port: kernel/generic as a deterministic library in a host process.
 *
 * A simulated machine: CPUs that run one at a time when the test says so, a clock that moves when told, and
 * TLBs that are tagged and forget nothing unless told. See include/host.h for what a test sees of it.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <ennead/abi.h>
#include <stdbool.h>

#define PORT_PAGE_LOG2  12
#define PORT_PAGE_SIZES (1u << 12 | 1u << 21)
#define PORT_USER_END   0x80000000u
#define PORT_TABLE_PATH 4u
#define HOST_REGISTERS  18u /* pc, sp, and sixteen of no special meaning */

#define PORT_FRAME_BYTES 32 /* nothing is looked for there, but it has to be the thread's */
struct arch_context {
    ennead_word target;
    uint32_t tag;
    ennead_word words[ENNEAD_MSG_REG_WORDS];
    uint32_t status;
    uint32_t badge;
    uint64_t reg[HOST_REGISTERS];
    ennead_word tls;
    bool full;
};

struct arch_fpu {
    uint64_t value[4];
};

struct arch_cpu {
    unsigned id;
    struct arch_mmu *active;
};

/* Translations kept in a space's table pages: an array of struct host_translation in each. */
struct arch_mmu {
    uint32_t tag; /* of the space in the TLBs: never used again */
    uint32_t pages;
    uint32_t used; /* translations kept */
    void *page[64];
};

extern unsigned host_cpu;
extern char *host_ram;

struct cpu *host_cpu_at(unsigned id);

static inline struct cpu *this_cpu(void)
{
    return host_cpu_at(host_cpu);
}

void host_relax(void);
static inline void cpu_relax(void)
{
    host_relax();
}

uint64_t host_now_ns(void);
static inline uint64_t cpu_ticks(void)
{
    return host_now_ns();
}

static inline void *phys_to_virt(uint64_t phys)
{
    return host_ram + phys;
}

static inline uint64_t virt_to_phys(const void *virt)
{
    return (uint64_t)((const char *)virt - host_ram);
}

bool host_fpu_is_eager(void);
static inline bool fpu_is_eager(void)
{
    return host_fpu_is_eager();
}

#define PORT_SORTS_MESSAGES true
#define PORT_CALLS_AGAIN    true

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
    return (ennead_word)context->reg[0];
}

#include <arch/mmu_plain.h>
#include <arch/scale_halves.h>

#endif
