/* The simulated machine: memory, platform, CPUs; and entering the kernel on one of them. */
#include "machine.h"

#include <platform/clock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host_machine host;
unsigned host_cpu;
char *host_ram;

/* A device behind the RAM: plain memory to user mode, its own addresses to LOAD. */
#define DEVICE_BYTES (1u << 20)

static struct platform_info info;
static jmp_buf *leave_to_idle;

struct cpu *host_cpu_at(unsigned id)
{
    return &cpus[id];
}

/* ---- entering and leaving the kernel ---- */

void host_enter(unsigned cpu, struct arch_context *(*entry)(void))
{
    unsigned before = host_cpu;
    jmp_buf idle, *outer = leave_to_idle;
    host_cpu = cpu;
    leave_to_idle = &idle;
    host.cpu[cpu].inside = true;
    host.inside++;
    if (!setjmp(idle))
        (void)entry();
    host.inside--;
    host.cpu[host_cpu].inside = false;
    leave_to_idle = outer;
    host_cpu = before;
}

/* An idle CPU's stack is empty: its next interrupt enters anew. */
void cpu_wait(void)
{
    if (!this_cpu()->noted)
        longjmp(*leave_to_idle, 1);
}

_Noreturn void cpu_resume(struct arch_context *context)
{
    (void)context; /* the CPU's current thread's */
    longjmp(*leave_to_idle, 1);
}

static struct arch_context *enter_ipi(void)
{
    interrupt_note_ipi();
    return kernel_interrupted();
}

static struct arch_context *enter_timer(void)
{
    interrupt_note_timer();
    return kernel_interrupted();
}

static void deliver_to(unsigned id)
{
    struct host_cpu *cpu = &host.cpu[id];
    if (cpu->ipi_pending) {
        cpu->ipi_pending = false;
        host_enter(id, enter_ipi);
    }
    if (cpu->timer_ns <= host.now_ns) {
        cpu->timer_ns = UINT64_MAX;
        host_enter(id, enter_timer);
    }
}

static bool has_event(unsigned id)
{
    const struct host_cpu *cpu = &host.cpu[id];
    return !cpu->inside && (cpu->ipi_pending || cpu->timer_ns <= host.now_ns);
}

/* Those that wait for the lock get it, each once; true if there was one. */
static bool let_waiting(unsigned but)
{
    bool any = false;
    for (unsigned i = 0; i < host.config.cpus; i++) {
        struct host_cpu *cpu = &host.cpu[i];
        if (i == but || cpu->inside || !cpu->waits_for_lock)
            continue;
        cpu->waits_for_lock = false;
        host_enter(i, enter_ipi);
        any = true;
    }
    return any;
}

/* Events of every CPU but one, until there are none. */
static void deliver(unsigned but)
{
    for (unsigned i = 0; i < host.config.cpus; i++) {
        if (i == but || !has_event(i))
            continue;
        deliver_to(i);
        i = UINT32_MAX; /* from the start again */
    }
}

void host_deliver(void)
{
    do
        deliver(UINT32_MAX);
    while (let_waiting(UINT32_MAX));
}

void cpu_send_ipi(unsigned id)
{
    host.cpu[id].ipi_pending = true;
}

/*
 * A CPU that waits for another's answer: the other ones serve their requests here; and those that could enter the
 * kernel, because the lock is free, do. One that came in this way itself and is to wait again lets the first go on: its
 * own stack holds nothing (the call that it makes is marked in its thread), so it comes in anew later.
 */
void host_relax(void)
{
    unsigned before = host_cpu;
    void (*once)(void) = host.on_relax;
    host.on_relax = NULL;
    if (once) {
        once();
        return;
    }
    if (lock_is_free()) {
        (void)let_waiting(before);
        deliver(before);
        if (host.inside > 1) {
            host.cpu[host_cpu].waits_for_lock = true;
            longjmp(*leave_to_idle, 1);
        }
        return;
    }
    for (host_cpu = 0; host_cpu < host.config.cpus; host_cpu++)
        if (host_cpu != before)
            cpu_serve_requests();
    host_cpu = before;
}

static bool waits_for_others(void)
{
    for (unsigned i = 0; i < host.config.cpus; i++)
        if (cpus[i].flush_requested || cpus[i].leave_requested || cpus[i].fpu_requested)
            return true;
    return false;
}

/*
 * That of a call which has to take the lock is not counted, nor that of a CPU which waits for others' answers: who
 * else knows whether it has to?
 */
void cpu_interrupt_window(void)
{
    if (host.is_entering) {
        host.is_entering = false;
        return;
    }
    if (waits_for_others())
        return;
    host.preemption_points++;
    if (host.preempt_at > 1)
        host.preempt_at--;
    else if (host.preempt_at)
        interrupt_note_ipi();
}

void cpu_init(struct cpu *cpu, unsigned id)
{
    cpu->arch.id = id;
}

static struct arch_context *start_first(void)
{
    kernel_start();
}

static struct arch_context *start_other(void)
{
    kernel_start_cpu(host_cpu);
}

bool cpu_arrived(unsigned id)
{
    (void)id;
    return true;
}

unsigned cpu_start_others(bool *late)
{
    *late = host.config.cpu_comes_late;
    return host.config.cpus;
}

void cpu_backtrace(void)
{
}

/* ---- platform ---- */

const struct platform_info *platform_info(void)
{
    return &info;
}

void platform_putc(char c)
{
    if (c != '\n' && host.message_length < sizeof host.message - 1) {
        host.message[host.message_length++] = c;
        host.message[host.message_length] = 0;
    }
}

void platform_power_off(unsigned status)
{
    if (host.may_end)
        longjmp(host.ended, 1);
    fprintf(stderr, "host machine stopped with status %u: %s\n", status, host.message);
    abort();
}

bool platform_irq_exists(unsigned source)
{
    return source < HOST_MSI_FIRST;
}

void platform_irq_mask(unsigned source)
{
    host.irq_masked[source] = 1;
}

void platform_irq_unmask(unsigned source)
{
    host.irq_masked[source] = 0;
}

bool platform_msi_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data)
{
    for (unsigned i = HOST_MSI_FIRST; i < HOST_MSI_FIRST + 8; i++) {
        if (host.msi_used[i])
            continue;
        host.msi_used[i] = 1;
        *source = i;
        *address = 0xfee00000u + (cpu << 12);
        *data = i;
        return true;
    }
    return false;
}

void platform_msi_free(unsigned source)
{
    ASSERT(host.msi_used[source]);
    host.msi_used[source] = 0;
}

struct platform_clock platform_clock = {.ns_per_tick = UINT64_C(1) << 32, .ticks_per_ns = UINT64_C(1) << 32};

uint64_t host_now_ns(void)
{
    return host.now_ns;
}

void platform_set_timer(uint64_t deadline_ns)
{
    host.cpu[host_cpu].timer_ns = deadline_ns;
}

const struct platform_io *platform_io(unsigned index)
{
    static const struct platform_io regions[] = {{"ports", 16}, {"power", 8}, {"debug", 8}};
    return index < sizeof regions / sizeof regions[0] ? &regions[index] : NULL;
}

static uint64_t port[16];

bool platform_io_load(unsigned index, uint64_t offset, unsigned width, uint64_t *value)
{
    if (index != 0 || width > 4)
        return false;
    *value = port[offset];
    return true;
}

bool platform_io_store(unsigned index, uint64_t offset, unsigned width, uint64_t value)
{
    if (index == 0 && width <= 4)
        port[offset] = value;
    return index == 0 && width <= 4;
}

bool platform_mmio_load(uint64_t phys, unsigned width, uint64_t *value)
{
    *value = phys;
    return width <= 8;
}

static uint64_t last_store;

uint64_t host_last_store(void)
{
    return last_store;
}

bool platform_mmio_store(uint64_t phys, unsigned width, uint64_t value)
{
    last_store = phys;
    (void)value;
    return width <= 8;
}

/* ---- power ---- */

static uint32_t put_little_endian(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
    return value;
}

/* The least that boots: a root image of one page of text and one of data. */
static uint64_t make_archive(uint8_t *at)
{
    static const char file[] = "root";
    const uint32_t header[] = {4 * 4096, 1, 0x400000, 0x400000, 4096, 0, 4096, 0x402000, 0, 0};
    memset(at, 0, 4 * 4096);
    memcpy(at, ENNEAD_ARCHIVE_MAGIC, 8);
    for (unsigned i = 0; i < sizeof header / sizeof header[0]; i++)
        put_little_endian(at + 8 + 4 * i, header[i]);
    uint8_t *entry = at + sizeof(struct ennead_archive_header);
    memcpy(entry, file, sizeof file);
    put_little_endian(entry + offsetof(struct ennead_archive_file, offset), 4096);
    put_little_endian(entry + offsetof(struct ennead_archive_file, size), 2 * 4096);
    uint32_t sum = 0;
    for (unsigned i = 0; i < 4 * 4096; i += 4)
        sum += at[i] | (uint32_t)at[i + 1] << 8 | (uint32_t)at[i + 2] << 16 | (uint32_t)at[i + 3] << 24;
    put_little_endian(at + offsetof(struct ennead_archive_header, checksum), sum);
    return 4 * 4096;
}

static uint64_t place_archive(const struct host_config *config)
{
    if (!config->archive)
        return make_archive((uint8_t *)host_ram);
    memcpy(host_ram, config->archive, config->archive_bytes);
    return config->archive_bytes;
}

static void fill_info(const struct host_config *config, uint64_t archive_bytes)
{
    uint64_t first = (archive_bytes + 4095) & ~(uint64_t)4095;
    info = (struct platform_info){
        .arch = "host",
        .name = "host",
        .command_line = "",
        .ram = {{first, config->ram_bytes - first}},
        .ram_count = 1,
        .device = {{config->ram_bytes, DEVICE_BYTES}},
        .device_count = 1,
        .archive = {0, archive_bytes},
        .irq_sources = HOST_MSI_FIRST,
    };
    if (config->board)
        config->board(&info);
}

bool host_survives(void (*function)(void))
{
    host.may_end = true;
    if (!setjmp(host.ended))
        function();
    else
        host.may_end = false;
    bool survived = host.may_end;
    host.may_end = false;
    return survived;
}

static void enter_start(void)
{
    host_enter(0, start_first);
}

bool host_boot(const struct host_config *config)
{
    host_power_off();
    memset(&host, 0, sizeof host);
    memset(cpus, 0, sizeof cpus);
    memset(port, 0, sizeof port);
    memset(host.irq_masked, 1, sizeof host.irq_masked);
    host.config = *config;
    host.next_tag = 1;
    host_cpu = 0;
    cpu_count = 1;
    for (unsigned i = 0; i < ENNEAD_CPUS_MAX; i++)
        host.cpu[i].timer_ns = UINT64_MAX;
    host_ram = aligned_alloc(4096, config->ram_bytes + DEVICE_BYTES);
    memset(host_ram, 0xa5, config->ram_bytes);
    memset(host_ram + config->ram_bytes, 0, DEVICE_BYTES);
    fill_info(config, place_archive(config));
    if (!host_survives(enter_start))
        return false;
    for (unsigned i = 1; i < config->cpus; i++)
        host_enter(i, start_other);
    host_deliver();
    return true;
}

void host_power_off(void)
{
    free(host_ram);
    host_ram = NULL;
}

const char *host_message(void)
{
    return host.message;
}

void host_forget_message(void)
{
    host.message_length = 0;
    host.message[0] = 0;
}

void host_on_relax(void (*function)(void))
{
    host.on_relax = function;
}

/* ---- events ---- */

void host_advance_ns(uint64_t ns)
{
    host.now_ns += ns;
    host_deliver();
}

static unsigned raised;

static struct arch_context *enter_irq(void)
{
    interrupt_note_source(raised);
    return kernel_interrupted();
}

void host_raise_irq(unsigned source)
{
    if (host.irq_masked[source])
        return;
    host.irq_masked[source] = 1;
    raised = source;
    host_enter(0, enter_irq);
    host_deliver();
}

bool host_irq_is_masked(unsigned source)
{
    return host.irq_masked[source];
}

void host_preempt_at(unsigned n)
{
    host.preempt_at = n;
}

unsigned host_preemption_points(void)
{
    return host.preemption_points;
}
