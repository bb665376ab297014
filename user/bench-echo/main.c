/* The benchmark's server. Its loop is that of any server; one operation outside the protocol echoes any words. */
#include <bench_server.h>
#include <ennead/service.h>
#include <notification_client.h>
#include <space_client.h>

#define BENCH_WORDS 16u

static uint32_t space, incoming, waits, signals;
static uint64_t rounds;

enum ennead_error bench_serve_null(uint32_t badge)
{
    (void)badge;
    return ENNEAD_OK;
}

enum ennead_error bench_serve_four(uint32_t badge, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                                   struct bench_four_out *out)
{
    (void)badge;
    *out = (struct bench_four_out){.e = a, .f = b, .g = c, .h = d};
    return ENNEAD_OK;
}

enum ennead_error bench_serve_take(uint32_t badge, const struct ennead_item *given)
{
    (void)badge;
    return given->kind == ENNEAD_ITEM_CAP ? space_delete(space, given->base) : ENNEAD_TYPE;
}

enum ennead_error bench_serve_notification(uint32_t badge, uint64_t which, const struct ennead_item *given)
{
    (void)badge;
    if (given->kind != ENNEAD_ITEM_CAP)
        return ENNEAD_TYPE;
    *(which == 0 ? &waits : &signals) = incoming;
    incoming = ennead_new_slot();
    return ENNEAD_OK;
}

enum ennead_error bench_serve_pingpong(uint32_t badge, uint64_t wanted)
{
    (void)badge;
    rounds = wanted;
    return ENNEAD_OK;
}

static void ping_pong(void)
{
    uint64_t bits;
    for (; rounds > 0; rounds--) {
        ennead_must(notification_wait(waits, &bits), "waiting");
        ennead_must(notification_signal(signals, 1), "signalling");
    }
}

int main(void)
{
    uint32_t endpoint = ennead_grant("echo");
    struct ennead_msg msg = {0};
    bool answered = false;
    space = ennead_grant("space");
    incoming = ennead_new_slot();
    for (;;) {
        ennead_window_caps(incoming, 1);
        msg = ennead_next(endpoint, answered, &msg);
        if (ENNEAD_TAG_LABEL(msg.tag) == (BENCH_PROTOCOL << 8 | BENCH_WORDS)) {
            msg.tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, ENNEAD_TAG_WORDS(msg.tag), 0);
            answered = true;
            continue;
        }
        answered = bench_dispatch(&msg);
        if (rounds > 0) {
            const ennead_word none[ENNEAD_MSG_REG_WORDS] = {0};
            (void)ennead_ipc(ennead_target(0, ENNEAD_REPLY), msg.tag, none);
            ping_pong();
            answered = false;
        }
    }
}
