/* Words in properties of device trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <words.h>

/* In memory of just that size, so that a sanitizer sees what is read beyond it. */
static bool have(const char *text, size_t bytes, char between, const char *word)
{
    char *exact = malloc(bytes);
    memcpy(exact, text, bytes);
    bool found = words_have(exact, bytes, between, word);
    free(exact);
    return found;
}

#define IN(text, between, word) have(text, sizeof(text), between, word)

static void finds_a_word_at_any_place(void **state)
{
    (void)state;
    assert_true(IN("rv64imac_zicsr_sstc_zba", '_', "sstc"));
    assert_true(IN("rv64imac_sstc", '_', "sstc"));
    assert_true(IN("sstc_zba", '_', "sstc"));
    assert_true(IN("sstc", '_', "sstc"));
    assert_true(have("a_sstc", 6, '_', "sstc")); /* nothing ends it */
}

static void a_part_of_a_word_is_none(void **state)
{
    (void)state;
    assert_false(IN("rv64imac_sstcx", '_', "sstc"));
    assert_false(IN("rv64imac_xsstc", '_', "sstc"));
    assert_false(IN("rv64imac_sst_c", '_', "sstc"));
    assert_false(IN("rv64imacsstc", '_', "sstc"));
    assert_false(IN("", '_', "sstc"));
    assert_false(have("a_sstc", 5, '_', "sstc"));
}

static void strings_are_words_of_a_list(void **state)
{
    (void)state;
    assert_true(IN("i\0m\0sstc\0zba", '\0', "sstc"));
    assert_true(IN("i\0m\0sstc", '\0', "i"));
    assert_false(IN("i\0m_sstc\0zba", '\0', "sstc"));
    assert_false(IN("i\0sst\0c", '\0', "sstc"));
    assert_true(IN("first_a\0second_b", '_', "second")); /* a string's end is between words too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_word_at_any_place),
        cmocka_unit_test(a_part_of_a_word_is_none),
        cmocka_unit_test(strings_are_words_of_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
