/*
 * Privileged registers and instructions, and what the port and Arm's boards offer each other: the same names in both
 * ports, of 64 and of 32 bits. For kernel/arch and kernel/platform only.
 */
#ifndef ARM_ARM_H
#define ARM_ARM_H

#include <arm/board.h>

#define ARM_ISA "aarch64"

/* ---- instructions ---- */

#define ARM_READ(name)                                                                                                 \
    ({                                                                                                                 \
        uint64_t value_;                                                                                               \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                                                             \
        value_;                                                                                                        \
    })
#define ARM_WRITE(name, value) __asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

static inline void arm_isb(void)
{
    __asm__ volatile("isb" ::: "memory");
}

/* Complete before what follows begins, for devices too. */
static inline void arm_dsb(void)
{
    __asm__ volatile("dsb sy" ::: "memory");
}

/* Affinity of this CPU, as device trees and PSCI name it. */
static inline uint64_t arm_affinity(void)
{
    return ARM_READ(mpidr_el1) & UINT64_C(0xff00ffffff);
}

static inline uint32_t arm_counter_hz(void)
{
    return (uint32_t)ARM_READ(cntfrq_el0);
}

static inline void arm_timer_set(uint64_t count)
{
    ARM_WRITE(cntv_cval_el0, count);
    ARM_WRITE(cntv_ctl_el0, 1);
    arm_isb();
}

static inline void arm_timer_off(void)
{
    ARM_WRITE(cntv_ctl_el0, 0);
    arm_isb();
}

/* GICv3's registers of this CPU. */
static inline void arm_icc_init(void)
{
    ARM_WRITE(S3_0_C12_C12_5, 7); /* SRE: registers, not memory */
    arm_isb();
    ARM_WRITE(S3_0_C4_C6_0, 0xff); /* PMR */
    ARM_WRITE(S3_0_C12_C12_7, 1);  /* IGRPEN1 */
    arm_isb();
}

static inline uint32_t arm_icc_take(void)
{
    uint32_t number = (uint32_t)ARM_READ(S3_0_C12_C12_0); /* IAR1 */
    arm_dsb();
    return number;
}

static inline void arm_icc_end(uint32_t number)
{
    ARM_WRITE(S3_0_C12_C12_1, number); /* EOIR1 */
    arm_isb();
}

static inline void arm_icc_send(uint64_t request)
{
    ARM_WRITE(S3_0_C12_C11_5, request); /* SGI1R */
    arm_isb();
}

/* A call of the firmware (or of the emulator), as PSCI makes them. */
static inline uint64_t arm_firmware(bool by_smc, uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;

    if (by_smc)
        __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    else
        __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    return x0;
}

/* Semihosting's end of the program. Returns, or is an illegal instruction, where nobody listens. */
static inline void arm_semihosting_exit(unsigned status)
{
    const uint64_t block[2] = {0x20026, status}; /* the application ended */
    register uint64_t x0 __asm__("x0") = 0x18;
    register const uint64_t *x1 __asm__("x1") = block;
    __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}

#endif
