/*
 * What user programs need to know of riscv64: the system-call stub, the thread pointer, names of registers.
 *
 * Every port's start folder offers this header with the same names; nothing else in user/ knows the ISA.
 */
#ifndef ENNEAD_PORT_H
#define ENNEAD_PORT_H

#include <ennead/message.h>
#include <stdbool.h>

/*
 * All but message, stack, frame and thread pointer is given up, so that the kernel need not save it. gp is lost too:
 * the ABI keeps it for small data, which programs are linked without.
 */
static inline __attribute__((always_inline)) struct ennead_msg ennead_ipc(ennead_word target, uint32_t tag,
                                                                          const ennead_word w[ENNEAD_MSG_REG_WORDS])
{
    register ennead_word a0 __asm__("a0") = target;
    register ennead_word a1 __asm__("a1");
    register ennead_word s1 __asm__("s1") = w[0];
    register ennead_word s2 __asm__("s2") = w[1];
    register ennead_word s3 __asm__("s3") = w[2];
    register ennead_word s4 __asm__("s4") = w[3];
    register ennead_word s5 __asm__("s5") = tag;
    __asm__ volatile("ecall"
                     : "+r"(a0), "=r"(a1), "+r"(s1), "+r"(s2), "+r"(s3), "+r"(s4), "+r"(s5)
                     :
                     : "ra", "t0", "t1", "t2", "a2", "a3", "a4", "a5", "a6", "a7", "s6", "s7", "s8", "s9", "s10", "s11",
                       "t3", "t4", "t5", "t6", "memory");
    return (struct ennead_msg){(uint32_t)a0, (uint32_t)a1, (uint32_t)s5, {s1, s2, s3, s4}};
}

/* The thread pointer is the address of the thread's control block, whose first word is the UTCB's address. */
static inline struct ennead_utcb *ennead_utcb(void)
{
    struct ennead_utcb *utcb;
    __asm__("ld %0, 0(tp)" : "=r"(utcb));
    return utcb;
}

/* Touch the FPU: the thread owns it from now on, until another one does. False: the processor has none. */
static inline bool ennead_touch_fpu(void)
{
    __asm__ volatile("fmv.d.x ft0, zero" ::: "ft0");
    return true;
}

/* An exception; ENNEAD_TRAP_BYTES behind the pc that its message tells is the next instruction. */
static inline void ennead_trap(void)
{
    __asm__ volatile(".4byte 0x00100073" ::: "memory");
}
#define ENNEAD_TRAP_BYTES 4u

/* The register set as ENNEAD_THREAD_READ_REGS numbers it. */
#define ENNEAD_REGISTER_NAMES                                                                                          \
    {                                                                                                                  \
        "pc", "sp", "ra", "gp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2",    \
            "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6", "tp"                       \
    }
#define ENNEAD_REGISTER_COUNT 32u
#define ENNEAD_REGISTER_FRAME 7u

#define ENNEAD_REGISTER_LINK 2u

/*
 * Words from a frame to the address of the caller's, and to the return address; frames on the way from the one that the
 * frame register points to, to the first one that holds a return address.
 */
#define ENNEAD_FRAMES_SKIPPED 0u
#define ENNEAD_FRAME_PREVIOUS (-2)
#define ENNEAD_FRAME_RETURN   (-1)

/* Whether a function that calls nobody keeps its caller's frame where others have a return address. */
#define ENNEAD_LEAF_KEEPS_FRAME true

#endif
