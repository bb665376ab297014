/*
 * The registry: components find each other by name.
 *
 * A service belongs to the component that published it, until its endpoint is destroyed: the capability kept here
 * empties by itself then. Clients get a capability badged with their own number, so servers know who calls.
 */
#include <ennead/start.h>
#include <ennead/text.h>
#include <registry_server.h>
#include <space_client.h>

#define SERVICES_MAX 24u
#define WAITERS_MAX  24u

struct service {
    char name[ENNEAD_NAME_BYTES]; /* "": unused */
    uint32_t owner;
    uint32_t slot;
};

/* A client that waits for a name; its reply right lies in `slot`, which is empty if it gave up meanwhile. */
struct waiter {
    char name[ENNEAD_NAME_BYTES];
    uint32_t client;
    uint32_t slot;
};

static struct service services[SERVICES_MAX];
static struct waiter waiters[WAITERS_MAX];
static uint32_t space;
static uint32_t incoming; /* the receive window: empty whenever a message is awaited */

static bool is_empty(uint32_t slot)
{
    struct space_slot_info_out info;
    return space_slot_info(space, slot, &info) != ENNEAD_OK || info.slot != slot;
}

static struct service *find(const char *name)
{
    for (unsigned i = 0; i < SERVICES_MAX; i++) {
        if (services[i].name[0] != '\0' && text_equal(services[i].name, name))
            return &services[i];
    }
    return NULL;
}

/* As find(), but only while its server lives. */
static struct service *find_live(const char *name)
{
    struct service *service = find(name);
    if (service == NULL || !is_empty(service->slot))
        return service;
    service->name[0] = '\0';
    return NULL;
}

static struct service *unused_service(void)
{
    for (unsigned i = 0; i < SERVICES_MAX; i++) {
        if (services[i].name[0] == '\0' || is_empty(services[i].slot))
            return &services[i];
    }
    return NULL;
}

static struct ennead_item connection(const struct service *service, uint32_t client)
{
    return ennead_item_cap(service->slot, ENNEAD_RIGHT_WRITE, client);
}

static void answer_waiters(const struct service *service)
{
    const ennead_word none[ENNEAD_MSG_REG_WORDS] = {0};
    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        if (!text_equal(waiters[i].name, service->name))
            continue;
        ennead_put_item(0, connection(service, waiters[i].client));
        /* A client that gave up left the slot empty: nobody to tell. */
        (void)ennead_send(waiters[i].slot, ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, 0, 1), none);
        waiters[i].name[0] = '\0';
    }
}

enum ennead_error registry_serve_publish(uint32_t badge, const char *name, const struct ennead_item *endpoint)
{
    if (name[0] == '\0' || endpoint->kind != ENNEAD_ITEM_CAP)
        return ENNEAD_INVALID_ARG;
    struct service *service = find_live(name);
    if (service != NULL && service->owner != badge)
        return ENNEAD_OCCUPIED;
    if (service == NULL)
        service = unused_service();
    if (service == NULL)
        return ENNEAD_NO_SLOT;
    /* The old capability's slot becomes the window; it is emptied with it. */
    uint32_t old = service->slot;
    service->slot = incoming;
    incoming = old;
    service->owner = badge;
    text_copy(service->name, sizeof service->name, name);
    answer_waiters(service);
    return ENNEAD_OK;
}

enum ennead_error registry_serve_lookup(uint32_t badge, const char *name, struct ennead_item *found)
{
    const struct service *service = find_live(name);
    if (service == NULL)
        return ENNEAD_NOT_FOUND;
    *found = connection(service, badge);
    return ENNEAD_OK;
}

enum ennead_error registry_serve_await(uint32_t badge, const char *name, struct ennead_item *found)
{
    if (registry_serve_lookup(badge, name, found) == ENNEAD_OK)
        return ENNEAD_OK;
    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        if (waiters[i].name[0] != '\0' && !is_empty(waiters[i].slot))
            continue;
        enum ennead_error error = ennead_store_reply(waiters[i].slot);
        if (error != ENNEAD_OK)
            return error;
        text_copy(waiters[i].name, sizeof waiters[i].name, name);
        waiters[i].client = badge;
        return ENNEAD_DEFERRED;
    }
    return ENNEAD_NO_SLOT;
}

enum ennead_error registry_serve_list(uint32_t badge, uint64_t index, struct ennead_name *service, uint64_t *owner)
{
    (void)badge;
    for (unsigned i = 0; i < SERVICES_MAX; i++) {
        if (services[i].name[0] == '\0' || is_empty(services[i].slot) || index-- > 0)
            continue;
        text_copy(service->text, sizeof service->text, services[i].name);
        *owner = services[i].owner;
        return ENNEAD_OK;
    }
    return ENNEAD_NOT_FOUND;
}

static void reserve_slots(void)
{
    space = ennead_grant("space");
    incoming = ennead_new_slot();
    for (unsigned i = 0; i < SERVICES_MAX; i++)
        services[i].slot = ennead_new_slot();
    for (unsigned i = 0; i < WAITERS_MAX; i++)
        waiters[i].slot = ennead_new_slot();
}

int main(void)
{
    uint32_t endpoint = ennead_grant("registry");
    struct ennead_msg msg = {0};
    bool answered = false;
    reserve_slots();
    for (;;) {
        ennead_window_caps(incoming, 1);
        msg = ennead_next(endpoint, answered, &msg);
        ennead_window_close();
        bool items = ENNEAD_TAG_ITEMS(msg.tag) != 0;
        answered = registry_dispatch(&msg);
        /* What nobody took must not stay in the window. */
        if (items)
            (void)!space_delete(space, incoming);
    }
}
