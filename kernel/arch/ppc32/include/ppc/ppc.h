/*
 * Privileged registers, and what the port and the PowerPC boards offer each other. For kernel/arch/ppc32 and
 * kernel/platform only.
 */
#ifndef PPC_PPC_H
#define PPC_PPC_H

#include <platform/platform.h>
#include <port/port.h>

/* ---- the port, to boards ---- */

/* Until this was called the first 64 MiB of physical memory are in the window; afterwards all RAM below its end. */
void window_init(const struct platform_info *info);
/*
 * Map 4^size KiB of device registers, uncached, at slot 0 or 1 of this CPU and of those that start later. A slot may
 * be mapped again, and then is on this CPU alone.
 */
volatile void *window_map_device(unsigned slot, uint64_t phys, unsigned size);
/* Physical addresses [0, ppc_image_end()) are the kernel's. */
uint64_t ppc_image_end(void);
/* Physical address where a CPU may be started with its number in r3 and this place mapped to itself. */
uint64_t ppc_secondary_entry(void);

/* ---- a board, to the port ---- */

/* First thing on the first CPU. Fills platform_info(). */
void board_init(uint64_t boot_info);
/* On each CPU, from cpu_init(). */
void board_init_cpu(unsigned id);
void board_send_ipi(unsigned id);
/* The external interrupt was taken: acknowledge and note it. */
void board_interrupt(void);
/* The decrementer's. */
void board_timer(void);

/* ---- instructions ---- */

#define READ_SPR(number)                                                                                               \
    ({                                                                                                                 \
        uint32_t value_;                                                                                               \
        __asm__ volatile("mfspr %0, %1" : "=r"(value_) : "i"(number));                                                 \
        value_;                                                                                                        \
    })
#define WRITE_SPR(number, value) __asm__ volatile("mtspr %0, %1" ::"i"(number), "r"((uint32_t)(value)) : "memory")

/* Its interrupt was taken: the status register holds it until told. */
static inline void ppc_quiet_decrementer(void)
{
    WRITE_SPR(SPR_TSR, 0x08000000u);
}

/* Stores to devices before it are performed before those behind it. */
static inline void ppc_sync(void)
{
    __asm__ volatile("sync" ::: "memory");
}

#endif
