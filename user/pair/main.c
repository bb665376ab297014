/*
 * A component whose second thread serves and whose first waits: `threads` shows both. The server writes its second
 * argument to the address that is its first: `send pair 38 1 16 1` shows the fault of a second thread.
 */
#include <ennead/service.h>
#include <ennead/thread.h>
#include <pong_server.h>

#define PRIORITY 12u

static struct ennead_server_thread server;

static __attribute__((noinline)) void poke(uint64_t address, uint64_t value)
{
    *(volatile unsigned *)(uintptr_t)address = (unsigned)value;
}

enum ennead_error pong_serve_echo(uint32_t badge, uint64_t a, uint64_t b, uint64_t *sum, uint64_t *calls)
{
    (void)badge;
    poke(a, b);
    *sum = *calls = 0;
    return ENNEAD_OK;
}

int main(void)
{
    server.endpoint = ennead_grant("pair");
    server.loop = pong_loop;
    thread_serve(&server, ENNEAD_MAP_BASE, PRIORITY);
    ennead_must(service_publish("pair", server.endpoint), "publishing 'pair'");
    for (;;)
        ennead_recv(ennead_grant("idle"));
}
