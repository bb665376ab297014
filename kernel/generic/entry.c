/*
 * The way into the kernel and out of it. Every entry takes the lock, does its work for the running thread, and
 * leaves through leave(), which handles what was noted meanwhile and decides who runs. Two entries are elsewhere:
 * kernel_message() in fastpath.c, kernel_ipc() in short_calls.c.
 */
#include "boot.h"
#include "cpu.h"
#include "endpoint.h"
#include "ipc.h"
#include "leave.h"
#include "sched.h"
#include "space.h"

void interrupt_note_source(unsigned source)
{
    struct cpu *cpu = this_cpu();
    cpu->noted_irq[source / 32] |= 1u << source % 32;
    cpu->noted_irqs = true;
    cpu->noted = true;
}

void interrupt_note_timer(void)
{
    this_cpu()->noted_timer = true;
    this_cpu()->noted = true;
}

void interrupt_note_ipi(void)
{
    cpu_serve_requests();
    this_cpu()->noted = true;
}

static void handle_source(struct cpu *cpu)
{
    unsigned i = 0;
    while (!cpu->noted_irq[i])
        i++;
    unsigned source = i * 32 + (unsigned)__builtin_ctz(cpu->noted_irq[i]);
    cpu->noted_irq[i] &= cpu->noted_irq[i] - 1;

    uint32_t rest = 0;
    for (; i < IRQ_WORDS; i++)
        rest |= cpu->noted_irq[i];
    cpu->noted_irqs = rest != 0;
    irq_taken(source);
}

static __attribute__((noinline)) void handle_timer(struct cpu *cpu)
{
    cpu->quiet_until = TIMER_NEVER;
    cpu->clock_stale = true;
    cpu->noted_timer = false;
    if (clock_next(cpu) > cpu_ticks())
        return; /* what it was set for is no longer what comes first */
    sched_charge(cpu, cpu->charged);
    cpu->noted_timer = deadlines_expire(cpu);
}

static bool is_more_noted(const struct cpu *cpu)
{
    return cpu->noted || !list_empty(&cpu->starved);
}

static RARE void handle_rest(struct cpu *cpu)
{
    if (!list_empty(&cpu->starved)) {
        struct thread *thread = CONTAINER_OF(cpu->starved.next, struct thread, queue_link);
        list_remove(&thread->queue_link);
        fault_note(thread, ENNEAD_FAULT_TIME, 0, 0, 0);
        fault_raise(thread);
    } else if (cpu->noted_vacated) {
        cpu_interrupt_window(); /* the mapping moved a moment ago, and what comes now comes first */
        if (!cpu->noted_irqs && !cpu->noted_timer)
            cpu->noted_vacated = map_remove_vacated();
    }
}

/* One interrupt taken, or some deadlines, or one thread's time fault, or one entry of a map out of it. */
static void handle_noted(struct cpu *cpu)
{
    if (cpu->noted_irqs) {
        handle_source(cpu);
    } else if (cpu->noted_timer) {
        handle_timer(cpu);
    } else {
        handle_rest(cpu);
    }
    cpu->noted = cpu->noted_any;
}

/* Make this CPU ready to run the thread. */
static void switch_to(struct cpu *cpu, struct thread *thread)
{
    struct space *space = thread->space;
    if (cpu->space != space) {
        if (cpu->among_others)
            space->active_on[cpu->arch.id] = true;
        mmu_activate(&space->mmu);
        cpu->space = space;
    }
    if (cpu->fpu_on != (cpu->fpu_owner == thread))
        fpu_switch(cpu, thread);
    if (cpu->charged != thread->run)
        sched_charge(cpu, thread->run);
    /* Whether others have deadlines does not show in what a message costs. */
    if (cpu->clock_stale)
        clock_program(cpu);
}

static void idle(struct cpu *cpu)
{
    if (cpu->charged)
        sched_charge(cpu, NULL);
    fpu_switch(cpu, NULL);
    clock_program(cpu);
    lock_release(cpu);
    cpu_wait();
    lock_acquire(cpu);
}

/* There is more to do, but not before others had the lock. Who waits for another CPU looks at interrupts here alone. */
static void let_others(struct cpu *cpu)
{
    if (cpu->yield)
        cpu_interrupt_window();
    cpu->yield = false;
    lock_release(cpu);
    cpu_serve_requests();
    cpu_relax();
    lock_acquire(cpu);
}

static void handle_all_noted(struct cpu *cpu)
{
    while (is_more_noted(cpu)) {
        handle_noted(cpu);
        if (!is_more_noted(cpu))
            break;
        cpu_interrupt_window();
        if (!cpu->noted_vacated)
            let_others(cpu);
    }
}

/* See to what is due until a thread can go on; that thread. */
static struct thread *settle(struct cpu *cpu)
{
    for (;;) {
        handle_all_noted(cpu);
        sched_pick(cpu);
        struct thread *thread = cpu->current;
        if (is_more_noted(cpu))
            continue;
        if (!thread) {
            idle(cpu);
        } else if (!sched_context_has_time(thread->run)) {
            continue; /* it was used up as somebody else's turn came */
        } else if (thread->again) {
            let_others(cpu);
            if (cpu->current != thread || thread->state != ENNEAD_THREAD_READY || is_more_noted(cpu))
                continue;
            thread->again = false;
            if (thread->finishing)
                invoke_finish(thread);
            else
                ipc_system_call(thread);
        } else {
            return thread;
        }
    }
}

struct arch_context *leave_settled(struct cpu *cpu)
{
    struct thread *thread = settle(cpu);
    switch_to(cpu, thread);
    cpu->poked = false; /* it was seen to, whatever it was */
    lock_release(cpu);
    return &thread->context;
}

struct arch_context *leave_unlocked(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    lock_release(cpu);
    return &thread->context;
}

__attribute__((noinline)) struct arch_context *leave_entry(struct cpu *cpu)
{
    return leave(cpu);
}

/* The running thread's fault, which is noted. */
static struct arch_context *raise_fault(struct cpu *cpu)
{
    struct arch_context *handler = fastpath_fault(cpu, cpu->current);
    if (handler)
        return leave_to(cpu, handler);
    fault_raise(cpu->current);
    return leave_entry(cpu);
}

struct arch_context *kernel_page_fault(ennead_word address, unsigned access)
{
    struct cpu *cpu = this_cpu();
    lock_acquire(cpu);
    struct thread *thread = cpu->current;
    if (cpu->noted)
        return leave_entry(cpu); /* and it faults again */
    if (address < PORT_USER_END && map_fill(thread->space, address, access))
        return leave_entry(cpu);
    if (address < PORT_USER_END)
        fault_note(thread, ENNEAD_FAULT_PAGE, address, access, 0);
    else
        fault_note(thread, ENNEAD_FAULT_EXCEPTION, ENNEAD_EXCEPTION_ACCESS, access, address);
    return raise_fault(cpu);
}

struct arch_context *kernel_exception(enum ennead_exception kind, uint64_t port_code, ennead_word address)
{
    struct cpu *cpu = this_cpu();
    lock_acquire(cpu);
    fault_note(cpu->current, ENNEAD_FAULT_EXCEPTION, kind, port_code, address);
    return raise_fault(cpu);
}

struct arch_context *kernel_fpu_trap(void)
{
    struct cpu *cpu = this_cpu();
    lock_acquire(cpu);
    fpu_claim(cpu, cpu->current);
    return leave_entry(cpu);
}

struct arch_context *kernel_interrupted(void)
{
    struct cpu *cpu = this_cpu();
    lock_acquire(cpu);
    return leave_entry(cpu);
}

/* The first has the lock, and all others are here when it comes. */
void cpu_join(struct cpu *cpu)
{
    if (cpu != &cpus[0]) {
        cpu_say_arrived(cpu->arch.id);
        lock_acquire(cpu);
    }
    if (!cpu_comes_late)
        mmu_release_boot_only();
    cpu_resume(leave_entry(cpu));
}
