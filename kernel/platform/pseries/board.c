/*
 * QEMU's pseries, whose devices are the hypervisor's: what <platform/platform.h> and the PowerPC port ask of a board.
 * Owns platform_info(), the state of interrupt sources and the table of processors.
 */
#include "../drivers/cpus.h"
#include "../drivers/devicetree.h"
#include "../drivers/memmap.h"
#include "../drivers/of_client.h"
#include "../drivers/ppc_clock.h"
#include "../drivers/rtas.h"
#include "../drivers/xics.h"
#include "vty.h"
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <ppc/ppc.h>
#include <stddef.h>

#define FIRMWARE_END UINT64_C(0x400000) /* vectors, and what firmware left below the image */
#define NUMBER_MASK  0xffffffu
#define MESSAGES     UINT64_C(0x40000000000) /* QEMU's bridge: a number written there is that of the source to raise */

enum { SOURCE_VTY, SOURCE_MESSAGES, SOURCES = SOURCE_MESSAGES + 3 };
enum { IO_POWER, IO_DEBUG, IO_UART, IO_COUNT };

static struct platform_info info;
static struct boot_options options;
static uint32_t servers[ENNEAD_CPUS_MAX]; /* the numbers of processors in the tree */
static unsigned cpu_count;
static struct source {
    uint32_t number; /* in the controller; 0: there is none */
    uint32_t server; /* the processor that takes it */
    bool unmasked;
    bool allocated;
} source_state[SOURCES];
static uint32_t start_cpu, power_off, os_term;

const struct platform_info *platform_info(void)
{
    return &info;
}

void platform_putc(char c)
{
    if (c == '\n')
        vty_putc('\r');
    vty_putc(c);
}

/* Failure is told as an operating system that terminates: QEMU ends with status 1, with -action panic=exit-failure. */
void platform_power_off(unsigned status)
{
    static const char why[] = "failure";

    if (status == 0)
        rtas_call(power_off, 2, (uint32_t[]){0, 0});
    else
        rtas_call(os_term, 1, (uint32_t[]){(uint32_t)virt_to_phys(why)});
    for (;;)
        cpu_relax();
}

/* ---- boot ---- */

BOOT_ONLY static void find_services(void)
{
    int node = devicetree_top("rtas");
    uint32_t set_xive = 0;

    devicetree_cell(node, "start-cpu", 0, &start_cpu);
    devicetree_cell(node, "power-off", 0, &power_off);
    devicetree_cell(node, "ibm,os-term", 0, &os_term);
    devicetree_cell(node, "ibm,set-xive", 0, &set_xive);
    xics_init(set_xive);
}

BOOT_ONLY static void find_vty(void)
{
    int node = devicetree_compatible(-1, "hvterm1");
    uint32_t unit = 0;

    devicetree_cell(node, "reg", 0, &unit);
    devicetree_cell(node, "interrupts", 0, &source_state[SOURCE_VTY].number);
    vty_init(unit);
    info.irq_sources = SOURCES;
    info.devices[info.devices_count++] = (struct ennead_device){
        .compatible = "ns16550a", .size = VTY_REGISTERS, .irq = SOURCE_VTY, .resource = info.device_count + IO_UART};
}

/*
 * The hypervisor makes sources for messages when it sets up a device itself. Those that it made for events, and for its
 * non-volatile memory, are of no use here and do as well.
 */
BOOT_ONLY static void find_messages(void)
{
    int events = devicetree_top("event-sources"), memory = devicetree_compatible(-1, "qemu,spapr-nvram");

    devicetree_cell(events, "interrupt-ranges", 0, &source_state[SOURCE_MESSAGES].number);
    devicetree_cell(events, "interrupt-ranges", 2, &source_state[SOURCE_MESSAGES + 1].number);
    devicetree_cell(memory, "interrupts", 0, &source_state[SOURCE_MESSAGES + 2].number);
}

/* Firmware starts the kernel on the processor that the tree lists first. */
BOOT_ONLY static void find_cpus(void)
{
    uint32_t hz = 0;

    for (int node = devicetree_of_type(-1, "cpu"); node >= 0; node = devicetree_of_type(node, "cpu")) {
        devicetree_cell(node, "timebase-frequency", 0, &hz);
        if (cpu_count < options.cpus && devicetree_cell(node, "reg", 0, &servers[cpu_count]))
            cpu_count++;
    }
    ppc_clock_init(hz);
}

BOOT_ONLY void board_init(void)
{
    vty_init(0); /* any, to be able to refuse */
    info.arch = PPC_LITTLE ? "ppc64le" : "ppc64";
    info.name = "pseries";
    const char *line = devicetree_open(&info, of_client_flatten(), mmu_window_end());
    find_services();
    find_vty();
    find_messages();
    boot_options_parse(&info, &options, line);
    struct platform_range image = ppc_image();
    memmap_remove(&info, 0, FIRMWARE_END);
    memmap_remove(&info, image.base, image.size);
    memmap_remove(&info, info.archive.base, info.archive.size);
    find_cpus();
    window_init(&info, cpu_count);
    memmap_split(&info, mmu_window_end());
    for (unsigned i = 0; options.verbose && i < info.ram_count; i++)
        kprintf("memory %llx..%llx\n", (unsigned long long)info.ram[i].base,
                (unsigned long long)(info.ram[i].base + info.ram[i].size - 1));
}

BOOT_ONLY void board_init_cpu(unsigned id)
{
    (void)id;
    xics_init_cpu();
}

BOOT_ONLY unsigned board_cpus(void)
{
    return cpu_count;
}

BOOT_ONLY bool board_start_cpu(unsigned id)
{
    return rtas_call(start_cpu, 3, (uint32_t[]){servers[id], (uint32_t)ppc_secondary_entry(), id}) == 0;
}

void board_send_ipi(unsigned id)
{
    ppc_sync();
    xics_send_ipi(servers[id], true);
}

/* ---- interrupts and time ---- */

static void mask(unsigned source, bool masked)
{
    struct source *state = &source_state[source];

    state->unmasked = !masked;
    xics_mask(state->number, state->server, masked);
}

void board_interrupt(void)
{
    uint32_t taken = xics_take(), number = taken & NUMBER_MASK;

    if (number == XICS_NONE)
        return;
    if (number == XICS_IPI)
        xics_send_ipi(servers[ppc_this_cpu_id()], false);
    for (unsigned i = 0; i < SOURCES; i++) {
        if (number == source_state[i].number) {
            mask(i, true);
            interrupt_note_source(i);
        }
    }
    xics_end(taken);
    if (number == XICS_IPI)
        interrupt_note_ipi();
}

void board_timer(void)
{
    if (ppc_clock_expired(ppc_this_cpu_id()))
        interrupt_note_timer();
}

bool platform_irq_exists(unsigned source)
{
    return source == SOURCE_VTY;
}

void platform_irq_mask(unsigned source)
{
    mask(source, true);
}

/* What the terminal does not interrupt for, although the registers that it is offered as would. */
static void look_at_vty(void)
{
    if (source_state[SOURCE_VTY].unmasked && vty_is_due()) {
        mask(SOURCE_VTY, true);
        interrupt_note_source(SOURCE_VTY);
    }
}

void platform_irq_unmask(unsigned source)
{
    mask(source, false);
    look_at_vty();
}

bool platform_msi_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data)
{
    for (unsigned i = SOURCE_MESSAGES; i < SOURCES; i++) {
        struct source *state = &source_state[i];
        if (state->allocated || state->number == 0)
            continue;
        state->allocated = true;
        state->server = servers[cpu];
        mask(i, true);
        *source = i;
        *address = MESSAGES;
        *data = state->number;
        return true;
    }
    return false;
}

void platform_msi_free(unsigned source)
{
    mask(source, true);
    source_state[source].allocated = false;
}

void platform_set_timer(uint64_t deadline_ns)
{
    ppc_clock_set(ppc_this_cpu_id(), deadline_ns);
}

/* ---- registers reached by IPC ---- */

const struct platform_io *platform_io(unsigned index)
{
    static const struct platform_io regions[IO_COUNT] = {{"power", 8}, {"debug", 8}, {"uart", VTY_REGISTERS}};
    return index < IO_COUNT ? &regions[index] : NULL;
}

bool platform_io_load(unsigned index, uint64_t offset, unsigned width, uint64_t *value)
{
    if (index == IO_UART && width == 1) {
        *value = vty_load((unsigned)offset);
        return true;
    }
    if (index != IO_DEBUG || offset != 0)
        return false;
    int c = vty_getc();
    *value = c < 0 ? ~UINT64_C(0) : (uint64_t)c;
    return true;
}

bool platform_io_store(unsigned index, uint64_t offset, unsigned width, uint64_t value)
{
    if (index == IO_UART && width == 1) {
        vty_store((unsigned)offset, (uint8_t)value);
        look_at_vty();
        return true;
    }
    if (offset != 0 || index == IO_UART)
        return false;
    if (index == IO_POWER)
        platform_power_off((unsigned)value);
    platform_putc((char)value);
    return true;
}

/* There are none but the hypervisor's. */
bool platform_mmio_load(uint64_t phys, unsigned width, uint64_t *value)
{
    (void)phys;
    (void)width;
    (void)value;
    return false;
}

bool platform_mmio_store(uint64_t phys, unsigned width, uint64_t value)
{
    (void)phys;
    (void)width;
    (void)value;
    return false;
}
