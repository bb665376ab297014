/*
 * QEMU's q35, and PCs like it: what <platform/platform.h> and the x86 port ask of a board. Owns platform_info(),
 * the state of interrupt sources and the table of processors.
 */
#include "../drivers/acpi.h"
#include "../drivers/cpus.h"
#include "../drivers/ioapic.h"
#include "../drivers/lapic.h"
#include "../drivers/memmap.h"
#include "../drivers/ns16550.h"
#include "../drivers/pvh.h"
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <stddef.h>
#include <x86/x86.h>

#define COM1        0x3f8
#define DEBUG_EXIT  0xf4
#define ISA_SOURCES 16u
#define MSI_SOURCES 40u
#define SOURCES     64u                /* vectors 32..95: wired ones first */
#define LOW_MEMORY  UINT64_C(0x100000) /* the firmware's, and other CPUs start there */

/* The wired ones are the I/O APIC's; message-signalled ones come behind. */
static struct source {
    bool level;
    bool masked;
    bool pending; /* edge: came while masked */
    bool allocated;
} source_state[SOURCES];

static struct platform_info info;
static struct acpi_result acpi;
static struct boot_options options;

const struct platform_info *platform_info(void)
{
    return &info;
}

uint8_t ns16550_read(unsigned reg)
{
    return inb((uint16_t)(COM1 + reg));
}

void ns16550_write(unsigned reg, uint8_t value)
{
    outb((uint16_t)(COM1 + reg), value);
}

void platform_putc(char c)
{
    if (c == '\n')
        ns16550_putc('\r');
    ns16550_putc(c);
}

/*
 * Soft off (S5) ends QEMU with status 0, but not before some more instructions have run; the debug exit device
 * with 2 * status + 1. Without either the machine stops.
 */
void platform_power_off(unsigned status)
{
    if (status == 0 && acpi.pm_control != 0)
        outw(acpi.pm_control, 1u << 13);
    else
        outl(DEBUG_EXIT, status == 0 || status > 100 ? 100 : status);
    for (;;)
        __asm__ volatile("cli; hlt");
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

BOOT_ONLY static uint32_t isa_source(uint8_t irq)
{
    for (unsigned i = 0; i < acpi.override_count; i++) {
        if (acpi.overrides[i].isa_irq == irq)
            return acpi.overrides[i].source;
    }
    return irq;
}

/* Addresses that hold devices on this board; the interrupt controllers stay the kernel's. */
BOOT_ONLY static void describe_devices(void)
{
    info.device[0] = (struct platform_range){0xa0000, 0x20000};       /* VGA */
    info.device[1] = (struct platform_range){0xb0000000, 0x10000000}; /* PCI configuration space */
    info.device[2] = (struct platform_range){0xc0000000, 0x3ec00000}; /* PCI memory, up to the I/O APIC */
    info.device_count = 3;
    if (info.ram_count > 0 && acpi.ecam != info.device[1].base)
        info.device[1] = (struct platform_range){acpi.ecam, 0x10000000};
    add_device("ns16550a", COM1, 8, isa_source(4), info.device_count, 1843200);
    add_device("motorola,mc146818", 0x70, 2, isa_source(8), info.device_count, 32768);
    if (acpi.ecam != 0)
        add_device("pci-host-ecam-generic", 0, 0x10000000, 16, 1, 0);
}

static void route(unsigned source, bool level, bool active_low)
{
    source_state[source] = (struct source){.level = level, .masked = true};
    ioapic_route(source, (uint8_t)(VECTOR_SOURCES + source), acpi.apic_ids[0], level, active_low);
}

BOOT_ONLY static void route_sources(void)
{
    for (unsigned i = 0; i < ioapic_sources(); i++)
        route(i, i >= ISA_SOURCES, i >= ISA_SOURCES);
    for (unsigned i = 0; i < acpi.override_count; i++) {
        const struct acpi_override *o = &acpi.overrides[i];
        if (o->source < ioapic_sources())
            route(o->source, o->level, o->active_low);
    }
    outb(0x21, 0xff); /* the old controllers stay quiet */
    outb(0xa1, 0xff);
    info.irq_sources = ioapic_sources() + MSI_SOURCES;
}

/* The boot CPU is number 0 wherever the firmware lists it. */
BOOT_ONLY static void order_cpus(void)
{
    uint8_t boot_cpu = lapic_id();

    for (unsigned i = 1; i < acpi.cpu_count; i++) {
        if (acpi.apic_ids[i] == boot_cpu) {
            acpi.apic_ids[i] = acpi.apic_ids[0];
            acpi.apic_ids[0] = boot_cpu;
        }
    }
    if (acpi.cpu_count > options.cpus)
        acpi.cpu_count = options.cpus;
}

BOOT_ONLY void board_init(uint64_t boot_info)
{
    struct pvh_result pvh;

    ns16550_init(1); /* 115200 baud */
    info.arch = "x86_64";
    info.name = "q35";
    pvh_parse(&info, boot_info, &pvh);
    boot_options_parse(&info, &options, pvh.command_line);
    acpi_parse(pvh.rsdp, &acpi);
    memmap_remove(&info, 0, LOW_MEMORY);
    memmap_remove(&info, LOW_MEMORY, x86_image_end() - LOW_MEMORY);
    memmap_remove(&info, info.archive.base, info.archive.size);
    window_init(&info);
    lapic_map(acpi.lapic);
    ioapic_map(acpi.ioapic);
    lapic_init_cpu();
    order_cpus();
    describe_devices();
    route_sources();
    x86_clock_init(acpi.pm_timer);
    for (unsigned i = 0; options.verbose && i < info.ram_count; i++)
        kprintf("memory %llx..%llx\n", (unsigned long long)info.ram[i].base,
                (unsigned long long)(info.ram[i].base + info.ram[i].size - 1));
}

BOOT_ONLY void board_init_cpu(unsigned id)
{
    (void)id;
    lapic_init_cpu();
}

BOOT_ONLY unsigned board_cpus(void)
{
    return acpi.cpu_count;
}

BOOT_ONLY bool board_start_cpu(unsigned id)
{
    __atomic_store_n(&x86_starting_cpu, id, __ATOMIC_RELEASE);
    lapic_start(acpi.apic_ids[id], TRAMPOLINE);
    return true;
}

void board_send_ipi(unsigned id)
{
    lapic_send(acpi.apic_ids[id], VECTOR_IPI);
}

/* ---- interrupts and time ---- */

/*
 * A level source is masked at the I/O APIC until it is unmasked. An edge that comes while masked is remembered, because
 * the I/O APIC would lose it and a message cannot be masked. An edge that races with its unmasking on another CPU may
 * be noted twice, but is never lost.
 */
static void source_interrupt(unsigned number)
{
    struct source *source = &source_state[number];

    __atomic_store_n(&source->pending, !source->level, __ATOMIC_SEQ_CST);
    if (source->level)
        ioapic_mask(number, true);
    if (!__atomic_exchange_n(&source->masked, true, __ATOMIC_SEQ_CST)) {
        source->pending = false;
        interrupt_note_source(number);
    }
    lapic_eoi();
}

void board_interrupt(unsigned vector)
{
    if (vector == VECTOR_SPURIOUS)
        return;
    if (vector < VECTOR_TIMER) {
        source_interrupt(vector - VECTOR_SOURCES);
        return;
    }
    lapic_eoi();
    if (vector == VECTOR_IPI)
        interrupt_note_ipi();
    else if (vector == VECTOR_TIMER && x86_clock_expired(x86_this_cpu_id()))
        interrupt_note_timer();
}

bool platform_irq_exists(unsigned source)
{
    return source < ioapic_sources();
}

void platform_irq_mask(unsigned source)
{
    source_state[source].masked = true;
    if (source < ioapic_sources() && source_state[source].level)
        ioapic_mask(source, true);
}

void platform_irq_unmask(unsigned source)
{
    struct source *state = &source_state[source];

    __atomic_store_n(&state->masked, false, __ATOMIC_SEQ_CST);
    if (source < ioapic_sources())
        ioapic_mask(source, false);
    if (__atomic_exchange_n(&state->pending, false, __ATOMIC_SEQ_CST)) {
        lapic_send_self((uint8_t)(VECTOR_SOURCES + source));
    }
}

bool platform_msi_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data)
{
    for (unsigned i = ioapic_sources(); i < info.irq_sources; i++) {
        if (source_state[i].allocated)
            continue;
        source_state[i] = (struct source){.allocated = true, .masked = true};
        *source = i;
        *address = 0xfee00000 | (uint64_t)acpi.apic_ids[cpu] << 12;
        *data = VECTOR_SOURCES + i;
        return true;
    }
    return false;
}

void platform_msi_free(unsigned source)
{
    source_state[source] = (struct source){.masked = true};
}

void platform_set_timer(uint64_t deadline_ns)
{
    x86_clock_set(x86_this_cpu_id(), deadline_ns);
}

/* ---- registers reached by privileged instructions ---- */

enum { IO_PORTS, IO_POWER, IO_DEBUG, IO_COUNT };

const struct platform_io *platform_io(unsigned index)
{
    static const struct platform_io regions[IO_COUNT] = {{"ports", 0x10000}, {"power", 8}, {"debug", 8}};
    return index < IO_COUNT ? &regions[index] : NULL;
}

static bool port_load(uint16_t port, unsigned width, uint64_t *value)
{
    if (width == 1)
        *value = inb(port);
    else if (width == 2)
        *value = inw(port);
    else if (width == 4)
        *value = inl(port);
    return width <= 4;
}

static bool port_store(uint16_t port, unsigned width, uint64_t value)
{
    if (width == 1)
        outb(port, (uint8_t)value);
    else if (width == 2)
        outw(port, (uint16_t)value);
    else if (width == 4)
        outl(port, (uint32_t)value);
    return width <= 4;
}

bool platform_io_load(unsigned index, uint64_t offset, unsigned width, uint64_t *value)
{
    if (index == IO_PORTS)
        return port_load((uint16_t)offset, width, value);
    if (index != IO_DEBUG || offset != 0)
        return false;
    int c = ns16550_getc();
    *value = c < 0 ? ~UINT64_C(0) : (uint64_t)c;
    return true;
}

bool platform_io_store(unsigned index, uint64_t offset, unsigned width, uint64_t value)
{
    if (index == IO_PORTS)
        return port_store((uint16_t)offset, width, value);
    if (offset != 0)
        return false;
    if (index == IO_POWER)
        platform_power_off((unsigned)value);
    platform_putc((char)value);
    return true;
}

/* The page is mapped for the one access, at an address that this CPU has just forgotten. */
bool platform_mmio_load(uint64_t phys, unsigned width, uint64_t *value)
{
    volatile void *at = window_map_device(DEVICE_SLOT_ACCESS, phys);

    if (phys % width != 0)
        return false;
    if (width == 1)
        *value = *(volatile uint8_t *)at;
    else if (width == 2)
        *value = *(volatile uint16_t *)at;
    else if (width == 4)
        *value = *(volatile uint32_t *)at;
    else
        *value = *(volatile uint64_t *)at;
    return true;
}

bool platform_mmio_store(uint64_t phys, unsigned width, uint64_t value)
{
    volatile void *at = window_map_device(DEVICE_SLOT_ACCESS, phys);

    if (phys % width != 0)
        return false;
    if (width == 1)
        *(volatile uint8_t *)at = (uint8_t)value;
    else if (width == 2)
        *(volatile uint16_t *)at = (uint16_t)value;
    else if (width == 4)
        *(volatile uint32_t *)at = (uint32_t)value;
    else
        *(volatile uint64_t *)at = value;
    return true;
}
