/* A component with two threads: one serves the other through an endpoint of their own, each with its own message
 * buffer. */
#include <ennead/service.h>
#include <ennead/thread.h>
#include <pong_client.h>
#include <pong_server.h>
#include <process_client.h>

#define ROUNDS      1000u
#define STACK_BYTES 8192u
#define PRIORITY    12u

static struct ennead_thread twin;
static _Alignas(16) char stack[STACK_BYTES];
static uint64_t served;

enum ennead_error pong_serve_echo(uint32_t badge, uint64_t a, uint64_t b, uint64_t *sum, uint64_t *calls)
{
    (void)badge;
    *sum = a + b;
    *calls = ++served;
    return ENNEAD_OK;
}

static void serve(void *argument)
{
    const uint32_t *endpoint = argument;
    struct ennead_msg msg = {0};
    for (bool answered = false;; answered = pong_dispatch(&msg))
        msg = ennead_next(*endpoint, answered, &msg);
}

static void call(uint32_t endpoint)
{
    uint64_t sum = 0, calls = 0;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        ennead_must(pong_echo(endpoint, i, 1, &sum, &calls), "calling its twin");
        if (sum != i + 1 || calls != i + 1)
            ennead_give_up("its twin answered nonsense", ENNEAD_OK);
    }
    print("twins: %llu calls from one thread to the other\n", (unsigned long long)calls);
}

int main(void)
{
    static uint32_t endpoint;
    struct ennead_thread_plan plan = {.entry = serve,
                                      .argument = &endpoint,
                                      .stack_top = stack + STACK_BYTES,
                                      .utcb_address = ENNEAD_MAP_BASE,
                                      .priority = PRIORITY};
    endpoint = ennead_grant("twin");
    ennead_must(thread_utcb_page(ENNEAD_MAP_BASE), "making message buffers");
    ennead_must(thread_create(&twin, &plan), "making its twin");
    call(endpoint);
    ennead_must(process_exit(ennead_grant("root.view"), 0), "ending");
    return 0;
}
