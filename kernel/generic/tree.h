/*
 * Intrusive balanced search trees (AVL, after Adelson-Velsky and Landis 1962) with parent links.
 *
 * Used for a space's map (key: virtual address), a region's children (key: offset) and deadlines (key: time).
 * No allocation; every operation takes at most a few steps per level, and there are at most 1.44 log2 n levels.
 * Equal keys are allowed and keep their order of insertion.
 */
#ifndef GENERIC_TREE_H
#define GENERIC_TREE_H

#include <stdbool.h>
#include <stdint.h>

struct tree_node {
    struct tree_node *parent;
    struct tree_node *child[2]; /* 0: smaller keys, 1: equal and larger */
    uint64_t key;
    uint8_t height; /* 0: not in a tree */
};

struct tree {
    struct tree_node *root;
};

void tree_insert(struct tree *tree, struct tree_node *node, uint64_t key);
/* The same where `before` is known, the node with the largest key <= key; NULL if there is none. */
void tree_insert_behind(struct tree *tree, struct tree_node *before, struct tree_node *node, uint64_t key);
void tree_remove(struct tree *tree, struct tree_node *node); /* node->height becomes 0 */
struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_before(const struct tree_node *node);
struct tree_node *tree_at_or_below(const struct tree *tree, uint64_t key); /* the largest key <= key */
struct tree_node *tree_at_or_above(const struct tree *tree, uint64_t key); /* the smallest key >= key */

#endif
