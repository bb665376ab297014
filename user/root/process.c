/* The root task as process manager: what the shell asks of it. Index 0 is the root task itself. */
#include "root.h"
#include <ennead/text.h>
#include <notification_client.h>
#include <pool_client.h>
#include <process_server.h>
#include <space_client.h>
#include <thread_client.h>

static struct component *component_at(uint64_t index)
{
    return index >= 1 && index <= root.description.count ? &root.components[index - 1] : NULL;
}

static struct component *sender(uint32_t badge)
{
    return component_at(badge & ROOT_BADGE_COMPONENT);
}

static bool may_control(uint32_t badge)
{
    return (badge & ROOT_FACET_CONTROL) != 0;
}

enum ennead_error process_serve_count(uint32_t badge, uint64_t *components)
{
    (void)badge;
    *components = root.description.count + 1;
    return ENNEAD_OK;
}

/* What can be asked of a thread and a pool; what is gone stays zero. */
static void describe_objects(uint32_t thread, uint32_t pool, struct process_describe_out *out)
{
    struct thread_describe_out about;
    struct pool_describe_out memory;
    if (thread_describe(thread, &about) == ENNEAD_OK) {
        out->thread_state = about.state;
        out->priority = about.priority;
        out->cpu = about.cpu;
        out->used_ns = about.used_ns;
    }
    if (pool_describe(pool, &memory) == ENNEAD_OK) {
        out->pool_bytes = memory.size;
        out->pool_free = memory.free;
    }
}

enum ennead_error process_serve_describe(uint32_t badge, uint64_t index, struct process_describe_out *out)
{
    (void)badge;
    const struct component *c = component_at(index);
    if (index == 0) {
        text_copy(out->component.text, sizeof out->component.text, "root");
        out->state = COMPONENT_RUNNING;
        describe_objects(ENNEAD_ROOT_THREAD, ENNEAD_ROOT_POOL, out);
        return ENNEAD_OK;
    }
    if (c == NULL)
        return ENNEAD_NOT_FOUND;
    text_copy(out->component.text, sizeof out->component.text, c->spec->name);
    out->state = c->state;
    if (c->state == COMPONENT_RUNNING) {
        describe_objects(c->slots + SLOT_THREAD, c->slots + SLOT_POOL, out);
        out->memory_bytes = c->spec->memory;
    } else {
        out->priority = c->spec->priority;
        out->cpu = c->spec->cpu % root.boot->cpus;
    }
    out->used_ns += c->used_ns;
    return ENNEAD_OK;
}

enum ennead_error process_serve_thread(uint32_t badge, uint64_t index, uint64_t number, struct process_thread_out *out)
{
    (void)badge;
    const struct component *c = component_at(index);
    struct process_describe_out about = {0};
    if (c == NULL && (index != 0 || number != 0))
        return ENNEAD_NOT_FOUND;
    uint32_t slot = c == NULL ? ENNEAD_ROOT_THREAD : c->state == COMPONENT_RUNNING ? threads_slot(c, number) : 0;
    if (slot == 0)
        return ENNEAD_NOT_FOUND;
    describe_objects(slot, 0, &about);
    *out = (struct process_thread_out){about.thread_state, about.priority, about.cpu, about.used_ns};
    return ENNEAD_OK;
}

enum ennead_error process_serve_adopt(uint32_t badge, const struct ennead_item *thread)
{
    const struct component *c = sender(badge);
    if (c == NULL || c->state != COMPONENT_RUNNING)
        return ENNEAD_STATE;
    return thread->kind == ENNEAD_ITEM_CAP ? threads_adopt(c) : ENNEAD_TYPE;
}

enum ennead_error process_serve_find(uint32_t badge, const char *component, uint64_t *index)
{
    (void)badge;
    const struct component *c = component_find(component);
    *index = c != NULL ? c->id : 0;
    return c != NULL || text_equal(component, "root") ? ENNEAD_OK : ENNEAD_NOT_FOUND;
}

/* What the root task's own slots are for. */
static const char *root_slot_name(uint64_t slot)
{
    for (uint32_t i = 0; i < root.boot->resource_count; i++) {
        if (root.boot->resources[i].slot == slot)
            return root.boot->resources[i].name;
    }
    for (unsigned i = 0; i < root.description.count; i++) {
        if (slot >= root.components[i].slots && slot < root.components[i].slots + SLOT_COUNT)
            return root.components[i].spec->name;
    }
    return "";
}

static const char *grant_name(const struct component *c, uint64_t slot)
{
    for (unsigned g = 0; g < c->spec->grant_count; g++) {
        bool device = c->spec->grants[g].kind == GRANT_DEVICE;
        if (c->grant_slot[g] == slot || (device && c->grant_slot[g] + 1 == slot))
            return c->spec->grants[g].name;
    }
    return "";
}

enum ennead_error process_serve_capability(uint32_t badge, uint64_t index, uint64_t from,
                                           struct process_capability_out *out)
{
    (void)badge;
    const struct component *c = component_at(index);
    struct space_slot_info_out info;
    if (index != 0 && (c == NULL || c->state != COMPONENT_RUNNING))
        return c == NULL ? ENNEAD_NOT_FOUND : ENNEAD_STATE;
    uint32_t space = c != NULL ? c->slots + SLOT_SPACE : ENNEAD_ROOT_SPACE;
    enum ennead_error error;
    do {
        error = space_slot_info(space, from, &info);
        from = info.slot;
    } while (error == ENNEAD_OK && info.type == ENNEAD_TYPE_NONE);
    if (error != ENNEAD_OK)
        return error;
    text_copy(out->called.text, sizeof out->called.text,
              c != NULL ? grant_name(c, info.slot) : root_slot_name(info.slot));
    out->slot = info.slot;
    out->type = info.type;
    out->rights = info.rights;
    out->granted_badge = info.badge;
    out->depth = info.depth;
    return ENNEAD_OK;
}

enum ennead_error process_serve_memory(uint32_t badge, struct process_memory_out *out)
{
    (void)badge;
    struct pool_describe_out pool;
    enum ennead_error error = pool_describe(ENNEAD_ROOT_POOL, &pool);
    if (error != ENNEAD_OK)
        return error;
    out->ram_bytes = ram_total();
    out->ram_free = ram_free();
    out->root_pool_bytes = pool.size;
    out->root_pool_free = pool.free;
    out->cpus = root.boot->cpus;
    return ENNEAD_OK;
}

enum ennead_error process_serve_now(uint32_t badge, uint64_t *now_ns)
{
    (void)badge;
    struct notification_describe_out about;
    enum ennead_error error = notification_describe(root.clock_slot, &about);
    if (error == ENNEAD_OK)
        *now_ns = about.now_ns;
    return error;
}

enum ennead_error process_serve_exit(uint32_t badge, uint64_t status)
{
    struct component *c = sender(badge);
    if (c == NULL || c->state != COMPONENT_RUNNING)
        return ENNEAD_STATE;
    if (status != 0)
        root_print("root: %s ended with status %llu\n", c->spec->name, (unsigned long long)status);
    component_end(c, COMPONENT_EXITED);
    return ENNEAD_DEFERRED;
}

enum ennead_error process_serve_start(uint32_t badge, const char *component)
{
    struct component *c = component_find(component);
    if (!may_control(badge))
        return ENNEAD_DENIED;
    if (c == NULL)
        return ENNEAD_NOT_FOUND;
    if (c->state == COMPONENT_RUNNING)
        return ENNEAD_STATE;
    const char *wrong = component_start(c);
    if (wrong != NULL)
        root_print("root: %s\n", wrong);
    return wrong == NULL ? ENNEAD_OK : ENNEAD_NO_MEMORY;
}

enum ennead_error process_serve_kill(uint32_t badge, const char *component)
{
    struct component *c = component_find(component);
    if (!may_control(badge))
        return ENNEAD_DENIED;
    if (c == NULL)
        return ENNEAD_NOT_FOUND;
    if (c->state != COMPONENT_RUNNING)
        return ENNEAD_STATE;
    if (c->spec->essential)
        return ENNEAD_DENIED;
    component_end(c, COMPONENT_KILLED);
    return c == sender(badge) ? ENNEAD_DEFERRED : ENNEAD_OK;
}

enum ennead_error process_serve_poweroff(uint32_t badge, uint64_t status)
{
    if (!may_control(badge))
        return ENNEAD_DENIED;
    root_power_off((unsigned)status);
}

enum ennead_error process_serve_fault(uint32_t badge, uint64_t component, uint64_t address, uint64_t access,
                                      uint64_t pc)
{
    struct component *c = component_at(component);
    if ((badge & ROOT_FACET_PAGER) == 0)
        return ENNEAD_DENIED;
    if (c == NULL || c->state != COMPONENT_RUNNING)
        return ENNEAD_STATE;
    /* A pager speaks for its own clients only. */
    if (description_endpoint_owner(&root.description, c->spec->pager) != sender(badge)->spec)
        return ENNEAD_DENIED;
    fault_report_page(c, address, access, pc);
    return ENNEAD_OK;
}

bool process_take(struct ennead_msg *msg)
{
    bool fault = ENNEAD_TAG_LABEL(msg->tag) == (PROCESS_PROTOCOL << 8 | PROCESS_FAULT);
    if ((msg->badge & (fault ? ROOT_FACET_PAGER : ROOT_FACET_VIEW)) == 0)
        return ennead_answer(msg, ENNEAD_DENIED), true;
    return process_dispatch(msg);
}
