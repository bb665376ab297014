/*
 * Measures the longest stretch of the kernel in which a pending interrupt is not seen to: see latency.h. The emulator's
 * blocks end wherever interrupts are taken, so that a block's instructions are counted as it begins.
 */
#include "latency.h"
#include <stdlib.h>

/* ANSWERS: to requests of this processor. SECTIONS: until no other is in a local section. */
enum wait { WAIT_NO, WAIT_LOCK, WAIT_ANSWERS, WAIT_SECTIONS };

/* Each written by its own processor's thread; the counters and `wait` are read by others, `answer` is written by them.
 */
struct cpu {
    bool is_started; /* before, low addresses are a loader's */
    bool in_kernel;
    bool has_returned; /* but no instruction of user mode came: an interrupt was taken first */
    bool has_opened;   /* a window: what comes next is an interrupt or behind it */
    bool is_watched;   /* from its first window or return to user mode on */
    bool is_holder;    /* of the kernel's lock */
    bool is_serving;   /* requests of others */
    bool has_noted;    /* an interrupt, and has not had the lock since */
    unsigned windows;  /* that it went through since then while it waited for the lock, 2 at most */
    enum wait wait;
    uint64_t spun;         /* instructions since it began to wait for answers */
    uint64_t done;         /* instructions of the kernel but those that only wait */
    uint64_t entered_done; /* `done` as the stretch began */
    uint64_t held;         /* instructions while it held the lock */
    uint64_t noted_done;   /* `done` as it noted the interrupt, and as it waited then */
    uint64_t queued_done;
    uint64_t before[PLUGIN_CPUS_MAX]; /* others' `done` as the wait for answers began */
    uint64_t answer[PLUGIN_CPUS_MAX]; /* what they have executed until they answered, and one */
    uint64_t held_before[PLUGIN_CPUS_MAX];
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
    cpu->stretch.own = cpu->stretch.answers = 0;
    cpu->stretch.blocks = 0;
    poke(&cpu->entered_done, cpu->done);
}

static void end(struct cpu *cpu, const struct block *window)
{
    if (cpu->is_watched)
        record((unsigned)(cpu - cpus), &cpu->stretch, window);
    cpu->is_watched = __atomic_load_n(&is_live, __ATOMIC_RELAXED);
}

/* ---- waiting for the lock ---- */

/* Its windows end stretches, and what it spins is its own: how long an interrupt waits for the lock is told apart. */
static void note(struct cpu *cpu)
{
    if (cpu->has_noted || cpu->is_holder)
        return;
    cpu->has_noted = true;
    cpu->windows = 0;
    cpu->noted_done = cpu->done;
}

/* The emulator may stop a processor before it has said that it waits: it has when it comes to the second window. */
static void see_window(struct cpu *cpu)
{
    if (!cpu->has_noted || cpu->wait != WAIT_LOCK || cpu->windows == 2 || ++cpu->windows < 2)
        return;
    cpu->queued_done = cpu->done;
    for (unsigned i = 0; i < cpu_count; i++)
        cpu->held_before[i] = peek(&cpus[i].held);
}

/* What it did itself until it waited, and then those that had the lock, one at a time. */
static void has_lock(struct cpu *cpu)
{
    uint64_t sum = (cpu->windows == 2 ? cpu->queued_done : cpu->done) - cpu->noted_done;

    for (unsigned i = 0; i < cpu_count && cpu->windows == 2; i++)
        sum += peek(&cpus[i].held) - cpu->held_before[i];
    if (cpu->has_noted && __atomic_load_n(&is_live, __ATOMIC_RELAXED))
        record_interrupt(sum);
    cpu->has_noted = false;
    cpu->is_holder = true;
}

/* ---- waiting for others ---- */

static void wait_begin(struct cpu *cpu, enum wait wait)
{
    cpu->spun = 0;
    for (unsigned i = 0; i < cpu_count; i++) {
        cpu->before[i] = peek(&cpus[i].done);
        poke(&cpu->answer[i], 0);
    }
    __atomic_store_n(&cpu->wait, wait, __ATOMIC_RELEASE);
}

/* What the other has executed of the stretch that it is in: before that it was not in the kernel. */
static uint64_t done_since(const struct cpu *waiter, unsigned other)
{
    uint64_t done = peek(&cpus[other].done), entered = peek(&cpus[other].entered_done);
    uint64_t since = waiter->before[other] > entered ? waiter->before[other] : entered;
    return done > since ? done - since : 0;
}

/* Whoever waits in this way has what it waits for, as far as it is this processor's. */
static void answer(const struct cpu *cpu, enum wait wait)
{
    unsigned self = (unsigned)(cpu - cpus);

    for (unsigned i = 0; i < cpu_count; i++) {
        if (i != self && __atomic_load_n(&cpus[i].wait, __ATOMIC_ACQUIRE) == wait && !peek(&cpus[i].answer[self]))
            poke(&cpus[i].answer[self], 1 + done_since(&cpus[i], self));
    }
}

/* They answer side by side; one that is about to say so may not have done it yet. */
static uint64_t answered_meanwhile(const struct cpu *cpu)
{
    uint64_t most = 0;

    for (unsigned i = 0; i < cpu_count; i++) {
        uint64_t count = peek(&cpu->answer[i]);
        if (count)
            count--;
        else if (&cpus[i] != cpu && __atomic_load_n(&cpus[i].is_serving, __ATOMIC_RELAXED))
            count = done_since(cpu, i);
        most = count > most ? count : most;
    }
    return most;
}

/* Going through the loop once is its own. */
static void wait_end(struct cpu *cpu)
{
    uint64_t waited = answered_meanwhile(cpu);
    uint64_t own = cpu->spun < spin_instructions ? cpu->spun : spin_instructions;

    cpu->stretch.answers += waited;
    cpu->stretch.own += own;
    poke(&cpu->held, cpu->held + waited + own);
    __atomic_store_n(&cpu->wait, WAIT_NO, __ATOMIC_RELAXED);
}

static unsigned within(enum wait wait)
{
    return wait == WAIT_ANSWERS ? ROLE_WITHIN_AWAIT : ROLE_WITHIN_SECTIONS;
}

/* ---- functions that mean something ---- */

/* ppc64le's functions have a second entry behind the setting of their table of contents. */
#define LOCAL_ENTRY_BYTES 8u

static void see_waiting(struct cpu *cpu, const struct symbol *symbol, bool is_begin)
{
    if (cpu->wait > WAIT_LOCK && !(symbol->roles & within(cpu->wait)))
        wait_end(cpu);
    if (is_begin && symbol->roles & ROLE_LOCK) {
        answer(cpu, WAIT_SECTIONS); /* its section, if it was in one, is over */
        cpu->wait = WAIT_LOCK;
    } else if (is_begin && symbol->roles & ROLE_SECTIONS) {
        has_lock(cpu);
        wait_begin(cpu, WAIT_SECTIONS);
    } else if (cpu->wait == WAIT_NO && symbol->roles & ROLE_AWAIT) {
        wait_begin(cpu, WAIT_ANSWERS);
    }
}

static void see_serving(struct cpu *cpu, unsigned roles)
{
    if (cpu->is_serving && !(roles & ROLE_SERVE)) {
        answer(cpu, WAIT_ANSWERS);
        __atomic_store_n(&cpu->is_serving, false, __ATOMIC_RELAXED);
    } else if (roles & ROLE_SERVE) {
        __atomic_store_n(&cpu->is_serving, true, __ATOMIC_RELAXED);
    }
}

static void see(struct cpu *cpu, const struct symbol *symbol, bool is_begin)
{
    see_waiting(cpu, symbol, is_begin);
    see_serving(cpu, symbol->roles);
    if (symbol->roles & ROLE_PASS)
        cpu->is_holder = false;
    if (symbol->roles & ROLE_NOTE)
        note(cpu);
}

/* ---- what the emulator tells ---- */

static void count(struct cpu *cpu, const struct block *block)
{
    if (!cpu->wait || !(block->symbol->roles & ROLE_SPIN))
        poke(&cpu->done, cpu->done + block->count);
    if (cpu->wait > WAIT_LOCK) {
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
    } else if (cpu->has_opened || cpu->has_returned) {
        end(cpu, cpu->has_opened ? block : NULL);
        begin(cpu);
    }
    if (cpu->has_opened)
        see_window(cpu);
    cpu->has_opened = block->is_opening;
    cpu->has_returned = block->is_return;
    if (cpu->wait || cpu->is_serving || block->symbol->roles)
        see(cpu, block->symbol, block->start - block->symbol->address <= LOCAL_ENTRY_BYTES);
    count(cpu, block);
}

static void on_user_block(unsigned index, void *data)
{
    struct cpu *cpu = &cpus[index];

    (void)data;
    if (!cpu->is_started || !cpu->in_kernel)
        return;
    cpu->in_kernel = cpu->has_returned = cpu->has_opened = false;
    answer(cpu, WAIT_SECTIONS);
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
    block->is_opening = is_window(block->last + qemu_plugin_insn_size(qemu_plugin_tb_get_insn(tb, count - 1)));
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
