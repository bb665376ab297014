/*
 * Measures the longest stretch of the kernel in which a pending interrupt is not seen to: see latency.h. The emulator's
 * blocks end wherever interrupts are taken, so that a block's instructions are counted as it begins.
 */
#include "latency.h"
#include <stdlib.h>

enum wait { WAIT_NO, WAIT_LOCK, WAIT_ANSWERS };

/* Each written by its own processor's thread; `done` and `held` are read by others. */
struct cpu {
    bool is_started; /* before, low addresses are a loader's */
    bool in_kernel;
    bool has_returned; /* but no instruction of user mode came: an interrupt was taken first */
    bool is_watched;   /* from its first window or return to user mode on */
    bool is_holder;    /* of the kernel's lock */
    enum wait wait;
    bool has_ticket;                  /* it is in the lock's queue */
    uint64_t spun;                    /* instructions since it began to wait */
    uint64_t done;                    /* instructions of the kernel but those that only wait */
    uint64_t entered_done;            /* `done` as the stretch began */
    uint64_t held;                    /* instructions while it held the lock */
    uint64_t before[PLUGIN_CPUS_MAX]; /* others' `held` or `done` as the wait began */
    struct stretch stretch;
} __attribute__((aligned(128)));

static struct cpu cpus[PLUGIN_CPUS_MAX];
static unsigned cpu_count;
static bool is_live; /* user mode was reached */

static uint64_t peek(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void poke(uint64_t *counter, uint64_t value)
{
    __atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

/* ---- stretches ---- */

static void begin(struct cpu *cpu)
{
    cpu->stretch.own = cpu->stretch.lock = cpu->stretch.answers = 0;
    cpu->stretch.blocks = 0;
    poke(&cpu->entered_done, cpu->done);
}

static void end(struct cpu *cpu, const struct block *window)
{
    if (cpu->is_watched)
        record((unsigned)(cpu - cpus), &cpu->stretch, window);
    cpu->is_watched = __atomic_load_n(&is_live, __ATOMIC_RELAXED);
}

/* ---- waiting ---- */

static void wait_from_here(struct cpu *cpu)
{
    for (unsigned i = 0; i < cpu_count; i++)
        cpu->before[i] = peek(cpu->wait == WAIT_LOCK ? &cpus[i].held : &cpus[i].done);
}

static void wait_begin(struct cpu *cpu, enum wait wait)
{
    cpu->wait = wait;
    cpu->spun = 0;
    cpu->has_ticket = wait != WAIT_LOCK;
    wait_from_here(cpu);
}

/* The emulator may stop a processor before it has taken its ticket: it stands in the queue when it goes round the loop.
 */
static void see_ticket(struct cpu *cpu, unsigned roles)
{
    if (cpu->wait && !cpu->has_ticket && roles & ROLE_SPIN && !(roles & ROLE_LOCK)) {
        cpu->has_ticket = true;
        wait_from_here(cpu);
    }
}

/* One processor at a time holds the lock. */
static uint64_t held_meanwhile(const struct cpu *cpu)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < cpu_count; i++)
        sum += peek(&cpus[i].held) - cpu->before[i];
    return sum;
}

/* They answer side by side, each in the stretch that it is in: before that it was not in the kernel. */
static uint64_t answered_meanwhile(const struct cpu *cpu)
{
    uint64_t most = 0;

    for (unsigned i = 0; i < cpu_count; i++) {
        uint64_t done = peek(&cpus[i].done), entered = peek(&cpus[i].entered_done);
        uint64_t since = cpu->before[i] > entered ? cpu->before[i] : entered;
        if (&cpus[i] != cpu && done > since && done - since > most)
            most = done - since;
    }
    return most;
}

/* Going through the loop once is its own. */
static void wait_end(struct cpu *cpu)
{
    uint64_t waited = !cpu->has_ticket ? 0 : cpu->wait == WAIT_LOCK ? held_meanwhile(cpu) : answered_meanwhile(cpu);
    uint64_t own = cpu->spun < spin_instructions ? cpu->spun : spin_instructions;

    *(cpu->wait == WAIT_LOCK ? &cpu->stretch.lock : &cpu->stretch.answers) += waited;
    cpu->stretch.own += own;
    if (cpu->wait == WAIT_LOCK)
        cpu->is_holder = true;
    else if (cpu->is_holder)
        poke(&cpu->held, cpu->held + waited + own);
    cpu->wait = WAIT_NO;
}

/* Functions that wait, and the one that ends others' waiting. */
static void see_role(struct cpu *cpu, unsigned roles)
{
    if (cpu->wait && !(roles & (cpu->wait == WAIT_LOCK ? ROLE_WITHIN_LOCK : ROLE_WITHIN_AWAIT)))
        wait_end(cpu);
    see_ticket(cpu, roles);
    if (roles & ROLE_PASS)
        cpu->is_holder = false;
    else if (!cpu->wait && roles & (ROLE_LOCK | ROLE_AWAIT))
        wait_begin(cpu, roles & ROLE_LOCK ? WAIT_LOCK : WAIT_ANSWERS);
}

/* ---- what the emulator tells ---- */

static void count(struct cpu *cpu, const struct block *block)
{
    if (!cpu->wait || !(block->symbol->roles & ROLE_SPIN))
        poke(&cpu->done, cpu->done + block->count);
    if (cpu->wait) {
        cpu->spun += block->count;
        return;
    }
    cpu->stretch.own += block->count;
    if (cpu->is_holder)
        poke(&cpu->held, cpu->held + block->count);
    if (cpu->stretch.blocks < PATH_MAX_BLOCKS)
        cpu->stretch.path[cpu->stretch.blocks++] = block;
}

static void on_kernel_block(unsigned index, void *data)
{
    struct cpu *cpu = &cpus[index];
    const struct block *block = data;

    cpu->is_started |= (block->symbol->roles & ROLE_START) != 0;
    if (!cpu->in_kernel) {
        cpu->in_kernel = true;
        begin(cpu);
    } else if (block->is_window || cpu->has_returned) {
        end(cpu, block->is_window ? block : NULL);
        begin(cpu);
    }
    cpu->has_returned = block->is_return;
    if (cpu->wait || block->symbol->roles)
        see_role(cpu, block->symbol->roles);
    count(cpu, block);
}

static void on_user_block(unsigned index, void *data)
{
    struct cpu *cpu = &cpus[index];

    (void)data;
    if (!cpu->is_started || !cpu->in_kernel)
        return;
    cpu->in_kernel = cpu->has_returned = false;
    __atomic_store_n(&is_live, true, __ATOMIC_RELAXED);
    end(cpu, NULL);
}

static struct block *new_block(const struct qemu_plugin_tb *tb)
{
    struct block *block = malloc(sizeof *block);
    size_t count = qemu_plugin_tb_n_insns(tb);

    block->start = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
    block->last = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, count - 1));
    block->count = (unsigned)count;
    block->symbol = symbol_of(block->start);
    block->is_window = is_window(block->start);
    block->is_return = is_return(block->last);
    for (size_t i = 1; i < count; i++) {
        if (is_window(qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, i))))
            plugin_fail("latency: a window in the middle of a block, at 0x%llx", (unsigned long long)block->start);
    }
    return block;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    uint64_t vaddr = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));

    (void)id;
    if (plugin_is_kernel(vaddr))
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_kernel_block, QEMU_PLUGIN_CB_NO_REGS, new_block(tb));
    else if (!plugin_is_firmware(vaddr))
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_user_block, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

static void at_exit(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    record_end();
}

void plugin_start(qemu_plugin_id_t id)
{
    cpu_count = (unsigned)plugin_number("cpus", 1);
    if (cpu_count > PLUGIN_CPUS_MAX)
        plugin_fail("option cpus=N: at most %u", PLUGIN_CPUS_MAX);
    symbols_start();
    record_start();
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
}
