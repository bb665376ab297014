/* The shell: reads lines from the line editor and runs commands. */
#include "shell.h"
#include <line_client.h>

static const struct command *const tables[] = {system_commands, component_commands, message_commands};
#define TABLES (sizeof tables / sizeof tables[0])

uint32_t shell_root(void)
{
    return ennead_grant("root.control");
}

bool shell_ok(enum ennead_error error, const char *what)
{
    if (error != ENNEAD_OK)
        print("%s: %s\n", what, ennead_error_text(error));
    return error == ENNEAD_OK;
}

static void help(void)
{
    for (unsigned t = 0; t < TABLES; t++) {
        for (const struct command *c = tables[t]; c->name != NULL; c++)
            print("  %-28s %s\n", c->usage, c->help);
    }
    print("  %-28s %s\n", "help", "this list");
}

static const struct command *find(const char *name)
{
    for (unsigned t = 0; t < TABLES; t++) {
        for (const struct command *c = tables[t]; c->name != NULL; c++) {
            if (text_equal(c->name, name))
                return c;
        }
    }
    return NULL;
}

/* Split in place; at most SHELL_WORDS_MAX words. */
static unsigned split(char *text, char **words)
{
    unsigned count = 0;
    while (*text != '\0') {
        while (*text == ' ' || *text == '\t')
            *text++ = '\0';
        if (*text == '\0' || count == SHELL_WORDS_MAX)
            break;
        words[count++] = text;
        while (*text != '\0' && *text != ' ' && *text != '\t')
            text++;
    }
    return count;
}

static void run(char *text)
{
    char *words[SHELL_WORDS_MAX];
    unsigned count = split(text, words);
    if (count == 0)
        return;
    const struct command *command = find(words[0]);
    if (text_equal(words[0], "help"))
        help();
    else if (command == NULL)
        print("%s: no such command; 'help' lists them\n", words[0]);
    else if (count < command->words_min || count > command->words_max)
        print("usage: %s\n", command->usage);
    else
        command->run(count, words);
}

/* A line; waits for an editor that is being restarted. */
static void read_line(struct ennead_service *line, char *text, size_t size)
{
    static const char prompt[] = "ennead> ";
    for (;;) {
        size_t bytes = size - 1;
        enum ennead_error error = service_await(line);
        if (error == ENNEAD_OK)
            error = line_read(line->slot, prompt, sizeof prompt - 1, text, &bytes);
        if (error == ENNEAD_OK) {
            text[bytes] = '\0';
            return;
        }
        service_lost(line);
    }
}

int main(void)
{
    static char text[ENNEAD_DATA_BYTES];
    struct ennead_service line = {.name = "line"};
    print("Ennead. 'help' lists the commands.\n");
    for (;;) {
        read_line(&line, text, sizeof text);
        run(text);
    }
}
