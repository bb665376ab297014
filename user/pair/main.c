/*
 * A component whose second thread serves and whose first waits: `threads` shows both. The server writes its second
 * argument to the address that is its first: `send pair 38 1 16 1` shows the fault of a second thread.
 */
#include <ennead/service.h>
#include <ennead/thread.h>
#include <pong_server.h>

#define STACK_BYTES 8192u
#define PRIORITY    12u

static struct ennead_thread server;
static _Alignas(16) char stack[STACK_BYTES];

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

static void serve(void *argument)
{
    const uint32_t *endpoint = argument;
    struct ennead_msg msg = {0};
    for (bool answered = false;; answered = pong_dispatch(&msg))
        msg = ennead_next(*endpoint, answered, &msg);
}

int main(void)
{
    static uint32_t endpoint;
    struct ennead_thread_plan plan = {.entry = serve,
                                      .argument = &endpoint,
                                      .stack_top = stack + STACK_BYTES,
                                      .utcb_address = ENNEAD_MAP_BASE,
                                      .priority = PRIORITY};
    endpoint = ennead_grant("pair");
    ennead_must(thread_utcb_page(ENNEAD_MAP_BASE), "making message buffers");
    ennead_must(thread_create(&server, &plan), "making the second thread");
    ennead_must(service_publish("pair", endpoint), "publishing 'pair'");
    for (;;)
        ennead_recv(ennead_grant("idle"));
}
