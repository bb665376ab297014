/* See fixture.h. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

struct thread *root;
unsigned cpu;
struct result answered;

static enum host_mmu mmu_kind;
static unsigned next_slot, next_there, pending_items, carved;
static uint64_t next_utcb;
static struct ennead_boot_info *info;

int machine_on(void **state)
{
    (void)state;
    struct host_config config = {.cpus = 2, .ram_bytes = 16 << 20, .mmu = mmu_kind};
    machine_on_with(&config);
    return 0;
}

void machine_on_with(const struct host_config *config)
{
    assert_true(host_boot(config));
    root = host_current(0);
    root->priority = ENNEAD_PRIORITIES - 2; /* so that run() can put others before it */
    cpu = 0;
    next_slot = 40;
    next_there = 10;
    pending_items = 0;
    carved = 0;
    next_utcb = 0x20000000;
    struct entry *entry = map_find(root->space, 0x0e010000);
    info = phys_to_virt(entry->phys);
}

int machine_off(void **state)
{
    (void)state;
    check_invariants();
    host_power_off();
    return 0;
}

int machine_gone(void **state)
{
    (void)state;
    host_power_off();
    return 0;
}

int run_group(int argc, char **argv, const char *name, const struct CMUnitTest *tests, size_t count)
{
    mmu_kind = argc > 1 ? (enum host_mmu)atoi(argv[1]) : HOST_MMU_TABLE;
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}

/* ---- system calls ---- */

static struct thread *running(void)
{
    struct thread *thread = host_current(cpu);
    assert_non_null(thread);
    return thread;
}

struct result last(struct thread *thread)
{
    const struct arch_context *context = &thread->context;
    struct result result = {context->status, context->badge, context->tag, ENNEAD_TAG_LABEL(context->tag), {0}};
    unsigned fields = ENNEAD_TAG_WORDS(context->tag) / ENNEAD_FIELD_WORDS;
    for (unsigned i = 0; i < fields && i < 12; i++)
        result.field[i] = message_field(thread, i);
    return result;
}

struct result ipc(unsigned slot, unsigned phases, unsigned protocol, unsigned operation, const uint64_t *field,
                  unsigned fields)
{
    struct thread *thread = running();
    ennead_word word[ENNEAD_MSG_REG_WORDS] = {0};
    for (unsigned i = 0; i < fields * ENNEAD_FIELD_WORDS; i++) {
        ennead_word value = (ennead_word)(field[i / ENNEAD_FIELD_WORDS] >> i % ENNEAD_FIELD_WORDS * 32);
        if (i < ENNEAD_MSG_REG_WORDS)
            word[i] = value;
        else
            thread->utcb->words[i] = value;
    }
    uint32_t tag = ENNEAD_TAG(protocol, operation, fields * ENNEAD_FIELD_WORDS, pending_items);
    pending_items = 0;
    host_ipc(cpu, (ennead_word)slot << ENNEAD_TARGET_SHIFT | phases, tag, word);
    return last(thread);
}

unsigned op(unsigned slot, unsigned protocol, unsigned operation, const uint64_t *field, unsigned fields)
{
    struct thread *thread = running();
    answered = ipc(slot, ENNEAD_CALL, protocol, operation, field, fields);
    assert_false(thread_is_blocked(thread));
    return answered.status ? 0x1000 + answered.status : answered.label;
}

void with_item(struct ennead_item item)
{
    running()->utcb->items[pending_items++] = item;
}

void with_cap(unsigned slot)
{
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = ENNEAD_RIGHTS_ALL, .base = slot});
}

void window(unsigned cap_base, unsigned cap_count, uint64_t mem_base, unsigned mem_order)
{
    running()->utcb->window = (struct ennead_window){cap_base, cap_count, mem_base, mem_order, 0};
}

struct ennead_item received(unsigned index)
{
    return running()->utcb->items[index];
}

/* ---- making things ---- */

unsigned new_slot(void)
{
    return next_slot++;
}

unsigned make_in(unsigned pool, unsigned type, unsigned order)
{
    unsigned slot = new_slot();
    window(slot, 1, 0, 0);
    assert_int_equal(op(pool, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE, FIELDS(type, order)), ENNEAD_OK);
    return slot;
}

unsigned make(unsigned type)
{
    return make_in(ENNEAD_ROOT_POOL, type, 0);
}

unsigned slot_of(unsigned kind, unsigned index)
{
    for (unsigned i = 0; i < info->resource_count; i++)
        if (info->resources[i].kind == kind && index-- == 0)
            return info->resources[i].slot;
    fail_msg("no such resource");
    return 0;
}

unsigned ram_slot(void)
{
    return slot_of(ENNEAD_RESOURCE_RAM, 0);
}

unsigned carve(uint64_t bytes)
{
    unsigned slot = new_slot();
    window(slot, 1, 0, 0);
    with_cap(ENNEAD_ROOT_POOL);
    assert_int_equal(op(ram_slot(), ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE, FIELDS(carved, bytes)), ENNEAD_OK);
    carved += (unsigned)bytes;
    return slot;
}

unsigned copy(unsigned slot, unsigned rights, unsigned badge)
{
    unsigned to = new_slot();
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = (uint8_t)rights, .badge = badge, .base = slot});
    assert_int_equal(op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(to)), ENNEAD_OK);
    return to;
}

unsigned put_cap(unsigned space, unsigned slot, unsigned rights, unsigned badge)
{
    unsigned to = next_there++;
    with_item((struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = (uint8_t)rights, .badge = badge, .base = slot});
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(to)), ENNEAD_OK);
    return to;
}

unsigned delete_slot(unsigned slot)
{
    return op(ENNEAD_ROOT_SPACE, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, FIELDS(slot));
}

void map_page(unsigned region, uint64_t offset, uint64_t address, unsigned order, unsigned rights)
{
    window(0, 0, address, 63);
    assert_int_equal(op(region, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP, FIELDS(offset, order, rights, 0)), ENNEAD_OK);
}

struct object *object_at(unsigned slot)
{
    struct node *node = space_slot(root->space, slot);
    assert_true(node && node->kind == NODE_CAP);
    return node->object;
}

/* ---- threads ---- */

unsigned new_space(void)
{
    return make(ENNEAD_TYPE_SPACE);
}

unsigned slot_of_thread(const struct thread *thread)
{
    for (unsigned i = 1; i < next_slot; i++) {
        struct node *node = space_slot(root->space, i);
        if (node->kind == NODE_CAP && node->object == &thread->object)
            return i;
    }
    fail_msg("no capability to the thread");
    return 0;
}

struct thread *new_passive(unsigned space)
{
    unsigned slot = make(ENNEAD_TYPE_THREAD);
    next_utcb += 0x1000;
    assert_int_equal(op(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_ADD_UTCB, FIELDS(next_utcb)), ENNEAD_OK);
    with_cap(space);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_BIND, FIELDS(next_utcb)), ENNEAD_OK);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_PRIORITY, FIELDS(10, 10)), ENNEAD_OK);
    return thread_of(object_at(slot));
}

struct thread *new_thread(unsigned space)
{
    struct thread *thread = new_passive(space);
    unsigned context = make(ENNEAD_TYPE_SCHED_CONTEXT), slot = slot_of_thread(thread);
    with_cap(slot);
    assert_int_equal(op(context, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(op(slot, ENNEAD_TYPE_THREAD, ENNEAD_THREAD_START, FIELDS(0x1000, 0x2000, 7)), ENNEAD_OK);
    return thread;
}

static struct arch_context *enter_nothing(void)
{
    return kernel_interrupted();
}

void host_enter(unsigned id, struct arch_context *(*entry)(void));

void preempt(void)
{
    host_enter(0, enter_nothing);
}

void run(struct thread *thread)
{
    unsigned before = thread->priority;
    if (host_current(0) == thread)
        return;
    assert_int_equal(thread->state, ENNEAD_THREAD_READY);
    sched_priority_changed(thread, ENNEAD_PRIORITIES - 1);
    preempt();
    assert_ptr_equal(host_current(0), thread);
    thread->priority = (uint8_t)before;
}
