/* The victim: see victim.h. Costs are compared where the archive says that time counts instructions. */
#include "victim.h"
#include <ennead/text.h>
#include <target/port.h>

#define VICTIM_PRIORITY 40u
#define WINDOWS         8u
#define REQUESTS        16u
#define CLIENT_ENDPOINT 10u
#define CLIENT_CLOCK    11u
#define CLIENT_BADGE    1u
#define PAUSE_NS        200000u

static struct {
    uint32_t endpoint, clock;
    volatile unsigned answered, wrong;
    volatile uint64_t cost;
} victim;
static uint64_t usual_cost;

static void serve(void *argument)
{
    (void)argument;
    struct ennead_msg msg = ennead_recv(CLIENT_ENDPOINT);
    for (;;) {
        msg.tag = ANSWER(2);
        msg.w[0] += 1;
        msg.w[1] = msg.badge;
        msg = ennead_reply_recv(CLIENT_ENDPOINT, &msg);
    }
}

static uint64_t time_now(void)
{
    struct notification_describe_out about = {0};
    (void)!notification_describe(CLIENT_CLOCK, &about);
    return about.now_ns;
}

static void request(unsigned number)
{
    struct ennead_msg msg = ipc(CLIENT_ENDPOINT, ENNEAD_CALL, MESSAGE(1), number, 0, 0, 0);
    if (msg.status == ENNEAD_OK && msg.w[0] == number + 1 && msg.w[1] == CLIENT_BADGE)
        victim.answered++;
    else
        victim.wrong++;
}

static void ask(void *argument)
{
    (void)argument;
    for (unsigned window = 0; window < WINDOWS; window++) {
        uint64_t bits;
        (void)!notification_arm(CLIENT_CLOCK, time_now() + PAUSE_NS, 1);
        (void)!notification_wait(CLIENT_CLOCK, &bits);
        request(window); /* the FPU, if others had it, and what the TLB forgot for others, come back here */
        (void)time_now();
        uint64_t start = time_now();
        for (unsigned i = 0; i < REQUESTS; i++)
            request(window * REQUESTS + i);
        uint64_t cost = time_now() - start;
        if (cost < victim.cost)
            victim.cost = cost;
    }
}

/* The archive's numbers are little-endian on every port. */
static uint32_t file_count(const struct ennead_archive_header *header)
{
    const uint8_t *bytes = (const uint8_t *)&header->file_count;
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static bool time_counts_instructions(void)
{
    const struct ennead_archive_header *header = (const void *)(uintptr_t)harness.boot->archive_address;
    const struct ennead_archive_file *file = (const void *)(header + 1);
    for (uint32_t i = 0; i < file_count(header); i++) {
        if (text_equal(file[i].name, "counted"))
            return true;
    }
    return false;
}

void victim_start(void)
{
    uint32_t space = make_space();
    victim.endpoint = make(ENNEAD_TYPE_ENDPOINT);
    victim.clock = make(ENNEAD_TYPE_NOTIFICATION);
    CHECK_OK(give(space, CLIENT_ENDPOINT, victim.endpoint, READ, 0));
    new_actor((struct plan){.entry = serve, .space = space, .priority = VICTIM_PRIORITY});
}

uint32_t victim_endpoint(void)
{
    return victim.endpoint;
}

void pause_a_little(void)
{
    uint64_t bits;
    CHECK_OK(notification_arm(harness.clock, now_ns() + PAUSE_NS, 1));
    CHECK_OK(notification_wait(harness.clock, &bits));
}

void victim_check(void)
{
    uint32_t space = make_space();
    CHECK_OK(give(space, CLIENT_ENDPOINT, victim.endpoint, WRITE | CONTROL, CLIENT_BADGE));
    CHECK_OK(give(space, CLIENT_CLOCK, victim.clock, READ | WRITE, 0));
    victim.answered = 0;
    victim.wrong = 0;
    victim.cost = UINT64_MAX;
    struct actor *client = new_actor((struct plan){.entry = ask, .space = space, .priority = VICTIM_PRIORITY});
    while (!client->ended)
        pause_a_little();
    CHECK_OK(thread_stop(client->thread));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, client->thread));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, space));
    CHECK_IS(victim.wrong, 0);
    CHECK_IS(victim.answered, WINDOWS * (REQUESTS + 1));
    if (usual_cost == 0)
        usual_cost = victim.cost;
    uint64_t difference = victim.cost > usual_cost ? victim.cost - usual_cost : usual_cost - victim.cost;
    if (time_counts_instructions() && difference > port_clock_step_ns)
        CHECK_IS(victim.cost, usual_cost);
}

struct attack attack;

unsigned last_cpu(void)
{
    return harness.boot->cpus - 1;
}

void attack_beside(void (*entry)(void *), unsigned threads)
{
    attack_with(NULL, entry, threads);
}

void attack_with(void (*equip)(uint32_t space), void (*entry)(void *), unsigned threads)
{
    attack.stop = false;
    attack.rounds = 0;
    attack.broken = 0;
    victim_start();
    uint32_t space = attacker_space();
    if (equip != NULL)
        equip(space);
    for (unsigned i = 0; i < threads; i++)
        new_actor((struct plan){.entry = entry, .space = space, .cpu = i == 0 ? 0 : last_cpu()});
    victim_check();
    while (attack.rounds == 0)
        pause_a_little();
    attack.stop = true;
    CHECK_IS(attack.broken, 0);
}

static uint32_t equip_attacker(uint32_t space, uint32_t pool)
{
    CHECK_OK(give(space, ATTACK_SERVER, victim.endpoint, WRITE, ATTACK_BADGE));
    CHECK_OK(give(space, ATTACK_POOL, pool, ALL, 0));
    CHECK_OK(give(space, ATTACK_ENDPOINT, make(ENNEAD_TYPE_ENDPOINT), ALL, 0));
    CHECK_OK(give(space, ATTACK_SPACE, space, ALL, 0));
    return space;
}

uint32_t attacker_space(void)
{
    uint32_t space = make_space();
    return equip_attacker(space, make_from(harness.pool, ENNEAD_TYPE_POOL, 17));
}

uint32_t attacker_space_from(uint32_t pool)
{
    return equip_attacker(make_space_from(pool), pool);
}
