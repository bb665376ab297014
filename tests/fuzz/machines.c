/* Power on, and events: see machines.h. */
#include "machines.h"
#include "cpu.h"
#include "machine.h"
#include "pool.h"
#include "space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT_PRIORITY 63u

unsigned root_ram_slot, root_device_slot, root_io_slot, root_archive_slot;

static uint64_t model_port[16];

/* The model's devices are those of the simulated machine. */
static bool io_load(bool mmio, uint64_t base, uint64_t offset, unsigned width, uint64_t *value)
{
    if (mmio) {
        *value = base + offset;
        return true;
    }
    if (base != 0 || width > 4)
        return false;
    *value = model_port[offset];
    return true;
}

static bool io_store(bool mmio, uint64_t base, uint64_t offset, unsigned width, uint64_t value)
{
    if (mmio)
        return true;
    if (base == 0 && width <= 4)
        model_port[offset] = value;
    return base == 0 && width <= 4;
}

static void msi(unsigned cpu, unsigned source, uint64_t *address, uint64_t *data)
{
    *address = 0xfee00000u + (cpu << 12);
    *data = source;
}

static uint64_t free_tables(uint64_t space_phys)
{
    return mmu_free_tables(&((struct space *)phys_to_virt(space_phys))->mmu);
}

/* The same power on for the model, as the boot information that the kernel wrote describes it. */
static void boot_model(unsigned cpus)
{
    struct model_machine machine = {.cpus = cpus,
                                    .ram_bytes = FUZZ_RAM_BYTES,
                                    .user_end = PORT_USER_END,
                                    .page_sizes = PORT_PAGE_SIZES,
                                    .page_log2 = PORT_PAGE_LOG2,
                                    .registers = HOST_REGISTERS,
                                    .irq_sources = HOST_MSI_FIRST,
                                    .msi_first = HOST_MSI_FIRST,
                                    .msi_count = 8,
                                    .msi = msi,
                                    .free_tables = free_tables,
                                    .io_load = io_load,
                                    .io_store = io_store};
    const uint64_t archive = 4 * 4096, pool = archive, pool_bytes = 512 * 1024, info_page = pool + pool_bytes;
    const struct ennead_boot_info *info = phys_to_virt(info_page);
    memset(model_port, 0, sizeof model_port);
    model_power_on(&machine, pool, pool_bytes);
    model_boot_root(4, info->utcb_address, ROOT_PRIORITY);
    struct m_object *region = model_boot_region(ENNEAD_ROOT_FIRST_RESOURCE, info_page, 4096, ENNEAD_REGION_RAM,
                                                ENNEAD_CACHE_NORMAL, ENNEAD_RIGHT_READ);
    model_boot_map(region, 0x0e010000, info_page, 12, ENNEAD_RIGHT_READ);
    for (unsigned i = 0, io = 0; i < info->resource_count; i++) {
        const struct ennead_resource *resource = &info->resources[i];
        unsigned kind = resource->kind;
        unsigned flags = kind == ENNEAD_RESOURCE_RAM       ? ENNEAD_REGION_RAM | ENNEAD_REGION_POOLABLE
                         : kind == ENNEAD_RESOURCE_ARCHIVE ? ENNEAD_REGION_RAM
                         : kind == ENNEAD_RESOURCE_IO      ? ENNEAD_REGION_UNMAPPABLE
                                                           : 0u;
        unsigned cache = flags & ENNEAD_REGION_RAM ? ENNEAD_CACHE_NORMAL : ENNEAD_CACHE_DEVICE;
        uint64_t base = kind == ENNEAD_RESOURCE_IO ? io++ : resource->base;
        region = model_boot_region(resource->slot, base, resource->size, flags, cache, ENNEAD_RIGHTS_ALL);
        if (kind == ENNEAD_RESOURCE_RAM)
            root_ram_slot = resource->slot;
        if (kind == ENNEAD_RESOURCE_ARCHIVE)
            root_archive_slot = resource->slot;
        if (kind == ENNEAD_RESOURCE_DEVICE)
            root_device_slot = resource->slot;
        if (kind == ENNEAD_RESOURCE_IO && base == 0)
            root_io_slot = resource->slot;
    }
    /* The archive's root image: a page of text, one of data; then all of the archive. */
    model_boot_map(region, 0x400000, 4096, 12, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_EXECUTE);
    model_boot_map(region, 0x401000, 8192, 12, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE);
    model_boot_map(region, 0x10000000, 0, 14, ENNEAD_RIGHT_READ);
    memcpy(&model.ram[0], host_ram, archive);
    memcpy(&model.ram[info_page], info, 4096);
    model_boot_start(0x400000, 0x402000, 0x0e010000);
}

bool machines_general_path;
uint64_t machines_fast_faults, machines_fast_calls, machines_fast_capabilities;

void machines_on(unsigned cpus, enum host_mmu mmu)
{
    struct host_config config = {.cpus = cpus, .ram_bytes = FUZZ_RAM_BYTES, .mmu = mmu};
    uint64_t before = machines_fast_calls;
    if (!host_boot(&config)) {
        fprintf(stderr, "the kernel does not boot: %s\n", host_message());
        exit(1);
    }
    machines_fast_calls = before; /* CPUs come from their boot by cpu_resume() too */
    boot_model(cpus);
}

void machines_off(void)
{
    host_power_off();
}

struct thread *kernel_thread(const struct m_object *thread)
{
    return thread_of(object_in(phys_to_virt(thread->phys), ENNEAD_TYPE_THREAD));
}

struct node *kernel_node(const struct m_node *root_node)
{
    return object_in(phys_to_virt(root_node->object->phys), root_node->object->type)->root;
}

/* User mode writes its message buffer: in both machines. */
static void write_buffer(const struct event *event, struct ennead_utcb *kernel, struct ennead_utcb *other)
{
    struct ennead_utcb *utcbs[] = {kernel, other};
    for (unsigned k = 0; k < 2; k++) {
        if (!utcbs[k])
            continue;
        for (unsigned i = ENNEAD_MSG_REG_WORDS; i < event->words; i++)
            utcbs[k]->words[i] = (ennead_word)event->word[i];
        memcpy(utcbs[k]->items, event->item, event->items * sizeof event->item[0]);
        if (event->sets_window)
            utcbs[k]->window = event->window;
    }
}

/* Drawn from what it says, so that it goes the same way when it is repeated. */
static bool may_be_fast(const struct event *event)
{
    return (event->target ^ event->target >> 8 ^ event->tag >> 16 ^ event->word[0]) % 4 != 0;
}

/*
 * Faults and their answers have a fast path inside the kernel: linked around it (--wrap), so that the kernel has no
 * switch for tests. Calls of objects without words end in cpu_resume(), and are counted there.
 */
struct arch_context *__real_fastpath_fault(struct cpu *cpu, struct thread *thread);
struct arch_context *__real_fastpath_fault_answer(struct cpu *cpu, struct thread *thread);
struct arch_context *__wrap_fastpath_fault(struct cpu *cpu, struct thread *thread);
struct arch_context *__wrap_fastpath_fault_answer(struct cpu *cpu, struct thread *thread);

_Noreturn void __real_cpu_resume(struct arch_context *context);
_Noreturn void __wrap_cpu_resume(struct arch_context *context);

struct arch_context *__real_fastpath_capability(const struct cpu *cpu, struct thread *thread, const struct node *cap);
struct arch_context *__wrap_fastpath_capability(const struct cpu *cpu, struct thread *thread, const struct node *cap);

static bool others_may_be_fast;

struct arch_context *__wrap_fastpath_capability(const struct cpu *cpu, struct thread *thread, const struct node *cap)
{
    struct arch_context *context = others_may_be_fast ? __real_fastpath_capability(cpu, thread, cap) : NULL;
    machines_fast_capabilities += context != NULL;
    return context;
}

_Noreturn void __wrap_cpu_resume(struct arch_context *context)
{
    machines_fast_calls++;
    __real_cpu_resume(context);
}

static struct arch_context *counted(struct arch_context *context)
{
    machines_fast_faults += context != NULL;
    return context;
}

struct arch_context *__wrap_fastpath_fault(struct cpu *cpu, struct thread *thread)
{
    return others_may_be_fast ? counted(__real_fastpath_fault(cpu, thread)) : NULL;
}

struct arch_context *__wrap_fastpath_fault_answer(struct cpu *cpu, struct thread *thread)
{
    return others_may_be_fast ? counted(__real_fastpath_fault_answer(cpu, thread)) : NULL;
}

static void choose_path(const struct event *event)
{
    others_may_be_fast = !machines_general_path && may_be_fast(event);
    host_take_fast_path(others_may_be_fast);
}

static const char *do_ipc(const struct event *event)
{
    ennead_word word[ENNEAD_MSG_REG_WORDS];
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        word[i] = (ennead_word)(i < event->words ? event->word[i] : event->value); /* beyond the message: anything */
    struct m_object *thread = model_current(event->cpu);
    write_buffer(event, kernel_thread(thread)->utcb, m_utcb(thread));
    host_preempt_at(event->preempt);
    model.preempt_at = event->preempt;
    uint64_t fast = host_fast_messages();
    unsigned points = host_preemption_points();
    host_ipc(event->cpu, (ennead_word)event->target, event->tag, word);
    if (host_fast_messages() != fast && host_preemption_points() == points)
        model.preempt_at = 0; /* an answer with an item is no step of its own there */
    model_ipc(event->cpu, (ennead_word)event->target, event->tag, word);
    return NULL;
}

static const char *do_access(const struct event *event)
{
    uint64_t value = 0;
    ennead_word address = (ennead_word)event->target;
    bool done = event->kind == EVENT_LOAD    ? host_load(event->cpu, address, &value)
                : event->kind == EVENT_STORE ? host_store(event->cpu, address, event->value)
                                             : host_fetch(event->cpu, address);
    uint8_t *at = model_access(event->cpu, address,
                               event->kind == EVENT_LOAD    ? ENNEAD_RIGHT_READ
                               : event->kind == EVENT_STORE ? ENNEAD_RIGHT_WRITE
                                                            : ENNEAD_RIGHT_EXECUTE);
    if (done != (at != NULL))
        return done ? "an access that the model refuses" : "an access that the model allows is refused";
    if (at && event->kind == EVENT_LOAD && memcmp(at, &value, sizeof value))
        return "a load gives another value";
    if (at && event->kind == EVENT_STORE)
        memcpy(at, &event->value, sizeof event->value);
    return NULL;
}

static const char *do_as_thread(const struct event *event)
{
    struct m_object *thread = model_current(event->cpu);
    choose_path(event);
    switch (event->kind) {
    case EVENT_IPC:
        return do_ipc(event);
    case EVENT_EXCEPTION:
        host_exception(event->cpu, (enum ennead_exception)event->target);
        model_exception(event->cpu, (unsigned)event->target);
        return NULL;
    case EVENT_FPU_WRITE:
        host_use_fpu(event->cpu, event->value);
        thread->thread.fpu = event->value;
        return NULL;
    case EVENT_FPU_READ:
        return host_read_fpu(event->cpu) == thread->thread.fpu ? NULL : "an FPU register has another value";
    default:
        return do_access(event);
    }
}

const char *machines_happen(const struct event *event)
{
    if (event->kind == EVENT_ADVANCE) {
        host_advance_ns(event->target);
        model_advance(event->target);
    } else if (event->kind == EVENT_RAISE) {
        host_raise_irq((unsigned)event->target % MODEL_SOURCES);
        model_raise((unsigned)event->target % MODEL_SOURCES);
    } else {
        if (event->cpu >= model.machine.cpus || !model_current(event->cpu))
            return NULL;
        const char *difference = do_as_thread(event);
        if (difference)
            return difference;
    }
    host_preempt_at(0);
    model.preempt_at = 0;
    return NULL;
}

const char *machines_do(const struct event *event)
{
    const char *difference = machines_happen(event);
    return difference ? difference : machines_compare();
}
