/* The line editor as a server: reads the console, gives whole lines. One history for all its clients. */
#include "editor.h"
#include <console_client.h>
#include <ennead/service.h>
#include <ennead/text.h>
#include <line_server.h>

static struct ennead_service console = {.name = "console"};
static struct editor editor;
static uint8_t pending[ENNEAD_DATA_BYTES]; /* read from the console, not taken yet */
static size_t pending_at, pending_end;

static enum ennead_error refill(void)
{
    size_t bytes = sizeof pending;
    enum ennead_error error = console_read(console.slot, pending, &bytes);
    pending_at = 0;
    pending_end = error == ENNEAD_OK ? bytes : 0;
    return error;
}

static enum ennead_error edit_line(void)
{
    char out[LINE_OUT_BYTES];
    size_t length;
    for (bool complete = false; !complete;) {
        enum ennead_error error = pending_at == pending_end ? refill() : ENNEAD_OK;
        if (error != ENNEAD_OK)
            return error;
        if (pending_at == pending_end)
            continue;
        complete = editor_take(&editor, pending[pending_at++], out, &length);
        if (length > 0)
            error = console_write(console.slot, out, length);
        if (error != ENNEAD_OK)
            return error;
    }
    return ENNEAD_OK;
}

enum ennead_error line_serve_read(uint32_t badge, const void *prompt, size_t prompt_bytes, void *text, size_t *bytes)
{
    (void)badge;
    char start[LINE_PROMPT] = {0}, out[LINE_OUT_BYTES];
    size_t length;
    memcpy(start, prompt, prompt_bytes < sizeof start ? prompt_bytes : sizeof start - 1);
    enum ennead_error error = service_await(&console);
    if (error != ENNEAD_OK)
        return error;
    editor_begin(&editor, start, out, &length);
    error = console_write(console.slot, out, length);
    if (error == ENNEAD_OK)
        error = edit_line();
    if (error != ENNEAD_OK) {
        service_lost(&console);
        return error;
    }
    *bytes = editor.length;
    memcpy(text, editor.text, editor.length);
    return ENNEAD_OK;
}

int main(void)
{
    uint32_t endpoint = ennead_grant("line");
    editor_init(&editor);
    ennead_must(service_publish("line", endpoint), "publishing 'line'");
    line_loop(endpoint);
}
