/*
 * The simulated machine of the host port, as tests and fuzzers drive it. Nothing here is deterministic but by
 * what the caller does: there is no thread, no clock and no signal behind it.
 */
#ifndef HOST_H
#define HOST_H

#include "thread.h"

#include <setjmp.h>

enum host_mmu { HOST_MMU_TABLE, HOST_MMU_SOFT_TLB, HOST_MMU_NONE, HOST_MMU_KINDS };

struct host_config {
    unsigned cpus;
    uint64_t ram_bytes;
    enum host_mmu mmu;
    const void *archive; /* NULL: a small valid one is made */
    uint64_t archive_bytes;
    uint64_t window_bytes;                     /* how much RAM the kernel reaches; 0: all */
    bool fpu_is_eager;                         /* a unit that is off can be read */
    void (*board)(struct platform_info *info); /* NULL, or changes what the board says of itself */
    uint64_t boot_only, boot_only_bytes;       /* where in RAM the image would have what runs at boot alone */
    bool cpu_comes_late;                       /* one more was given up */
};

/* Power on. False if the kernel refused to boot: host_message() says why. */
bool host_boot(const struct host_config *config);
void host_power_off(void);
const char *host_message(void); /* what the kernel printed last */
void host_forget_message(void);
unsigned host_released_boot_only(void); /* how many CPUs were told that this is memory as any other */
/* True if the function returned, false if the kernel ended the machine in it, which is off then. */
bool host_survives(void (*function)(void));

/* ---- user mode ---- */
/* What the thread that runs on a CPU does next; NULL from host_current() while the CPU is idle. */
struct thread *host_current(unsigned cpu);
void host_ipc(unsigned cpu, ennead_word target, uint32_t tag, const ennead_word word[ENNEAD_MSG_REG_WORDS]);
/* System calls from now on go the general way only, or may take the fast path, as after power on. */
void host_take_fast_path(bool taken);
uint64_t host_fast_messages(void); /* that took it since boot */
/* Access memory as the running thread: true if it was done, false if that ended in a fault message or a stop. */
bool host_load(unsigned cpu, ennead_word address, uint64_t *value);
bool host_store(unsigned cpu, ennead_word address, uint64_t value);
bool host_fetch(unsigned cpu, ennead_word address);
void host_exception(unsigned cpu, enum ennead_exception kind);
void host_use_fpu(unsigned cpu, uint64_t value); /* write the unit's registers */
uint64_t host_read_fpu(unsigned cpu);

/* ---- events ---- */
void host_advance_ns(uint64_t ns); /* timers that are due interrupt their CPU */
void host_raise_irq(unsigned source);
bool host_irq_is_masked(unsigned source);
/* Every preemption point from the n-th on finds an interrupt pending, until this is called with 0. */
void host_preempt_at(unsigned n);
unsigned host_preemption_points(void); /* passed since boot */
uint64_t host_last_store(void);        /* the physical address of a device that the kernel wrote to last */
/* What another CPU does while one spins in the kernel, once; NULL: what its interrupts make it do. */
void host_on_relax(void (*function)(void));

#endif
