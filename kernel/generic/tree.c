/* Intrusive balanced search trees: see tree.h. */
#include "tree.h"

#include <stddef.h>

static unsigned height(const struct tree_node *node)
{
    return node ? node->height : 0;
}

static void update_height(struct tree_node *node)
{
    unsigned low = height(node->child[0]), high = height(node->child[1]);
    node->height = (uint8_t)(1 + (low > high ? low : high));
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

/* Lift the child on `side` above `node`; returns it. */
static struct tree_node *rotate(struct tree *tree, struct tree_node *node, int side)
{
    struct tree_node *lifted = node->child[side];
    struct tree_node *inner = lifted->child[!side];
    replace(tree, node, lifted);
    node->child[side] = inner;
    if (inner)
        inner->parent = node;
    lifted->child[!side] = node;
    node->parent = lifted;
    update_height(node);
    update_height(lifted);
    return lifted;
}

static struct tree_node *rebalance(struct tree *tree, struct tree_node *node)
{
    for (int side = 0; side < 2; side++) {
        struct tree_node *tall = node->child[side];
        if (height(tall) <= height(node->child[!side]) + 1)
            continue;
        if (height(tall->child[!side]) > height(tall->child[side]))
            rotate(tree, tall, !side);
        return rotate(tree, node, side);
    }
    update_height(node);
    return node;
}

/* Up to where what stands in a node's place is as high as it was. */
static void rebalance_upward(struct tree *tree, struct tree_node *node)
{
    while (node) {
        unsigned before = node->height;
        node = rebalance(tree, node);
        if (node->height == before)
            return;
        node = node->parent;
    }
}

void tree_insert(struct tree *tree, struct tree_node *node, uint64_t key)
{
    struct tree_node *parent = NULL, **link = &tree->root;
    while (*link) {
        parent = *link;
        link = &parent->child[key >= parent->key];
    }
    *node = (struct tree_node){.parent = parent, .key = key, .height = 1};
    *link = node;
    rebalance_upward(tree, parent);
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
    next->height = node->height;
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
    rebalance_upward(tree, start);
    *node = (struct tree_node){0};
}

struct tree_node *tree_first(const struct tree *tree)
{
    struct tree_node *node = tree->root;
    while (node && node->child[0])
        node = node->child[0];
    return node;
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
