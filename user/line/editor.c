/* The line editor: see editor.h. */
#include "editor.h"
#include <ennead/text.h>

enum { KEY_ESCAPE = 27, KEY_DELETE = 127 };
#define CONTROL(letter) ((letter) - '@')

/* ---- showing ---- */

static void show(struct editor *e, const char *text)
{
    for (; *text != '\0' && e->out_length < e->out_size; text++)
        e->out[e->out_length++] = *text;
}

/* The whole line again, then the cursor to its place. */
static void redraw(struct editor *e)
{
    char move[16];
    show(e, "\r");
    show(e, e->prompt);
    show(e, e->text);
    show(e, "\033[K");
    if (e->cursor < e->length) {
        text_format(move, sizeof move, "\033[%uD", (unsigned)(e->length - e->cursor));
        show(e, move);
    }
}

/* ---- editing ---- */

static void insert(struct editor *e, char c)
{
    if (e->length + 1 >= LINE_BYTES)
        return;
    memmove(e->text + e->cursor + 1, e->text + e->cursor, e->length - e->cursor + 1);
    e->text[e->cursor++] = c;
    e->length++;
    if (e->cursor == e->length)
        show(e, (const char[]){c, '\0'});
    else
        redraw(e);
}

/* Delete [from, to); the cursor goes to `from`. */
static void erase(struct editor *e, size_t from, size_t to)
{
    if (from >= to)
        return;
    memmove(e->text + from, e->text + to, e->length - to + 1);
    e->length -= to - from;
    e->cursor = from;
    redraw(e);
}

static void move_to(struct editor *e, size_t cursor)
{
    if (cursor == e->cursor)
        return;
    e->cursor = cursor;
    redraw(e);
}

static void erase_word(struct editor *e)
{
    size_t from = e->cursor;
    while (from > 0 && e->text[from - 1] == ' ')
        from--;
    while (from > 0 && e->text[from - 1] != ' ')
        from--;
    erase(e, from, e->cursor);
}

/* ---- history ---- */

static void set_text(struct editor *e, const char *text)
{
    text_copy(e->text, sizeof e->text, text);
    e->length = e->cursor = text_length(e->text);
    redraw(e);
}

static void show_history(struct editor *e, unsigned at)
{
    if (e->history_at == e->history_end)
        text_copy(e->draft, sizeof e->draft, e->text);
    e->history_at = at;
    set_text(e, at == e->history_end ? e->draft : e->history[at % LINE_HISTORY]);
}

static void older(struct editor *e)
{
    if (e->history_at > 0 && e->history_end - e->history_at < LINE_HISTORY)
        show_history(e, e->history_at - 1);
}

static void newer(struct editor *e)
{
    if (e->history_at < e->history_end)
        show_history(e, e->history_at + 1);
}

/* Neither empty lines nor one like the last. */
static void keep(struct editor *e)
{
    const char *last = e->history[(e->history_end - 1) % LINE_HISTORY];
    if (e->length == 0 || (e->history_end > 0 && text_equal(last, e->text)))
        return;
    text_copy(e->history[e->history_end % LINE_HISTORY], LINE_BYTES, e->text);
    e->history_end++;
}

/* ---- keys ---- */

static void key(struct editor *e, char letter)
{
    switch (letter) {
    case 'A':
        older(e);
        break;
    case 'B':
        newer(e);
        break;
    case 'C':
        move_to(e, e->cursor < e->length ? e->cursor + 1 : e->length);
        break;
    case 'D':
        move_to(e, e->cursor > 0 ? e->cursor - 1 : 0);
        break;
    case 'H':
        move_to(e, 0);
        break;
    case 'F':
        move_to(e, e->length);
        break;
    }
}

/* ESC [ letter, ESC O letter, ESC [ digit ~ */
static void escape(struct editor *e, char c)
{
    if (e->escape == 1) {
        e->escape = c == '[' || c == 'O' ? 2 : 0;
        e->parameter = 0;
    } else if (c >= '0' && c <= '9') {
        e->parameter = c;
    } else if (c >= '@' && c <= '~') {
        e->escape = 0;
        if (c != '~')
            key(e, c);
        else if (e->parameter == '3')
            erase(e, e->cursor, e->cursor < e->length ? e->cursor + 1 : e->cursor);
        else
            key(e, e->parameter == '1' || e->parameter == '7' ? 'H' : 'F');
    }
}

static bool finish(struct editor *e)
{
    keep(e);
    show(e, "\n");
    return true;
}

static bool drop_line(struct editor *e)
{
    show(e, "^C\n");
    e->length = e->cursor = 0;
    e->text[0] = '\0';
    return true;
}

static bool control(struct editor *e, uint8_t byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        return finish(e);
    case CONTROL('C'):
        return drop_line(e);
    case CONTROL('A'):
        key(e, 'H');
        break;
    case CONTROL('E'):
        key(e, 'F');
        break;
    case CONTROL('B'):
        key(e, 'D');
        break;
    case CONTROL('F'):
        key(e, 'C');
        break;
    case CONTROL('P'):
        older(e);
        break;
    case CONTROL('N'):
        newer(e);
        break;
    case CONTROL('U'):
        erase(e, 0, e->cursor);
        break;
    case CONTROL('K'):
        erase(e, e->cursor, e->length);
        break;
    case CONTROL('W'):
        erase_word(e);
        break;
    case CONTROL('L'):
        show(e, "\033[H\033[2J");
        redraw(e);
        break;
    case CONTROL('H'):
    case KEY_DELETE:
        erase(e, e->cursor > 0 ? e->cursor - 1 : 0, e->cursor);
        break;
    case KEY_ESCAPE:
        e->escape = 1;
        break;
    }
    return false;
}

/* ---- what editor.h promises ---- */

void editor_init(struct editor *e)
{
    memset(e, 0, sizeof *e);
}

static void begin_output(struct editor *e, char *out)
{
    e->out = out;
    e->out_size = LINE_OUT_BYTES;
    e->out_length = 0;
}

void editor_begin(struct editor *e, const char *prompt, char *out, size_t *out_length)
{
    begin_output(e, out);
    text_copy(e->prompt, sizeof e->prompt, prompt);
    e->length = e->cursor = 0;
    e->text[0] = '\0';
    e->history_at = e->history_end;
    e->escape = 0;
    show(e, e->prompt);
    *out_length = e->out_length;
}

bool editor_take(struct editor *e, uint8_t byte, char *out, size_t *out_length)
{
    bool complete = false, line_feed = byte == '\n' && e->after_return;
    begin_output(e, out);
    e->after_return = byte == '\r';
    if (line_feed)
        e->escape = 0;
    else if (e->escape != 0)
        escape(e, (char)byte);
    else if (byte < ' ' || byte == KEY_DELETE)
        complete = control(e, byte);
    else if (byte < KEY_DELETE)
        insert(e, (char)byte);
    *out_length = e->out_length;
    return complete;
}
