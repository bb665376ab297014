/* Processors, entries into the kernel, and power on. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct model model;

void model_fail(const char *why)
{
    fprintf(stderr, "model: %s does not hold\n", why);
    abort();
}

/* ---- between processors ---- */

void m_poke(unsigned cpu)
{
    if (cpu != model.this_cpu)
        model.cpu[cpu].poked = true;
}

bool m_preemption_point(void)
{
    model.preemption_points++;
    if (model.preempt_at > 1)
        model.preempt_at--;
    else if (model.preempt_at)
        here()->noted = true;
    return here()->noted || here()->yield;
}

void m_vacated(void)
{
    model.vacated++;
    here()->noted = true;
}

static void leave(struct m_cpu *cpu);

/* A processor is in the kernel until it leaves; another may come in meanwhile, while it waits. */
static void enter(unsigned cpu)
{
    model.this_cpu = cpu;
    model.cpu[cpu].inside = true;
    model.inside++;
}

static void enter_and_leave(unsigned cpu)
{
    unsigned before = model.this_cpu;
    if (!model.cpu[cpu].inside)
        enter(cpu);
    leave(&model.cpu[cpu]);
    model.inside--;
    model.cpu[cpu].inside = false;
    model.this_cpu = before;
}

/* Its interrupt is to come: once, as the timer is set anew only when the processor leaves the kernel or sleeps. */
static bool timer_is_due(const struct m_cpu *cpu)
{
    return !cpu->timer_taken && m_timer(cpu) <= model.now;
}

/* Interrupts between processors and timers that are due, of all but one processor, until there are none. */
static void deliver(unsigned but)
{
    for (unsigned i = 0; i < model.machine.cpus; i++) {
        struct m_cpu *cpu = &model.cpu[i];
        if (i == but || cpu->inside || !(cpu->poked || timer_is_due(cpu)))
            continue;
        if (cpu->poked) {
            cpu->poked = false;
            cpu->noted = true;
            enter_and_leave(i);
        }
        if (timer_is_due(cpu)) {
            cpu->noted_timer = cpu->noted = cpu->timer_taken = true;
            enter_and_leave(i);
        }
        i = UINT32_MAX;
    }
}

/* Processors that let another one go on in the middle of an entry go on themselves, each once. */
static bool let_waiting(unsigned but)
{
    bool any = false;
    for (unsigned i = 0; i < model.machine.cpus; i++) {
        struct m_cpu *cpu = &model.cpu[i];
        if (i == but || cpu->inside || !cpu->waits)
            continue;
        cpu->waits = false;
        cpu->noted = true;
        enter_and_leave(i);
        any = true;
    }
    return any;
}

/* ---- one processor ---- */

static bool is_more_noted(const struct m_cpu *cpu)
{
    return cpu->noted || cpu->starved.first;
}

static bool has_sources(const struct m_cpu *cpu)
{
    for (unsigned source = 0; source < MODEL_SOURCES; source++)
        if (cpu->noted_irq[source / 32] >> source % 32 & 1)
            return true;
    return false;
}

static void handle_source(struct m_cpu *cpu)
{
    unsigned source = 0;
    while (!(cpu->noted_irq[source / 32] >> source % 32 & 1))
        source++;
    cpu->noted_irq[source / 32] &= ~(1u << source % 32);
    m_irq_taken(source);
}

static void handle_noted(struct m_cpu *cpu)
{
    struct m_object *starved = cpu->starved.first;
    if (has_sources(cpu)) {
        handle_source(cpu);
    } else if (cpu->noted_timer) {
        m_charge(cpu, cpu->charged);
        cpu->noted_timer = m_expire(cpu);
    } else if (starved) {
        m_take_out(starved);
        m_fault_raise(starved, ENNEAD_FAULT_TIME, 0, 0, 0);
    } else if (model.vacated) {
        (void)m_preemption_point();
        if (!has_sources(cpu) && !cpu->noted_timer)
            model.vacated--;
    }
    cpu->noted = has_sources(cpu) || cpu->noted_timer || model.vacated;
}

/* False: it came in while another waited, which goes on first, and comes back later. */
static bool let_others(struct m_cpu *cpu)
{
    if (cpu->yield)
        (void)m_preemption_point();
    cpu->yield = false;
    (void)let_waiting(model.this_cpu);
    deliver(model.this_cpu);
    cpu->waits = model.inside > 1;
    return !cpu->waits;
}

static bool handle_all_noted(struct m_cpu *cpu)
{
    while (is_more_noted(cpu)) {
        handle_noted(cpu);
        if (!is_more_noted(cpu))
            break;
        (void)m_preemption_point();
        if (!model.vacated && !let_others(cpu))
            return false;
    }
    return true;
}

/* Everything noted is handled, then whoever is to run does; a call that was preempted goes on. */
static void leave(struct m_cpu *cpu)
{
    for (;;) {
        if (!handle_all_noted(cpu))
            return;
        m_pick(cpu);
        struct m_object *thread = cpu->current;
        if (is_more_noted(cpu))
            continue;
        if (!thread) {
            if (cpu->charged)
                m_charge(cpu, NULL);
            cpu->timer_taken = false;
            return;
        }
        if (!m_has_time(thread->thread.run))
            continue;
        if (!thread->thread.again) {
            if (cpu->charged != thread->thread.run)
                m_charge(cpu, thread->thread.run);
            cpu->timer_taken = false;
            return;
        }
        if (!let_others(cpu))
            return;
        if (cpu->current != thread || thread->thread.state != ENNEAD_THREAD_READY || is_more_noted(cpu))
            continue;
        thread->thread.again = false;
        m_system_call(thread);
    }
}

/* ---- events ---- */

struct m_object *model_current(unsigned cpu)
{
    return model.cpu[cpu].current;
}

static void deliver_all(void)
{
    do
        deliver(UINT32_MAX);
    while (let_waiting(UINT32_MAX));
}

void model_ipc(unsigned cpu, ennead_word target, uint32_t tag, const ennead_word word[ENNEAD_MSG_REG_WORDS])
{
    struct m_object *thread = model.cpu[cpu].current;
    thread->thread.target = target;
    thread->thread.tag = tag;
    memcpy(thread->thread.word, word, sizeof thread->thread.word);
    enter(cpu);
    m_system_call(thread);
    enter_and_leave(cpu);
    deliver_all();
}

uint8_t *model_access(unsigned cpu, ennead_word address, unsigned access)
{
    struct m_object *thread = model.cpu[cpu].current;
    struct m_entry *entry = m_find(thread->thread.space, address);
    thread->thread.full = true;
    if (entry && entry->dropping != M_DROP_DELETE && entry->node.rights & access)
        return &model.ram[entry->phys + (address - entry->base)];
    enter(cpu);
    if (address >= model.machine.user_end)
        m_fault_raise(thread, ENNEAD_FAULT_EXCEPTION, ENNEAD_EXCEPTION_ACCESS, access, address);
    else
        m_fault_raise(thread, ENNEAD_FAULT_PAGE, address, access, 0);
    enter_and_leave(cpu);
    deliver_all();
    return NULL;
}

void model_exception(unsigned cpu, unsigned kind)
{
    struct m_object *thread = model.cpu[cpu].current;
    thread->thread.full = true;
    enter(cpu);
    m_fault_raise(thread, ENNEAD_FAULT_EXCEPTION, kind, 0, 0);
    enter_and_leave(cpu);
    deliver_all();
}

void model_interrupt(unsigned cpu)
{
    enter_and_leave(cpu);
    deliver_all();
}

void model_raise(unsigned source)
{
    if (model.irq_masked[source])
        return;
    model.irq_masked[source] = true;
    model.cpu[0].noted_irq[source / 32] |= 1u << source % 32;
    model.cpu[0].noted = true;
    enter_and_leave(0);
    deliver_all();
}

void model_advance(uint64_t ns)
{
    model.now += ns;
    deliver_all();
}

/* ---- power on ---- */

static struct m_object *first_pool, *first_space, *first_thread;

void model_power_on(const struct model_machine *machine, uint64_t pool_phys, uint64_t pool_bytes)
{
    memset(&model, 0, offsetof(struct model, block_order));
    memset(model.block_order, 0, sizeof model.block_order);
    memset(model.object_at, 0, sizeof model.object_at);
    model.object_top = model.entry_top = model.slot_page_top = 0;
    model.free_object_count = model.free_slot_page_count = 0;
    model.free_entries = NULL;
    model.machine = *machine;
    memset(model.irq_masked, 1, sizeof model.irq_masked);
    memset(model.ram, 0, sizeof model.ram);
    memset(model.ram, 0xa5, machine->ram_bytes);
    memset(&model.ram[pool_phys], 0, pool_bytes);
    first_pool = m_object_new(ENNEAD_TYPE_POOL, pool_phys);
    m_pool_format(first_pool, pool_bytes);
}

struct m_object *model_boot_object(unsigned type)
{
    struct m_object *object = m_object_make(first_pool, type, m_order_of(type));
    MUST(object);
    object->container = NULL;
    return object;
}

void model_boot_give(unsigned slot, struct m_object *object, unsigned rights)
{
    m_insert_root(m_slot(first_space, slot), object, rights);
}

struct m_object *model_boot_region(unsigned slot, uint64_t base, uint64_t size, unsigned flags, unsigned cache,
                                   unsigned rights)
{
    struct m_object *region = model_boot_object(ENNEAD_TYPE_REGION);
    region->region = (struct m_region){.base = base, .size = size, .flags = (uint8_t)flags, .cache = (uint8_t)cache};
    model_boot_give(slot, region, rights);
    return region;
}

void model_boot_map(struct m_object *region, uint64_t address, uint64_t phys, unsigned order, unsigned rights)
{
    struct m_entry *entry = m_map_insert(first_space, address, order, phys);
    uint64_t offset = phys - region->region.base, end = offset + (1ull << order);
    m_insert(region->root, &entry->node, region, rights);
    entry->node.kind = M_ENTRY;
    if (!region->region.mappings++)
        region->region.mapped_low = offset;
    if (offset < region->region.mapped_low)
        region->region.mapped_low = offset;
    if (end > region->region.mapped_high)
        region->region.mapped_high = end;
}

void model_boot_root(unsigned entry_pages, uint64_t utcb_address, unsigned priority)
{
    uint64_t missing;
    first_space = model_boot_object(ENNEAD_TYPE_SPACE);
    m_space_start(first_space);
    first_thread = model_boot_object(ENNEAD_TYPE_THREAD);
    m_context_start(first_thread, 0, 0, 0);
    struct m_object *context = model_boot_object(ENNEAD_TYPE_SCHED_CONTEXT);
    m_context_start_time(context);
    struct m_object *irq = model_boot_object(ENNEAD_TYPE_IRQ);
    irq->irq.source = ENNEAD_IRQ_ROOT;
    model_boot_give(ENNEAD_ROOT_SPACE, first_space, ENNEAD_RIGHTS_ALL);
    model_boot_give(ENNEAD_ROOT_THREAD, first_thread, ENNEAD_RIGHTS_ALL);
    model_boot_give(ENNEAD_ROOT_SCHED_CONTEXT, context, ENNEAD_RIGHTS_ALL);
    model_boot_give(ENNEAD_ROOT_POOL, first_pool, ENNEAD_RIGHTS_ALL);
    model_boot_give(ENNEAD_ROOT_IRQ, irq, ENNEAD_RIGHTS_ALL);
    unsigned error = m_space_grow(first_space, ENNEAD_TABLE_ENTRIES, entry_pages, &missing);
    error = error ? error : m_space_add_utcb(first_space, utcb_address, &missing);
    error = error ? error : m_bind(first_thread, first_space, utcb_address);
    error = error ? error : m_context_bind(context, first_thread);
    MUST(!error);
    first_thread->thread.priority = first_thread->thread.priority_max = (uint8_t)priority;
}

void model_boot_start(ennead_word pc, ennead_word sp, ennead_word argument)
{
    m_context_start(first_thread, pc, sp, argument);
    m_wake(first_thread);
    for (unsigned i = 0; i < model.machine.cpus; i++)
        enter_and_leave(i);
    deliver_all();
}
