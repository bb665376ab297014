/* The line editor: keys and what the line becomes, against a terminal of its own that shows what the user sees. */
#include "user_test.h"

#include "editor.h"
#include <stdlib.h>
#include <string.h>

#define PROMPT "> "

static struct editor editor;
static char out[LINE_OUT_BYTES];
static char screen[LINE_BYTES + 16];
static size_t column;

/* A terminal of one line, as far as the editor needs one. */
static void terminal(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\r') {
            column = 0;
        } else if (text[i] == '\n') {
            memset(screen, 0, sizeof screen);
            column = 0;
        } else if (text[i] == '\033') {
            char *end;
            assert_int_equal(text[i + 1], '[');
            unsigned long number = strtoul(text + i + 2, &end, 10);
            if (*end == 'K')
                memset(screen + column, 0, sizeof screen - column);
            else if (*end == 'D')
                column -= number;
            else
                column = 0;
            i = (size_t)(end - text);
        } else {
            assert_true(column < sizeof screen - 1);
            screen[column++] = text[i];
        }
    }
}

static void begin(void)
{
    size_t length;
    memset(screen, 0, sizeof screen);
    column = 0;
    editor_begin(&editor, PROMPT, out, &length);
    terminal(out, length);
}

/* True if one of the bytes completed the line. */
static bool type(const char *bytes)
{
    bool complete = false;
    for (; *bytes != '\0' && !complete; bytes++) {
        size_t length = 0;
        complete = editor_take(&editor, (uint8_t)*bytes, out, &length);
        assert_true(length <= LINE_OUT_BYTES);
        out[length < LINE_OUT_BYTES ? length : LINE_OUT_BYTES - 1] = '\0';
        terminal(out, length);
        assert_true(editor.cursor <= editor.length && editor.length < LINE_BYTES);
        assert_int_equal(strlen(editor.text), editor.length);
    }
    return complete;
}

static void expect(const char *keys, const char *text, size_t cursor)
{
    char shown[LINE_BYTES + 16];
    editor_init(&editor);
    begin();
    assert_false(type(keys));
    assert_string_equal(editor.text, text);
    assert_int_equal(editor.cursor, cursor);
    strcpy(shown, PROMPT);
    strcat(shown, text);
    assert_string_equal(screen, shown);
    assert_int_equal(column, strlen(PROMPT) + cursor);
}

static void keys(void **state)
{
    (void)state;
    expect("abc", "abc", 3);
    expect("ac\033[Db", "abc", 2);
    expect("ab\177c", "ac", 2);
    expect("ab\010c", "ac", 2);
    expect("\177\177", "", 0);
    expect("bc\001a", "abc", 1);
    expect("abc\001\005d", "abcd", 4);
    expect("abc\033[H\033[3~", "bc", 0);
    expect("abc\033[3~", "abc", 3);
    expect("abc\033[1~x", "xabc", 1);
    expect("abc\033[7~x\033[8~y", "xabcy", 5);
    expect("abc\033OHx\033OFy", "xabcy", 5);
    expect("ab\002\002\002\006", "ab", 1);
    expect("abc\033[D\025", "c", 0);
    expect("abc\033[D\013", "ab", 2);
    expect("one two  \027", "one ", 4);
    expect("one\027\027", "", 0);
    expect("abc\014", "abc", 3);
    expect("a\033[Zb", "ab", 2);
    expect("a\033xb", "ab", 2);
    expect("a\001\033[C\033[C\033[Cb", "ab", 2);
}

static void returns_and_line_feeds(void **state)
{
    (void)state;
    editor_init(&editor);
    begin();
    assert_true(type("one\r"));
    assert_string_equal(editor.text, "one");
    begin();
    /* The line feed of CR LF belongs to the line before. */
    assert_false(type("\n"));
    assert_true(type("two\n"));
    assert_string_equal(editor.text, "two");
    begin();
    assert_true(type("\n"));
    begin();
    assert_true(type("lost\003"));
    assert_string_equal(editor.text, "");
}

static void history(void **state)
{
    (void)state;
    editor_init(&editor);
    begin();
    assert_false(type("\033[A\033[B"));
    assert_string_equal(editor.text, "");
    assert_true(type("one\r"));
    begin();
    assert_true(type("two\r"));
    begin();
    assert_true(type("two\r"));
    begin();
    assert_true(type("\r"));
    begin();
    type("draft\033[A");
    assert_string_equal(editor.text, "two");
    type("\020\020\020");
    assert_string_equal(editor.text, "one");
    type("\016");
    assert_string_equal(editor.text, "two");
    type("\033[B\033[B");
    assert_string_equal(editor.text, "draft");
}

static void history_forgets_the_oldest(void **state)
{
    (void)state;
    editor_init(&editor);
    for (unsigned i = 0; i < 3 * LINE_HISTORY; i++) {
        char line[8] = {(char)('a' + i % 26), (char)('a' + i / 26), '\r', '\0'};
        begin();
        assert_true(type(line));
    }
    begin();
    for (unsigned i = 0; i < 2 * LINE_HISTORY; i++)
        type("\033[A");
    unsigned oldest = 2 * LINE_HISTORY;
    assert_int_equal(editor.text[0], 'a' + oldest % 26);
    assert_int_equal(editor.text[1], 'a' + oldest / 26);
}

static void a_full_line_takes_no_more(void **state)
{
    (void)state;
    editor_init(&editor);
    begin();
    for (unsigned i = 0; i < 2 * LINE_BYTES; i++)
        type("x");
    assert_int_equal(editor.length, LINE_BYTES - 1);
    type("\001y\177");
    assert_int_equal(editor.length, LINE_BYTES - 1);
    assert_true(type("\r"));
}

/* Any bytes at all: type() checks the invariants, the sanitizers the rest. */
static void noise(void **state)
{
    static const char likely[] = "\033[ABCDHF~13\001\005\013\025\027\020\016\177\010 ab";
    uint32_t random = 3;
    (void)state;
    editor_init(&editor);
    begin();
    for (unsigned i = 0; i < 200000; i++) {
        uint32_t value = next_random(&random);
        uint8_t byte = value % 4 != 0 ? (uint8_t)likely[value / 4 % (sizeof likely - 1)] : (uint8_t)(value >> 8);
        size_t length = 0;
        bool complete = editor_take(&editor, byte, out, &length);
        assert_true(length <= LINE_OUT_BYTES);
        assert_true(editor.cursor <= editor.length && editor.length < LINE_BYTES);
        assert_int_equal(strlen(editor.text), editor.length);
        if (complete)
            begin();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(returns_and_line_feeds),
        cmocka_unit_test(history),
        cmocka_unit_test(history_forgets_the_oldest),
        cmocka_unit_test(a_full_line_takes_no_more),
        cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
