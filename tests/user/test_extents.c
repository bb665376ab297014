/* The list of free ranges: directed cases, and a long random run against a map of single blocks. */
#include "user_test.h"

#include <ennead/extents.h>
#include <string.h>

#define BLOCK  4096u
#define BLOCKS 256u

static struct extents list;

static void setup(uint64_t base, uint64_t size)
{
    memset(&list, 0, sizeof list);
    assert_true(extents_give(&list, base, size));
}

static void takes_aligned_blocks(void **state)
{
    uint64_t base;
    (void)state;
    setup(0x1000, 0x7000);
    assert_true(extents_take(&list, 0x4000, &base));
    assert_int_equal(base, 0x4000);
    assert_int_equal(list.count, 1);
    assert_int_equal(extents_total(&list), 0x3000);
    assert_false(extents_take(&list, 0x4000, &base));
    assert_true(extents_take(&list, 0x2000, &base));
    assert_int_equal(base, 0x2000);
    assert_true(extents_take(&list, 0x1000, &base));
    assert_int_equal(list.count, 0);
    assert_false(extents_take(&list, 0x1000, &base));
}

static void works_above_four_gigabytes(void **state)
{
    uint64_t base;
    (void)state;
    setup(0xfffff000, 0x200002000);
    assert_true(extents_take(&list, (uint64_t)1 << 32, &base));
    assert_true(base == (uint64_t)1 << 32);
    assert_true(extents_give(&list, base, (uint64_t)1 << 32));
    assert_int_equal(list.count, 1);
    assert_true(extents_total(&list) == 0x200002000);
}

static void does_not_wrap_at_the_end(void **state)
{
    uint64_t base;
    (void)state;
    setup(UINT64_MAX - 0xfff, 0xfff);
    assert_false(extents_take(&list, (uint64_t)1 << 63, &base));
    assert_false(extents_take(&list, 0x1000, &base));
    assert_true(extents_take(&list, 0x800, &base));
    assert_true(base == UINT64_MAX - 0xfff);
}

static void joins_neighbours(void **state)
{
    (void)state;
    setup(0, BLOCK);
    assert_true(extents_give(&list, 2 * BLOCK, BLOCK));
    assert_int_equal(list.count, 2);
    assert_true(extents_give(&list, 3 * BLOCK, BLOCK));
    assert_int_equal(list.count, 2);
    assert_true(extents_give(&list, BLOCK, BLOCK));
    assert_int_equal(list.count, 1);
    assert_int_equal(extents_total(&list), 4 * BLOCK);
}

static void a_full_list_refuses(void **state)
{
    uint64_t base;
    (void)state;
    memset(&list, 0, sizeof list);
    for (unsigned i = 0; i < EXTENTS_MAX; i++)
        assert_true(extents_give(&list, (uint64_t)4 * i * BLOCK, 3 * BLOCK));
    assert_false(extents_give(&list, (uint64_t)4 * EXTENTS_MAX * BLOCK, BLOCK));
    /* The middle of an extent would need room for the piece behind: there is none. */
    assert_true(extents_take(&list, 2 * BLOCK, &base));
    assert_int_equal(list.count, EXTENTS_MAX);
}

/* ---- random ---- */

static bool block_free[BLOCKS];
static struct held {
    uint64_t base, size;
} held[BLOCKS];
static unsigned held_count;

static void mark(uint64_t base, uint64_t size, bool is_free)
{
    for (uint64_t at = base; at < base + size; at += BLOCK) {
        assert_true(block_free[at / BLOCK] != is_free);
        block_free[at / BLOCK] = is_free;
    }
}

static void check_list(void)
{
    unsigned runs = 0, free = 0;
    for (unsigned i = 0; i < BLOCKS; i++) {
        free += block_free[i];
        runs += block_free[i] && (i == 0 || !block_free[i - 1]);
    }
    assert_int_equal(list.count, runs);
    assert_int_equal(extents_total(&list), free * BLOCK);
}

static bool a_block_is_free(uint64_t size)
{
    for (uint64_t base = 0; base < (uint64_t)BLOCKS * BLOCK; base += size) {
        uint64_t at = base;
        while (at < base + size && block_free[at / BLOCK])
            at += BLOCK;
        if (at == base + size)
            return true;
    }
    return false;
}

static void random_run(void **state)
{
    uint32_t random = 1;
    (void)state;
    memset(block_free, true, sizeof block_free);
    setup(0, (uint64_t)BLOCKS * BLOCK);
    for (unsigned step = 0; step < 20000; step++) {
        uint64_t size = (uint64_t)BLOCK << next_random(&random) % 5, base;
        if (next_random(&random) % 2 != 0) {
            bool possible = a_block_is_free(size);
            assert_int_equal(extents_take(&list, size, &base), possible);
            if (possible) {
                assert_int_equal(base % size, 0);
                mark(base, size, false);
                held[held_count++] = (struct held){base, size};
            }
        } else if (held_count > 0) {
            unsigned which = next_random(&random) % held_count;
            assert_true(extents_give(&list, held[which].base, held[which].size));
            mark(held[which].base, held[which].size, true);
            held[which] = held[--held_count];
        }
        check_list();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_aligned_blocks),     cmocka_unit_test(works_above_four_gigabytes),
        cmocka_unit_test(does_not_wrap_at_the_end), cmocka_unit_test(joins_neighbours),
        cmocka_unit_test(a_full_list_refuses),      cmocka_unit_test(random_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
