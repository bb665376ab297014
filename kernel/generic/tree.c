/* Intrusive balanced search trees: see tree.h. */
#include "tree.h"

#include <stddef.h>

static unsigned height(const struct tree_node *node)
{
    return node ? node->height : 0;
}

/* Put `new` (perhaps NULL) where `old` hangs. */
static void replace(struct tree *tree, struct tree_node *old, struct tree_node *new)
{
    struct tree_node *parent = old->parent;
    if (new)
        new->parent = parent;
    if (!parent)
        tree->root = new;
    else
        parent->child[parent->child[1] == old] = new;
}

/* Lift the child on `side` above `node`; returns it. Their heights are the caller's to set. */
static __attribute__((noinline)) struct tree_node *lift(struct tree *tree, struct tree_node *node, int side)
{
    struct tree_node *lifted = node->child[side];
    struct tree_node *inner = lifted->child[!side];
    replace(tree, node, lifted);
    node->child[side] = inner;
    if (inner)
        inner->parent = node;
    lifted->child[!side] = node;
    node->parent = lifted;
    return lifted;
}

/* The child on `side` is too high by what went from the other one; returns what stands above them then. */
static __attribute__((noinline)) struct tree_node *rebalance(struct tree *tree, struct tree_node *node, int side)
{
    struct tree_node *tall = node->child[side], *inner = tall->child[!side];
    unsigned was = node->height, outer = height(tall->child[side]);
    if (height(inner) <= outer) {
        bool is_even = height(inner) == outer;
        node->height = (uint8_t)(was - 2 + is_even);
        tall->height = (uint8_t)(was - 1 + is_even);
        return lift(tree, node, side);
    }
    node->height = tall->height = (uint8_t)(was - 2);
    inner->height = (uint8_t)(was - 1);
    lift(tree, tall, !side);
    return lift(tree, node, side);
}

/* What hangs from `node` is lower by one: until a subtree is as high as it was. */
static __attribute__((noinline)) void shrink_upward(struct tree *tree, struct tree_node *node)
{
    while (node) {
        unsigned low = height(node->child[0]), high = height(node->child[1]), before = node->height;
        if (low > high + 1 || high > low + 1)
            node = rebalance(tree, node, low < high);
        else
            node->height = (uint8_t)(1 + (low > high ? low : high));
        if (node->height == before)
            return;
        node = node->parent;
    }
}

/* The child on `side` is too high by what was inserted below it: afterwards all is as high as before that. */
static void lower(struct tree *tree, struct tree_node *node, int side)
{
    struct tree_node *tall = node->child[side], *inner = tall->child[!side];
    node->height = (uint8_t)(tall->height - 1);
    if (height(inner) <= height(tall->child[side])) {
        lift(tree, node, side);
        return;
    }
    inner->height = tall->height;
    tall->height = node->height;
    lift(tree, tall, !side);
    lift(tree, node, side);
}

/* What hangs from `node` is higher by one: until a subtree is as high as it was. */
static void grow_upward(struct tree *tree, struct tree_node *node)
{
    unsigned now = 1;
    for (struct tree_node *parent = node->parent; parent && parent->height == now; parent = node->parent) {
        bool is_first = parent->child[0] == node;
        if (height(parent->child[is_first]) + 1 < now) {
            lower(tree, parent, !is_first);
            return;
        }
        parent->height = (uint8_t)++now;
        node = parent;
    }
}

void tree_insert(struct tree *tree, struct tree_node *node, uint64_t key)
{
    tree_insert_behind(tree, tree_at_or_below(tree, key), node, key);
}

void tree_insert_behind(struct tree *tree, struct tree_node *before, struct tree_node *node, uint64_t key)
{
    struct tree_node *parent = before, **link = before ? &before->child[1] : &tree->root;
    for (; *link; link = &parent->child[0])
        parent = *link;
    node->parent = parent;
    node->child[0] = NULL;
    node->child[1] = NULL;
    node->key = key;
    node->height = 1;
    *link = node;
    grow_upward(tree, node);
}

/* Exchange a node that has two children with its successor's place, so that it has at most one. */
static struct tree_node *take_successor_place(struct tree *tree, struct tree_node *node)
{
    struct tree_node *next = node->child[1];
    while (next->child[0])
        next = next->child[0];
    struct tree_node *start = next->parent == node ? next : next->parent;
    if (next->parent != node) {
        replace(tree, next, next->child[1]);
        next->child[1] = node->child[1];
        next->child[1]->parent = next;
    }
    next->child[0] = node->child[0];
    next->child[0]->parent = next;
    next->height = node->height; /* of what hangs there, until it is made right */
    replace(tree, node, next);
    return start;
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
    struct tree_node *start;
    if (node->child[0] && node->child[1]) {
        start = take_successor_place(tree, node);
    } else {
        start = node->parent;
        replace(tree, node, node->child[node->child[0] == NULL]);
    }
    node->height = 0;
    shrink_upward(tree, start);
}

struct tree_node *tree_first(const struct tree *tree)
{
    struct tree_node *node = tree->root;
    while (node && node->child[0])
        node = node->child[0];
    return node;
}

struct tree_node *tree_before(const struct tree_node *node)
{
    struct tree_node *before = node->child[0];
    if (before) {
        while (before->child[1])
            before = before->child[1];
        return before;
    }
    before = node->parent;
    while (before && before->child[0] == node) {
        node = before;
        before = node->parent;
    }
    return before;
}

struct tree_node *tree_at_or_below(const struct tree *tree, uint64_t key)
{
    struct tree_node *node = tree->root, *best = NULL;
    while (node) {
        if (node->key <= key)
            best = node;
        node = node->child[node->key <= key];
    }
    return best;
}

struct tree_node *tree_at_or_above(const struct tree *tree, uint64_t key)
{
    struct tree_node *node = tree->root, *best = NULL;
    while (node) {
        if (node->key >= key)
            best = node;
        node = node->child[node->key < key];
    }
    return best;
}
