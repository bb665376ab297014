/*
 * QEMU's ppce500, and boards with Freescale's QorIQ like it: what <platform/platform.h> and the PowerPC port ask of a
 * board. Owns platform_info(), the state of interrupt sources and the table of processors. All that lies in the
 * processor's configuration, control and status registers (CCSR) is found relative to them.
 */
#include "../drivers/cpus.h"
#include "../drivers/devicetree.h"
#include "../drivers/memmap.h"
#include "../drivers/ns16550.h"
#include "../drivers/openpic.h"
#include "../drivers/ppc_clock.h"
#include "pci.h"
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <ppc/ppc.h>
#include <stddef.h>

enum { SLOT_CCSR, SLOT_ACCESS };
#define SIZE_4K        1u
#define SIZE_1M        5u
#define CCSR           UINT64_C(0xfe0000000)
#define CCSR_UART      0x4500u
#define CCSR_PCI       0x8000u
#define CCSR_MPIC      0x40000u
#define CCSR_MSI       0x41600u
#define CCSR_GPIO      0xff000u
#define GPIO_DIRECTION 0x0u
#define GPIO_DATA      0x8u
#define GPIO_POWER_OFF 0x80000000u
#define MSI_INDEX      0x140u
#define WIRED          224u /* sources; those of messages follow, one for each of the MPIC's shared registers */
#define MSI_SOURCES    8u
#define SOURCES        (WIRED + MSI_SOURCES)

enum { IO_POWER, IO_DEBUG, IO_PCI, IO_COUNT };

static volatile uint8_t *ccsr;
static struct platform_info info;
static struct boot_options options;
static uint64_t release[ENNEAD_CPUS_MAX]; /* where the loader's spin tables are */
static unsigned cpu_count;
static bool message_allocated[MSI_SOURCES];

const struct platform_info *platform_info(void)
{
    return &info;
}

static volatile uint32_t *ccsr_word(unsigned offset)
{
    return (volatile uint32_t *)(ccsr + offset);
}

uint8_t ns16550_read(unsigned reg)
{
    return ccsr[CCSR_UART + reg];
}

void ns16550_write(unsigned reg, uint8_t value)
{
    ccsr[CCSR_UART + reg] = value;
    ppc_sync();
}

void platform_putc(char c)
{
    if (c == '\n')
        ns16550_putc('\r');
    ns16550_putc(c);
}

/*
 * A pin ends QEMU with status 0. Of failure it hears through a device for panics, with -action panic=exit-failure;
 * where that is missing the machine stops, because status 0 would be a lie.
 */
void platform_power_off(unsigned status)
{
    if (status == 0) {
        *ccsr_word(CCSR_GPIO + GPIO_DIRECTION) = GPIO_POWER_OFF;
        ppc_sync();
        *ccsr_word(CCSR_GPIO + GPIO_DATA) = GPIO_POWER_OFF;
    } else {
        pci_report_panic(ccsr + CCSR_PCI, SLOT_ACCESS);
    }
    for (;;)
        ppc_sync();
}

/* ---- boot ---- */

BOOT_ONLY static void add_device(const char *compatible, uint64_t base, uint64_t size, uint32_t irq, uint32_t resource,
                                 uint32_t clock)
{
    struct ennead_device *device = &info.devices[info.devices_count++];

    *device = (struct ennead_device){.base = base, .size = size, .irq = irq, .resource = resource, .clock_hz = clock};
    for (unsigned i = 0; compatible[i] != 0; i++)
        device->compatible[i] = compatible[i];
}

/* The interrupt controller, the PCI bridge and the power pin stay the kernel's. */
BOOT_ONLY static void describe_devices(void)
{
    int uart = devicetree_compatible(-1, "ns16550");
    uint32_t irq = 42, clock = 0;

    info.device[0] = (struct platform_range){CCSR + 0x4000, 0x1000}; /* UARTs */
    info.device[1] = (struct platform_range){PCI_MEMORY, PCI_MEMORY_BYTES};
    info.device_count = 2;
    if (uart >= 0) {
        devicetree_cell(uart, "interrupts", 0, &irq);
        devicetree_cell(uart, "clock-frequency", 0, &clock);
    }
    add_device("ns16550a", CCSR_UART & 0xfff, 8, irq, 0, clock);
    add_device("pci-host-ecam-generic", 0, PCI_CONFIG_BYTES, 1, info.device_count + IO_PCI, 0);
    info.irq_sources = SOURCES;
}

/* A CPU's number in the tree, which lists them in any order, is that in the interrupt controller; the boot CPU is 0. */
BOOT_ONLY static void find_cpus(void)
{
    uint32_t hz = 0, number;
    unsigned found = 0;

    for (int node = devicetree_of_type(-1, "cpu"); node >= 0; node = devicetree_of_type(node, "cpu")) {
        devicetree_cell(node, "timebase-frequency", 0, &hz);
        if (devicetree_cell(node, "reg", 0, &number) && number < ENNEAD_CPUS_MAX) {
            devicetree_number(node, "cpu-release-addr", &release[number]);
            found++;
        }
    }
    while (cpu_count < found && cpu_count < options.cpus && (cpu_count == 0 || release[cpu_count] != 0))
        cpu_count++;
    ppc_clock_init(hz);
}

BOOT_ONLY void board_init(uint64_t boot_info)
{
    ccsr = window_map_device(SLOT_CCSR, CCSR, SIZE_1M);
    ns16550_init(0);
    pci_init(ccsr + CCSR_PCI, CCSR); /* before anything is refused: failure is told that way */
    info.arch = "ppc32";
    info.name = "ppce500";
    const char *line = devicetree_open(&info, boot_info, mmu_window_end());
    boot_options_parse(&info, &options, line);
    window_init(&info);
    memmap_split(&info, mmu_window_end());
    memmap_remove(&info, 0, ppc_image_end());
    memmap_remove(&info, info.archive.base, info.archive.size);
    find_cpus();
    describe_devices();
    openpic_init(ccsr + CCSR_MPIC, SOURCES);
    for (unsigned i = 0; options.verbose && i < info.ram_count; i++)
        kprintf("memory %llx..%llx\n", (unsigned long long)info.ram[i].base,
                (unsigned long long)(info.ram[i].base + info.ram[i].size - 1));
}

BOOT_ONLY void board_init_cpu(unsigned id)
{
    openpic_init_cpu(id);
}

BOOT_ONLY unsigned board_cpus(void)
{
    return cpu_count;
}

/* ePAPR's spin table: the address's low half is what the CPU waits for. */
BOOT_ONLY bool board_start_cpu(unsigned id)
{
    volatile uint32_t *spin = window_map_device(SLOT_ACCESS, release[id], SIZE_4K);

    spin[2] = 0;
    spin[3] = id;
    spin[0] = (uint32_t)(ppc_secondary_entry() >> 32);
    ppc_sync();
    spin[1] = (uint32_t)ppc_secondary_entry();
    ppc_sync();
    return true;
}

void board_send_ipi(unsigned id)
{
    ppc_sync();
    openpic_send_ipi(ppc_this_cpu_id(), id);
}

/* ---- interrupts and time ---- */

/* What was sent to a message register so far. */
static void forget_messages(unsigned source)
{
    (void)*ccsr_word(CCSR_MSI + (source - WIRED) * 0x10);
}

/* A source is masked until it is unmasked. Reading a message register clears it; a new message raises it again. */
static void source_interrupt(unsigned source)
{
    openpic_mask(source, true);
    if (source >= WIRED)
        forget_messages(source);
    interrupt_note_source(source);
}

void board_interrupt(void)
{
    unsigned cpu = ppc_this_cpu_id(), vector = openpic_take(cpu);

    if (vector == OPENPIC_SPURIOUS)
        return;
    if (vector < SOURCES)
        source_interrupt(vector);
    openpic_end(cpu);
    if (vector == OPENPIC_IPI)
        interrupt_note_ipi();
}

void board_timer(void)
{
    if (ppc_clock_expired(ppc_this_cpu_id()))
        interrupt_note_timer();
}

bool platform_irq_exists(unsigned source)
{
    return source < WIRED;
}

void platform_irq_mask(unsigned source)
{
    openpic_mask(source, true);
}

void platform_irq_unmask(unsigned source)
{
    openpic_mask(source, false);
}

/*
 * A message chooses register and bit by the register's highest byte, which is the lowest of what a device sends on the
 * little-endian bus: bit 0 of one register for each source.
 */
bool platform_msi_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data)
{
    for (unsigned i = 0; i < MSI_SOURCES; i++) {
        if (message_allocated[i])
            continue;
        message_allocated[i] = true;
        openpic_route(WIRED + i, cpu);
        forget_messages(WIRED + i); /* of a device that its last owner left sending */
        *source = WIRED + i;
        *address = CCSR + CCSR_MSI + MSI_INDEX;
        *data = (uint64_t)i << 5;
        return true;
    }
    return false;
}

void platform_msi_free(unsigned source)
{
    openpic_mask(source, true);
    message_allocated[source - WIRED] = false;
}

void platform_set_timer(uint64_t deadline_ns)
{
    ppc_clock_set(ppc_this_cpu_id(), deadline_ns);
}

/* ---- registers reached by IPC ---- */

const struct platform_io *platform_io(unsigned index)
{
    static const struct platform_io regions[IO_COUNT] = {{"power", 8}, {"debug", 8}, {"pci", PCI_CONFIG_BYTES}};
    return index < IO_COUNT ? &regions[index] : NULL;
}

bool platform_io_load(unsigned index, uint64_t offset, unsigned width, uint64_t *value)
{
    if (index == IO_PCI)
        return pci_config_load(ccsr + CCSR_PCI, (uint32_t)offset, width, value);
    if (index != IO_DEBUG || offset != 0)
        return false;
    int c = ns16550_getc();
    *value = c < 0 ? ~UINT64_C(0) : (uint64_t)c;
    return true;
}

bool platform_io_store(unsigned index, uint64_t offset, unsigned width, uint64_t value)
{
    if (index == IO_PCI)
        return pci_config_store(ccsr + CCSR_PCI, (uint32_t)offset, width, (uint32_t)value);
    if (offset != 0)
        return false;
    if (index == IO_POWER)
        platform_power_off((unsigned)value);
    platform_putc((char)value);
    return true;
}

/* The page is mapped for the one access, on this CPU alone. The processor has no access of 64 bits. */
bool platform_mmio_load(uint64_t phys, unsigned width, uint64_t *value)
{
    if (phys % width != 0 || width > 4)
        return false;
    volatile void *at = window_map_device(SLOT_ACCESS, phys, SIZE_4K);
    *value = width == 1 ? *(volatile uint8_t *)at : width == 2 ? *(volatile uint16_t *)at : *(volatile uint32_t *)at;
    return true;
}

bool platform_mmio_store(uint64_t phys, unsigned width, uint64_t value)
{
    if (phys % width != 0 || width > 4)
        return false;
    volatile void *at = window_map_device(SLOT_ACCESS, phys, SIZE_4K);
    if (width == 1)
        *(volatile uint8_t *)at = (uint8_t)value;
    else if (width == 2)
        *(volatile uint16_t *)at = (uint16_t)value;
    else
        *(volatile uint32_t *)at = (uint32_t)value;
    ppc_sync();
    return true;
}
