/* The measuring half of the demonstration pair: round trips to pong, timed by the clock of a notification. */
#include <ennead/service.h>
#include <notification_client.h>
#include <ping_server.h>
#include <pong_client.h>

#define ROUNDS_MAX 1000000u

static struct ennead_service pong = {.name = "pong"};

static enum ennead_error now(uint64_t *ns)
{
    struct notification_describe_out about;
    enum ennead_error error = notification_describe(ennead_grant("clock"), &about);
    if (error == ENNEAD_OK)
        *ns = about.now_ns;
    return error;
}

static enum ennead_error round_trips(uint64_t rounds)
{
    for (uint64_t i = 0; i < rounds; i++) {
        uint64_t sum, calls;
        enum ennead_error error = pong_echo(pong.slot, i, 1, &sum, &calls);
        if (error != ENNEAD_OK || sum != i + 1)
            return error != ENNEAD_OK ? error : ENNEAD_INVALID_ARG;
    }
    return ENNEAD_OK;
}

/* The first round finds caches of translations cold, and whether pong is still the one known. */
static enum ennead_error measure(uint64_t rounds, uint64_t *elapsed_ns)
{
    uint64_t start = 0, end = 0;
    enum ennead_error error = service_find(&pong);
    if (error == ENNEAD_OK)
        error = round_trips(1);
    if (error == ENNEAD_OK)
        error = now(&start);
    if (error == ENNEAD_OK)
        error = round_trips(rounds);
    if (error == ENNEAD_OK)
        error = now(&end);
    *elapsed_ns = end - start;
    return error;
}

enum ennead_error ping_serve_run(uint32_t badge, uint64_t rounds, uint64_t *elapsed_ns)
{
    (void)badge;
    if (rounds == 0 || rounds > ROUNDS_MAX)
        return ENNEAD_RANGE;
    enum ennead_error error = measure(rounds, elapsed_ns);
    if (service_is_lost(error)) {
        service_lost(&pong);
        error = measure(rounds, elapsed_ns);
    }
    return error;
}

int main(void)
{
    uint32_t endpoint = ennead_grant("ping");
    ennead_must(service_publish("ping", endpoint), "publishing 'ping'");
    ping_loop(endpoint);
}
