/* What the host port's own files share: the state of the simulated machine. */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#include "cpu.h"
#include "host.h"

#define HOST_TLB_ENTRIES 4096u
#define HOST_MSI_FIRST   64u

struct host_translation {
    uint64_t base;
    uint64_t phys;
    uint32_t tag;
    uint8_t order_log2;
    uint8_t rights;
    uint8_t valid;
};

struct host_cpu {
    struct host_translation tlb[HOST_TLB_ENTRIES];
    unsigned tlb_used;
    bool fpu_on;
    struct arch_fpu fpu;
    uint64_t timer_ns;
    bool ipi_pending;
    bool waits_for_lock; /* let another CPU go on in the middle of an entry, and comes back */
    bool inside;         /* the kernel */
};

struct host_machine {
    struct host_config config;
    struct host_cpu cpu[ENNEAD_CPUS_MAX];
    uint64_t now_ns;
    uint8_t irq_masked[256];
    uint8_t msi_used[256];
    char message[512];
    unsigned message_length;
    unsigned inside; /* CPUs that are inside the kernel */
    unsigned preempt_at;
    unsigned released_boot_only;
    bool is_entering; /* with a message that is beside something, and has not come to a window yet */
    unsigned preemption_points;
    uint32_t next_tag;
    bool no_fast_path;
    uint64_t fast_messages;
    jmp_buf ended;
    bool may_end;
    void (*on_relax)(void);
};

extern struct host_machine host;

/* Look a translation up in a CPU's TLB and, where there is one, in the active table. */
struct host_translation *host_translate(unsigned cpu, ennead_word address);
/* Enter the kernel on a CPU; returns when user mode goes on there, or nobody runs. */
void host_enter(unsigned cpu, struct arch_context *(*entry)(void));
/* Deliver IPIs and due timers to CPUs that run in user mode or idle. */
void host_deliver(void);

/* user.c: kernel_message() of CPU `host_cpu`, or kernel_message_beside(). */
struct arch_context *host_enter_message(ennead_word target, uint32_t tag);

#endif
