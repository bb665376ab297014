/* One event after the other: see generate.h. Everything here reads the model and writes an event. */
#include "draft.h"

static void touch_memory(void)
{
    const struct m_entry *entry = pick_entry(space, one_in(6) ? M_UTCB : M_ENTRY);
    e->kind = (uint8_t)(EVENT_LOAD + below(3));
    e->target = entry && !one_in(6) ? entry->base + below(1u << (entry->order - 3 > 20 ? 20 : entry->order - 3)) * 8u
                                    : hostile() & ~7ull;
    if (sizeof(ennead_word) < 8)
        e->target = (uint32_t)e->target;
    e->value = random64();
}

static void use_processor(void)
{
    static const uint8_t kinds[] = {EVENT_EXCEPTION, EVENT_FPU_WRITE, EVENT_FPU_READ};
    e->kind = kinds[below(3)];
    e->target = e->kind == EVENT_EXCEPTION ? below(8) : 0;
    e->value = random64();
}

static void hardware(void)
{
    if (one_in(3)) {
        e->kind = EVENT_RAISE;
        e->target = below(one_in(4) ? 72 : 8);
    } else {
        e->kind = EVENT_ADVANCE;
        e->target = below(one_in(4) ? 2000000 : 100000);
    }
}

void generate(struct event *event)
{
    unsigned cpu = below(model.machine.cpus);
    for (unsigned i = 0; i < model.machine.cpus && !model_current(cpu); i++)
        cpu = (cpu + 1) % model.machine.cpus;
    begin(event, cpu);
    if (one_in(8))
        e->preempt = (uint8_t)(1 + below(one_in(4) ? 40 : 4));
    if (!thread || one_in(14))
        hardware();
    else if (is_root())
        root_acts();
    else if (one_in(24) && plain_message())
        return;
    else if (one_in(14))
        touch_memory();
    else if (one_in(20))
        use_processor();
    else if (!thread->thread.utcb_phys && one_in(2))
        mute_call();
    else if (one_in(3))
        message_call();
    else if (!one_in(3))
        aimed_call();
    else
        object_call();
}
