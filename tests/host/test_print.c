/* What the kernel prints, and the ends that it prints something at. */
#include "fixture.h"

#include <string.h>

#define PRINTS(text, ...)                                                                                              \
    do {                                                                                                               \
        host_forget_message();                                                                                         \
        kprintf(__VA_ARGS__);                                                                                          \
        assert_string_equal(host_message(), text);                                                                     \
    } while (0)

static void numbers_are_printed_as_asked(void **state)
{
    (void)state;
    PRINTS("0 7 4294967295", "%u %u %u", 0u, 7u, UINT32_MAX);
    PRINTS("-1 -2147483648 42", "%d %d %d", -1, INT32_MIN, 42);
    PRINTS("ffffffffffffffff", "%llx", (unsigned long long)UINT64_MAX);
    PRINTS("-9223372036854775808", "%lld", (long long)INT64_MIN);
    PRINTS("12 -3", "%lu %ld", 12ul, -3l);
    PRINTS("|  7|007|   -7|-07|", "|%3u|%03u|%5d|%03d|", 7u, 7u, -7, -7);
    PRINTS("1234567", "%3u", 1234567u);
    PRINTS("           9|", "%12u|", 9u);
    PRINTS("0x1234", "%p", (void *)0x1234);
}

/* Not a literal, since compilers know that it makes no sense. */
static const char *const unfinished = "ends with %";

static void text_is_printed_as_asked(void **state)
{
    (void)state;
    PRINTS("a|bc   |x", "a|%5s|%c", "bc", 'x');
    PRINTS("longer than that", "%3s", "longer than that");
    PRINTS("100%", "100%%");
    PRINTS("", "%s", "");
    PRINTS("ends with %", unfinished, 0);
}

static void assert_wrongly(void)
{
    ASSERT(1 + 1 == 3);
}

static void panic_again(void)
{
    panic("worse: %u", 5u);
}

static void only_the_first_panic_shows_the_registers(void **state)
{
    (void)state;
    context_write_reg(&root->context, ENNEAD_REGISTER_PC, 0x4711);
    host_forget_message();
    assert_false(host_survives(assert_wrongly));
    assert_non_null(strstr(host_message(), "panic: assertion failed: 1 + 1 == 3, "));
    assert_non_null(strstr(host_message(), "pc 0x4711"));
    host_forget_message();
    assert_false(host_survives(panic_again));
    assert_string_equal(host_message(), "panic: worse: 5");
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(numbers_are_printed_as_asked),
        TEST(text_is_printed_as_asked),
        TEST(only_the_first_panic_shows_the_registers),
    };
    return RUN("print", tests);
}
