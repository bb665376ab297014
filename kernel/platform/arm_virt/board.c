/*
 * QEMU's virt for Arm processors of 64 and of 32 bits, and boards like it: what <platform/platform.h> and the ports ask
 * of a board. Owns platform_info() and the table of processors. Source n is the interrupt controller's shared interrupt
 * n.
 */
#include "../drivers/arm/clock.h"
#include "../drivers/cpus.h"
#include "../drivers/devicetree.h"
#include "../drivers/gic/gic.h"
#include "../drivers/memmap.h"
#include "../drivers/pci_ecam.h"
#include "../drivers/pl011.h"
#include "../drivers/psci.h"
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arm/arm.h>
#include <stddef.h>

#define EARLY_UART  0x09000000u /* where QEMU has it, and still mapped: to say that there is no device tree */
#define SOURCES_MAX 256u
#define TREE_BYTES  0x10000u

/* The frame that turns messages into interrupts (GICv2m). */
#define MESSAGE_TYPE  0x08u /* the first interrupt in bits 16.., how many in bits 0.. */
#define MESSAGE_STORE 0x40u

enum { RANGE_CONFIG, RANGE_MEMORY };
enum { IO_POWER, IO_DEBUG, IO_UART, IO_COUNT };

static struct platform_info info;
static struct boot_options options;
static _Alignas(4096) uint8_t tree[TREE_BYTES];
static uint64_t affinity[ENNEAD_CPUS_MAX];
static unsigned cpu_count;
static unsigned timer_interrupt, uart_interrupt;
static struct {
    uint64_t store; /* the address that messages go to */
    unsigned first, count;
    bool allocated[SOURCES_MAX];
} messages;

const struct platform_info *platform_info(void)
{
    return &info;
}

void platform_putc(char c)
{
    if (c == '\n')
        pl011_putc('\r');
    pl011_putc(c);
}

/*
 * Success by PSCI, which ends QEMU with status 0; failure by semihosting, with its own. Where nobody listens to that,
 * it is a trap, which comes back here: then the machine stops, because status 0 would be a lie.
 */
void platform_power_off(unsigned status)
{
    static bool tried;

    if (status == 0)
        psci_power_off();
    else if (!tried) {
        tried = true;
        arm_semihosting_exit(status);
    }
    for (;;)
        arm_dsb();
}

/* ---- boot ---- */

BOOT_ONLY static void add_device(const char *compatible, uint64_t size, uint32_t irq, uint32_t resource)
{
    struct ennead_device *device = &info.devices[info.devices_count++];

    *device = (struct ennead_device){.size = size, .irq = irq, .resource = resource};
    for (unsigned i = 0; compatible[i] != 0; i++)
        device->compatible[i] = compatible[i];
}

/* Number i of those that a device interrupts by; trees count the shared ones from 0, a CPU's own apart from these. */
BOOT_ONLY static uint32_t interrupt_of(int node, unsigned i)
{
    uint32_t number = 0;
    devicetree_cell(node, "interrupts", 3 * i + 1, &number);
    return number;
}

/* Before there is a tree the kernel prints where QEMU has its UART. */
BOOT_ONLY static void find_uart(void)
{
    struct platform_range range;
    int node = devicetree_compatible(-1, "arm,pl011");

    if (node < 0 || !devicetree_registers(node, 0, &range))
        boot_refuse("the device tree has no arm,pl011: use a machine with that UART");
    pl011_init(window_map_device(range.base, range.size));
    uart_interrupt = GIC_SHARED + interrupt_of(node, 0);
}

/* The interrupt controller and the UART's own registers stay the kernel's. */
BOOT_ONLY static void describe_devices(void)
{
    struct pci_ecam pci;

    if (pci_ecam_find(&pci)) {
        info.device[RANGE_CONFIG] = pci.config;
        info.device[RANGE_MEMORY] = pci.memory;
        info.device_count = 2;
        add_device("pci-host-ecam-generic", pci.config.size, 3, RANGE_CONFIG);
    }
    add_device("ns16550a", PL011_FACE_BYTES, uart_interrupt - GIC_SHARED, info.device_count + IO_UART);
}

BOOT_ONLY static void find_messages(void)
{
    struct platform_range range;
    int node = devicetree_compatible(-1, "arm,gic-v2m-frame");

    if (node < 0 || !devicetree_registers(node, 0, &range))
        return;
    uint32_t type =
        *(volatile uint32_t *)((volatile uint8_t *)window_map_device(range.base, range.size) + MESSAGE_TYPE);
    messages.store = range.base + MESSAGE_STORE;
    messages.first = (type >> 16 & 0x3ff) - GIC_SHARED;
    messages.count = type & 0x3ff;
    for (unsigned i = 0; i < messages.count; i++)
        gic_set_edge(GIC_SHARED + messages.first + i);
}

BOOT_ONLY static void find_interrupts(void)
{
    int timer = devicetree_compatible(-1, "arm,armv8-timer");

    if (timer < 0)
        timer = devicetree_compatible(-1, "arm,armv7-timer");
    if (timer < 0 || !gic_init())
        boot_refuse(
            "the device tree has no generic timer or no interrupt controller (GICv2, GICv3) that this kernel knows");
    timer_interrupt = GIC_PPI + interrupt_of(timer, 2); /* after those of the secure world and of EL1 */
    info.irq_sources = gic_end_of_shared() - GIC_SHARED;
    if (info.irq_sources > SOURCES_MAX)
        info.irq_sources = SOURCES_MAX;
    find_messages();
}

/* The boot CPU is number 0 wherever the tree lists it; the others can be started only by PSCI. */
BOOT_ONLY static void find_cpus(void)
{
    uint64_t number;
    bool can_start = psci_init();

    affinity[cpu_count++] = arm_affinity();
    for (int node = devicetree_of_type(-1, "cpu"); node >= 0; node = devicetree_of_type(node, "cpu")) {
        if (can_start && cpu_count < options.cpus && devicetree_number(node, "reg", &number) && number != affinity[0])
            affinity[cpu_count++] = number;
    }
}

/* Next to the image, so that free memory is one piece: loaders put the archive into its middle. */
BOOT_ONLY static void move_archive(void)
{
    uint64_t to = arm_image_end();

    if (info.archive.base < to)
        return;
    __builtin_memmove(phys_to_virt(to), phys_to_virt(info.archive.base), info.archive.size);
    info.archive.base = to;
}

/* QEMU puts the tree behind the archive, whether there is memory or not. */
BOOT_ONLY static const char *open_tree(uint64_t phys)
{
    static const char too_little[] = "too little memory: kernel, boot archive and loader lie over each other; "
                                     "give the machine more (QEMU: -m 16M)";

    if (phys < RAM_BASE || phys >= BOOT_WINDOW_END)
        boot_refuse("no device tree at %llx: use a loader that hands one over", (unsigned long long)phys);
    arm_trap_means = too_little;
    phys = devicetree_pack(phys, BOOT_WINDOW_END, tree, sizeof(tree));
    const char *line = devicetree_open(&info, phys, BOOT_WINDOW_END);
    arm_trap_means = NULL;
    return line;
}

BOOT_ONLY void board_init(uint64_t boot_info)
{
    pl011_init((volatile void *)(uintptr_t)EARLY_UART);
    info.arch = ARM_ISA;
    info.name = "virt";
    boot_options_parse(&info, &options, open_tree(boot_info));
    move_archive();
    memmap_remove(&info, arm_image_start(), arm_image_end() - arm_image_start());
    memmap_remove(&info, info.archive.base, info.archive.size);
    window_init(&info);
    memmap_split(&info, mmu_window_end());
    find_uart();
    find_cpus();
    find_interrupts();
    describe_devices();
    arm_clock_init();
    for (unsigned i = 0; options.verbose && i < info.ram_count; i++)
        kprintf("memory %llx..%llx\n", (unsigned long long)info.ram[i].base,
                (unsigned long long)(info.ram[i].base + info.ram[i].size - 1));
}

BOOT_ONLY void board_init_cpu(unsigned id)
{
    gic_init_cpu(id, timer_interrupt);
    for (unsigned i = 0; id == 0 && i < info.irq_sources; i++)
        gic_route(GIC_SHARED + i, 0);
}

BOOT_ONLY unsigned board_cpus(void)
{
    return cpu_count;
}

BOOT_ONLY bool board_start_cpu(unsigned id)
{
    return psci_start_cpu(affinity[id], arm_secondary_entry(), id);
}

void board_send_ipi(unsigned id)
{
    gic_send_ipi(id);
}

/* ---- interrupts and time ---- */

/* A source is masked until it is unmasked; what comes meanwhile, wired or a message, stays pending. */
void board_interrupt(void)
{
    uint32_t taken = gic_take();
    unsigned number = taken & 0x3ff;

    if (number >= GIC_NONE)
        return;
    if (number >= GIC_SHARED) {
        gic_mask(number, true);
        interrupt_note_source(number - GIC_SHARED);
    } else if (number == timer_interrupt && arm_clock_expired(arm_this_cpu_id())) {
        interrupt_note_timer();
    }
    gic_end(taken);
    if (number == GIC_IPI)
        interrupt_note_ipi();
}

bool platform_irq_exists(unsigned source)
{
    return source < info.irq_sources && source - messages.first >= messages.count;
}

void platform_irq_mask(unsigned source)
{
    gic_mask(GIC_SHARED + source, true);
}

void platform_irq_unmask(unsigned source)
{
    gic_mask(GIC_SHARED + source, false);
}

bool platform_msi_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data)
{
    for (unsigned i = messages.first; i < messages.first + messages.count; i++) {
        if (messages.allocated[i])
            continue;
        messages.allocated[i] = true;
        gic_route(GIC_SHARED + i, cpu);
        gic_forget(GIC_SHARED + i); /* of a device that its last owner left sending */
        *source = i;
        *address = messages.store;
        *data = GIC_SHARED + i;
        return true;
    }
    return false;
}

void platform_msi_free(unsigned source)
{
    gic_mask(GIC_SHARED + source, true);
    messages.allocated[source] = false;
}

void platform_set_timer(uint64_t deadline_ns)
{
    arm_clock_set(arm_this_cpu_id(), deadline_ns);
}

/* ---- registers reached by IPC ---- */

const struct platform_io *platform_io(unsigned index)
{
    static const struct platform_io regions[IO_COUNT] = {{"power", 8}, {"debug", 8}, {"uart", PL011_FACE_BYTES}};
    return index < IO_COUNT ? &regions[index] : NULL;
}

bool platform_io_load(unsigned index, uint64_t offset, unsigned width, uint64_t *value)
{
    if (index == IO_UART) {
        if (width == 1)
            *value = pl011_face_load((unsigned)offset);
        return width == 1;
    }
    if (index != IO_DEBUG || offset != 0)
        return false;
    int c = pl011_getc();
    *value = c < 0 ? ~UINT64_C(0) : (uint64_t)c;
    return true;
}

/* An interrupt that is due and that the device does not raise is raised here; once it is due no longer it is gone. */
static void uart_store(unsigned reg, uint8_t value)
{
    bool due = pl011_face_store(reg, value);

    if (reg != PL011_FACE_INTERRUPTS)
        return;
    if (due)
        gic_raise(uart_interrupt);
    else
        gic_forget(uart_interrupt);
}

bool platform_io_store(unsigned index, uint64_t offset, unsigned width, uint64_t value)
{
    if (index == IO_UART) {
        if (width == 1)
            uart_store((unsigned)offset, (uint8_t)value);
        return width == 1;
    }
    if (offset != 0)
        return false;
    if (index == IO_POWER)
        platform_power_off((unsigned)value);
    platform_putc((char)value);
    return true;
}

bool platform_mmio_load(uint64_t phys, unsigned width, uint64_t *value)
{
    if (phys % width != 0 || width > sizeof(ennead_word))
        return false;
    volatile void *at = window_access(phys);
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
    if (phys % width != 0 || width > sizeof(ennead_word))
        return false;
    volatile void *at = window_access(phys);
    if (width == 1)
        *(volatile uint8_t *)at = (uint8_t)value;
    else if (width == 2)
        *(volatile uint16_t *)at = (uint16_t)value;
    else if (width == 4)
        *(volatile uint32_t *)at = (uint32_t)value;
    else
        *(volatile uint64_t *)at = value;
    arm_dsb();
    return true;
}
