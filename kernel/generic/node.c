/* The derivation tree: nodes in preorder, and derivation of capabilities. See object.h for the invariants. */
#include "object.h"
#include "thread.h"

/* Head and end of the preorder list; shallower than any node, so that every subtree ends before it. */
static struct node head;

void tree_start(void)
{
    head.next = &head;
    head.prev = &head;
    head.depth = 0;
}

static void link_after(struct node *position, struct node *node)
{
    node->prev = position;
    node->next = position->next;
    position->next->prev = node;
    position->next = node;
}

void node_insert_root(struct node *node, struct object *object, uint8_t rights)
{
    ASSERT(node->kind == NODE_EMPTY);
    *node = (struct node){.object = object, .depth = 1, .kind = NODE_CAP};
    node_set_rights(node, rights);
    link_after(head.prev, node);
    object->root = node;
}

void node_insert_child(struct node *parent, struct node *node, struct object *object, uint8_t rights)
{
    ASSERT(node->kind == NODE_EMPTY && parent->depth < ENNEAD_DEPTH_MAX);
    *node = (struct node){.object = object, .depth = (uint8_t)(parent->depth + 1), .kind = NODE_CAP};
    node_set_rights(node, rights);
    link_after(parent, node);
}

void node_move(struct node *from, struct node *to)
{
    ASSERT(to->kind == NODE_EMPTY && from->kind != NODE_EMPTY);
    *to = *from;
    ASSERT(from->object->revoking != from); /* who moves a node has settled its object */
    from->prev->next = to;
    from->next->prev = to;
    if (from->object->root == from)
        from->object->root = to;
    *from = (struct node){0};
}

void node_unlink(struct node *leaf)
{
    ASSERT(leaf->kind != NODE_EMPTY && node_is_leaf(leaf));
    leaf->prev->next = leaf->next;
    leaf->next->prev = leaf->prev;
    if (leaf->object->root == leaf)
        leaf->object->root = NULL;
    if (leaf->object->revoking == leaf) {
        leaf->object->revoking = NULL;
        revocations--;
    }
    *leaf = (struct node){0};
}

error_t node_may_derive(struct node *from)
{
    if (from->depth >= ENNEAD_DEPTH_MAX)
        return ENNEAD_DEPTH;
    return object_settle(from->object);
}

/* A badge is set once, by who controls the object; badges exist where identity or bits are received. */
static error_t MUST_CHECK check_badge(const struct node *from, uint32_t badge)
{
    if (!badge)
        return ENNEAD_OK;
    if (from->object->type != ENNEAD_TYPE_ENDPOINT && from->object->type != ENNEAD_TYPE_NOTIFICATION)
        return ENNEAD_TYPE;
    if (from->badge || !(from->rights & ENNEAD_RIGHT_CONTROL))
        return ENNEAD_DENIED;
    return ENNEAD_OK;
}

error_t cap_derive(struct node *from, struct node *to, uint8_t rights, uint32_t badge, bool grant)
{
    ASSERT(to->kind == NODE_EMPTY);
    if (from->kind == NODE_REPLY) {
        if (!grant)
            return ENNEAD_DENIED;
        reply_slot_moved(from, to);
        return ENNEAD_OK;
    }
    error_t error = check_badge(from, badge);
    if (error)
        return error;
    error = grant ? object_settle(from->object) : node_may_derive(from);
    if (error)
        return error;
    uint32_t kept = from->badge;
    uint8_t masked = from->rights & rights;
    if (grant)
        node_move(from, to);
    else
        node_insert_child(from, to, from->object, masked);
    node_set_rights(to, masked);
    to->badge = badge ? badge : kept;
    return ENNEAD_OK;
}
