/*
 * The board: what <platform/platform.h> asks of one. Owns platform_info() and the state of interrupt sources. Look
 * first into kernel/platform/drivers for the parts that it has.
 */
#include <arch/cpu.h>
#include <platform/clock.h>
#include <platform/platform.h>

const struct platform_info *platform_info(void)
{
    panic("step 4: memory, archive and devices that were found before kernel_start(). bad.inputs");
}

/* The first thing to write, as the others end here. */
void platform_putc(char c)
{
    /* step 3: wait until the UART has room, then store the byte. Green: the line of a panic */
}

void platform_power_off(unsigned status)
{
    /* step 3: end the machine so that QEMU's exit status tells 0 from any other. Green: bad.inputs */
    for (;;)
        continue;
}

bool platform_irq_exists(unsigned source)
{
    panic("step 8: wired, and neither the timer's nor an IPI's. boot.conformance, interrupts");
}

void platform_irq_mask(unsigned source)
{
    panic("step 8: at the interrupt controller. boot.conformance, interrupts");
}

void platform_irq_unmask(unsigned source)
{
    panic("step 8: there too; and the end of the interrupt, if that is due. boot.conformance, interrupts");
}

bool platform_msi_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data)
{
    panic("step 10, until then false: a source that is a store of data to address. boot.devices");
}

void platform_msi_free(unsigned source)
{
    panic("step 10: masked, and free for the next. boot.devices");
}

struct platform_clock platform_clock; /* step 8: what cpu_ticks() counts in. boot.conformance, processors */

void platform_set_timer(uint64_t deadline_ns)
{
    panic(
        "step 8: at once if past, never if ~0; interrupts end in interrupt_note_timer(). boot.conformance, processors");
}

const struct platform_io *platform_io(unsigned index)
{
    panic("step 4: power, debug, and what else is not mapped; NULL behind the last. user.shell");
}

bool platform_io_load(unsigned index, uint64_t offset, unsigned width, uint64_t *value)
{
    panic("step 4: debug gives a byte or ~0. user.shell");
}

bool platform_io_store(unsigned index, uint64_t offset, unsigned width, uint64_t value)
{
    panic("step 4: power ends the machine, debug prints. user.shell");
}

bool platform_mmio_load(uint64_t phys, unsigned width, uint64_t *value)
{
    panic("step 6: one access of that width to a device, uncached. user.shell");
}

bool platform_mmio_store(uint64_t phys, unsigned width, uint64_t value)
{
    panic("step 6: the same, a store. user.shell");
}
