/*
 * Kernel objects and the one derivation tree.
 *
 * A node is a capability slot or a map entry. All nodes that are in use stand in one circular list in preorder;
 * with each node's depth that *is* the tree: the subtree of a node is the run of deeper nodes behind it. So a node
 * moves in O(1), wherever its children are.
 *
 * Invariants:
 *   N1  next->depth <= depth + 1 for every node.
 *   N2  object->root is the one node whose deletion destroys the object; every other node that names the object is
 *       below it. Dying objects have no node.
 *   N3  a derivation from a node succeeds only if neither its object nor any object up the chain of containers is
 *       being revoked (object_settle).
 */
#ifndef GENERIC_OBJECT_H
#define GENERIC_OBJECT_H

#include "list.h"

#include <ennead/abi.h>
#include <platform/platform.h>
#include <stdbool.h>
#include <stdint.h>

#define MUST_CHECK     __attribute__((warn_unused_result))
#define UNLIKELY(what) __builtin_expect(!!(what), 0)
#define RARE           __attribute__((cold, noinline)) /* small rather than fast, in a file that is fast */

/* Errors inside the kernel: those of the ABI, and one that never leaves it. */
typedef unsigned error_t;
#define AGAIN 0x100u /* preempted: nothing half-done shows; the whole system call is to be made again */

struct pool;
struct thread;

enum node_kind {
    NODE_EMPTY = 0,
    NODE_CAP = 1,
    NODE_ENTRY = 2, /* a mapping: struct entry */
    NODE_UTCB = 3,  /* a page of message buffers: struct entry, outside the tree */
    NODE_REPLY = 4, /* a stored reply right: object is the caller; outside the tree */
};

struct node {
    struct node *prev;
    struct node *next;
    struct object *object;
    uint32_t badge;
    uint8_t kind;
    uint8_t passes; /* of a capability to an endpoint: READ and WRITE of its rights; 0 of all else */
    uint8_t depth;
    uint8_t rights;
};

/* Who hears of faults, and which registers come along. */
struct handler {
    struct node node; /* an endpoint, or empty */
    uint16_t register_first;
    uint16_t register_count;
};

struct object {
    uint8_t type;       /* enum ennead_type */
    uint8_t dying;      /* its root node is gone: 1 its teardown goes on, 2 its pages are being cleared */
    uint8_t order_log2; /* of its block in the pool charged */
    uint32_t cleared;   /* while dying: how far clearing got, in CLEAR_BYTES */
    struct node *root;
    struct object *container; /* the pool or region it hangs below, NULL for the first ones */
    struct pool *pool;        /* charged for its memory; NULL where the memory is its own (a pool in a region) */
    struct list pool_link;    /* in pool->objects */
    struct list dying_link;
    struct node *revoking; /* the node of this object whose subtree is being deleted */
};

/* Of a node whose object is set. */
static inline void node_set_rights(struct node *node, uint8_t rights)
{
    node->rights = rights;
    node->passes = node->object->type == ENNEAD_TYPE_ENDPOINT ? rights & (ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE) : 0;
}

/* ---- tree.  node.c ---- */
void tree_start(void);
void node_insert_root(struct node *node, struct object *object, uint8_t rights);
void node_insert_child(struct node *parent, struct node *node, struct object *object, uint8_t rights);
void node_move(struct node *from, struct node *to); /* `to` takes the place; `from` is empty afterwards */
void node_unlink(struct node *leaf);                /* leaf; empty afterwards */
static inline bool node_is_leaf(const struct node *node)
{
    return node->next->depth <= node->depth;
}

/* Copy a capability into an empty slot: with these rights at most; badge 0 leaves it. */
error_t MUST_CHECK cap_copy(struct node *from, struct node *to, uint8_t rights, uint32_t badge);
/* Move what a slot holds into an empty one: with these rights at most; badge 0 leaves it. */
error_t MUST_CHECK cap_move(struct node *from, struct node *to, uint8_t rights, uint32_t badge);
/* May a badge be set? It is set once, by who controls the object, where identity or bits are received. */
error_t MUST_CHECK cap_may_be_badged(const struct node *from);
/* May something be made below `from` now? DEPTH, or AGAIN after having helped a revocation along. */
static inline error_t MUST_CHECK node_may_derive(struct node *from);

/* ---- delete, revoke, destroy: the one iterative loop.  destroy.c ---- */
void destroy_start(void);
error_t MUST_CHECK node_revoke(struct node *node); /* the subtree, not the node: OK or AGAIN */
error_t MUST_CHECK node_delete(struct node *node); /* the subtree and the node */
/* Is it a capability that just goes, with nothing below it and nothing else on its way? */
static inline bool node_just_goes(const struct node *node);
/* What is left of the running thread's node_delete() once its node is gone. */
error_t MUST_CHECK destroy_finish(void);
extern struct list dying_objects;
/* How many objects have `revoking` set. */
extern unsigned revocations;
/* Help what is being revoked above `object`; OK when nothing is. */
error_t MUST_CHECK object_help_revocation(struct object *object);
static inline error_t MUST_CHECK object_settle(struct object *object)
{
    return UNLIKELY(revocations) ? object_help_revocation(object) : ENNEAD_OK;
}

static inline error_t node_may_derive(struct node *from)
{
    return UNLIKELY(from->depth >= ENNEAD_DEPTH_MAX) ? (error_t)ENNEAD_DEPTH : object_settle(from->object);
}

static inline void node_link_after(struct node *position, struct node *node)
{
    node->prev = position;
    node->next = position->next;
    position->next->prev = node;
    position->next = node;
}

/* Behind `parent`, in a node that is empty. */
static inline void node_link_child(struct node *parent, struct node *node, struct object *object, uint8_t rights)
{
    node->object = object;
    node->badge = 0;
    node->kind = NODE_CAP;
    node->depth = (uint8_t)(parent->depth + 1);
    node_set_rights(node, rights);
    node_link_after(parent, node);
}

/* Behind `parent`, another mapping of the same region, in the node of an entry that nothing was in yet. */
static inline void node_link_mapping(struct node *parent, struct node *node, uint8_t rights)
{
    node->object = parent->object;
    node->kind = NODE_ENTRY;
    node->depth = (uint8_t)(parent->depth + 1);
    node->rights = rights;
    node_link_after(parent, node);
}

/* Member by member, which is no call of memset(). */
static inline void node_clear(struct node *node)
{
    node->prev = node->next = NULL;
    node->object = NULL;
    node->badge = 0;
    node->kind = NODE_EMPTY;
    node->passes = node->depth = node->rights = 0;
}

/* A leaf, not the root node, whose object is not being revoked. */
static inline void node_remove(struct node *leaf)
{
    leaf->prev->next = leaf->next;
    leaf->next->prev = leaf->prev;
    node_clear(leaf);
}

static inline bool node_just_goes(const struct node *node)
{
    return node->kind == NODE_CAP && node_is_leaf(node) && node->object->root != node && !revocations &&
           list_empty(&dying_objects);
}

#endif
