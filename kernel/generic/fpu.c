/* Who owns the FPU: state moves only when another thread uses the unit, or its owner runs on another CPU. */
#include "cpu.h"
#include "thread.h"

static void set(struct cpu *cpu, bool on)
{
    if (cpu->fpu_on != on)
        fpu_set(on);
    cpu->fpu_on = on;
    cpu->fpu_is_on = on;
}

void fpu_save_owner(struct cpu *cpu)
{
    struct thread *owner = cpu->fpu_owner;
    if (owner) {
        set(cpu, true);
        fpu_save(&owner->fpu);
        owner->fpu_cpu = 0;
        cpu->fpu_owner = NULL;
    }
    set(cpu, false);
}

void fpu_flush(struct thread *thread)
{
    if (!thread->fpu_cpu)
        return;
    struct cpu *cpu = &cpus[thread->fpu_cpu - 1];
    if (cpu == this_cpu()) {
        fpu_save_owner(cpu);
        return;
    }
    cpu_request(cpu, &cpu->fpu_requested);
    cpu_await(&cpu->fpu_requested);
}

/* Nothing of the last owner stays readable where the port says that a unit that is off can be read. */
static void clear_unit(struct cpu *cpu)
{
    static struct arch_fpu clean;
    fpu_save_owner(cpu);
    fpu_init(&clean);
    set(cpu, true);
    fpu_load(&clean);
    set(cpu, false);
}

void fpu_switch(struct cpu *cpu, struct thread *next)
{
    bool owned = next && cpu->fpu_owner == next;
    if (fpu_is_eager() && cpu->fpu_owner && !owned)
        clear_unit(cpu);
    set(cpu, owned);
}

void fpu_claim(struct cpu *cpu, struct thread *thread)
{
    fpu_flush(thread);
    fpu_save_owner(cpu);
    if (!thread->uses_fpu)
        fpu_init(&thread->fpu);
    thread->uses_fpu = true;
    set(cpu, true);
    fpu_load(&thread->fpu);
    cpu->fpu_owner = thread;
    thread->fpu_cpu = (uint8_t)(cpu->arch.id + 1);
}
