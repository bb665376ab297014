/*
 * QEMU's virt machine, and boards like it: what <platform/platform.h> and the RISC-V port ask of a board. Owns
 * platform_info() and the table of processors. All that it has is in the device tree.
 */
#include "../drivers/cpus.h"
#include "../drivers/devicetree.h"
#include "../drivers/memmap.h"
#include "../drivers/ns16550.h"
#include "../drivers/pci_ecam.h"
#include "../drivers/plic.h"
#include "../drivers/riscv_aia.h"
#include "../drivers/riscv_clock.h"
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <riscv/riscv.h>
#include <stddef.h>

#define DIRECT_END      ((uint64_t)DIRECT_GIB << 30)
#define PAGE            UINT64_C(4096)
#define SOURCES_MAX     256u
#define EXTERNAL        9u /* the CPU's interrupt that the controller raises for supervisor mode */
#define FINISHER_PASS   0x5555u
#define FINISHER_FAIL   0x3333u
#define STATUS_MAX      255u
#define DIVISOR_FOR(hz) ((uint16_t)((hz) / (16 * 115200)))

enum { IO_POWER, IO_DEBUG, IO_COUNT };

static volatile uint8_t *uart;
static unsigned uart_shift;
static volatile uint32_t *finisher;
static struct platform_info info;
static struct boot_options options;
static uint64_t harts[ENNEAD_CPUS_MAX];
static unsigned file_of_cpu[ENNEAD_CPUS_MAX]; /* of messages */
static unsigned cpu_count;
static bool has_messages; /* APLIC and IMSIC, not PLIC */
static unsigned wired;    /* sources 1..wired have a wire */

const struct platform_info *platform_info(void)
{
    return &info;
}

uint8_t ns16550_read(unsigned reg)
{
    return uart ? uart[reg << uart_shift] : 0xff;
}

void ns16550_write(unsigned reg, uint8_t value)
{
    if (uart)
        uart[reg << uart_shift] = value;
}

void platform_putc(char c)
{
    if (c == '\n')
        ns16550_putc('\r');
    ns16550_putc(c);
}

/* The finisher ends QEMU with the status; the firmware's way to power off says nothing of failure. */
void platform_power_off(unsigned status)
{
    if (finisher)
        *finisher = status == 0 ? FINISHER_PASS : FINISHER_FAIL | (status < STATUS_MAX ? status : STATUS_MAX) << 16;
    sbi_call(SBI_SYSTEM, SBI_SYSTEM_OFF, 0, status != 0, 0);
    for (;;)
        cpu_relax();
}

/* ---- boot ---- */

BOOT_ONLY static volatile void *registers_of(int node)
{
    struct platform_range range;

    if (node < 0 || !devicetree_registers(node, 0, &range) || range.base >= DIRECT_END)
        return NULL;
    return phys_to_virt(range.base);
}

BOOT_ONLY static void add_device(const char *compatible, struct platform_range range, uint32_t irq, uint32_t shift,
                                 uint32_t clock)
{
    struct ennead_device *device = &info.devices[info.devices_count++];
    uint64_t base = range.base & ~(PAGE - 1), end = (range.base + range.size + PAGE - 1) & ~(PAGE - 1);

    *device = (struct ennead_device){.base = range.base - base,
                                     .size = range.size,
                                     .irq = irq,
                                     .resource = info.device_count,
                                     .reg_shift = shift,
                                     .clock_hz = clock};
    for (unsigned i = 0; compatible[i] != 0; i++)
        device->compatible[i] = compatible[i];
    info.device[info.device_count++] = (struct platform_range){base, end - base};
}

BOOT_ONLY static void find_uart(void)
{
    int node = devicetree_compatible(-1, "ns16550a");
    uint32_t shift = 0, clock = 0, irq = 0;
    struct platform_range range;

    if (node < 0 || !devicetree_registers(node, 0, &range))
        return;
    devicetree_cell(node, "reg-shift", 0, &shift);
    devicetree_cell(node, "clock-frequency", 0, &clock);
    devicetree_cell(node, "interrupts", 0, &irq);
    uart_shift = shift;
    uart = phys_to_virt(range.base);
    ns16550_init(DIVISOR_FOR(clock));
    add_device("ns16550a", range, irq, shift, clock);
}

/* The interrupt controller and the finisher stay the kernel's. */
BOOT_ONLY static void find_pci(void)
{
    struct pci_ecam pci;
    uint32_t irq = 0;

    if (!pci_ecam_find(&pci))
        return;
    devicetree_cell(devicetree_compatible(-1, "pci-host-ecam-generic"), "interrupt-map", 5, &irq);
    add_device("pci-host-ecam-generic", pci.config, irq, 0, 0);
    info.device[info.device_count++] = pci.memory;
}

/* Newer trees have a list beside, or instead of, the string. */
BOOT_ONLY static bool has_extension(int node, const char *name)
{
    return devicetree_mentions(node, "riscv,isa", '_', name) ||
           devicetree_mentions(node, "riscv,isa-extensions", '\0', name);
}

/* The boot CPU is number 0 wherever the tree lists it. */
BOOT_ONLY static bool find_cpus(uint64_t boot_hart)
{
    uint64_t hart;
    bool all_have_timer = true;

    harts[cpu_count++] = boot_hart;
    for (int node = devicetree_of_type(-1, "cpu"); node >= 0; node = devicetree_of_type(node, "cpu")) {
        all_have_timer &= has_extension(node, "sstc");
        if (devicetree_number(node, "reg", &hart) && hart != boot_hart && cpu_count < options.cpus)
            harts[cpu_count++] = hart;
    }
    return all_have_timer;
}

/* The controller of a CPU's own interrupts is a node below the CPU's, and the tree's only one between it and the next.
 */
BOOT_ONLY static bool is_controller_of(uint64_t hart, uint32_t phandle)
{
    for (int node = devicetree_of_type(-1, "cpu"); node >= 0; node = devicetree_of_type(node, "cpu")) {
        uint64_t number;
        uint32_t own;
        if (devicetree_number(node, "reg", &number) && number == hart)
            return devicetree_cell(devicetree_compatible(node, "riscv,cpu-intc"), "phandle", 0, &own) && own == phandle;
    }
    return false;
}

/* Controllers list what they raise in the order of their registers: a CPU's controller, and its interrupt. */
BOOT_ONLY static bool find_place(int node, uint64_t hart, unsigned *place)
{
    uint32_t phandle, interrupt;

    for (unsigned i = 0; devicetree_cell(node, "interrupts-extended", 2 * i + 1, &interrupt); i++) {
        *place = i;
        if (devicetree_cell(node, "interrupts-extended", 2 * i, &phandle) && interrupt == EXTERNAL &&
            is_controller_of(hart, phandle))
            return true;
    }
    return false;
}

BOOT_ONLY static bool find_plic(void)
{
    int node = devicetree_compatible(-1, "riscv,plic0");
    volatile void *registers = registers_of(node);
    uint32_t sources = 0;
    unsigned context;

    if (!registers || !find_place(node, harts[0], &context) || !devicetree_cell(node, "riscv,ndev", 0, &sources))
        return false;
    info.irq_sources = sources < SOURCES_MAX ? sources + 1 : SOURCES_MAX;
    wired = info.irq_sources - 1;
    plic_init(registers, context, wired);
    return true;
}

/* Of the two of each kind those for supervisor mode: that delegates no wires, those that raise its interrupt. */
BOOT_ONLY static bool find_aia(void)
{
    int router = devicetree_compatible(-1, "riscv,aplic"), files = devicetree_compatible(-1, "riscv,imsics");
    struct platform_range range;
    uint32_t ignored, guests = 0, numbers = 0, sources = 0;

    while (router >= 0 && devicetree_cell(router, "riscv,delegate", 0, &ignored))
        router = devicetree_compatible(router, "riscv,aplic");
    while (files >= 0 && !find_place(files, harts[0], &file_of_cpu[0]))
        files = devicetree_compatible(files, "riscv,imsics");
    volatile void *registers = registers_of(router);
    if (!registers || files < 0 || !devicetree_registers(files, 0, &range))
        return false;
    for (unsigned i = 1; i < cpu_count; i++)
        find_place(files, harts[i], &file_of_cpu[i]);
    devicetree_cell(files, "riscv,guest-index-bits", 0, &guests);
    devicetree_cell(files, "riscv,num-ids", 0, &numbers);
    devicetree_cell(router, "riscv,num-sources", 0, &sources);
    const struct aia_parts parts = {range.base, PAGE << guests, numbers, registers, sources};
    info.irq_sources = aia_init(&parts, file_of_cpu);
    wired = sources;
    return true;
}

BOOT_ONLY static void find_interrupts(void)
{
    has_messages = find_aia();
    if (!has_messages && !find_plic())
        boot_refuse("the device tree names no interrupt controller of this CPU: give it a PLIC, or APLIC and IMSIC");
}

BOOT_ONLY void board_init(uint64_t hart, uint64_t device_tree)
{
    uint32_t hz = 0;

    info.arch = "riscv64";
    info.name = "virt";
    const char *line = devicetree_open(&info, device_tree, mmu_window_end());
    finisher = registers_of(devicetree_compatible(-1, "sifive,test0"));
    find_uart();
    boot_options_parse(&info, &options, line);
    struct platform_range image = riscv_image();
    memmap_remove(&info, image.base, image.size);
    window_init(&info);
    memmap_split(&info, mmu_window_end());
    memmap_remove(&info, info.archive.base, info.archive.size);
    find_pci();
    bool has_timer = find_cpus(hart);
    find_interrupts();
    devicetree_cell(devicetree_top("cpus"), "timebase-frequency", 0, &hz);
    riscv_clock_init(hz, has_timer);
    for (unsigned i = 0; options.verbose && i < info.ram_count; i++)
        kprintf("memory %llx..%llx\n", (unsigned long long)info.ram[i].base,
                (unsigned long long)(info.ram[i].base + info.ram[i].size - 1));
}

BOOT_ONLY void board_init_cpu(unsigned id)
{
    riscv_clock_set(id, UINT64_MAX);
    if (has_messages)
        aia_init_cpu();
}

BOOT_ONLY unsigned board_cpus(void)
{
    return cpu_count;
}

uint64_t board_hart(unsigned id)
{
    return harts[id];
}

/* ---- interrupts and time ---- */

void board_interrupt(void)
{
    unsigned source = has_messages ? aia_take() : plic_take();

    if (source != 0)
        interrupt_note_source(source);
}

void board_timer(void)
{
    if (riscv_clock_expired(riscv_this_cpu_id()))
        interrupt_note_timer();
}

bool platform_irq_exists(unsigned source)
{
    return source != 0 && source <= wired;
}

void platform_irq_mask(unsigned source)
{
    if (has_messages)
        aia_mask(source);
    else
        plic_mask(source, true);
}

void platform_irq_unmask(unsigned source)
{
    if (has_messages)
        aia_unmask(source);
    else
        plic_mask(source, false);
}

bool platform_msi_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data)
{
    return has_messages && aia_message_alloc(cpu, source, address, data);
}

void platform_msi_free(unsigned source)
{
    aia_message_free(source);
}

void platform_set_timer(uint64_t deadline_ns)
{
    riscv_clock_set(riscv_this_cpu_id(), deadline_ns);
}

/* ---- registers reached by IPC ---- */

const struct platform_io *platform_io(unsigned index)
{
    static const struct platform_io regions[IO_COUNT] = {{"power", 8}, {"debug", 8}};
    return index < IO_COUNT ? &regions[index] : NULL;
}

bool platform_io_load(unsigned index, uint64_t offset, unsigned width, uint64_t *value)
{
    (void)width;
    if (index != IO_DEBUG || offset != 0)
        return false;
    int c = ns16550_getc();
    *value = c < 0 ? ~UINT64_C(0) : (uint64_t)c;
    return true;
}

bool platform_io_store(unsigned index, uint64_t offset, unsigned width, uint64_t value)
{
    (void)width;
    if (offset != 0)
        return false;
    if (index == IO_POWER)
        platform_power_off((unsigned)value);
    platform_putc((char)value);
    return true;
}

bool platform_mmio_load(uint64_t phys, unsigned width, uint64_t *value)
{
    return phys % width == 0 && phys < DIRECT_END && riscv_load(phys_to_virt(phys), width, value);
}

bool platform_mmio_store(uint64_t phys, unsigned width, uint64_t value)
{
    return phys % width == 0 && phys < DIRECT_END && riscv_store(phys_to_virt(phys), width, value);
}
