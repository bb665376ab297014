/* Fields and names in a message: the same bytes of meaning whatever the word's width and order. */
#include "user_test.h"

#include <ennead/fields.h>
#include <ennead/ipc.h>
#include <string.h>

static struct ennead_utcb buffer;

struct ennead_utcb *ennead_utcb(void)
{
    return &buffer;
}

struct ennead_msg ennead_ipc(ennead_word target, uint32_t tag, const ennead_word w[ENNEAD_MSG_REG_WORDS])
{
    (void)target, (void)tag, (void)w;
    fail_msg("no system call is made here");
    return (struct ennead_msg){0};
}

/* What a message looks like when it arrives: the first words in registers, the rest in the buffer. */
static struct ennead_msg arrive(const ennead_word *words, unsigned count)
{
    struct ennead_msg msg = {.tag = ENNEAD_TAG(1, 1, count, 0)};
    memset(&buffer, 0xee, sizeof buffer);
    for (unsigned i = 0; i < count; i++)
        *(i < ENNEAD_MSG_REG_WORDS ? &msg.w[i] : &buffer.words[i]) = words[i];
    return msg;
}

static void fields_arrive(void **state)
{
    static const uint64_t values[] = {0x0123456789abcdef, 0, UINT64_MAX, 1, (uint64_t)1 << 32, 0x80000000};
    ennead_word words[ENNEAD_BUFFER(6)] = {0};
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        ennead_put(words, i, values[i]);
    struct ennead_msg msg = arrive(words, ENNEAD_FIELDS(6));
    for (unsigned i = 0; i < 6; i++)
        assert_true(ennead_get(&msg, i) == values[i]);
    /* The low half first, on every port. */
    assert_int_equal((uint32_t)words[0], 0x89abcdef);
}

static void names_arrive(void **state)
{
    static const char *const names[] = {"",
                                        "a",
                                        "registry",
                                        "exactly-eight-and-more",
                                        "twenty-three-letters-xx",
                                        "longer than the twenty-three that fit"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ennead_word words[ENNEAD_BUFFER(ENNEAD_NAME_FIELDS + 1)] = {0};
        char expected[ENNEAD_NAME_BYTES];
        strncpy(expected, names[i], sizeof expected - 1);
        expected[sizeof expected - 1] = '\0';
        ennead_put_name(words, 1, names[i]);
        struct ennead_msg msg = arrive(words, ENNEAD_FIELDS(ENNEAD_NAME_FIELDS + 1));
        assert_string_equal(ennead_get_name(&msg, 1).text, expected);
    }
}

static void data_keeps_its_bytes(void **state)
{
    static const char text[] = "thirteen bytes";
    char back[32] = "";
    (void)state;
    memset(&buffer, 0xee, sizeof buffer);
    unsigned word = ENNEAD_DATA_WORD(1);
    ennead_put_data(word, text, 13);
    struct ennead_msg msg = {.tag = ENNEAD_TAG(1, 1, word + ENNEAD_DATA_WORDS(13), 0)};
    assert_int_equal(ennead_get_data(&msg, word, 13, back, sizeof back), 13);
    assert_string_equal(back, "thirteen byte");
    assert_int_equal(ennead_get_data(&msg, word, 13, back, 4), 4);
    /* What is announced beyond the message is not there; what fills up its last word is zero. */
    assert_int_equal(ennead_get_data(&msg, word, UINT64_MAX, back, sizeof back), 16);
    assert_memory_equal(back + 13, "\0\0\0", 3);
    msg.tag = ENNEAD_TAG(1, 1, word, 0);
    assert_int_equal(ennead_get_data(&msg, word, 13, back, sizeof back), 0);
}

static void any_number_of_fields(void **state)
{
    uint64_t values[20], back[20];
    ennead_word words[ENNEAD_BUFFER(1)] = {0};
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        values[i] = UINT64_C(0x1111111100000001) * (i + 1);
    memset(&buffer, 0xee, sizeof buffer);
    ennead_put(words, 0, 5);
    ennead_put_fields(words, 1, values, 20);
    struct ennead_msg msg = {.tag = ENNEAD_TAG(1, 1, ENNEAD_FIELDS(21), 0)};
    memcpy(msg.w, words, sizeof msg.w);
    assert_true(ennead_get(&msg, 0) == 5);
    assert_int_equal(ennead_get_fields(&msg, 1, back, 20), 20);
    assert_memory_equal(values, back, sizeof values);
    assert_int_equal(ennead_get_fields(&msg, 1, back, 3), 3);
    assert_int_equal(ennead_get_fields(&msg, 21, back, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_arrive),
        cmocka_unit_test(names_arrive),
        cmocka_unit_test(data_keeps_its_bytes),
        cmocka_unit_test(any_number_of_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
