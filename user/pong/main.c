/* The answering half of the demonstration pair. */
#include <ennead/service.h>
#include <pong_server.h>

static uint64_t calls;

enum ennead_error pong_serve_echo(uint32_t badge, uint64_t a, uint64_t b, uint64_t *sum, uint64_t *count)
{
    (void)badge;
    *sum = a + b;
    *count = ++calls;
    return ENNEAD_OK;
}

int main(void)
{
    uint32_t endpoint = ennead_grant("pong");
    ennead_must(service_publish("pong", endpoint), "publishing 'pong'");
    pong_loop(endpoint);
}
