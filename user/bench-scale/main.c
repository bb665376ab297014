/*
 * Pairs of client and server on several processors: the program of them all, who are told by their names, and of the
 * referee, who starts the clients together and ends the machine when all are done.
 */
#include <ennead/start.h>
#include <ennead/text.h>
#include <notification_client.h>
#include <plain_client.h>
#include <plain_server.h>
#include <process_client.h>
#include <region_client.h>

#define ROUNDS      20000u
#define CLIENTS_MAX 8u
#define CLIENTS     "clients" /* and their number is the name of a notification */

static void put(const char *text)
{
    for (; *text != '\0'; text++)
        ennead_must(region_store(ennead_grant("debug"), 0, 1, (uint8_t)*text), "printing");
}

enum ennead_error plain_serve_null(uint32_t badge)
{
    (void)badge;
    return ENNEAD_OK;
}

enum ennead_error plain_serve_four(uint32_t badge, ennead_word a, ennead_word b, ennead_word c, ennead_word d,
                                   struct plain_four_out *out)
{
    (void)badge;
    *out = (struct plain_four_out){.e = a, .f = b, .g = c, .h = d};
    return ENNEAD_OK;
}

static bool begins_with(const char *text, const char *start)
{
    return memcmp(text, start, text_length(start)) == 0;
}

/* The endpoint of this pair: names of endpoints are unique, so that it has the pair's number. */
static uint32_t plain_endpoint(void)
{
    const struct ennead_start *self = ennead_self();
    for (uint32_t i = 0; i < self->grant_count; i++) {
        if (begins_with(self->grants[i].name, "plain"))
            return self->grants[i].slot;
    }
    ennead_give_up("it was granted no endpoint", ENNEAD_OK);
}

__attribute__((noipa)) void row_pair(unsigned rounds);

__attribute__((noipa)) void row_pair(unsigned rounds)
{
    uint32_t plain = plain_endpoint();
    do {
        if (ENNEAD_UNLIKELY(plain_null(plain) != ENNEAD_OK))
            ennead_give_up("a call failed", ENNEAD_OK);
    } while (--rounds > 0);
}

static unsigned client_count(void)
{
    const struct ennead_start *self = ennead_self();
    uint64_t count = 0;
    for (uint32_t i = 0; i < self->grant_count; i++) {
        if (begins_with(self->grants[i].name, CLIENTS))
            (void)text_number(self->grants[i].name + sizeof CLIENTS - 1, &count);
    }
    return count <= CLIENTS_MAX ? (unsigned)count : 0;
}

/* Whoever calls waits until all have. */
static void await_all(uint32_t endpoint, unsigned clients, const uint32_t *slots)
{
    const ennead_word none[ENNEAD_MSG_REG_WORDS] = {0};
    for (unsigned i = 0; i < clients; i++) {
        (void)ennead_recv(endpoint);
        ennead_must(ennead_store_reply(slots[i]), "keeping a client");
    }
    for (unsigned i = 0; i < clients; i++)
        ennead_must(ennead_send(slots[i], ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, 0, 0), none), "letting a client go");
}

static _Noreturn void referee(uint32_t endpoint)
{
    char line[60];
    uint32_t slots[CLIENTS_MAX];
    unsigned clients = client_count();
    for (unsigned i = 0; i < clients; i++)
        slots[i] = ennead_new_slot();
    await_all(endpoint, clients, slots);
    await_all(endpoint, clients, slots);
    text_format(line, sizeof line, "pairs %u %u\n", clients, ROUNDS);
    put(line);
    ennead_must(process_poweroff(ennead_grant("root.control"), 0), "powering off");
    ennead_give_up("still running", ENNEAD_OK);
}

static void meet(uint32_t endpoint)
{
    const ennead_word none[ENNEAD_MSG_REG_WORDS] = {0};
    struct ennead_msg msg = ennead_call(endpoint, ENNEAD_TAG(ENNEAD_PROTOCOL_USER, 0, 0, 0), none);
    ennead_must(ennead_outcome(&msg), "meeting the others");
}

int main(void)
{
    uint64_t bits;
    const char *name = ennead_self()->name;
    if (begins_with(name, "server"))
        plain_loop(plain_endpoint());
    uint32_t endpoint = ennead_grant("referee");
    if (begins_with(name, "referee"))
        referee(endpoint);
    meet(endpoint);
    row_pair(ROUNDS);
    meet(endpoint);
    ennead_must(notification_wait(ennead_grant("never"), &bits), "waiting");
    return 0;
}
