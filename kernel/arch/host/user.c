/* User mode on the simulated machine: contexts, system calls, accesses, exceptions, and the FPU. */
#include "machine.h"

#include <arch/context.h>
#include <string.h>

/* ---- contexts ---- */

void context_init(struct arch_context *context, ennead_word pc, ennead_word sp, ennead_word argument)
{
    ennead_word tls = context->tls;
    memset(context, 0, sizeof *context);
    memset((char *)context - PORT_FRAME_BYTES, 0xf1, PORT_FRAME_BYTES); /* as an entry would write it */
    context->tls = tls;
    context->reg[ENNEAD_REGISTER_PC] = pc;
    context->reg[ENNEAD_REGISTER_SP] = sp;
    context->reg[2] = argument;
    context->full = true;
}

void context_set_tls(struct arch_context *context, ennead_word value)
{
    context->tls = value;
}

unsigned context_reg_count(void)
{
    return HOST_REGISTERS;
}

uint64_t context_read_reg(const struct arch_context *context, unsigned index)
{
    return index < 2 || context->full ? context->reg[index] : 0;
}

bool context_write_reg(struct arch_context *context, unsigned index, uint64_t value)
{
    if (index >= HOST_REGISTERS)
        return false;
    context->reg[index] = value;
    context->full = true;
    return true;
}

void context_dump(const struct arch_context *context)
{
    kprintf("pc 0x%llx", (unsigned long long)context->reg[0]);
}

/* ---- the FPU ---- */

void fpu_init(struct arch_fpu *state)
{
    memset(state, 0, sizeof *state);
}

void fpu_save(struct arch_fpu *state)
{
    ASSERT(host.cpu[host_cpu].fpu_on);
    *state = host.cpu[host_cpu].fpu;
}

void fpu_load(const struct arch_fpu *state)
{
    ASSERT(host.cpu[host_cpu].fpu_on);
    host.cpu[host_cpu].fpu = *state;
}

void fpu_set(bool on)
{
    host.cpu[host_cpu].fpu_on = on;
}

bool host_fpu_is_eager(void)
{
    return host.config.fpu_is_eager;
}

static void need_fpu(unsigned cpu)
{
    if (!host.cpu[cpu].fpu_on)
        host_enter(cpu, kernel_fpu_trap);
}

void host_use_fpu(unsigned cpu, uint64_t value)
{
    need_fpu(cpu);
    for (unsigned i = 0; i < 4; i++)
        host.cpu[cpu].fpu.value[i] = value + i;
}

uint64_t host_read_fpu(unsigned cpu)
{
    need_fpu(cpu);
    return host.cpu[cpu].fpu.value[0];
}

/* ---- what a thread does ---- */

struct thread *host_current(unsigned cpu)
{
    return host_cpu_at(cpu)->current;
}

struct arch_context *host_enter_message(ennead_word target, uint32_t tag)
{
    struct cpu *cpu = this_cpu();
    struct arch_context *from = &cpu->current->context;
    if (!cpu->not_plain)
        return kernel_message(target, tag, from);
    host.is_entering = true;
    struct arch_context *to = kernel_message_beside(target, tag, from, cpu);
    if (!to)
        to = kernel_message_again(target, tag, from);
    host.is_entering = false;
    return to;
}

/* The message's registers are the context's places for it here. */
static struct arch_context *enter_message(void)
{
    struct arch_context *from = &this_cpu()->current->context;
    struct arch_context *to = host.no_fast_path ? NULL : host_enter_message(from->target, from->tag);
    if (!to) {
        host.is_entering = this_cpu()->among_others && !this_cpu()->called;
        return kernel_ipc();
    }
    host.fast_messages++;
    memcpy(to->words, from->words, sizeof to->words);
    context_set_result(to, ENNEAD_OK, to->badge, from->tag);
    return to;
}

void host_take_fast_path(bool taken)
{
    host.no_fast_path = !taken;
}

uint64_t host_fast_messages(void)
{
    return host.fast_messages;
}

void host_ipc(unsigned cpu, ennead_word target, uint32_t tag, const ennead_word word[ENNEAD_MSG_REG_WORDS])
{
    struct arch_context *context = &host_current(cpu)->context;
    context->target = target;
    context->tag = tag;
    memcpy(context->words, word, sizeof context->words);
    host_enter(cpu, enter_message);
    host_deliver();
}

static struct {
    ennead_word address;
    unsigned access;
    enum ennead_exception exception;
} trap;

static struct arch_context *enter_page_fault(void)
{
    return kernel_page_fault(trap.address, trap.access);
}

static struct arch_context *enter_exception(void)
{
    return kernel_exception(trap.exception, 0, 0);
}

/* A translation that allows the access; faults once, as hardware would, for each time it is missing. */
static char *access_memory(unsigned cpu, ennead_word address, unsigned access)
{
    struct thread *thread = host_current(cpu);
    thread->context.full = true; /* user mode ran on since its last system call */
    for (unsigned tries = 0; tries < 3; tries++) {
        struct host_translation *found = host_translate(cpu, address);
        if (found && found->rights & access) {
            char *at = host_ram + found->phys + (address - found->base);
            if (host.config.mmu == HOST_MMU_NONE)
                host.cpu[cpu].tlb_used = 0;
            return at;
        }
        trap.address = address;
        trap.access = access;
        host_enter(cpu, enter_page_fault);
        if (host_current(cpu) != thread)
            break;
    }
    host_deliver();
    return NULL;
}

bool host_load(unsigned cpu, ennead_word address, uint64_t *value)
{
    const char *at = access_memory(cpu, address, ENNEAD_RIGHT_READ);
    if (at)
        memcpy(value, at, sizeof *value);
    return at;
}

bool host_store(unsigned cpu, ennead_word address, uint64_t value)
{
    char *at = access_memory(cpu, address, ENNEAD_RIGHT_WRITE);
    if (at)
        memcpy(at, &value, sizeof value);
    return at;
}

bool host_fetch(unsigned cpu, ennead_word address)
{
    return access_memory(cpu, address, ENNEAD_RIGHT_EXECUTE) != NULL;
}

void host_exception(unsigned cpu, enum ennead_exception kind)
{
    host_current(cpu)->context.full = true;
    trap.exception = kind;
    host_enter(cpu, enter_exception);
    host_deliver();
}
