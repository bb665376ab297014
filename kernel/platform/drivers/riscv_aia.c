/*
 * Message-signalled and wired interrupts: see riscv_aia.h. Registers as in the RISC-V Advanced Interrupt
 * Architecture 1.0. Owns the state of sources.
 */
#include "riscv_aia.h"
#include <arch/mmu.h>
#include <platform/platform.h>
#include <riscv/riscv.h>

/* What SISELECT (0x150) chooses for SIREG (0x151); STOPEI is 0x15c. */
#define SELECT_DELIVERY  0x70
#define SELECT_THRESHOLD 0x72
#define SELECT_ENABLE    0xc0

/* Words from the start of the controller of wires. */
#define DOMAIN_CONFIG   0u
#define DOMAIN_ENABLED  0x100u
#define DOMAIN_MESSAGES 0x4u
#define SOURCE_CONFIG   0u
#define LEVEL_HIGH      6u
#define INPUT           0x740u
#define ENABLE_NUMBER   0x7b7u
#define TARGET          0xc00u
#define TARGET_FILE     18u

#define SOURCES 256u

/* Flags are words, which is what can be exchanged. */
static struct source {
    uint32_t masked;
    uint32_t pending; /* a message that came while masked */
    bool allocated;
    uint32_t file;
} source_state[SOURCES];

static struct aia_parts parts;
static const unsigned *file_of_cpu;
static volatile uint32_t *router;

#define WRITE_CHOSEN(which, value)                                                                                     \
    do {                                                                                                               \
        WRITE_CSR(0x150, which);                                                                                       \
        WRITE_CSR(0x151, value);                                                                                       \
    } while (0)

static uint64_t address_of(unsigned file)
{
    return parts.files + file * parts.stride;
}

static void send(unsigned source)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *(volatile uint32_t *)phys_to_virt(address_of(source_state[source].file)) = source;
}

BOOT_ONLY unsigned aia_init(const struct aia_parts *found, const unsigned file[ENNEAD_CPUS_MAX])
{
    parts = *found;
    file_of_cpu = file;
    router = parts.router;
    parts.numbers = parts.numbers < SOURCES ? parts.numbers : SOURCES - 1;
    parts.wired = parts.wired < parts.numbers ? parts.wired : parts.numbers;
    for (unsigned i = 0; i <= parts.numbers; i++)
        source_state[i] = (struct source){.masked = true, .file = file[0]};
    for (unsigned i = 1; i <= parts.wired; i++) {
        router[SOURCE_CONFIG + i] = LEVEL_HIGH;
        router[TARGET + i] = file[0] << TARGET_FILE | i;
        router[ENABLE_NUMBER] = i;
    }
    router[DOMAIN_CONFIG] = DOMAIN_ENABLED | DOMAIN_MESSAGES;
    return parts.numbers + 1;
}

BOOT_ONLY void aia_init_cpu(void)
{
    for (unsigned i = 0; i < SOURCES / 32; i += 2)
        WRITE_CHOSEN(SELECT_ENABLE + i, UINT64_MAX);
    WRITE_CHOSEN(SELECT_THRESHOLD, 0);
    WRITE_CHOSEN(SELECT_DELIVERY, 1);
}

/*
 * Nothing is masked but here. A wire that is high while its source is masked is seen when that is unmasked; a message
 * is remembered. One that races with its unmasking on another CPU may be noted twice, but is never lost.
 */
unsigned aia_take(void)
{
    for (;;) {
        uint64_t top;
        __asm__ volatile("csrrw %0, 0x15c, zero" : "=r"(top)::"memory");
        unsigned number = (unsigned)(top >> 16);
        if (number == AIA_NONE || number > parts.numbers)
            return AIA_NONE;
        struct source *source = &source_state[number];
        __atomic_store_n(&source->pending, number > parts.wired, __ATOMIC_SEQ_CST);
        if (!__atomic_exchange_n(&source->masked, true, __ATOMIC_SEQ_CST)) {
            source->pending = false;
            return number;
        }
    }
}

void aia_mask(unsigned source)
{
    source_state[source].masked = true;
}

static bool is_high(unsigned source)
{
    return (router[INPUT + source / 32] >> source % 32 & 1) != 0;
}

void aia_unmask(unsigned source)
{
    struct source *state = &source_state[source];

    __atomic_store_n(&state->masked, false, __ATOMIC_SEQ_CST);
    if (source <= parts.wired ? is_high(source) : __atomic_exchange_n(&state->pending, false, __ATOMIC_SEQ_CST))
        send(source);
}

bool aia_message_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data)
{
    for (unsigned i = parts.wired + 1; i <= parts.numbers; i++) {
        if (source_state[i].allocated)
            continue;
        source_state[i] = (struct source){.allocated = true, .masked = true, .file = file_of_cpu[cpu]};
        *source = i;
        *address = address_of(file_of_cpu[cpu]);
        *data = i;
        return true;
    }
    return false;
}

void aia_message_free(unsigned source)
{
    source_state[source] = (struct source){.masked = true};
}
