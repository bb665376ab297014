/*
 * What user programs need to know of AArch64: the system-call stub, the thread pointer, names of registers.
 *
 * Every port's start folder offers this header with the same names; nothing else in user/ knows the ISA.
 */
#ifndef ENNEAD_PORT_H
#define ENNEAD_PORT_H

#include <ennead/message.h>
#include <stdbool.h>

/* All but message, stack, frame and thread pointer is given up, so that the kernel need not save it. */
static inline __attribute__((always_inline)) struct ennead_msg ennead_ipc(ennead_word target, uint32_t tag,
                                                                          const ennead_word w[ENNEAD_MSG_REG_WORDS])
{
    register ennead_word x0 __asm__("x0") = target;
    register ennead_word x1 __asm__("x1");
    register ennead_word x19 __asm__("x19") = w[0];
    register ennead_word x20 __asm__("x20") = w[1];
    register ennead_word x21 __asm__("x21") = w[2];
    register ennead_word x22 __asm__("x22") = w[3];
    register ennead_word x23 __asm__("x23") = tag;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "=r"(x1), "+r"(x19), "+r"(x20), "+r"(x21), "+r"(x22), "+r"(x23)
                     :
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
                       "x17", "x18", "x24", "x25", "x26", "x27", "x28", "x30", "memory", "cc");
    return (struct ennead_msg){(uint32_t)x0, (uint32_t)x1, (uint32_t)x23, {x19, x20, x21, x22}};
}

/* The thread pointer is the address of the thread's control block, whose first word is the UTCB's address. */
static inline struct ennead_utcb *ennead_utcb(void)
{
    struct ennead_utcb **block;
    __asm__("mrs %0, tpidr_el0" : "=r"(block));
    return *block;
}

/* Touch the FPU: the thread owns it from now on, until another one does. False: the processor has none. */
static inline bool ennead_touch_fpu(void)
{
    __asm__ volatile("fmov d0, xzr" ::: "v0");
    return true;
}

/* An exception; ENNEAD_TRAP_BYTES behind the pc that its message tells is the next instruction. */
static inline void ennead_trap(void)
{
    __asm__ volatile(".inst 0" ::: "memory");
}
#define ENNEAD_TRAP_BYTES 4u

/* The register set as ENNEAD_THREAD_READ_REGS numbers it. */
#define ENNEAD_REGISTER_NAMES                                                                                          \
    {                                                                                                                  \
        "pc", "sp", "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",     \
            "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29",   \
            "x30", "psr", "tls"                                                                                        \
    }
#define ENNEAD_REGISTER_COUNT 35u
#define ENNEAD_REGISTER_FRAME 31u

#define ENNEAD_REGISTER_LINK 32u

/*
 * Words from a frame to the address of the caller's, and to the return address; frames on the way from the one that the
 * frame register points to, to the first one that holds a return address.
 */
#define ENNEAD_FRAMES_SKIPPED 0u
#define ENNEAD_FRAME_PREVIOUS 0
#define ENNEAD_FRAME_RETURN   1

/* Whether a function that calls nobody keeps its caller's frame where others have a return address. */
#define ENNEAD_LEAF_KEEPS_FRAME false

#endif
