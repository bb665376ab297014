/*
 * Privileged instructions, and what the port and the x86 boards offer each other. For kernel/arch/x86_64 and
 * kernel/platform only.
 */
#ifndef X86_X86_H
#define X86_X86_H

#include <platform/platform.h>
#include <port/port.h>

/* ---- the port, to boards ---- */

/*
 * Make the final page tables: the image, with text that cannot be written and data that cannot run, and all
 * of `info`'s RAM and archive. Takes table pages out of info->ram where the static ones do not suffice. Once, before
 * kernel_start().
 */
void window_init(struct platform_info *info);
/* Map one page of device registers, uncached, at slot 0..511. A slot may be mapped again. */
enum device_slot { DEVICE_SLOT_ACCESS, DEVICE_SLOT_LAPIC, DEVICE_SLOT_IOAPIC };
volatile void *window_map_device(enum device_slot slot, uint64_t phys);
/* Physical addresses [x86_image_base, x86_image_end) are the kernel's, from the firmware's first MiB on. */
uint64_t x86_image_end(void);

/* ---- a board, to the port ---- */

/* First thing on the first CPU, with the first 4 GiB of physical memory in the direct map. Fills platform_info(). */
void board_init(uint64_t boot_info);
/* On each CPU, from cpu_init(). */
void board_init_cpu(unsigned id);
/* Set before a CPU is sent to the real-mode code at TRAMPOLINE: which one it is. */
extern unsigned x86_starting_cpu;
void board_send_ipi(unsigned id);
/* Vector >= VECTOR_SOURCES was taken: acknowledge and note it. */
void board_interrupt(unsigned vector);

/* ---- instructions ---- */

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t inw(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t inl(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

struct cpuid {
    uint32_t a, b, c, d;
};

static inline struct cpuid cpuid(uint32_t leaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
    return r;
}

#define READ_CR(n)                                                                                                     \
    ({                                                                                                                 \
        uint64_t value_;                                                                                               \
        __asm__ volatile("movq %%cr" #n ", %0" : "=r"(value_));                                                        \
        value_;                                                                                                        \
    })
#define WRITE_CR(n, value) __asm__ volatile("movq %0, %%cr" #n ::"r"((uint64_t)(value)) : "memory")

static inline void invlpg(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}

#endif
