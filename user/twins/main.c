/* A component with two threads: one serves the other through an endpoint of their own, each with its own message
 * buffer. */
#include <ennead/service.h>
#include <ennead/thread.h>
#include <pong_client.h>
#include <pong_server.h>
#include <process_client.h>

#define ROUNDS   1000u
#define PRIORITY 12u

static struct ennead_server_thread twin;
static uint64_t served;

enum ennead_error pong_serve_echo(uint32_t badge, uint64_t a, uint64_t b, uint64_t *sum, uint64_t *calls)
{
    (void)badge;
    *sum = a + b;
    *calls = ++served;
    return ENNEAD_OK;
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
    twin.endpoint = ennead_grant("twin");
    twin.loop = pong_loop;
    thread_serve(&twin, ENNEAD_MAP_BASE, PRIORITY);
    call(twin.endpoint);
    ennead_must(process_exit(ennead_grant("root.view"), 0), "ending");
    return 0;
}
