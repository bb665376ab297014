/*
 * Privileged registers, calls of the hypervisor, and what the port and the PowerPC boards offer each other. For
 * kernel/arch/ppc64 and kernel/platform only.
 */
#ifndef PPC_PPC_H
#define PPC_PPC_H

#include <platform/platform.h>
#include <port/port.h>

/* ---- the port, to boards ---- */

/*
 * Make the final page tables, and memory for the roots of user tables of `cpus` CPUs out of info->ram. Until this was
 * called translation is off, and all of memory is in the window.
 */
void window_init(struct platform_info *info, unsigned cpus);
struct platform_range ppc_image(void);
/* Physical address where a CPU may be started with its number in r3, translation off. */
uint64_t ppc_secondary_entry(void);

/* ---- a board, to the port ---- */

/* First thing on the first CPU. Fills platform_info(). */
void board_init(void);
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
        uint64_t value_;                                                                                               \
        __asm__ volatile("mfspr %0, %1" : "=r"(value_) : "i"(number));                                                 \
        value_;                                                                                                        \
    })
#define WRITE_SPR(number, value) __asm__ volatile("mtspr %0, %1" ::"i"(number), "r"((uint64_t)(value)) : "memory")

/* The decrementer interrupts as long as it is negative. */
static inline void ppc_quiet_decrementer(void)
{
    WRITE_SPR(SPR_DEC, 0x7fffffff);
}

/* Stores to devices before it are performed before those behind it. */
static inline void ppc_sync(void)
{
    __asm__ volatile("sync" ::: "memory");
}

/* A number as the hardware, the hypervisor and firmware want it in memory. */
static inline uint64_t ppc_be64(uint64_t value)
{
    return PPC_LITTLE ? __builtin_bswap64(value) : value;
}

static inline uint32_t ppc_be32(uint32_t value)
{
    return PPC_LITTLE ? __builtin_bswap32(value) : value;
}

/* ---- the hypervisor ---- */

#define H_EOI               0x64u
#define H_CPPR              0x68u
#define H_IPI               0x6cu
#define H_XIRR              0x74u
#define H_GET_TERM_CHAR     0x54u
#define H_PUT_TERM_CHAR     0x58u
#define H_SET_MODE          0x31cu
#define H_REGISTER_PROC_TBL 0x37cu
#define H_QEMU_RTAS         0xf000u
#define H_QEMU_CLIENT       0xf005u

/* Its status, 0 if all is well; results: three words, or NULL. */
static inline long ppc_hcall(unsigned number, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth,
                             uint64_t *results)
{
    register uint64_t r3 __asm__("r3") = number;
    register uint64_t r4 __asm__("r4") = first;
    register uint64_t r5 __asm__("r5") = second;
    register uint64_t r6 __asm__("r6") = third;
    register uint64_t r7 __asm__("r7") = fourth;
    __asm__ volatile("sc 1"
                     : "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7)
                     :
                     : "r0", "r8", "r9", "r10", "r11", "r12", "ctr", "xer", "cr0", "cr1", "cr5", "cr6", "cr7",
                       "memory");
    if (results) {
        results[0] = r4;
        results[1] = r5;
        results[2] = r6;
    }
    return (long)r3;
}

#endif
