/* Checks over a whole system description: every name used is declared, once, and heaps have a pager. */
#include "check.h"
#include <ennead/text.h>

static bool fail(struct description_error *error, unsigned line, const char *format, const char *word)
{
    error->line = line;
    text_format(error->text, sizeof error->text, format, word);
    return false;
}

bool description_is_root_endpoint(const char *name)
{
    return text_equal(name, "root.view") || text_equal(name, "root.control") || text_equal(name, "root.fault") ||
           text_equal(name, "root.log");
}

const struct component_spec *description_endpoint_owner(const struct description *description, const char *endpoint)
{
    for (unsigned i = 0; i < description->count; i++) {
        const struct component_spec *c = &description->components[i];
        for (unsigned g = 0; g < c->grant_count; g++) {
            if (c->grants[g].kind == GRANT_ENDPOINT && text_equal(c->grants[g].name, endpoint))
                return c;
        }
    }
    return NULL;
}

static bool check_grant(const struct description *d, const struct component_spec *c, const struct grant_spec *g,
                        struct description_error *error)
{
    if (g->kind == GRANT_ENDPOINT) {
        if (description_is_root_endpoint(g->name) || description_endpoint_owner(d, g->name) != c)
            return fail(error, g->line, "endpoint '%s' is declared twice", g->name);
    } else if (g->kind == GRANT_CONNECT) {
        if (!description_is_root_endpoint(g->name) && description_endpoint_owner(d, g->name) == NULL)
            return fail(error, g->line, "no component has an 'endpoint %s'", g->name);
    }
    return true;
}

static bool check_component(const struct description *d, const struct component_spec *c,
                            struct description_error *error)
{
    if (c->pager[0] != '\0' && description_endpoint_owner(d, c->pager) == NULL)
        return fail(error, c->line, "no component has an 'endpoint %s' to be the pager", c->pager);
    if (c->heap != 0 && c->pager[0] == '\0')
        return fail(error, c->line, "component '%s' has a heap but no 'pager ENDPOINT'", c->name);
    if (c->stack + 32768 > c->memory)
        return fail(error, c->line, "the memory of '%s' does not hold its stack and 32K for its program", c->name);
    for (unsigned g = 0; g < c->grant_count; g++) {
        if (!check_grant(d, c, &c->grants[g], error))
            return false;
    }
    return true;
}

bool description_check(const struct description *description, struct description_error *error)
{
    if (description->count == 0)
        return fail(error, 1, "no component is described%s", "");
    for (unsigned i = 0; i < description->count; i++) {
        if (!check_component(description, &description->components[i], error))
            return false;
    }
    return true;
}
