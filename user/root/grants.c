/* Handing over what the description grants: each grant is one slot of the component, a device two. */
#include "root.h"
#include <ennead/text.h>
#include <irq_client.h>
#include <pool_client.h>
#include <region_client.h>
#include <space_client.h>

#define ALL ENNEAD_RIGHTS_ALL

static uint32_t own_slot(const struct component *c, unsigned grant)
{
    return c->slots + SLOT_GRANTS + 2 * grant;
}

/* ---- connections ---- */

static const struct component *endpoint_owner(const char *endpoint, unsigned *grant)
{
    for (unsigned i = 0; i < root.description.count; i++) {
        const struct component_spec *spec = &root.description.components[i];
        for (*grant = 0; *grant < spec->grant_count; ++*grant) {
            if (spec->grants[*grant].kind == GRANT_ENDPOINT && text_equal(spec->grants[*grant].name, endpoint))
                return &root.components[i];
        }
    }
    return NULL;
}

static uint32_t root_badge(const char *name)
{
    if (text_equal(name, "root.view"))
        return ROOT_FACET_VIEW;
    if (text_equal(name, "root.log"))
        return ROOT_FACET_LOG;
    return text_equal(name, "root.control") ? ROOT_FACET_VIEW | ROOT_FACET_CONTROL : ROOT_FACET_PAGER;
}

static uint32_t badge_at(const struct component *c, const char *endpoint)
{
    uint32_t badge = c->id;
    if (text_equal(endpoint, c->spec->pager))
        badge |= (uint32_t)(c->spec->heap / COMPONENT_HEAP_UNIT) << ROOT_BADGE_QUOTA_SHIFT |
                 c->lives << ROOT_BADGE_LIFE_SHIFT;
    return badge;
}

/* A send capability for an endpoint; kind NONE if its owner does not run, the slot stays empty then. */
static struct ennead_item connection(const struct component *c, const char *name, unsigned rights)
{
    unsigned grant;
    if (description_is_root_endpoint(name))
        return ennead_item_cap(root.endpoint, ENNEAD_RIGHT_WRITE, c->id | root_badge(name));
    const struct component *owner = endpoint_owner(name, &grant);
    if (owner == NULL || owner->state != COMPONENT_RUNNING)
        return (struct ennead_item){0};
    return ennead_item_cap(own_slot(owner, grant), rights, badge_at(c, name));
}

/* A handler is what is in one of the root task's slots, badge and all, for as long as it stays there. */
static enum ennead_error set_handler(const struct component *c, enum ennead_handler which, unsigned slot,
                                     struct ennead_item item)
{
    (void)!space_delete(ENNEAD_ROOT_SPACE, c->slots + slot);
    enum ennead_error error = space_delegate(ENNEAD_ROOT_SPACE, c->slots + slot, item);
    if (error == ENNEAD_OK)
        error = space_set_pager(c->slots + SLOT_SPACE, which, ennead_item_cap(c->slots + slot, ENNEAD_RIGHTS_ALL, 0));
    return error;
}

enum ennead_error grants_set_handlers(const struct component *c)
{
    struct ennead_item root_item = ennead_item_cap(root.endpoint, ENNEAD_RIGHT_WRITE, c->id | ROOT_FACET_FAULT);
    struct ennead_item pager = {0};
    if (c->spec->pager[0] != '\0')
        pager = connection(c, c->spec->pager, ENNEAD_RIGHT_WRITE);
    enum ennead_error error = set_handler(c, ENNEAD_HANDLER_EXCEPTION, SLOT_FAULTS, root_item);
    if (error == ENNEAD_OK)
        error = set_handler(c, ENNEAD_HANDLER_PAGER, SLOT_PAGER, pager.kind != ENNEAD_ITEM_NONE ? pager : root_item);
    return error;
}

static void reconnect(const struct component *client, const struct component *server)
{
    for (unsigned g = 0; g < client->spec->grant_count; g++) {
        const struct grant_spec *grant = &client->spec->grants[g];
        unsigned index;
        if (grant->kind != GRANT_CONNECT || endpoint_owner(grant->name, &index) != server)
            continue;
        /* OCCUPIED: it filled the slot with something of its own, and stays without. */
        struct ennead_item item = connection(client, grant->name, ENNEAD_RIGHT_WRITE);
        (void)!space_delegate(client->slots + SLOT_SPACE, client->grant_slot[g], item);
    }
    unsigned index;
    if (client->spec->pager[0] != '\0' && endpoint_owner(client->spec->pager, &index) == server)
        (void)!grants_set_handlers(client);
}

void grants_reconnect(const struct component *server)
{
    for (unsigned i = 0; i < root.description.count; i++) {
        const struct component *client = &root.components[i];
        if (client != server && client->state == COMPONENT_RUNNING)
            reconnect(client, server);
    }
}

/* ---- making ---- */

static uint32_t component_slot_of(const char *name)
{
    if (text_equal(name, "space"))
        return SLOT_SPACE;
    if (text_equal(name, "thread"))
        return SLOT_THREAD;
    return text_equal(name, "pool") ? SLOT_POOL : SLOT_SCHED;
}

static unsigned type_of(const struct grant_spec *grant)
{
    static const uint8_t own[] = {[SLOT_SPACE] = ENNEAD_TYPE_SPACE,
                                  [SLOT_THREAD] = ENNEAD_TYPE_THREAD,
                                  [SLOT_POOL] = ENNEAD_TYPE_POOL,
                                  [SLOT_SCHED] = ENNEAD_TYPE_SCHED_CONTEXT};
    switch (grant->kind) {
    case GRANT_SELF:
        return own[component_slot_of(grant->name)];
    case GRANT_ENDPOINT:
    case GRANT_CONNECT:
        return ENNEAD_TYPE_ENDPOINT;
    case GRANT_NOTIFICATION:
        return ENNEAD_TYPE_NOTIFICATION;
    default:
        return ENNEAD_TYPE_REGION;
    }
}

/* A device's registers: a region of its own, or, where they cannot be carved, the whole region they are in. */
static enum ennead_error make_device(struct component *c, unsigned g, struct ennead_start *page,
                                     struct ennead_item *item)
{
    const struct ennead_device *device = boot_device(c->spec->grants[g].what);
    uint32_t pool = c->slots + SLOT_POOL, slot = own_slot(c, g);
    if (device == NULL || page->device_count == ENNEAD_START_DEVICES)
        return ENNEAD_NOT_FOUND;
    const struct ennead_resource *resource = &root.boot->resources[device->resource];
    struct ennead_start_device *entry = &page->devices[page->device_count++];
    text_copy(entry->name, sizeof entry->name, c->spec->grants[g].name);
    *entry = (struct ennead_start_device){.size = device->size,
                                          .offset = device->base,
                                          .region_slot = c->grant_slot[g],
                                          .irq_slot = c->grant_slot[g] + 1,
                                          .reg_shift = device->reg_shift,
                                          .clock_hz = device->clock_hz};
    text_copy(entry->name, sizeof entry->name, c->spec->grants[g].name);
    *item = ennead_item_cap(resource->slot, ALL & ~(unsigned)ENNEAD_RIGHT_CONTROL, 0);
    enum ennead_error error = irq_claim(ENNEAD_ROOT_IRQ, device->irq, pool, slot + 1);
    if (error == ENNEAD_OK)
        error = space_delegate(c->slots + SLOT_SPACE, entry->irq_slot, ennead_item_cap(slot + 1, ALL, 0));
    if (error != ENNEAD_OK || resource->kind == ENNEAD_RESOURCE_IO)
        return error;
    uint64_t first = device->base & ~(root.page_bytes - 1), end = device->base + device->size + root.page_bytes - 1;
    *item = ennead_item_cap(slot, ALL & ~(unsigned)ENNEAD_RIGHT_PHYS, 0);
    entry->offset = device->base - first;
    return region_carve(resource->slot, first, (end & ~(root.page_bytes - 1)) - first, pool, slot);
}

static enum ennead_error make_region(const struct grant_spec *grant, struct ennead_item *item)
{
    const struct ennead_resource *resource = boot_resource(ENNEAD_RESOURCE_IO, grant->name);
    if (resource == NULL)
        return ENNEAD_NOT_FOUND;
    *item = ennead_item_cap(resource->slot, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE, 0);
    return ENNEAD_OK;
}

/* Make what grant g stands for; `item` is then what goes into the component's slot. */
static enum ennead_error make(struct component *c, unsigned g, struct ennead_start *page, struct ennead_item *item)
{
    const struct grant_spec *grant = &c->spec->grants[g];
    uint32_t pool = c->slots + SLOT_POOL, slot = own_slot(c, g);
    *item = ennead_item_cap(slot, ALL, 0);
    switch (grant->kind) {
    case GRANT_SELF:
        *item = ennead_item_cap(c->slots + component_slot_of(grant->name), ALL, 0);
        return ENNEAD_OK;
    case GRANT_ENDPOINT:
        return pool_make(pool, ENNEAD_TYPE_ENDPOINT, 0, slot);
    case GRANT_NOTIFICATION:
        return pool_make(pool, ENNEAD_TYPE_NOTIFICATION, 0, slot);
    case GRANT_CONNECT:
        *item = connection(c, grant->name, ENNEAD_RIGHT_WRITE);
        return ENNEAD_OK;
    case GRANT_REGION:
        return make_region(grant, item);
    case GRANT_DEVICE:
        return make_device(c, g, page, item);
    case GRANT_RAM:
        return ram_carve(grant->size, false, pool, slot, &c->grant_ram[g]);
    }
    return ENNEAD_INVALID_ARG;
}

static enum ennead_error give(struct component *c, unsigned g, struct ennead_start *page)
{
    struct ennead_item item;
    const struct grant_spec *grant = &c->spec->grants[g];
    struct ennead_grant *entry = &page->grants[page->grant_count++];
    text_copy(entry->name, sizeof entry->name, grant->name);
    entry->slot = c->grant_slot[g];
    entry->type = type_of(grant);
    enum ennead_error error = make(c, g, page, &item);
    if (error == ENNEAD_OK && item.kind != ENNEAD_ITEM_NONE)
        error = space_delegate(c->slots + SLOT_SPACE, entry->slot, item);
    return error;
}

const char *grants_give(struct component *c, struct ennead_start *page)
{
    uint32_t next = 1;
    for (unsigned g = 0; g < c->spec->grant_count; g++) {
        c->grant_slot[g] = next;
        next += c->spec->grants[g].kind == GRANT_DEVICE ? 2 : 1;
        enum ennead_error error = give(c, g, page);
        if (error != ENNEAD_OK) {
            static char what[64];
            text_format(what, sizeof what, "grant '%s' of line %u", c->spec->grants[g].name, c->spec->grants[g].line);
            return component_failure(c, what, error);
        }
    }
    page->free_slot = next;
    return NULL;
}
