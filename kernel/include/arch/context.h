/*
 * The user context of a thread: what a port saves on kernel entry and restores on exit.
 *
 * `struct arch_context` is the port's, in <port/port.h>. Saved on a system call it may be *short*: program
 * counter, stack pointer, flags, frame and thread pointer, because the calling convention lets all other registers
 * go. From kernel_ipc() on it also holds the call's target, tag and four words apart, in a place of their own, until
 * the call ends: a blocked or preempted call is looked up again from there. Saved on a fault, an exception or an
 * interrupt it is *full*. Restoring a short context must clear or set every register that is not restored, so
 * that nothing the kernel or another thread held reaches user mode.
 *
 * PORT_FRAME_BYTES before each context, zero at first, are the port's too (a multiple of 16): for registers that only
 * entries and exits use, so that the rest of a thread is near. A new context has to set them.
 *
 * Constants from <port/port.h>, by what a message beside other CPUs takes the fewest instructions:
 *   PORT_SORTS_MESSAGES  entries call kernel_message_beside(); otherwise kernel_message() is all there is
 *   PORT_CALLS_AGAIN     and where that returns NULL kernel_message_again(), so that it need not keep target and tag
 *
 * None of these functions blocks, takes a lock or touches user memory. Those that only move a value are
 * static inline in <port/port.h>.
 */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

#include <ennead/abi.h>
#include <port/port.h>
#include <stdbool.h>

/* What a new thread finds: all registers zero but pc, sp and the first argument register. Full. */
void context_init(struct arch_context *context, ennead_word pc, ennead_word sp, ennead_word argument);

/* The system call being made: its arguments as user mode gave them. */
static inline ennead_word context_target(const struct arch_context *context);
static inline uint32_t context_tag(const struct arch_context *context);
/* Word i < ENNEAD_MSG_REG_WORDS: read as argument, written as result. */
static inline ennead_word context_word(const struct arch_context *context, unsigned i);
static inline void context_set_word(struct arch_context *context, unsigned i, ennead_word value);
/* Results; the context becomes short: it returns behind the system call. */
static inline void context_set_result(struct arch_context *context, uint32_t status, uint32_t badge, uint32_t tag);

/* A message that is in registers is this short context's: it returns with status OK, this badge, and the tag and the
 * words that are there. Only for a context that kernel_message() returns. */
static inline void context_receive(struct arch_context *context, uint32_t badge);

/*
 * Copy `count` words from one message buffer to another, in as few instructions as the machine has. Other CPUs may
 * write both meanwhile.
 */
static inline void copy_words(ennead_word *to, const ennead_word *from, unsigned count);

static inline ennead_word context_pc(const struct arch_context *context);
/* Only user mode reads and writes it; takes effect on the next return of the context. */
void context_set_tls(struct arch_context *context, ennead_word value);

/*
 * The register set as ENNEAD_THREAD_READ_REGS shows it: index 0 the pc, 1 the sp, the rest the port's, up to
 * context_reg_count(). Reading a register that a short context lacks gives 0. Writing makes the context full;
 * the port masks what user mode must not choose (privilege, interrupt enable). There is nothing to write from
 * context_reg_count() on: then the answer is false.
 */
unsigned context_reg_count(void);
uint64_t context_read_reg(const struct arch_context *context, unsigned index);
bool context_write_reg(struct arch_context *context, unsigned index, uint64_t value);

/* Print a line or more with all registers through kprintf(); for faults in user mode and for panics. */
void context_dump(const struct arch_context *context);

/*
 * The FPU and vector state. `struct arch_fpu` is the port's. The unit is off unless its owner runs, and a
 * use while it is off must enter kernel_fpu_trap(). An instruction that is none of the unit's must not, where it can be
 * told: its thread would own the unit for good. fpu_save and fpu_load need the unit on.
 */
void fpu_init(struct arch_fpu *state); /* of zeroes: the state of a thread that never used the unit */
void fpu_save(struct arch_fpu *state);
void fpu_load(const struct arch_fpu *state);
void fpu_set(bool on);
/* True where a unit that is off can be read speculatively: then it is saved and reset as its owner leaves. */
static inline bool fpu_is_eager(void);

#endif
