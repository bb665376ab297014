/* Memory, strings and formatting, against the C library where that has the same. */
#include "user_test.h"

#include <stdio.h>
#include <string.h>

/* Those of user/lib/text.c, see CMakeLists.txt. */
void *user_memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *user_memmove(void *to, const void *from, size_t bytes);
void *user_memset(void *to, int value, size_t bytes);
int user_memcmp(const void *a, const void *b, size_t bytes);

#include <ennead/text.h>

static void memory_functions(void **state)
{
    uint32_t random = 7;
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        uint8_t ours[64], theirs[64];
        for (unsigned i = 0; i < 64; i++)
            ours[i] = theirs[i] = (uint8_t)next_random(&random);
        unsigned from = next_random(&random) % 32, to = next_random(&random) % 32, bytes = next_random(&random) % 33;
        assert_ptr_equal(user_memmove(ours + to, ours + from, bytes), ours + to);
        memmove(theirs + to, theirs + from, bytes);
        assert_memory_equal(ours, theirs, 64);
        user_memset(ours + from, (int)round, bytes);
        memset(theirs + from, (int)round, bytes);
        user_memcpy(ours + (to > 15 ? 0 : 48), ours + 20, 16);
        memcpy(theirs + (to > 15 ? 0 : 48), theirs + 20, 16);
        assert_memory_equal(ours, theirs, 64);
        int difference = memcmp(ours, ours + 32, 32);
        assert_int_equal(user_memcmp(ours, ours + 32, 32), difference < 0 ? -1 : difference > 0);
    }
    assert_int_equal(user_memcmp("\x80", "\x7f", 1), 1);
    assert_int_equal(user_memcmp("a", "b", 0), 0);
}

static void strings(void **state)
{
    char text[4] = "###";
    (void)state;
    assert_int_equal(text_length(""), 0);
    assert_int_equal(text_length("four"), 4);
    assert_true(text_equal("", ""));
    assert_true(text_equal("abc", "abc"));
    assert_false(text_equal("abc", "ab"));
    assert_false(text_equal("ab", "abc"));
    text_copy(text, sizeof text, "abcdef");
    assert_string_equal(text, "abc");
    text_copy(text, 1, "abc");
    assert_string_equal(text, "");
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0", true, 0},
        {"42", true, 42},
        {"0x2a", true, 42},
        {"0XFf", true, 255},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"0xffffffffffffffff", true, UINT64_MAX},
        {"0x10000000000000000", false, 0},
        {"4294967296", true, (uint64_t)1 << 32},
        {"", false, 0},
        {"0x", false, 0},
        {"12a", false, 0},
        {"-1", false, 0},
        {" 1", false, 0},
        {"99999999999999999999", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 0;
        assert_int_equal(text_number(cases[i].text, &value), cases[i].good);
        if (cases[i].good)
            assert_true(value == cases[i].value);
    }
}

/* What our formatter and the C library's make of the same arguments. */
#define SAME(...)                                                                                                      \
    do {                                                                                                               \
        char ours[128], theirs[128];                                                                                   \
        snprintf(theirs, sizeof theirs, __VA_ARGS__);                                                                  \
        assert_int_equal(text_format(ours, sizeof ours, __VA_ARGS__), strlen(theirs));                                 \
        assert_string_equal(ours, theirs);                                                                             \
    } while (0)

static void formats_like_printf(void **state)
{
    (void)state;
    SAME("plain");
    SAME("%d %d %d", 0, -1, INT32_MIN);
    SAME("%u %x", UINT32_MAX, UINT32_MAX);
    SAME("%ld %lu %lx", -123456789L, 123456789UL, 0xabcdefUL);
    SAME("%lld %llu %llx", INT64_MIN + 0LL, UINT64_MAX + 0ULL, 0x123456789abcdefULL);
    SAME("%zu|%zx", (size_t)4096, (size_t)0xffff);
    SAME("%5d|%-5d|%05u|%5s|%-5s|", 42, 42, 42u, "ab", "ab");
    SAME("%08x %016llx", 0xbeefu, 0xdeadbeefULL);
    SAME("%c%c%c", 'a', 'b', 'c');
    SAME("%s%%%s", "100", "");
    /* Arguments behind a 64-bit one: a 32-bit port may align it. */
    SAME("%d %llu %d %llu %s", 1, 2ULL, 3, 4ULL, "five");
}

static void formatting_is_bounded(void **state)
{
    char text[8] = "#######";
    (void)state;
    assert_int_equal(text_format(text, 4, "%s", "abcdef"), 3);
    assert_memory_equal(text, "abc\0###", 8);
    assert_int_equal(text_format(text, 1, "%u", 7u), 0);
    assert_string_equal(text, "");
    text[0] = '#';
    assert_int_equal(text_format(text, 0, "abc"), 0);
    assert_int_equal(text[0], '#');
    assert_int_equal(text_format(text, sizeof text, "%200d", 1), 7);
    const char *volatile none = NULL, *volatile cut = "ab%";
    assert_int_equal(text_format(text, sizeof text, "%s", none), 6);
    assert_string_equal(text, "(null)");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
    assert_int_equal(text_format(text, sizeof text, cut), 2);
#pragma GCC diagnostic pop
    assert_string_equal(text, "ab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_functions),
        cmocka_unit_test(strings),
        cmocka_unit_test(numbers),
        cmocka_unit_test(formats_like_printf),
        cmocka_unit_test(formatting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
