/* The attacks. Attackers run for as long as the victim makes its requests; docs/threat-model.md says what they may. */
#include "victim.h"
#include <target/port.h>

static volatile uint64_t target_address;
static volatile unsigned access_kind, reached;

TEST(no_attack, CLAUSES("IPC-10"))
{
    victim_start();
    victim_check();
    victim_check();
}

/* ---- memory ---- */

static void reach(void *argument)
{
    (void)argument;
    if (access_kind == READ)
        (void)*(volatile uint32_t *)(uintptr_t)target_address;
    else if (access_kind == WRITE)
        *(volatile uint32_t *)(uintptr_t)target_address = 0;
    else
        ((void (*)(void))(uintptr_t)target_address)();
    reached++;
}

void ennead_thread_start(void);

static void reach_all(const uint64_t *addresses, unsigned count, unsigned first_kind)
{
    struct actor *actor = new_actor((struct plan){.entry = reach, .space = attacker_space(), .held = true});
    reached = 0;
    for (unsigned i = 0; i < count; i++) {
        for (access_kind = first_kind; access_kind <= EXECUTE; access_kind *= 2) {
            target_address = addresses[i];
            actor_run(actor, ennead_thread_start);
            settle();
            CHECK_IS(state_of(actor), ENNEAD_THREAD_STOPPED);
        }
    }
    CHECK_IS(reached, 0);
}

TEST(kernel_memory, CLAUSES("FLT-4"))
{
    victim_start();
    reach_all(port_kernel_addresses, port_kernel_address_count, READ);
    victim_check();
}

TEST(executing_data, CLAUSES("FLT-1"))
{
    static uint8_t code[PORT_CODE_BYTES];
    uint64_t addresses[] = {(uintptr_t)code, (uintptr_t)port_code, OTHER_UTCB};
    for (unsigned i = 0; i < PORT_CODE_BYTES; i++)
        code[i] = port_code[i];
    victim_start();
    reach_all(addresses, 3, EXECUTE);
    victim_check();
}

/* ---- capabilities ---- */

static void forge(void *argument)
{
    (void)argument;
    static const unsigned phases[] = {ENNEAD_SEND, ENNEAD_CALL, ENNEAD_RECV};
    while (!attack.stop) {
        for (uint32_t slot = ATTACK_SPACE + 1; slot < ENNEAD_SLOTS_MAX + 300 && !attack.stop; slot += 7) {
            for (unsigned i = 0; i < 3; i++)
                attack.broken +=
                    ipc(slot, phases[i] | ENNEAD_POLL, MESSAGE(1), 1, 0, 0, 0).status != ENNEAD_INVALID_CAP;
        }
        struct ennead_utcb *utcb = ennead_utcb();
        utcb->items[0] = ennead_item_cap(ATTACK_SERVER, ALL, 1);
        utcb->window.cap_base = ATTACK_FREE;
        utcb->window.cap_count = 1;
        ennead_word words[ENNEAD_MSG_REG_WORDS] = {0};
        (void)!ennead_send(ATTACK_SERVER, ENNEAD_TAG(USER, 1, 0, 1), words);
        utcb->items[0] = ennead_item_cap(ATTACK_POOL, ALL, 1);
        attack.broken += ennead_send(ATTACK_SERVER, ENNEAD_TAG(USER, 1, 0, 1), words) == ENNEAD_OK;
        attack.broken += ipc(ATTACK_SERVER, ENNEAD_RECV | ENNEAD_POLL, 0, 0, 0, 0, 0).status != ENNEAD_DENIED;
        struct ennead_msg msg = ipc(ATTACK_SERVER, ENNEAD_CALL, MESSAGE(1), 1, 0, 0, 0);
        attack.broken += msg.w[1] != ATTACK_BADGE;
        attack.rounds++;
    }
}

TEST(forging_capabilities_and_badges, CLAUSES("IPC-4", "IPC-5", "ITM-4"))
{
    attack_beside(forge, 1);
}

static void exhaust(void *argument)
{
    (void)argument;
    static const uint8_t types[] = {ENNEAD_TYPE_SPACE, ENNEAD_TYPE_THREAD, ENNEAD_TYPE_ENDPOINT, ENNEAD_TYPE_POOL};
    while (!attack.stop) {
        for (unsigned i = 0; i < sizeof types; i++) {
            for (uint32_t slot = ATTACK_FREE; slot < 127; slot++) {
                if (pool_make(ATTACK_POOL, types[i], 13, slot) != ENNEAD_OK)
                    break;
            }
        }
        (void)!pool_revoke(ATTACK_POOL);
        attack.rounds++;
    }
}

TEST(exhausting_pools, CLAUSES("POL-2", "POL-3"))
{
    attack_beside(exhaust, 1);
}

static void flood(void *argument)
{
    (void)argument;
    while (!attack.stop) {
        (void)ipc(ATTACK_SERVER, ENNEAD_SEND, MESSAGE(4), 1, 2, 3, 4);
        (void)ipc(ATTACK_SERVER, ENNEAD_CALL, MESSAGE(4), 1, 2, 3, 4);
        attack.rounds++;
    }
}

TEST(flooding_an_endpoint, CLAUSES("IPC-8"))
{
    attack_beside(flood, 1);
}

/* One thread sends, another writes over everything that the kernel reads. */
static volatile unsigned racers;

static void race(void *argument)
{
    (void)argument;
    volatile uint32_t *words = (volatile uint32_t *)(uintptr_t)OTHER_UTCB;
    uint32_t value = 1;
    if (__atomic_fetch_add(&racers, 1, __ATOMIC_SEQ_CST) % 2 == 0) {
        for (; !attack.stop; attack.rounds++) {
            for (unsigned items = 0; items < ENNEAD_MSG_ITEMS; items++)
                (void)ipc(ATTACK_SERVER, ENNEAD_CALL, ENNEAD_TAG(USER, 1, ENNEAD_MSG_WORDS, items), 1, 2, 3, 4);
            (void)!pool_make(ATTACK_POOL, ENNEAD_TYPE_ENDPOINT, 0, 30);
        }
        return;
    }
    while (!attack.stop) {
        for (unsigned i = 0; i < ENNEAD_UTCB_BYTES / sizeof value; i++) {
            value = value * 1664525 + 1013904223;
            words[i] = value >> (value & 31);
        }
    }
}

TEST(racing_a_message, CLAUSES("IPC-13"))
{
    racers = 0;
    attack_beside(race, 2);
}

/* ---- death ---- */

static void wait_in_phase(void *argument)
{
    unsigned phase = (unsigned)(uintptr_t)argument;
    if (phase < 3)
        (void)ipc(ATTACK_ENDPOINT,
                  phase == 0   ? ENNEAD_SEND
                  : phase == 1 ? ENNEAD_CALL
                               : ENNEAD_RECV,
                  MESSAGE(1), 1, 0, 0, 0);
    else
        (void)ipc(ATTACK_SERVER, ENNEAD_CALL, MESSAGE(1), 1, 0, 0, 0);
    while (!attack.stop)
        attack.rounds++;
}

TEST(dying_in_every_phase, CLAUSES("END-1", "SPC-9", "REP-6"))
{
    attack.stop = false;
    victim_start();
    for (unsigned phase = 0; phase < 4; phase++) {
        for (unsigned cpu = 0; cpu <= last_cpu(); cpu += last_cpu() > 0 ? last_cpu() : 1) {
            uint32_t space = attacker_space();
            struct actor *actor = new_actor((struct plan){
                .entry = wait_in_phase, .argument = (void *)(uintptr_t)phase, .space = space, .cpu = cpu});
            pause_a_little();
            CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, space));
            (void)!space_delete(ENNEAD_ROOT_SPACE, actor->thread);
            (void)!space_delete(ENNEAD_ROOT_SPACE, actor->sched);
            victim_check();
            start_over();
            victim_start();
        }
    }
}

TEST(a_pager_that_never_answers, CLAUSES("FLT-1"))
{
    victim_start();
    uint32_t space = attacker_space(), pager = make(ENNEAD_TYPE_ENDPOINT);
    CHECK_OK(space_set_pager(space, ENNEAD_HANDLER_PAGER, ennead_item_cap(pager, ALL, 0)));
    target_address = OTHER_FREE;
    access_kind = READ;
    reached = 0;
    struct actor *first = new_actor((struct plan){.entry = reach, .space = space});
    struct actor *second = new_actor((struct plan){.entry = reach, .space = space});
    struct actor *idle_pager = new_actor((struct plan){0});
    CHECK(actor_ask(idle_pager, pager, ENNEAD_RECV, 0, 0, 0));
    victim_check();
    CHECK_IS(state_of(first), ENNEAD_THREAD_CALLING);
    CHECK_IS(state_of(second), ENNEAD_THREAD_SENDING);
    CHECK_OK(thread_cancel(first->thread));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, pager));
    CHECK_IS(state_of(first), ENNEAD_THREAD_STOPPED);
    CHECK_IS(state_of(second), ENNEAD_THREAD_STOPPED);
    CHECK_IS(reached, 0);
}

/* ---- time ---- */

TEST(a_client_whose_time_ends_inside_the_server, CLAUSES("TIM-5", "TIM-3"))
{
    attack.stop = false;
    attack.rounds = 0;
    victim_start();
    struct actor *actor = new_actor((struct plan){.entry = flood, .space = attacker_space(), .held = true});
    CHECK_OK(sched_configure(actor->sched, 10000, 1000000, 0));
    actor_run(actor, ennead_thread_start);
    victim_check();
    while (attack.rounds < 5)
        pause_a_little();
    attack.stop = true;
}

TEST(a_killed_middle_of_a_call_chain, CLAUSES("REP-6", "TIM-7"))
{
    victim_start();
    uint32_t front = make(ENNEAD_TYPE_ENDPOINT), back = make(ENNEAD_TYPE_ENDPOINT);
    struct actor *client = new_actor((struct plan){0}), *middle = new_actor((struct plan){0});
    struct actor *server = new_actor((struct plan){0});
    CHECK(!actor_ask(server, back, ENNEAD_RECV, 0, 0, 0));
    CHECK(!actor_ask(middle, front, ENNEAD_RECV, 0, 0, 0));
    CHECK(!actor_ask(client, front, ENNEAD_CALL, MESSAGE(1), 1, 0));
    CHECK(!actor_ask(middle, back, ENNEAD_CALL, MESSAGE(1), 2, 0));
    CHECK_OK(status(server));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, middle->thread));
    settle();
    CHECK_IS(status(client), ENNEAD_DEAD);
    CHECK(actor_ask(server, back, ENNEAD_REPLY, ANSWER(1), 3, 0));
    CHECK_IS(status(server), ENNEAD_NO_REPLY);
    CHECK(!actor_ask(server, front, ENNEAD_RECV, 0, 0, 0));
    CHECK(!actor_ask(client, front, ENNEAD_CALL, MESSAGE(1), 1, 0));
    CHECK_OK(status(server));
    victim_check();
}

GROUP(attacks, RUN(no_attack), RUN(kernel_memory), RUN(executing_data), RUN(forging_capabilities_and_badges),
      RUN(exhausting_pools), RUN(flooding_an_endpoint), RUN(racing_a_message), RUN(dying_in_every_phase),
      RUN(a_pager_that_never_answers), RUN(a_client_whose_time_ends_inside_the_server),
      RUN(a_killed_middle_of_a_call_chain));
