/* The root task of a test program: its start, the guardian of unexpected faults, the loop over tests, the verdict. */
#include "harness.h"
#include "machine.h"
#include <ennead/text.h>

static void *failure_jump[5];
static unsigned passed, failed;
static const char *running;
static struct attempt *trial;

_Noreturn void ennead_start(const struct ennead_boot_info *boot);

static void put(const char *text)
{
    static uint32_t slot;
    if (slot == 0)
        slot = io_region("debug");
    for (; *text != '\0'; text++)
        (void)!region_store(slot, 0, 1, (uint8_t)*text);
}

void say(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    text_vformat(text, sizeof text, format, arguments);
    va_end(arguments);
    put(text);
}

_Noreturn void machine_end(unsigned status)
{
    (void)!region_store(io_region("power"), 0, 1, status);
    for (;;)
        ennead_recv(harness.park);
}

static _Noreturn void verdict(void)
{
    say("verdict: %u passed, %u failed\n", passed, failed);
    machine_end(failed > 0 || passed == 0);
}

_Noreturn void machine_refuse(const char *what, uint64_t value)
{
    say("not ok %s: %s (0x%llx)\n", running != NULL ? running : "start", what, (unsigned long long)value);
    failed++;
    verdict();
}

static const char *base_name(const char *path)
{
    const char *name = path;
    for (; *path != '\0'; path++) {
        if (*path == '/')
            name = path + 1;
    }
    return name;
}

_Noreturn void test_failed(const char *file, int line, const char *what, uint64_t got, uint64_t expected)
{
    if (running == NULL)
        machine_refuse(what, got);
    if (trial != NULL)
        text_format(trial->why, sizeof trial->why, "%s:%d: %s is 0x%llx, not 0x%llx", base_name(file), line, what,
                    (unsigned long long)got, (unsigned long long)expected);
    else
        say("not ok %s: %s:%d: %s is 0x%llx, not 0x%llx\n", running, base_name(file), line, what,
            (unsigned long long)got, (unsigned long long)expected);
    __builtin_longjmp(failure_jump, 1);
}

static bool run_one(const struct test *test)
{
    if (__builtin_setjmp(failure_jump) != 0)
        return false;
    test->run();
    return true;
}

/* The pool must come back whole whether or not the test held. */
static bool clean_up(void)
{
    static uint64_t free_before;
    if (__builtin_setjmp(failure_jump) != 0)
        return false;
    start_over();
    if (free_before == 0)
        free_before = pool_free(harness.true_pool);
    CHECK_IS(pool_free(harness.true_pool), free_before);
    return true;
}

void attempt(const struct test *test, struct attempt *attempt)
{
    void *outer[sizeof failure_jump / sizeof failure_jump[0]];
    for (unsigned i = 0; i < sizeof outer / sizeof outer[0]; i++)
        outer[i] = failure_jump[i];
    *attempt = (struct attempt){0};
    trial = attempt;
    bool held = run_one(test);
    attempt->held = clean_up() && held;
    trial = NULL;
    for (unsigned i = 0; i < sizeof outer / sizeof outer[0]; i++)
        failure_jump[i] = outer[i];
}

static void run_group(const struct group *group)
{
    static char name[96];
    for (unsigned i = 0; i < group->count; i++) {
        text_format(name, sizeof name, "%s.%s", group->name, group->tests[i].name);
        running = name;
        bool good = run_one(&group->tests[i]);
        good = clean_up() && good;
        if (good)
            say("ok %s\n", name);
        *(good ? &passed : &failed) += 1;
    }
}

_Noreturn void ennead_start(const struct ennead_boot_info *boot)
{
    machine_start(boot);
    (void)clean_up();
    for (unsigned i = 0; test_groups[i] != NULL; i++)
        run_group(test_groups[i]);
    verdict();
}
