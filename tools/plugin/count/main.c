/* The emulator's events become counts: see count.h. */
#include "count.h"
#include <stdlib.h>

/* An instruction of a translated block. */
struct site {
    uint64_t vaddr;
    unsigned bytes, marks;
    bool in_kernel;
    enum place place;
    struct row *row;
    const void *host;
};

/* Where each processor is: the kernel's stay began at `entry`, by an interrupt of what is no row. */
static struct state {
    bool in_kernel, returns, from_elsewhere;
    struct counts entry;
    const struct site *user; /* the last instruction in user mode */
} states[PLUGIN_CPUS_MAX];

struct counts counted;

/*
 * User instructions behind which the kernel was entered last. If such a one comes again when the kernel returns, a
 * fault broke it off; if the one behind it comes, it was done.
 */
#define OPEN_MAX 16u
static const struct site *opened[OPEN_MAX];

static void open(const struct site *site)
{
    static unsigned next;
    for (unsigned i = 0; i < OPEN_MAX; i++) {
        if (opened[i] && opened[i]->host == site->host)
            return;
    }
    opened[next++ % OPEN_MAX] = site;
}

static bool was_broken_off(const struct site *site)
{
    unsigned again = OPEN_MAX;
    for (unsigned i = 0; i < OPEN_MAX; i++) {
        if (opened[i] && (const char *)opened[i]->host + opened[i]->bytes == site->host) {
            opened[i] = NULL;
            return false;
        }
        if (opened[i] && opened[i]->host == site->host)
            again = i;
    }
    if (again < OPEN_MAX)
        opened[again] = NULL;
    return again < OPEN_MAX;
}

static void enter_kernel(struct state *state)
{
    if (!state->in_kernel && state->user && state->user->host)
        open(state->user);
    state->from_elsewhere = !state->user || !state->user->row;
    state->entry = counted;
}

static void count(const struct site *site)
{
    counted.of[site->in_kernel ? COUNT_KERNEL : COUNT_USER]++;
    counted.of[COUNT_TLB] += (site->marks & MARK_TLB) != 0;
    counted.of[COUNT_SPACE] += (site->marks & MARK_SPACE) != 0;
    counted.of[COUNT_SERIAL] += (site->marks & MARK_SERIAL) != 0;
    counted.of[COUNT_LOCK] += (site->marks & MARK_LOCK) != 0;
}

/* What begins again is at no other place of its row than before. */
static void in_user_mode(const struct site *site, struct state *state)
{
    if (state->in_kernel && was_broken_off(site))
        counted.of[COUNT_AGAIN]++;
    else if (site->row)
        rows_reach(site->row, site->place, state->in_kernel && state->from_elsewhere ? &state->entry : NULL);
    state->user = site;
}

/* An interrupt that was due when the kernel returned is an entry of its own. */
static void in_kernel(const struct site *site, struct state *state)
{
    if (!state->in_kernel || state->returns)
        enter_kernel(state);
    lines_touch_code(site->vaddr, site->bytes);
}

/* Before the instruction. */
static void on_instruction(unsigned cpu, void *data)
{
    const struct site *site = data;
    struct state *state = &states[cpu];
    if (site->in_kernel)
        in_kernel(site, state);
    else
        in_user_mode(site, state);
    state->in_kernel = site->in_kernel;
    state->returns = (site->marks & MARK_RETURN) != 0;
    count(site);
}

/* QEMU 7.2 tells of some loads where it was asked for stores, so all are asked for. */
static void on_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *data)
{
    const struct site *site = data;
    (void)cpu;
    counted.of[qemu_plugin_mem_is_store(info) ? COUNT_STORES : COUNT_LOADS]++;
    if (site->in_kernel)
        lines_touch_data(vaddr, 1u << qemu_plugin_mem_size_shift(info));
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    size_t instructions = qemu_plugin_tb_n_insns(tb);
    struct site *sites = calloc(instructions, sizeof *sites);
    (void)id;
    for (size_t i = 0; i < instructions; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        struct site *site = &sites[i];
        site->vaddr = qemu_plugin_insn_vaddr(insn);
        site->bytes = (unsigned)qemu_plugin_insn_size(insn);
        site->host = qemu_plugin_insn_haddr(insn);
        site->in_kernel = plugin_is_kernel(site->vaddr);
        if (site->in_kernel)
            site->marks = marks_find(site->vaddr);
        else
            site->row = rows_find(site->vaddr, site->host, &site->place);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_NO_REGS, site);
        qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, site);
    }
}

static void at_exit(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    rows_end();
}

void plugin_start(qemu_plugin_id_t id)
{
    rows_start();
    marks_start();
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
}
