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

#define MUST_CHECK __attribute__((warn_unused_result))

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
    union {
        struct {
            uint8_t kind;
            uint8_t type; /* CAP: of the object */
        };
        uint16_t sort; /* both, to be looked at together */
    };
    uint8_t depth;
    uint8_t rights;
};

/* Is it a capability to an object of this type, with one of these rights? */
static inline bool node_names(const struct node *node, uint8_t type, unsigned rights)
{
    const struct node wanted = {.kind = NODE_CAP, .type = type};
    return node->sort == wanted.sort && (node->rights & rights);
}

/* Who hears of faults, and which registers come along. */
struct handler {
    struct node node; /* an endpoint, or empty */
    uint16_t register_first;
    uint16_t register_count;
};

struct object {
    uint8_t type;       /* enum ennead_type */
    uint8_t dying;      /* its root node is gone: 1 its teardown goes on, 2 its block is being cleared */
    uint8_t order_log2; /* of its block in the pool charged */
    uint32_t cleared;   /* while dying: how far clearing got, in CLEAR_BYTES */
    struct node *root;
    struct object *container; /* the pool or region it hangs below, NULL for the first ones */
    struct pool *pool;        /* charged for its memory; NULL where the memory is its own (a pool in a region) */
    struct list pool_link;    /* in pool->objects */
    struct list dying_link;
    struct node *revoking; /* the node of this object whose subtree is being deleted */
};

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

/* Copy (or move, with `grant`) a capability into an empty slot. */
error_t MUST_CHECK cap_derive(struct node *from, struct node *to, uint8_t rights, uint32_t badge, bool grant);
/* May something be made below `from` now? DEPTH, or AGAIN after having helped a revocation along. */
error_t MUST_CHECK node_may_derive(struct node *from);

/* ---- delete, revoke, destroy: the one iterative loop.  destroy.c ---- */
void destroy_start(void);
error_t MUST_CHECK node_revoke(struct node *node); /* the subtree, not the node: OK or AGAIN */
error_t MUST_CHECK node_delete(struct node *node); /* the subtree and the node */
/* What is left of the running thread's node_delete() once its node is gone. */
error_t MUST_CHECK destroy_finish(void);
/* Help what is being revoked above `object`; OK when nothing is. */
error_t MUST_CHECK object_settle(struct object *object);

#endif
