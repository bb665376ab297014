/* Commands that talk to servers: any message, the list of services, the ping-pong. */
#include "shell.h"
#include <ping_client.h>
#include <registry_client.h>
#include <space_client.h>

#define FIELDS_SHOWN 8u
#define ROUNDS       1000u

static void services(unsigned count, char **words)
{
    struct ennead_name service;
    uint64_t owner;
    (void)count, (void)words;
    for (uint64_t i = 0; registry_list(ennead_grant("registry"), i, &service, &owner) == ENNEAD_OK; i++)
        print("  %-20s by component %llu\n", service.text, (unsigned long long)owner);
}

static void show_answer(const struct ennead_msg *msg)
{
    uint64_t fields[FIELDS_SHOWN];
    unsigned count = (unsigned)(ENNEAD_TAG_WORDS(msg->tag) / ENNEAD_FIELD_WORDS);
    enum ennead_error error = ennead_outcome(msg);
    /* All of it first: printing uses the same message buffer. */
    for (unsigned i = 0; i < count && i < FIELDS_SHOWN; i++)
        fields[i] = ennead_get(msg, i);
    print("answer: %s", ennead_error_text(error));
    for (unsigned i = 0; i < count && i < FIELDS_SHOWN; i++)
        print(" 0x%llx", (unsigned long long)fields[i]);
    print(count > FIELDS_SHOWN ? " ... (%u fields)\n" : "\n", count);
}

/* send SERVER PROTOCOL OPERATION ARGUMENTS */
static void send(unsigned count, char **words)
{
    static char name[ENNEAD_NAME_BYTES];
    static struct ennead_service server = {.name = name};
    ennead_word fields[ENNEAD_BUFFER(SHELL_WORDS_MAX)] = {0};
    uint64_t number[2], value;
    unsigned arguments = count - 4;
    for (unsigned i = 0; i < 2; i++) {
        if (!text_number(words[2 + i], &number[i]) || number[i] > 255) {
            print("%s: not a number below 256\n", words[2 + i]);
            return;
        }
    }
    for (unsigned i = 0; i < arguments; i++) {
        if (!text_number(words[4 + i], &value)) {
            print("%s: not a number\n", words[4 + i]);
            return;
        }
        ennead_put(fields, i, value);
    }
    text_copy(name, sizeof name, words[1]);
    if (!shell_ok(service_find(&server), words[1]))
        return;
    ennead_overflow(fields, ENNEAD_FIELDS(arguments));
    struct ennead_msg msg =
        ennead_call(server.slot, ENNEAD_TAG(number[0], number[1], ENNEAD_FIELDS(arguments), 0), fields);
    show_answer(&msg);
    /* The next one may be to another server. NOT_FOUND: this one died, and its capability with it. */
    (void)!space_delete(ennead_grant("space"), server.slot);
    service_lost(&server);
}

static void ping_pong(unsigned count, char **words)
{
    static struct ennead_service ping = {.name = "ping"};
    uint64_t rounds = ROUNDS, elapsed = 0;
    if (count == 2 && !text_number(words[1], &rounds)) {
        print("usage: pingpong [ROUNDS]\n");
        return;
    }
    enum ennead_error error = service_find(&ping);
    if (error == ENNEAD_OK)
        error = ping_run(ping.slot, rounds, &elapsed);
    if (service_is_lost(error)) {
        service_lost(&ping);
        error = service_find(&ping);
        if (error == ENNEAD_OK)
            error = ping_run(ping.slot, rounds, &elapsed);
    }
    if (shell_ok(error, "ping"))
        print("%llu round trips: %llu ns each (under -icount shift=0: instructions)\n", (unsigned long long)rounds,
              (unsigned long long)(elapsed / rounds));
}

const struct command message_commands[] = {
    {"services", "services", "the servers that can be found by name", 1, 1, services},
    {"send", "send SERVER PROTO OP [FIELD]...", "send a message, and show the answer", 4, SHELL_WORDS_MAX, send},
    {"pingpong", "pingpong [ROUNDS]", "calls from one component to another, and what one costs", 1, 2, ping_pong},
    {0},
};
