/*
 * Privileged registers and instructions, and what the port and Arm's boards offer each other: the same names in both
 * ports, of 64 and of 32 bits. For kernel/arch and kernel/platform only.
 */
#ifndef ARM_ARM_H
#define ARM_ARM_H

#include <arm/board.h>

#define ARM_ISA "arm"

#define CPACR_KERNEL 0x00500000u /* the FPU for the kernel alone */

/* ---- instructions ---- */

#define ARM_READ32(op1, crn, crm, op2)                                                                                 \
    ({                                                                                                                 \
        uint32_t value_;                                                                                               \
        __asm__ volatile("mrc p15, " #op1 ", %0, " #crn ", " #crm ", " #op2 : "=r"(value_));                           \
        value_;                                                                                                        \
    })
#define ARM_WRITE32(op1, crn, crm, op2, value)                                                                         \
    __asm__ volatile("mcr p15, " #op1 ", %0, " #crn ", " #crm ", " #op2 ::"r"((uint32_t)(value)) : "memory")
#define ARM_READ64(op1, crm)                                                                                           \
    ({                                                                                                                 \
        uint64_t value_;                                                                                               \
        __asm__ volatile("mrrc p15, " #op1 ", %Q0, %R0, " #crm : "=r"(value_));                                        \
        value_;                                                                                                        \
    })
#define ARM_WRITE64(op1, crm, value)                                                                                   \
    __asm__ volatile("mcrr p15, " #op1 ", %Q0, %R0, " #crm ::"r"((uint64_t)(value)) : "memory")

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
    return ARM_READ32(0, c0, c0, 5) & 0xffffff;
}

static inline uint32_t arm_counter_hz(void)
{
    return ARM_READ32(0, c14, c0, 0);
}

static inline void arm_timer_set(uint64_t count)
{
    ARM_WRITE64(3, c14, count);
    ARM_WRITE32(0, c14, c3, 1, 1);
    arm_isb();
}

static inline void arm_timer_off(void)
{
    ARM_WRITE32(0, c14, c3, 1, 0);
    arm_isb();
}

/* GICv3's registers of this CPU. */
static inline void arm_icc_init(void)
{
    ARM_WRITE32(0, c12, c12, 5, 7); /* SRE: registers, not memory */
    arm_isb();
    ARM_WRITE32(0, c4, c6, 0, 0xff); /* PMR */
    ARM_WRITE32(0, c12, c12, 7, 1);  /* IGRPEN1 */
    arm_isb();
}

static inline uint32_t arm_icc_take(void)
{
    uint32_t number = ARM_READ32(0, c12, c12, 0); /* IAR1 */
    arm_dsb();
    return number;
}

static inline void arm_icc_end(uint32_t number)
{
    ARM_WRITE32(0, c12, c12, 1, number); /* EOIR1 */
    arm_isb();
}

static inline void arm_icc_send(uint64_t request)
{
    ARM_WRITE64(0, c12, request); /* SGI1R */
    arm_isb();
}

/* A call of the firmware (or of the emulator), as PSCI makes them. */
static inline uint64_t arm_firmware(bool by_smc, uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    register uint32_t r0 __asm__("r0") = (uint32_t)function;
    register uint32_t r1 __asm__("r1") = (uint32_t)a;
    register uint32_t r2 __asm__("r2") = (uint32_t)b;
    register uint32_t r3 __asm__("r3") = (uint32_t)c;

    if (by_smc)
        __asm__ volatile(".arch_extension sec\nsmc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)::"memory");
    else
        __asm__ volatile(".arch_extension virt\nhvc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)::"memory");
    return r0;
}

/* hlt, with what says in each instruction set that it is semihosting's. */
#ifdef __thumb__
#define ARM_SEMIHOSTING ".inst.n 0xbabc"
#else
#define ARM_SEMIHOSTING ".inst 0xe10f0070"
#endif

/* Semihosting's end of the program. Returns, or is an illegal instruction, where nobody listens. */
static inline void arm_semihosting_exit(unsigned status)
{
    const uint32_t block[2] = {0x20026, status}; /* the application ended */
    register uint32_t r0 __asm__("r0") = 0x20;
    register const uint32_t *r1 __asm__("r1") = block;
    __asm__ volatile(ARM_SEMIHOSTING : "+r"(r0) : "r"(r1) : "memory");
}

#endif
