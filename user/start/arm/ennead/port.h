/*
 * What user programs need to know of 32-bit Arm: the system-call stub, the thread pointer, names of registers.
 *
 * Every port's start folder offers this header with the same names; nothing else in user/ knows the ISA.
 */
#ifndef ENNEAD_PORT_H
#define ENNEAD_PORT_H

#include <ennead/message.h>
#include <stdbool.h>

/* r2 and r3 are given up, so that the kernel need not save them. */
static inline __attribute__((always_inline)) struct ennead_msg ennead_ipc(ennead_word target, uint32_t tag,
                                                                          const ennead_word w[ENNEAD_MSG_REG_WORDS])
{
    register ennead_word r0 __asm__("r0") = target;
    register ennead_word r1 __asm__("r1");
    register ennead_word r4 __asm__("r4") = w[0];
    register ennead_word r5 __asm__("r5") = w[1];
    register ennead_word r6 __asm__("r6") = w[2];
    register ennead_word r7 __asm__("r7") = w[3];
    register ennead_word r8 __asm__("r8") = tag;
    __asm__ volatile("svc #0"
                     : "+r"(r0), "=r"(r1), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
                     :
                     : "r2", "r3", "memory");
    return (struct ennead_msg){r0, r1, r8, {r4, r5, r6, r7}};
}

/* The thread pointer is the address of the thread's control block, whose first word is the UTCB's address. */
static inline struct ennead_utcb *ennead_utcb(void)
{
    struct ennead_utcb **block;
    __asm__("mrc p15, 0, %0, c13, c0, 3" : "=r"(block));
    return *block;
}

/* Touch the FPU: the thread owns it from now on, until another one does. False: the processor has none. */
static inline bool ennead_touch_fpu(void)
{
    __asm__ volatile("vmov.f64 d0, #1.0" ::: "d0");
    return true;
}

/* An exception; ENNEAD_TRAP_BYTES behind the pc that its message tells is the next instruction. */
static inline void ennead_trap(void)
{
    __asm__ volatile(".inst 0xe7f000f0" ::: "memory");
}
#define ENNEAD_TRAP_BYTES 4u

/* The register set as ENNEAD_THREAD_READ_REGS numbers it. */
#define ENNEAD_REGISTER_NAMES                                                                                          \
    {                                                                                                                  \
        "pc", "sp", "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "fp", "r12", "lr", "psr", "tls" \
    }
#define ENNEAD_REGISTER_COUNT 18u
#define ENNEAD_REGISTER_FRAME 13u

#define ENNEAD_REGISTER_LINK 15u

/*
 * Words from a frame to the address of the caller's, and to the return address; frames on the way from the one that the
 * frame register points to, to the first one that holds a return address.
 */
#define ENNEAD_FRAMES_SKIPPED 0u
#define ENNEAD_FRAME_PREVIOUS (-3)
#define ENNEAD_FRAME_RETURN   (-1)

/* Whether a function that calls nobody keeps its caller's frame where others have a return address. */
#define ENNEAD_LEAF_KEEPS_FRAME false

#endif
