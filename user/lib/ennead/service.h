/* Finding servers by name, and the console. Needs a connection to "registry". */
#ifndef ENNEAD_SERVICE_H
#define ENNEAD_SERVICE_H

#include <ennead/start.h>

/* A server known by name: found when first used, and again after it was restarted. */
struct ennead_service {
    const char *name;
    uint32_t slot; /* 0: not looked up yet */
    bool found;
};

/* Wait until the service is there; its slot. */
enum ennead_error service_await(struct ennead_service *service);
/* Do not wait: ENNEAD_NOT_FOUND if it is not published. */
enum ennead_error service_find(struct ennead_service *service);
/* Does a call that ended so mean that the server has gone? Then it is worth looking it up once more. */
bool service_is_lost(enum ennead_error error);
/* The server behind the slot has gone: forget it. The dead capability emptied its slot by itself. */
void service_lost(struct ennead_service *service);
/* Offer `endpoint`, which this component receives from, under a name. */
enum ennead_error service_publish(const char *name, uint32_t endpoint);

/* Formatted text to the console, lost if there is none; at most 512 bytes a call. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Wait until all that was printed has left. */
void print_drain(void);

#endif
