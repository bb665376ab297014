/*
 * What user programs need to know of 64-bit PowerPC: the system-call stub, the thread pointer, names of registers.
 *
 * Every port's start folder offers this header with the same names; nothing else in user/ knows the ISA.
 */
#ifndef ENNEAD_PORT_H
#define ENNEAD_PORT_H

#include <ennead/message.h>
#include <stdbool.h>

/*
 * All but message, stack, table of contents, frame and thread pointer (r1, r2, r31, r13) is given up, so that the
 * kernel need not save it.
 */
static inline __attribute__((always_inline)) struct ennead_msg ennead_ipc(ennead_word target, uint32_t tag,
                                                                          const ennead_word w[ENNEAD_MSG_REG_WORDS])
{
    register ennead_word r3 __asm__("r3") = target;
    register ennead_word r4 __asm__("r4");
    register ennead_word r14 __asm__("r14") = w[0];
    register ennead_word r15 __asm__("r15") = w[1];
    register ennead_word r16 __asm__("r16") = w[2];
    register ennead_word r17 __asm__("r17") = w[3];
    register ennead_word r18 __asm__("r18") = tag;
    __asm__ volatile("sc"
                     : "+r"(r3), "=r"(r4), "+r"(r14), "+r"(r15), "+r"(r16), "+r"(r17), "+r"(r18)
                     :
                     : "r0", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r19", "r20", "r21", "r22", "r23",
                       "r24", "r25", "r26", "r27", "r28", "r29", "r30", "lr", "ctr", "xer", "cr0", "cr1", "cr2", "cr3",
                       "cr4", "cr5", "cr6", "cr7", "memory");
    return (struct ennead_msg){(uint32_t)r3, (uint32_t)r4, (uint32_t)r18, {r14, r15, r16, r17}};
}

/* The thread pointer is the address of the thread's control block, whose first word is the UTCB's address. */
static inline struct ennead_utcb *ennead_utcb(void)
{
    struct ennead_utcb *utcb;
    __asm__("ld %0, 0(13)" : "=r"(utcb));
    return utcb;
}

/* Touch the FPU: the thread owns it from now on, until another one does. False: the processor has none. */
static inline bool ennead_touch_fpu(void)
{
    __asm__ volatile("fmr 0, 0");
    return true;
}

/* An exception; ENNEAD_TRAP_BYTES behind the pc that its message tells is the next instruction. */
static inline void ennead_trap(void)
{
    __asm__ volatile(".long 0" ::: "memory");
}
#define ENNEAD_TRAP_BYTES 4u

/* The register set as ENNEAD_THREAD_READ_REGS numbers it. */
#define ENNEAD_REGISTER_NAMES                                                                                          \
    {                                                                                                                  \
        "pc", "r1", "r0", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r14", "r15", "r16",    \
            "r17", "r18", "r19", "r20", "r21", "r22", "r23", "r24", "r25", "r26", "r27", "r28", "r29", "r30", "r31",   \
            "cr", "lr", "ctr", "xer", "r13"                                                                            \
    }
#define ENNEAD_REGISTER_COUNT 37u
#define ENNEAD_REGISTER_FRAME 1u

#define ENNEAD_REGISTER_LINK 33u

/*
 * Words from a frame to the address of the caller's, and to the return address; frames on the way from the one that the
 * frame register points to, to the first one that holds a return address: a function saves its own in its caller's.
 */
#define ENNEAD_FRAMES_SKIPPED 1u
#define ENNEAD_FRAME_PREVIOUS 0
#define ENNEAD_FRAME_RETURN   2

/* Whether a function that calls nobody keeps its caller's frame where others have a return address. */
#define ENNEAD_LEAF_KEEPS_FRAME false

#endif
