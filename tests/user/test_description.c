/* The parser of system descriptions: the system's own, what every line means, and a great many wrong ones. */
#include "user_test.h"

#include "description.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct description description;
static struct description_error error;

static bool parse(const char *text)
{
    /* A copy without a terminator, so that a sanitizer sees the first byte read too many. */
    size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    memset(&error, 0, sizeof error);
    bool good = description_parse(&description, copy, size, &error);
    free(copy);
    return good;
}

static void refuse(const char *text, unsigned line, const char *what)
{
    assert_false(parse(text));
    assert_string_equal(error.text, what);
    assert_int_equal(error.line, line);
}

static void the_systems_own(void **state)
{
    static char text[16384];
    FILE *file = fopen(SYSTEM_FILE, "rb");
    (void)state;
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    if (!parse(text))
        fail_msg("line %u: %s", error.line, error.text);
    assert_true(description.count >= 7);
    assert_string_equal(description.components[0].name, "registry");
    assert_true(description.components[0].essential);
    const struct component_spec *owner = description_endpoint_owner(&description, "console");
    assert_non_null(owner);
    assert_string_equal(owner->name, "console");
    assert_null(description_endpoint_owner(&description, "nobody"));
}

static void defaults(void **state)
{
    (void)state;
    assert_true(parse("component a"));
    const struct component_spec *c = &description.components[0];
    assert_string_equal(c->program, "a");
    assert_int_equal(c->priority, 16);
    assert_int_equal(c->cpu, 0);
    assert_int_equal(c->budget_ns, c->period_ns);
    assert_int_equal(c->memory, 128 * 1024);
    assert_int_equal(c->stack, 16 * 1024);
    assert_int_equal(c->pool, 128 * 1024);
    assert_int_equal(c->heap, 0);
    assert_false(c->manual || c->restart || c->essential);
    assert_string_equal(c->pager, "");
    assert_int_equal(c->grant_count, 0);
}

static void every_line(void **state)
{
    (void)state;
    assert_true(parse("# first\r\n\ncomponent a # comment\r\n\tprogram b\n priority 62\n cpu 31\n time 500us every 1s\n"
                      " memory 1M\n stack 8K\n pool 65537\n heap 512M\n pager memory\n manual\n restart\n essential\n"
                      " grant time\n endpoint memory\n connect root.view\n notification n\n region debug\n"
                      " device ns16550a as uart\n ram ram 100K"));
    const struct component_spec *c = &description.components[0];
    assert_int_equal(c->line, 3);
    assert_string_equal(c->program, "b");
    assert_int_equal(c->priority, 62);
    assert_int_equal(c->cpu, 31);
    assert_true(c->budget_ns == 500000 && c->period_ns == 1000000000);
    assert_int_equal(c->memory, 1 << 20);
    assert_int_equal(c->stack, 8192);
    assert_int_equal(c->pool, 128 * 1024);
    assert_int_equal(c->heap, 512 << 20);
    assert_string_equal(c->pager, "memory");
    assert_true(c->manual && c->restart && c->essential);
    static const enum grant_kind kinds[] = {GRANT_SELF,   GRANT_ENDPOINT, GRANT_CONNECT, GRANT_NOTIFICATION,
                                            GRANT_REGION, GRANT_DEVICE,   GRANT_RAM};
    assert_int_equal(c->grant_count, 7);
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(c->grants[i].kind, kinds[i]);
    assert_string_equal(c->grants[5].name, "uart");
    assert_string_equal(c->grants[5].what, "ns16550a");
    assert_int_equal(c->grants[6].size, 128 * 1024);
    assert_int_equal(c->grants[6].line, 22);
}

static void what_is_refused(void **state)
{
    (void)state;
    refuse("", 1, "no component is described");
    refuse("component", 1, "expected 'component NAME'");
    refuse("component a\ncomponent a", 2, "component 'a' is described twice");
    refuse("priority 1", 1, "'priority' before the first 'component NAME'");
    refuse("component a\nmemory 0", 2, "'0' is not a size; write it as 65536, 64K or 1M, up to 1024M");
    refuse("component a\nmemory 1025M", 2, "'1025M' is not a size; write it as 65536, 64K or 1M, up to 1024M");
    /* 2^64 of K: the product does not fit. */
    refuse("component a\nmemory 18014398509481984K", 2,
           "'18014398509481984K' is not a size; write it as 65536, 64K or 1M, up to 1024M");
    refuse("component a\ntime 1ms each 1s", 2, "expected 'time BUDGET every PERIOD', found 'each'");
    refuse("component a\ntime 2s every 1s", 2, "the budget 2s is longer than the period");
    refuse("component a\ntime 99999999999999s every 1s", 2,
           "'99999999999999s' is not a time; write it as 500us, 10ms or 1s");
    refuse("component a\npriority 63", 2, "'63' is not a number below 63");
    refuse("component a\npriority 4294967297", 2, "'4294967297' is not a number below 63");
    refuse("component a\nheap 1M", 1, "component 'a' has a heap but no 'pager ENDPOINT'");
    refuse("component a\npager p", 1, "no component has an 'endpoint p' to be the pager");
    refuse("component a\nconnect b", 2, "no component has an 'endpoint b'");
    refuse("component a\nendpoint root.view", 2, "endpoint 'root.view' is declared twice");
    refuse("component a\nendpoint e\ncomponent b\nendpoint e", 4, "endpoint 'e' is declared twice");
    refuse("component a\nendpoint e\nnotification e", 3, "'e' is granted twice");
    refuse("component a\nmemory 64K\nstack 64K", 1,
           "the memory of 'a' does not hold its stack and 32K for its program");
    refuse("component a\nstack 5000", 2, "the stack size '5000' is not a multiple of 4K");
    refuse("component a\ngrant all", 2, "cannot grant 'all'; known: space, thread, pool, time");
    refuse("component a\nfly", 2, "unknown keyword 'fly'; docs/system.md lists them");
    refuse("component \303\251", 1, "a byte that is not printable text");
    refuse("a b c d e f g h i", 1, "too many words on one line");
    refuse("component abcdefghijklmnopqrstuvwx", 1, "the name 'abcdefghijklmnopqrstuvwx' is longer than 23 letters");
    refuse("component a234567890123456789012345678901234567890", 1, "a word is longer than 39 letters");
}

static void limits(void **state)
{
    char text[4096] = "";
    (void)state;
    for (unsigned i = 0; i < COMPONENTS_MAX; i++)
        sprintf(text + strlen(text), "component c%u\n", i);
    assert_true(parse(text));
    assert_int_equal(description.count, COMPONENTS_MAX);
    strcat(text, "component more\n");
    refuse(text, COMPONENTS_MAX + 1, "more than 24 components");
    strcpy(text, "component a\n");
    for (unsigned i = 0; i < COMPONENT_GRANTS; i++)
        sprintf(text + strlen(text), "notification n%u\n", i);
    assert_true(parse(text));
    strcat(text, "notification more\n");
    refuse(text, COMPONENT_GRANTS + 2, "component 'a' has more than 10 grants");
}

/* Any text at all is parsed or refused with a line that is in it; the sanitizers watch. */
static void noise(void **state)
{
    static const char *const words[] = {"component", "a",   "b",        "program", "priority", "time", "every", "10ms",
                                        "memory",    "64K", "endpoint", "connect", "#",        "\n",   "\n",    "ram",
                                        "pager",     "0",   "\x80",     "heap",    "device",   "as",   "\t",    "4096"};
    uint32_t random = 11;
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        char text[512] = "";
        unsigned count = next_random(&random) % 30, lines = 1;
        for (unsigned i = 0; i < count; i++) {
            const char *word = words[next_random(&random) % (sizeof words / sizeof words[0])];
            lines += *word == '\n';
            strcat(strcat(text, word), next_random(&random) % 8 != 0 ? " " : "");
        }
        if (!parse(text)) {
            assert_true(error.line >= 1 && error.line <= lines);
            assert_true(error.text[0] != '\0');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_systems_own), cmocka_unit_test(defaults), cmocka_unit_test(every_line),
        cmocka_unit_test(what_is_refused), cmocka_unit_test(limits),   cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
