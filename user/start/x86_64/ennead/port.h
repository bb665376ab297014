/*
 * What user programs need to know of x86_64: the system-call stub, the thread pointer, names of registers.
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
    register ennead_word rdi __asm__("rdi") = target;
    register ennead_word rbx __asm__("rbx") = w[0];
    register ennead_word r12 __asm__("r12") = w[1];
    register ennead_word r13 __asm__("r13") = w[2];
    register ennead_word r14 __asm__("r14") = w[3];
    register ennead_word r15 __asm__("r15") = tag;
    ennead_word status;
    __asm__ volatile("syscall"
                     : "=a"(status), "+r"(rdi), "+r"(rbx), "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15)
                     :
                     : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
    return (struct ennead_msg){(uint32_t)status, (uint32_t)rdi, (uint32_t)r15, {rbx, r12, r13, r14}};
}

/* The thread pointer is the address of the thread's control block, whose first word is the UTCB's address. */
static inline struct ennead_utcb *ennead_utcb(void)
{
    struct ennead_utcb *utcb;
    __asm__("movq %%fs:0, %0" : "=r"(utcb));
    return utcb;
}

/* Touch the FPU: the thread owns it from now on, until another one does. False: the processor has none. */
static inline bool ennead_touch_fpu(void)
{
    __asm__ volatile("pxor %%xmm0, %%xmm0" ::: "xmm0");
    return true;
}

/* An exception; ENNEAD_TRAP_BYTES behind the pc that its message tells is the next instruction. */
static inline void ennead_trap(void)
{
    __asm__ volatile("ud2" ::: "memory");
}
#define ENNEAD_TRAP_BYTES 2u

/* The register set as ENNEAD_THREAD_READ_REGS numbers it. */
#define ENNEAD_REGISTER_NAMES                                                                                          \
    {                                                                                                                  \
        "rip", "rsp", "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", "r14",  \
            "r15", "flg", "fsb"                                                                                        \
    }
#define ENNEAD_REGISTER_COUNT 19u
#define ENNEAD_REGISTER_FRAME 8u

#define ENNEAD_REGISTER_LINK ENNEAD_REGISTER_PC /* return addresses are in no register */

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
