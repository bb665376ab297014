/* The derivation tree: nodes in preorder, and derivation of capabilities. See object.h for the invariants. */
#include "object.h"
#include "thread.h"

/* Head and end of the preorder list; shallower than any node, so that every subtree ends before it. */
static struct node head;

BOOT_ONLY void tree_start(void)
{
    head.next = &head;
    head.prev = &head;
    head.depth = 0;
}

RARE void node_insert_root(struct node *node, struct object *object, uint8_t rights)
{
    ASSERT(node->kind == NODE_EMPTY);
    *node = (struct node){.object = object, .depth = 1, .kind = NODE_CAP};
    node_set_rights(node, rights);
    node_link_after(head.prev, node);
    object->root = node;
}

void node_insert_child(struct node *parent, struct node *node, struct object *object, uint8_t rights)
{
    ASSERT(node->kind == NODE_EMPTY && parent->depth < ENNEAD_DEPTH_MAX);
    node_link_child(parent, node, object, rights);
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
    node_clear(from);
}

void node_unlink(struct node *leaf)
{
    ASSERT(leaf->kind != NODE_EMPTY && node_is_leaf(leaf));
    if (leaf->object->root == leaf)
        leaf->object->root = NULL;
    if (leaf->object->revoking == leaf) {
        leaf->object->revoking = NULL;
        revocations--;
    }
    node_remove(leaf);
}

/* A badge is set once, by who controls the object; badges exist where identity or bits are received. */
RARE error_t cap_may_be_badged(const struct node *from)
{
    if (from->object->type != ENNEAD_TYPE_ENDPOINT && from->object->type != ENNEAD_TYPE_NOTIFICATION)
        return ENNEAD_TYPE;
    if (from->badge || !(from->rights & ENNEAD_RIGHT_CONTROL))
        return ENNEAD_DENIED;
    return ENNEAD_OK;
}

error_t cap_copy(struct node *from, struct node *to, uint8_t rights, uint32_t badge)
{
    error_t error = badge ? cap_may_be_badged(from) : ENNEAD_OK;
    if (!error)
        error = node_may_derive(from);
    if (UNLIKELY(error))
        return error;
    node_link_child(from, to, from->object, from->rights & rights);
    to->badge = badge ? badge : from->badge;
    return ENNEAD_OK;
}

RARE error_t cap_move(struct node *from, struct node *to, uint8_t rights, uint32_t badge)
{
    ASSERT(to->kind == NODE_EMPTY);
    if (from->kind == NODE_REPLY) {
        reply_slot_moved(from, to);
        return ENNEAD_OK;
    }
    error_t error = badge ? cap_may_be_badged(from) : ENNEAD_OK;
    if (!error)
        error = object_settle(from->object);
    if (error)
        return error;
    node_move(from, to);
    node_set_rights(to, to->rights & rights);
    if (badge)
        to->badge = badge;
    return ENNEAD_OK;
}
