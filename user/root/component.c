/*
 * Components: built from their description, and taken apart again.
 *
 * All that a component has is made from its pool, and the pool's region hangs below a carved piece of RAM: deleting
 * that one capability destroys space, threads, endpoints, and the region its memory is mapped from.
 */
#include "root.h"
#include <ennead/text.h>
#include <pool_client.h>
#include <region_client.h>
#include <sched_client.h>
#include <space_client.h>
#include <thread_client.h>

struct component *component_find(const char *name)
{
    for (unsigned i = 0; i < root.description.count; i++) {
        if (text_equal(root.components[i].spec->name, name))
            return &root.components[i];
    }
    return NULL;
}

const char *component_failure(const struct component *c, const char *what, enum ennead_error error)
{
    static char text[160];
    text_format(text, sizeof text, "component %s: %s: %s (system line %u)", c->spec->name, what,
                ennead_error_text(error), c->spec->line);
    return text;
}

static enum ennead_error make_pool(struct component *c)
{
    enum ennead_error error =
        ram_carve(c->spec->pool, true, ENNEAD_ROOT_POOL, c->slots + SLOT_POOL_REGION, &c->pool_ram);
    if (error == ENNEAD_OK)
        error = region_make_pool(c->slots + SLOT_POOL_REGION, c->slots + SLOT_POOL);
    return error;
}

static enum ennead_error make_objects(struct component *c)
{
    uint32_t pool = c->slots + SLOT_POOL;
    enum ennead_error error = pool_make(pool, ENNEAD_TYPE_SPACE, 0, c->slots + SLOT_SPACE);
    if (error == ENNEAD_OK)
        error = pool_make(pool, ENNEAD_TYPE_THREAD, 0, c->slots + SLOT_THREAD);
    if (error == ENNEAD_OK)
        error = pool_make(pool, ENNEAD_TYPE_SCHED_CONTEXT, 0, c->slots + SLOT_SCHED);
    return error;
}

static unsigned log2_of(uint64_t power)
{
    unsigned log2 = 0;
    while (power >> log2 != 1)
        log2++;
    return log2;
}

/* The root task's view of it keeps its address over restarts. */
static enum ennead_error map_view(struct component *c)
{
    const unsigned rights = ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE | ENNEAD_RIGHT_EXECUTE;
    uint64_t size = c->spec->memory;
    unsigned order = log2_of(size);
    if (c->view == 0) {
        c->view = (root.next_view + size - 1) & ~(size - 1);
        root.next_view = c->view + size;
    }
    enum ennead_error error = region_map(c->slots + SLOT_MEMORY, 0, order, rights, 0, c->view, order);
    if (error == ENNEAD_NO_ENTRY) {
        error = space_grow(ENNEAD_ROOT_SPACE, ENNEAD_TABLE_ENTRIES, 1);
        if (error == ENNEAD_OK)
            error = region_map(c->slots + SLOT_MEMORY, 0, order, rights, 0, c->view, order);
    }
    return error;
}

static enum ennead_error make_memory(struct component *c)
{
    enum ennead_error error =
        ram_carve(c->spec->memory, false, c->slots + SLOT_POOL, c->slots + SLOT_MEMORY, &c->memory_ram);
    return error == ENNEAD_OK ? map_view(c) : error;
}

static enum ennead_error make_thread(const struct component *c)
{
    uint32_t thread = c->slots + SLOT_THREAD, sched = c->slots + SLOT_SCHED;
    unsigned cpu = c->spec->cpu % root.boot->cpus;
    enum ennead_error error = space_add_utcb(c->slots + SLOT_SPACE, c->utcb);
    if (error == ENNEAD_OK)
        error = thread_bind(thread, c->utcb, c->slots + SLOT_SPACE);
    if (error == ENNEAD_OK)
        error = thread_set_priority(thread, c->spec->priority, c->spec->priority);
    if (error == ENNEAD_OK)
        error = sched_configure(sched, c->spec->budget_ns, c->spec->period_ns, cpu);
    if (error == ENNEAD_OK)
        error = sched_bind(sched, thread);
    if (error == ENNEAD_OK)
        error = thread_set_tls(thread, c->start);
    return error;
}

static const char *build(struct component *c)
{
    enum ennead_error error = make_pool(c);
    if (error != ENNEAD_OK)
        return component_failure(c, "no kernel memory for it", error);
    error = make_objects(c);
    if (error == ENNEAD_OK)
        error = make_memory(c);
    if (error != ENNEAD_OK)
        return component_failure(c, "no memory for it", error);
    const char *wrong = load_program(c);
    if (wrong != NULL)
        return wrong;
    error = load_map(c);
    if (error == ENNEAD_OK)
        error = make_thread(c);
    if (error == ENNEAD_OK)
        error = grants_set_handlers(c);
    return error == ENNEAD_OK ? NULL : component_failure(c, "cannot be built; give it a larger pool", error);
}

const char *component_start(struct component *c)
{
    c->lives++;
    const char *wrong = build(c);
    if (wrong == NULL)
        wrong = grants_give(c, load_start_page(c));
    if (wrong == NULL) {
        uint64_t stack = c->base + c->spec->memory;
        enum ennead_error error = thread_start(c->slots + SLOT_THREAD, c->program.entry, stack, c->start);
        wrong = error == ENNEAD_OK ? NULL : component_failure(c, "cannot start", error);
    }
    if (wrong != NULL) {
        component_end(c, COMPONENT_IDLE);
        return wrong;
    }
    c->state = COMPONENT_RUNNING;
    grants_reconnect(c);
    return NULL;
}

static void give_back(struct component *c)
{
    /* NOT_FOUND where the component was never built that far. */
    (void)!space_delete(ENNEAD_ROOT_SPACE, c->slots + SLOT_POOL_REGION);
    (void)!space_delete(ENNEAD_ROOT_SPACE, c->slots + SLOT_FAULTS);
    (void)!space_delete(ENNEAD_ROOT_SPACE, c->slots + SLOT_PAGER);
    ram_return(c->pool_ram, c->spec->pool);
    ram_return(c->memory_ram, c->spec->memory);
    c->pool_ram = c->memory_ram = 0;
    for (unsigned g = 0; g < c->spec->grant_count; g++) {
        ram_return(c->grant_ram[g], c->spec->grants[g].size);
        c->grant_ram[g] = 0;
    }
}

/* Their heaps went with it; running on would show them zeroes. */
static void end_clients_of_pager(const struct component *pager)
{
    for (unsigned i = 0; i < root.description.count; i++) {
        struct component *c = &root.components[i];
        if (c->state != COMPONENT_RUNNING || c->spec->heap == 0 ||
            description_endpoint_owner(&root.description, c->spec->pager) != pager->spec)
            continue;
        root_print("root: %s has lost its memory with its pager\n", c->spec->name);
        c->state = COMPONENT_KILLED;
        give_back(c);
        root_listener_ended(c);
    }
}

void component_end(struct component *c, enum component_state state)
{
    struct thread_describe_out about;
    bool lived = c->state == COMPONENT_RUNNING;
    if (thread_describe(c->slots + SLOT_THREAD, &about) == ENNEAD_OK)
        c->used_ns += about.used_ns;
    c->state = state;
    give_back(c);
    root_listener_ended(c);
    if (lived && c->spec->essential)
        root_refuse("component %s is essential and has died", c->spec->name);
    if (lived)
        end_clients_of_pager(c);
}

void components_restart(void)
{
    for (unsigned i = 0; i < root.description.count; i++) {
        struct component *c = &root.components[i];
        if (!c->spec->restart || c->state == COMPONENT_RUNNING || c->state == COMPONENT_IDLE)
            continue;
        /* One that was killed on purpose has not failed. */
        c->failures += c->state != COMPONENT_KILLED;
        const char *wrong = c->failures < COMPONENT_FAILURES ? component_start(c) : "it failed too often";
        if (wrong == NULL) {
            root_print("root: %s restarted\n", c->spec->name);
            continue;
        }
        c->state = COMPONENT_IDLE;
        root_print("root: %s is not restarted: %s\n", c->spec->name, wrong);
    }
}
