/*
 * Checks that an ISA's instructions for TLBs and caches were executed for every page and every line that changed, and
 * that identifiers of spaces are not reused unflushed. The emulator itself would hide most of what is missing. Here the
 * emulator's events become those of the model; see model.h.
 */
#include "model.h"
#include <stdlib.h>

/* Between the kernel's start on a processor and its first return to user mode, low addresses are a loader's. */
static bool is_live[PLUGIN_CPUS_MAX], in_kernel[PLUGIN_CPUS_MAX];

bool is_in_user_mode(unsigned cpu)
{
    return is_live[cpu] && !in_kernel[cpu];
}

/*
 * Option `narrow=ADDRESS+MASK`: the kernel's variable with the identifiers that the processor has, in 8 bytes, gets
 * those of a processor that has fewer, so that they run out. Before the first space but one comes.
 */
static void narrow(void)
{
    static bool done;
    uint64_t pair[2];

    if (!done && plugin_numbers("narrow", pair, 2) == 2)
        ram_write(pair[0], 8, pair[1]);
    done = true;
}

static void on_watched(unsigned cpu, void *watched)
{
    const struct watched *entry = watched;

    if (entry->op == OP_START)
        is_live[cpu] = in_kernel[cpu] = true;
    else
        isa_act(cpu, entry);
}

/* QEMU 7.2 tells of some loads too, although it was asked for stores. */
static void on_kernel_store(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *data)
{
    uint64_t phys;

    (void)data;
    in_kernel[cpu] = true;
    if (qemu_plugin_mem_is_store(info) && ram_phys_of_access(info, vaddr, &phys))
        ram_written(cpu, phys, 1u << qemu_plugin_mem_size_shift(info));
}

static void on_user_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *data)
{
    uint64_t phys;
    bool is_ram = ram_phys_of_access(info, vaddr, &phys);

    (void)data;
    if (is_live[cpu])
        tlb_use(cpu, vaddr, is_ram ? phys : ANY);
    if (is_ram && qemu_plugin_mem_is_store(info))
        ram_written(cpu, phys, 1u << qemu_plugin_mem_size_shift(info));
}

struct fetch {
    uint64_t vaddr, phys;
};

static void on_user_instruction(unsigned cpu, void *data)
{
    const struct fetch *fetch = data;

    if (!is_live[cpu])
        return;
    if (in_kernel[cpu]) {
        in_kernel[cpu] = false;
        narrow();
        cache_context(cpu);
        tlb_return(cpu);
    }
    tlb_use(cpu, fetch->vaddr, fetch->phys);
    cache_fetch(cpu, fetch->phys);
}

static void add_user(struct qemu_plugin_insn *insn, uint64_t vaddr)
{
    struct fetch *fetch = malloc(sizeof *fetch);

    *fetch = (struct fetch){vaddr, ram_phys_of_host(qemu_plugin_insn_haddr(insn))};
    qemu_plugin_register_vcpu_insn_exec_cb(insn, on_user_instruction, QEMU_PLUGIN_CB_NO_REGS, fetch);
    qemu_plugin_register_vcpu_mem_cb(insn, on_user_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
}

/* Of firmware's nothing counts but that it fences for others, which cannot be listed. */
static void add_firmware(struct qemu_plugin_insn *insn)
{
    static const struct watched fence = {.op = OP_FENCE};

    if (isa->is_fence(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn)))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_watched, QEMU_PLUGIN_CB_NO_REGS, (void *)&fence);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t vaddr = qemu_plugin_insn_vaddr(insn);
        const struct watched *watched = watch_find(vaddr, qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));
        if (plugin_is_kernel(vaddr))
            qemu_plugin_register_vcpu_mem_cb(insn, on_kernel_store, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_W, NULL);
        else if (plugin_is_firmware(vaddr))
            add_firmware(insn);
        else
            add_user(insn, vaddr);
        if (watched)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_watched, QEMU_PLUGIN_CB_NO_REGS, (void *)watched);
    }
}

static void at_exit(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    report_end();
}

void plugin_start(qemu_plugin_id_t id)
{
    isa_start();
    ram_start();
    watch_start();
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
}
