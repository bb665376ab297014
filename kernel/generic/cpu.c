/* What CPUs ask of each other: see cpu.h. */
#include "cpu.h"
#include "space.h"
#include "thread.h"

struct cpu cpus[ENNEAD_CPUS_MAX];
unsigned cpu_count = 1;
bool cpu_comes_late;

void cpu_say_arrived(unsigned id)
{
    while (!cpu_arrived(id))
        cpu_relax();
}

void cpu_poke(struct cpu *cpu)
{
    if (cpu == this_cpu())
        return;
    cpu->poked = true;
    cpu_send_ipi(cpu->arch.id);
}

void cpu_serve_requests(void)
{
    struct cpu *cpu = this_cpu();
    if (__atomic_load_n(&cpu->leave_requested, __ATOMIC_ACQUIRE)) {
        mmu_activate(NULL);
        mmu_flush_cpu();
        cpu->space = NULL;
        __atomic_store_n(&cpu->leave_requested, false, __ATOMIC_RELEASE);
    }
    if (__atomic_load_n(&cpu->flush_requested, __ATOMIC_ACQUIRE)) {
        mmu_flush_cpu();
        __atomic_store_n(&cpu->flush_requested, false, __ATOMIC_RELEASE);
    }
    if (__atomic_load_n(&cpu->fpu_requested, __ATOMIC_ACQUIRE)) {
        fpu_save_owner(cpu);
        __atomic_store_n(&cpu->fpu_requested, false, __ATOMIC_RELEASE);
    }
}

void cpu_request(struct cpu *cpu, bool *request)
{
    __atomic_store_n(request, true, __ATOMIC_RELEASE);
    cpu_send_ipi(cpu->arch.id);
}

void cpu_await(const bool *request)
{
    while (__atomic_load_n(request, __ATOMIC_ACQUIRE)) {
        cpu_interrupt_window();
        cpu_relax();
    }
}

/* A CPU that was asked to flush has done it. */
static __attribute__((noinline)) void await_flush(const struct cpu *cpu, struct space *space)
{
    cpu_await(&cpu->flush_requested);
    if (cpu->space == space)
        return;
    space->active_on[cpu->arch.id] = false;
    mmu_forget_name(&space->mmu, cpu->arch.id); /* what is at hand is in use */
}

void cpu_shoot_down(struct space *space)
{
    struct cpu *self = this_cpu();
    for (unsigned i = 0; i < cpu_count; i++)
        if (space->active_on[i] && &cpus[i] != self)
            cpu_request(&cpus[i], &cpus[i].flush_requested);
    for (unsigned i = 0; i < cpu_count; i++)
        if (space->active_on[i] && &cpus[i] != self)
            await_flush(&cpus[i], space);
}

void cpu_retire_space(struct space *space)
{
    struct cpu *self = this_cpu();
    if (self->space == space) {
        mmu_activate(NULL);
        self->space = NULL;
    }
    for (unsigned i = 0; i < cpu_count; i++) {
        if (cpus[i].space != space)
            continue;
        cpu_request(&cpus[i], &cpus[i].leave_requested);
        cpu_await(&cpus[i].leave_requested);
    }
    cpu_shoot_down(space);
    mmu_retire(&space->mmu);
    for (unsigned i = 0; i < cpu_count; i++)
        space->active_on[i] = false;
}
