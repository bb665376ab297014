/*
 * A line editor with history, as a machine that takes bytes and gives bytes: no input, no output of its own, so that
 * it is tested anywhere. Speaks to a terminal of the VT100 kind.
 *
 * Keys: arrows, Home, End, Delete, Backspace; Ctrl-A and Ctrl-E to the ends, Ctrl-B and Ctrl-F by one, Ctrl-U and
 * Ctrl-K delete to the start and the end, Ctrl-W a word, Ctrl-P and Ctrl-N through the history, Ctrl-L draws the line
 * again on a clear screen, Ctrl-C drops the line.
 */
#ifndef LINE_EDITOR_H
#define LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_BYTES   256u /* a line and its terminator */
#define LINE_HISTORY 32u
#define LINE_PROMPT  64u

struct editor {
    char prompt[LINE_PROMPT];
    char text[LINE_BYTES];
    size_t length, cursor;                  /* cursor <= length < LINE_BYTES */
    char history[LINE_HISTORY][LINE_BYTES]; /* entry n lies at n % LINE_HISTORY */
    unsigned history_end;                   /* number of entries ever kept */
    unsigned history_at;                    /* shown; history_end: the line being written */
    char draft[LINE_BYTES];                 /* that line, while history is shown */
    unsigned escape;                        /* bytes of an escape sequence seen */
    char parameter;
    bool after_return; /* a line feed right after it belongs to it */
    char *out;
    size_t out_size, out_length;
};

void editor_init(struct editor *editor);
/* Begin a line; what is to be shown goes to `out`, its length into *out_length. `out` holds LINE_OUT_BYTES. */
#define LINE_OUT_BYTES 512u
void editor_begin(struct editor *editor, const char *prompt, char *out, size_t *out_length);
/* Take a byte; true: the line is complete, in editor->text, and in the history unless it is empty. */
bool editor_take(struct editor *editor, uint8_t byte, char *out, size_t *out_length);

#endif
