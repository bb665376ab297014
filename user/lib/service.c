/* Clients of the registry. */
#include <ennead/service.h>
#include <registry_client.h>

/* Occupied: the slot was not emptied, so what is there lives still. */
static enum ennead_error note(struct ennead_service *service, enum ennead_error error)
{
    if (error == ENNEAD_OCCUPIED)
        error = ENNEAD_OK;
    service->found = error == ENNEAD_OK;
    return error;
}

static void take_slot(struct ennead_service *service)
{
    if (service->slot == 0)
        service->slot = ennead_new_slot();
}

enum ennead_error service_await(struct ennead_service *service)
{
    if (service->found)
        return ENNEAD_OK;
    take_slot(service);
    return note(service, registry_await(ennead_grant("registry"), service->name, service->slot));
}

enum ennead_error service_find(struct ennead_service *service)
{
    if (service->found)
        return ENNEAD_OK;
    take_slot(service);
    return note(service, registry_lookup(ennead_grant("registry"), service->name, service->slot));
}

bool service_is_lost(enum ennead_error error)
{
    return error == ENNEAD_DEAD || error == ENNEAD_INVALID_CAP || error == ENNEAD_NO_REPLY;
}

void service_lost(struct ennead_service *service)
{
    service->found = false;
}

enum ennead_error service_publish(const char *name, uint32_t endpoint)
{
    struct ennead_item item = ennead_item_cap(endpoint, ENNEAD_RIGHT_WRITE | ENNEAD_RIGHT_CONTROL, 0);
    return registry_publish(ennead_grant("registry"), name, item);
}
