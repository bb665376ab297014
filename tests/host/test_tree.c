/* The balanced tree against a plain sorted array. */
#include "fixture.h"

#include <stdlib.h>

#define NODES 64u

static struct tree tree;
static struct tree_node node[NODES];

/* Heights, order and parent links below `at`; returns its height. */
static unsigned check_below(struct tree_node *at, struct tree_node *parent)
{
    if (!at)
        return 0;
    assert_ptr_equal(at->parent, parent);
    unsigned low = check_below(at->child[0], at), high = check_below(at->child[1], at);
    assert_true(low <= high + 1 && high <= low + 1);
    assert_int_equal(at->height, 1 + (low > high ? low : high));
    assert_true(!at->child[0] || at->child[0]->key <= at->key);
    assert_true(!at->child[1] || at->child[1]->key >= at->key);
    return at->height;
}

static void check_searches(uint64_t key)
{
    struct tree_node *below = NULL, *above = NULL, *first = NULL;
    for (unsigned i = 0; i < NODES; i++) {
        if (!node[i].height)
            continue;
        if (node[i].key <= key && (!below || node[i].key > below->key))
            below = &node[i];
        if (node[i].key >= key && (!above || node[i].key < above->key))
            above = &node[i];
        if (!first || node[i].key < first->key)
            first = &node[i];
    }
    struct tree_node *found[] = {tree_at_or_below(&tree, key), tree_at_or_above(&tree, key), tree_first(&tree)};
    struct tree_node *right[] = {below, above, first};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(found[i] != NULL, right[i] != NULL);
        assert_true(!found[i] || found[i]->key == right[i]->key);
    }
}

static void any_order_leaves_it_balanced(void **state)
{
    uint64_t random = 1;
    (void)state;
    tree.root = NULL;
    for (unsigned round = 0; round < 20000; round++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct tree_node *one = &node[random >> 33 & (NODES - 1)];
        if (one->height)
            tree_remove(&tree, one);
        else
            tree_insert(&tree, one, random >> 40 & 127);
        check_below(tree.root, NULL);
        check_searches(random >> 50 & 127);
    }
    for (unsigned i = 0; i < NODES; i++)
        if (node[i].height)
            tree_remove(&tree, &node[i]);
    assert_null(tree.root);
    check_searches(5);
}

static void equal_keys_keep_their_order(void **state)
{
    (void)state;
    tree.root = NULL;
    for (unsigned i = 0; i < NODES; i++)
        tree_insert(&tree, &node[i], 7);
    for (unsigned i = 0; i < NODES; i++) {
        assert_ptr_equal(tree_first(&tree), &node[i]);
        tree_remove(&tree, &node[i]);
    }
    assert_null(tree.root);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_leaves_it_balanced),
        cmocka_unit_test(equal_keys_keep_their_order),
    };
    return RUN("tree", tests);
}
