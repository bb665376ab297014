/*
 * Processors: identity, interrupts, waiting, and the entries that a port calls.
 *
 * The kernel is an event kernel: one stack per CPU, empty at every entry; each entry below runs with
 * interrupts off and returns the context to resume. Nothing blocks inside. `struct arch_cpu` is the port's, in
 * <port/port.h>, has the number of the CPU, `unsigned id`, and is the first member of the generic `struct cpu`. Behind
 * it is the address of the running thread's context, and behind that are 16 bits: 0, or messages are made beside
 * something.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <ennead/abi.h>
#include <port/port.h>
#include <stdbool.h>

struct cpu;

/* ---- offered by the port ---- */

/* The CPU this runs on; valid from cpu_init() on. */
static inline struct cpu *this_cpu(void);
static inline struct arch_cpu *this_arch_cpu(void)
{
    return (struct arch_cpu *)this_cpu();
}

/* Called once on each CPU, by itself, before anything else of the kernel. */
void cpu_init(struct cpu *cpu, unsigned id);
/*
 * Start the other CPUs: each enters kernel_start_cpu(id) on a stack of its own, and comes to cpu_arrived(), one by one,
 * before this returns. How many there are in all. `late`: one more was sent on its way and given up after a limited
 * time; it may come yet, by what runs at boot alone.
 */
unsigned cpu_start_others(bool *late);
/* Said by CPU `id`, not the first: it has left what runs at boot alone. False: it was given up, and never goes on. */
bool cpu_arrived(unsigned id);
/* Interrupt another CPU: it enters through interrupt_note_ipi(). Callable with the lock held. */
void cpu_send_ipi(unsigned id);
/* A hint in a spinning loop. The host port steps its simulated machine here. */
static inline void cpu_relax(void);
/* Set `*at`, which other CPUs read, to `self`: what this CPU reads afterwards it reads after they can see that. */
static inline void cpu_announce(void *at, struct cpu *self);
/* A counter, from no particular number on, at one pace: the same on every CPU, and it never goes back. */
static inline uint64_t cpu_ticks(void);
/* value * factor >> 32, of 128 bits; for what the counter says (<platform/clock.h>). */
static inline uint64_t cpu_scale(uint64_t value, uint64_t factor);
/* Take what interrupts are pending: enable, let them be noted, disable. The caller holds the lock or waits for it. */
void cpu_interrupt_window(void);
/* Sleep until an interrupt was noted. Lock not held. */
void cpu_wait(void);
/* Leave the kernel by this context, whatever is on the stack: as a context that an entry below returns. */
_Noreturn void cpu_resume(struct arch_context *context);
/* Print the kernel's own backtrace, one `  #n 0xaddress` a line, through kprintf(); between return addresses may be
 * others. */
void cpu_backtrace(void);

/* ---- called by the port ---- */

/* The first CPU, after the platform is set up and memory mapped; and each other CPU. */
_Noreturn void kernel_start(void);
_Noreturn void kernel_start_cpu(unsigned id);
/*
 * System call by the running thread, on the fast path. Its context is short and holds pc, sp, flags, thread and frame
 * pointer; the tag, of 32 bits, and the four words are in registers that C functions preserve. Returns another context,
 * to which they belong (context_receive()); or NULL: nothing was done, and kernel_ipc() is to do it.
 */
struct arch_context *kernel_message(ennead_word target, uint32_t tag, struct arch_context *context);
/* The same where those 16 bits are not 0: beside other CPUs, or with the FPU on. `cpu` is this one. */
struct arch_context *kernel_message_beside(ennead_word target, uint32_t tag, struct arch_context *own, struct cpu *cpu);
/* The same, with the lock if there are others: where PORT_CALLS_AGAIN, if that one did nothing. */
struct arch_context *kernel_message_again(ennead_word target, uint32_t tag, struct arch_context *own);
/* System call by the running thread, whose context holds all arguments. */
struct arch_context *kernel_ipc(void);
/* A translation was missing or forbade `access` (one ennead_right). The context is full. */
struct arch_context *kernel_page_fault(ennead_word address, unsigned access);
/* Any other trap from user mode. The context is full. */
struct arch_context *kernel_exception(enum ennead_exception kind, uint64_t port_code, ennead_word address);
/* The FPU was used while off. The context is full. */
struct arch_context *kernel_fpu_trap(void);
/* After an interrupt from user mode was noted. The context is full. */
struct arch_context *kernel_interrupted(void);

/*
 * Note an interrupt: from user mode before kernel_interrupted(), from cpu_interrupt_window() and cpu_wait(). The
 * port has masked or acknowledged it so that it does not come again before platform_irq_unmask(). No lock.
 */
void interrupt_note_source(unsigned source);
void interrupt_note_timer(void);
void interrupt_note_ipi(void);

#endif
