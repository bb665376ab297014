/*
 * The system description: which components there are and what each may use. docs/system.md describes the text;
 * parsing is pure, so that it is tested off the target.
 */
#ifndef ROOT_DESCRIPTION_H
#define ROOT_DESCRIPTION_H

#include <ennead/ipc.h>

#define COMPONENTS_MAX          24u
#define COMPONENT_GRANTS        10u
#define COMPONENT_TIME_SLICE_NS 10000000u
#define COMPONENT_FAILURES      20u
#define COMPONENT_HEAP_UNIT     65536u /* heap quotas are multiples of it */

enum grant_kind {
    GRANT_SELF,         /* one of the component's own objects, by name */
    GRANT_ENDPOINT,     /* an endpoint it receives from; others connect to it by this name */
    GRANT_CONNECT,      /* sends to an endpoint */
    GRANT_NOTIFICATION, /* a notification of its own */
    GRANT_REGION,       /* a region of the platform's, by its name */
    GRANT_DEVICE,       /* registers and interrupt of a device, by what it is compatible with */
    GRANT_RAM,          /* a region of RAM */
};

struct grant_spec {
    enum grant_kind kind;
    unsigned line;
    char name[ENNEAD_NAME_BYTES]; /* what the component calls it */
    char what[ENNEAD_NAME_BYTES]; /* GRANT_DEVICE: compatible with this */
    uint64_t size;                /* GRANT_RAM */
};

struct component_spec {
    char name[ENNEAD_NAME_BYTES];
    char program[ENNEAD_NAME_BYTES];
    char pager[ENNEAD_NAME_BYTES]; /* endpoint that answers its page faults; "": the root task */
    unsigned line;
    unsigned priority;
    unsigned cpu;
    uint64_t budget_ns, period_ns; /* equal: no limit */
    uint64_t memory;               /* a power of two */
    uint64_t stack, pool, heap;
    bool manual;    /* not started at boot */
    bool restart;   /* started again when it has died, until it failed COMPONENT_FAILURES times */
    bool essential; /* the system ends with it; it cannot be killed */
    unsigned grant_count;
    struct grant_spec grants[COMPONENT_GRANTS];
};

struct description {
    unsigned count;
    struct component_spec components[COMPONENTS_MAX];
};

struct description_error {
    unsigned line;
    char text[112];
};

/* Parse `size` bytes of text; false: `error` says what is wrong, and where. */
bool description_parse(struct description *description, const char *text, size_t size, struct description_error *error);

/* The component that receives from the endpoint, or NULL. */
const struct component_spec *description_endpoint_owner(const struct description *description, const char *endpoint);
/* Endpoints that the root task itself serves. */
bool description_is_root_endpoint(const char *name);

#endif
