/* Traps: each arrives as one message with the right kind, pc and address, and the thread can be sent on. */
#include "../harness/harness.h"
#include <target/port.h>

static volatile bool survived;

static void recover(void)
{
    survived = true;
    for (;;)
        ennead_recv(harness.park);
}

static uint32_t handled_actor(struct actor **actor, void (*code)(void))
{
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct ennead_item item = ennead_item_cap(derive(endpoint, ALL, 7), ALL, 0);
    *actor = new_actor((struct plan){.held = true});
    CHECK_OK(thread_set_exception((*actor)->thread, item));
    actor_run(*actor, code);
    return endpoint;
}

static void expect_trap(const struct port_trap *trap)
{
    struct actor *actor;
    uint32_t endpoint = handled_actor(&actor, trap->code);
    struct ennead_msg msg = ennead_recv(endpoint);
    if (ennead_get(&msg, 0) != trap->exception)
        say("# trap %s\n", trap->name);
    uint64_t pc = trap->pc != NULL ? (uintptr_t)trap->pc : trap->address;
    CHECK_OK(msg.status);
    CHECK_IS(msg.badge, 7);
    CHECK_IS(ENNEAD_TAG_LABEL(msg.tag), ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_EXCEPTION);
    CHECK_IS(ennead_get(&msg, 0), trap->exception);
    CHECK_IS(ennead_get(&msg, 2), pc);
    CHECK_IS(ennead_get(&msg, 3), trap->address);
    CHECK_IS(state_of(actor), ENNEAD_THREAD_CALLING);
}

TEST(exceptions_arrive_with_pc_and_address, CLAUSES("FLT-2"))
{
    for (unsigned i = 0; i < port_trap_count; i++) {
        if (port_traps[i].is_there != NULL && !port_traps[i].is_there())
            continue;
        expect_trap(&port_traps[i]);
        start_over();
    }
}

/* Sent on at another pc, with another stack. */
TEST(the_answer_sends_the_thread_on, CLAUSES("FLT-3"))
{
    struct actor *actor;
    uint32_t endpoint = handled_actor(&actor, port_traps[0].code);
    struct ennead_msg msg = ennead_recv(endpoint);
    CHECK_OK(msg.status);
    ennead_word words[ENNEAD_BUFFER(3)] = {0};
    ennead_put(words, 0, ENNEAD_REGISTER_PC);
    ennead_put(words, 1, (uintptr_t)recover);
    survived = false;
    msg = ennead_ipc(ennead_target(0, ENNEAD_REPLY), ANSWER(ENNEAD_FIELDS(2)), words);
    CHECK_OK(msg.status);
    settle();
    CHECK(survived);
}

GROUP(traps, RUN(exceptions_arrive_with_pc_and_address), RUN(the_answer_sends_the_thread_on));
