/*
 * Tests on the machine: a program of tests runs as the root task, prints a line for each and ends the machine.
 *
 * TEST(name, CLAUSES("IPC-1")) defines one; GROUP() lists those of a file; a program names its groups in
 * `test_groups`. CHECK ends a test that it fails. Only the root thread checks; actors leave values behind.
 */
#ifndef TARGET_TEST_H
#define TARGET_TEST_H

#include <ennead/ipc.h>

struct test {
    const char *name;
    void (*run)(void);
};

struct group {
    const char *name;
    const struct test *tests;
    unsigned count;
};

/* Ends with NULL. */
extern const struct group *const test_groups[];

/* The clauses of docs/abi.md that the test shows stand behind its name, for readers and for ./ennead test. */
#define TEST(name, ...) static void name(void)
#define RUN(name)                                                                                                      \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
#define GROUP(id, ...)                                                                                                 \
    static const struct test id##_tests[] = {__VA_ARGS__};                                                             \
    const struct group group_##id = {#id, id##_tests, sizeof id##_tests / sizeof id##_tests[0]}

_Noreturn void test_failed(const char *file, int line, const char *what, uint64_t got, uint64_t expected);

#define CHECK_IS(expression, expected)                                                                                 \
    do {                                                                                                               \
        uint64_t check_got = (uint64_t)(expression), check_expected = (uint64_t)(expected);                            \
        if (check_got != check_expected)                                                                               \
            test_failed(__FILE__, __LINE__, #expression, check_got, check_expected);                                   \
    } while (0)
#define CHECK(condition)     CHECK_IS(!!(condition), 1)
#define CHECK_OK(expression) CHECK_IS(expression, ENNEAD_OK)

/* Run a test and clean up behind it, inside another one, which goes on however it ends; `why` says how, if it failed.
 */
struct attempt {
    bool held;
    char why[160];
};
void attempt(const struct test *test, struct attempt *attempt);

/* To the machine's console, at once. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
