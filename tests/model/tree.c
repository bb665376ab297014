/* The derivation tree: who was made or derived from whom. */
#include "internal.h"

static void put_before(struct m_node *parent, struct m_node *node, struct m_node *next)
{
    node->parent = parent;
    node->next = next;
    node->prev = NULL;
    if (next)
        next->prev = node;
    parent->first = node;
}

void m_insert(struct m_node *parent, struct m_node *node, struct m_object *object, unsigned rights)
{
    MUST(node->kind == M_EMPTY && m_depth(parent) < ENNEAD_DEPTH_MAX);
    *node = (struct m_node){.kind = M_CAP, .rights = (uint8_t)rights, .object = object};
    put_before(parent, node, parent->first);
}

/* What the machine starts with stands in the order in which it was given. */
void m_insert_root(struct m_node *node, struct m_object *object, unsigned rights)
{
    struct m_node *last = model.tree.first;
    while (last && last->next)
        last = last->next;
    *node = (struct m_node){.kind = M_CAP, .rights = (uint8_t)rights, .object = object, .parent = &model.tree};
    node->prev = last;
    if (last)
        last->next = node;
    else
        model.tree.first = node;
    object->root = node;
}

unsigned m_depth(const struct m_node *node)
{
    unsigned depth = 0;
    for (; node->parent; node = node->parent)
        depth++;
    return depth;
}

void m_move(struct m_node *from, struct m_node *to)
{
    MUST(to->kind == M_EMPTY && from->kind != M_EMPTY);
    *to = *from;
    if (from->prev)
        from->prev->next = to;
    else if (from->parent)
        from->parent->first = to;
    if (from->next)
        from->next->prev = to;
    for (struct m_node *child = from->first; child; child = child->next)
        child->parent = to;
    if (from->object->root == from)
        from->object->root = to;
    if (from->object->revoking == from)
        from->object->revoking = to;
    *from = (struct m_node){0};
}

void m_unlink(struct m_node *leaf)
{
    MUST(leaf->kind != M_EMPTY && !leaf->first);
    if (leaf->prev)
        leaf->prev->next = leaf->next;
    else
        leaf->parent->first = leaf->next;
    if (leaf->next)
        leaf->next->prev = leaf->prev;
    if (leaf->object->root == leaf)
        leaf->object->root = NULL;
    if (leaf->object->revoking == leaf)
        leaf->object->revoking = NULL;
    *leaf = (struct m_node){0};
}

/* END-3: a derivation below something that is being revoked waits, and helps, until that is done. */
unsigned m_settle(struct m_object *object)
{
    for (; object; object = object->container) {
        if (object->revoking) {
            (void)m_revoke(object->revoking);
            return AGAIN;
        }
    }
    return ENNEAD_OK;
}

unsigned m_may_derive(struct m_node *from)
{
    return m_depth(from) >= ENNEAD_DEPTH_MAX ? (unsigned)ENNEAD_DEPTH : m_settle(from->object);
}

static unsigned badge_allowed(const struct m_node *from, uint32_t badge)
{
    if (!badge)
        return ENNEAD_OK;
    if (from->object->type != ENNEAD_TYPE_ENDPOINT && from->object->type != ENNEAD_TYPE_NOTIFICATION)
        return ENNEAD_TYPE;
    return from->badge || !(from->rights & ENNEAD_RIGHT_CONTROL) ? ENNEAD_DENIED : ENNEAD_OK;
}

unsigned m_derive(struct m_node *from, struct m_node *to, unsigned rights, uint32_t badge, bool grant)
{
    if (from->kind == M_REPLY) {
        if (!grant)
            return ENNEAD_DENIED;
        m_reply_slot_moved(from, to);
        return ENNEAD_OK;
    }
    unsigned error = badge_allowed(from, badge);
    if (!error)
        error = grant ? m_settle(from->object) : m_may_derive(from);
    if (error)
        return error;
    uint32_t result = badge ? badge : from->badge;
    rights &= from->rights;
    if (grant)
        m_move(from, to);
    else
        m_insert(from, to, from->object, rights);
    to->rights = (uint8_t)rights;
    to->badge = result;
    return ENNEAD_OK;
}
