/* The shell's commands. Each takes its words, the command itself first. */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <ennead/service.h>
#include <ennead/text.h>

#define SHELL_WORDS_MAX 16u

struct command {
    const char *name;
    const char *usage;
    const char *help;
    unsigned words_min, words_max;
    void (*run)(unsigned count, char **words);
};

/* The commands of one file, ended by an entry without a name. */
extern const struct command system_commands[], component_commands[], message_commands[];

/* The connection to the root task. */
uint32_t shell_root(void);
/* Print what went wrong unless it is ENNEAD_OK; true if it is. */
bool shell_ok(enum ennead_error error, const char *what);

#endif
