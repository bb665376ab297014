/*
 * Privileged registers, and what the port and the RISC-V boards offer each other. For kernel/arch/riscv64 and
 * kernel/platform only.
 */
#ifndef RISCV_RISCV_H
#define RISCV_RISCV_H

#include <platform/platform.h>
#include <port/port.h>

/* Of -march the distribution's clang does not know these two; the assembler wants them. */
__asm__(".option arch, +zicsr, +zifencei");

/* ---- the port, to boards ---- */

/* Until this was called the image can be written and executed. Afterwards the window ends where RAM does. */
void window_init(const struct platform_info *info);
/* Physical addresses of the kernel's image. */
struct platform_range riscv_image(void);
/* One access that may find nothing there: false then. */
bool riscv_load(const volatile void *at, unsigned width, uint64_t *value);
bool riscv_store(volatile void *at, unsigned width, uint64_t value);

/* ---- a board, to the port ---- */

/* First thing on the first CPU, whose number in the machine is `hart`. Fills platform_info(). */
void board_init(uint64_t hart, uint64_t device_tree);
/* On each CPU, from cpu_init(). */
void board_init_cpu(unsigned id);
/* The number that the machine gives CPU `id`. */
uint64_t board_hart(unsigned id);
/* An external interrupt, the timer's. */
void board_interrupt(void);
void board_timer(void);

/* ---- instructions ---- */

#define READ_CSR(name)                                                                                                 \
    ({                                                                                                                 \
        uint64_t value_;                                                                                               \
        __asm__ volatile("csrr %0, " #name : "=r"(value_)::"memory");                                                  \
        value_;                                                                                                        \
    })
#define WRITE_CSR(name, value) __asm__ volatile("csrw " #name ", %0" ::"rK"((uint64_t)(value)) : "memory")
#define SET_CSR(name, bits)    __asm__ volatile("csrs " #name ", %0" ::"rK"((uint64_t)(bits)) : "memory")
#define CLEAR_CSR(name, bits)  __asm__ volatile("csrc " #name ", %0" ::"rK"((uint64_t)(bits)) : "memory")

/* ---- the supervisor binary interface ---- */

#define SBI_TIME       0x54494d45ul
#define SBI_IPI        0x735049ul
#define SBI_FENCE      0x52464e43ul
#define SBI_FENCE_I    0ul
#define SBI_SEND_IPI   0ul
#define SBI_SET_TIMER  0ul
#define SBI_SYSTEM     0x53525354ul
#define SBI_SYSTEM_OFF 0ul

/* Its error, 0 if there is none. */
static inline long sbi_call(unsigned long extension, unsigned long function, uint64_t first, uint64_t second,
                            uint64_t third)
{
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    register uint64_t a2 __asm__("a2") = third;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return (long)a0;
}

#endif
