/*
 * The board: memory, interrupt controller, timer, early console, power.
 *
 * A board is chosen by its preset; what it has is found at boot. All functions run with interrupts off. Those of
 * interrupts, the timer and the io regions need the kernel lock; none blocks.
 */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include <ennead/abi.h>
#include <stdbool.h>

/* One range of physical addresses, page-aligned. Ranges do not overlap. */
struct platform_range {
    uint64_t base;
    uint64_t size;
};

/* What the boot loader left. Filled by platform code before kernel_start(); the same until power-off. */
struct platform_info {
    const char *arch;         /* "x86_64" */
    const char *name;         /* "q35" */
    const char *command_line; /* "" if there is none */
    struct platform_range
        ram[16]; /* usable RAM without the kernel's image and boot data; none across the window's end */
    unsigned ram_count;
    struct platform_range device[8]; /* physical addresses for devices */
    unsigned device_count;
    struct platform_range archive;                     /* the boot archive, not in `ram`; size 0 if none came */
    struct platform_range dtb;                         /* the device tree blob, not in `ram`; size 0 if none */
    struct ennead_device devices[ENNEAD_BOOT_DEVICES]; /* `resource` counts device[], then io regions */
    unsigned devices_count;
    unsigned irq_sources; /* sources are 0 .. irq_sources - 1 */
};
const struct platform_info *platform_info(void);

/* ---- console, power ---- */
void platform_putc(char c); /* polled, unbuffered */
/* End the machine. status 0 is success; where the machine can tell, the emulator's exit status shows any other. */
_Noreturn void platform_power_off(unsigned status);

/* ---- interrupts: source < irq_sources ---- */
bool platform_irq_exists(unsigned source); /* wired, and free for users: not the timer's, not an IPI */
void platform_irq_mask(unsigned source);
void platform_irq_unmask(unsigned source); /* also ends the interrupt at the controller if that is due */
/* Reserve a message-signalled source delivered to `cpu`; false if there is none left or the board has none. */
bool platform_msi_alloc(unsigned cpu, unsigned *source, uint64_t *address, uint64_t *data);
void platform_msi_free(unsigned source);

/* ---- time, per CPU ---- */
/* Since boot; the same on every CPU; never goes back. Callable without the lock. From <platform/clock.h>. */
uint64_t platform_now_ns(void);
/* Interrupt this CPU at the time given (at once if past) through interrupt_note_timer(); ~0: never. */
void platform_set_timer(uint64_t deadline_ns);

/* ---- registers reached by privileged instructions, as unmappable regions ---- */
struct platform_io {
    const char *name; /* "ports", "power", "debug" */
    uint64_t size;
};
/* Region i, or NULL past the last. Every board has "power" (a store to offset 0 ends the machine with that
 * status) and "debug" (a store to offset 0 prints a byte; a load gives a byte or ~0). */
const struct platform_io *platform_io(unsigned index);
/* width 1, 2, 4 or 8; offset + width <= size. false if the hardware has no such access. */
bool platform_io_load(unsigned index, uint64_t offset, unsigned width, uint64_t *value);
bool platform_io_store(unsigned index, uint64_t offset, unsigned width, uint64_t value);
/* The same for a physical address of a device: a single access of that width. */
bool platform_mmio_load(uint64_t phys, unsigned width, uint64_t *value);
bool platform_mmio_store(uint64_t phys, unsigned width, uint64_t value);

/* ---- offered by generic code to ports and boards ---- */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2))); /* %s %c %d %u %x %lx %llx %p, width */
/* One line "panic: ...", registers and backtrace; then power-off with failure. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What must hold: checked in debug builds and on the host port, compiled but not evaluated in release builds. */
#ifdef NDEBUG
#define ASSERT(condition) ((void)sizeof(!(condition)))
#else
#define ASSERT(condition) ((condition) ? (void)0 : panic("assertion failed: %s, %s:%d", #condition, __FILE__, __LINE__))
#endif
/* Of functions that run before the first user instruction alone: what they take is RAM then. */
#define BOOT_ONLY __attribute__((section(".boot.text")))
/* Fatal errors of what the machine was given (memory, archive, arguments): one clear line, then power-off with failure.
 */
_Noreturn void boot_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
