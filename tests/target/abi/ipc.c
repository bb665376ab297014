/* The system call: phases, errors, words, order, badges. */
#include "../harness/harness.h"

static uint32_t endpoint;
static struct actor *first, *second;

static void two_actors(void)
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    first = new_actor((struct plan){0});
    second = new_actor((struct plan){0});
}

TEST(only_valid_phases_do_anything, CLAUSES("IPC-2", "IPC-3"))
{
    static const uint8_t valid[] = {ENNEAD_SEND,  ENNEAD_RECV,       ENNEAD_CALL,
                                    ENNEAD_REPLY, ENNEAD_REPLY_RECV, ENNEAD_STORE};
    two_actors();
    CHECK(!actor_ask(first, endpoint, ENNEAD_RECV, 0, 0, 0));
    for (unsigned phases = 0; phases < 256; phases++) {
        bool good = false;
        for (unsigned i = 0; i < sizeof valid; i++)
            good = good || (phases & ~(unsigned)ENNEAD_POLL) == valid[i];
        if (good)
            continue;
        struct ennead_msg msg = ipc(endpoint, phases, MESSAGE(1), 1, 2, 3, 4);
        CHECK_IS(msg.status, ENNEAD_INVALID_OP);
        CHECK_IS(msg.badge | msg.tag | msg.w[0] | msg.w[1] | msg.w[2] | msg.w[3], 0);
    }
    CHECK(!answered(first));
}

TEST(slots_that_hold_nothing, CLAUSES("IPC-1", "IPC-4"))
{
    uint32_t empty = new_slot();
    static const unsigned phases[] = {ENNEAD_SEND, ENNEAD_CALL, ENNEAD_RECV};
    for (unsigned i = 0; i < 3; i++) {
        CHECK_IS(ipc(0, phases[i], 0, 0, 0, 0, 0).status, ENNEAD_INVALID_CAP);
        CHECK_IS(ipc(empty, phases[i], 0, 0, 0, 0, 0).status, ENNEAD_INVALID_CAP);
        CHECK_IS(ipc(ENNEAD_SLOTS_MAX, phases[i], 0, 0, 0, 0, 0).status, ENNEAD_INVALID_CAP);
        CHECK_IS(ipc(0xffffff, phases[i], 0, 0, 0, 0, 0).status, ENNEAD_INVALID_CAP);
    }
    CHECK_IS(ipc(harness.pool, ENNEAD_RECV, 0, 0, 0, 0, 0).status, ENNEAD_INVALID_OP);
}

TEST(sending_and_receiving_need_their_rights, CLAUSES("IPC-5"))
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    uint32_t reads = derive(endpoint, READ, 0), writes = derive(endpoint, WRITE, 0);
    CHECK_IS(ipc(reads, ENNEAD_SEND | ENNEAD_POLL, 0, 0, 0, 0, 0).status, ENNEAD_DENIED);
    CHECK_IS(ipc(reads, ENNEAD_CALL | ENNEAD_POLL, 0, 0, 0, 0, 0).status, ENNEAD_DENIED);
    CHECK_IS(ipc(writes, ENNEAD_RECV | ENNEAD_POLL, 0, 0, 0, 0, 0).status, ENNEAD_DENIED);
    CHECK_IS(ipc(writes, ENNEAD_SEND | ENNEAD_POLL, 0, 0, 0, 0, 0).status, ENNEAD_WOULD_BLOCK);
    CHECK_IS(ipc(reads, ENNEAD_RECV | ENNEAD_POLL, 0, 0, 0, 0, 0).status, ENNEAD_WOULD_BLOCK);
}

TEST(nothing_blocks_with_poll, CLAUSES("IPC-9"))
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    static const unsigned phases[] = {ENNEAD_SEND, ENNEAD_CALL, ENNEAD_RECV, ENNEAD_REPLY_RECV};
    for (unsigned i = 0; i < 4; i++)
        CHECK_IS(ipc(endpoint, phases[i] | ENNEAD_POLL, 0, 0, 0, 0, 0).status, ENNEAD_WOULD_BLOCK);
    uint32_t slot = make(ENNEAD_TYPE_NOTIFICATION);
    struct ennead_msg msg = ipc(slot, ENNEAD_CALL | ENNEAD_POLL,
                                ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT, 0, 0), 0, 0, 0, 0);
    CHECK_IS(ennead_outcome(&msg), ENNEAD_WOULD_BLOCK);
}

TEST(messages_too_large_are_refused, CLAUSES("IPC-6"))
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    CHECK_IS(ipc(endpoint, ENNEAD_SEND, MESSAGE(201), 0, 0, 0, 0).status, ENNEAD_INVALID_ARG);
    CHECK_IS(ipc(endpoint, ENNEAD_CALL, MESSAGE(255), 0, 0, 0, 0).status, ENNEAD_INVALID_ARG);
    CHECK_IS(ipc(endpoint, ENNEAD_SEND, ENNEAD_TAG(USER, 1, 0, 9), 0, 0, 0, 0).status, ENNEAD_INVALID_ARG);
    CHECK_IS(ipc(endpoint, ENNEAD_SEND | ENNEAD_POLL, MESSAGE(200), 0, 0, 0, 0).status, ENNEAD_WOULD_BLOCK);
}

static volatile uint32_t raw_status[4];

static void without_buffer(void *argument)
{
    (void)argument;
    raw_status[0] = ipc(endpoint, ENNEAD_SEND, MESSAGE(5), 0, 0, 0, 0).status;
    raw_status[1] = ipc(endpoint, ENNEAD_SEND, ENNEAD_TAG(USER, 1, 0, 1), 0, 0, 0, 0).status;
    struct ennead_msg msg = ipc(harness.pool, ENNEAD_CALL, ENNEAD_TAG(ENNEAD_TYPE_POOL, 0, 0, 0), 0, 0, 0, 0);
    raw_status[2] = ennead_outcome(&msg);
    raw_status[3] = ipc(endpoint, ENNEAD_RECV, 0, 0, 0, 0, 0).status;
}

TEST(threads_without_message_buffer, CLAUSES("IPC-6", "IPC-12", "OBJ-6"))
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct actor *actor = new_actor((struct plan){.entry = without_buffer, .unbuffered = true});
    settle();
    for (unsigned i = 0; i < 3; i++)
        CHECK_IS(raw_status[i], ENNEAD_NO_UTCB);
    CHECK_IS(ipc(endpoint, ENNEAD_SEND, MESSAGE(5), 0, 0, 0, 0).status, ENNEAD_WINDOW);
    CHECK_IS(state_of(actor), ENNEAD_THREAD_RECEIVING);
    CHECK_OK(ipc(endpoint, ENNEAD_SEND, MESSAGE(4), 0, 0, 0, 0).status);
    actor_join(actor);
    CHECK_OK(raw_status[3]);
}

TEST(exactly_the_words_sent_arrive, CLAUSES("IPC-7"))
{
    two_actors();
    for (unsigned words = 0; words <= ENNEAD_MSG_WORDS; words += words < 8 ? 1 : 16) {
        CHECK(!actor_ask(first, endpoint, ENNEAD_RECV, 0, 9, 9));
        second->request = (struct request){.tag = MESSAGE(words), .w = {1, 2, 3, 4}, .fill = 70 * words};
        CHECK(actor_ask_more(second, endpoint, ENNEAD_SEND));
        CHECK_IS(first->result.tag, MESSAGE(words));
        for (unsigned i = 0; i < words || i < ENNEAD_MSG_REG_WORDS; i++)
            CHECK_IS(first->words[i], i < ENNEAD_MSG_REG_WORDS ? i + 1 : 70 * words + i);
    }
}

TEST(in_order_of_arrival, CLAUSES("IPC-8"))
{
    two_actors();
    struct actor *third = new_actor((struct plan){0});
    CHECK(!actor_ask(second, endpoint, ENNEAD_SEND, MESSAGE(1), 2, 0));
    CHECK(!actor_ask(third, endpoint, ENNEAD_SEND, MESSAGE(1), 3, 0));
    CHECK(!actor_ask(first, endpoint, ENNEAD_SEND, MESSAGE(1), 1, 0));
    CHECK_IS(ennead_recv(endpoint).w[0], 2);
    CHECK_IS(ennead_recv(endpoint).w[0], 3);
    CHECK_IS(ennead_recv(endpoint).w[0], 1);
    settle();
    CHECK(!actor_ask(second, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK(!actor_ask(first, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK_OK(ipc(endpoint, ENNEAD_SEND, MESSAGE(1), 5, 0, 0, 0).status);
    settle();
    CHECK(answered(second) && !answered(first));
}

TEST(the_badge_and_nothing_else, CLAUSES("IPC-10"))
{
    two_actors();
    uint32_t badged = derive(endpoint, WRITE, 77);
    CHECK(!actor_ask(first, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK(actor_ask(second, badged, ENNEAD_SEND, 0, 0, 0));
    CHECK_IS(first->result.badge, 77);
    CHECK(!actor_ask(first, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK(actor_ask(second, endpoint, ENNEAD_SEND, 0, 0, 0));
    CHECK_IS(first->result.badge, 0);
}

TEST(errors_are_the_senders, CLAUSES("IPC-11", "IPC-13"))
{
    two_actors();
    struct actor *third = new_actor((struct plan){0});
    uint32_t given = make(ENNEAD_TYPE_ENDPOINT), to = new_slot();
    CHECK(!actor_ask(first, endpoint, ENNEAD_RECV, 0, 0, 0));
    second->request = (struct request){.tag = ENNEAD_TAG(USER, 1, 0, 1), .items = {ennead_item_cap(given, ALL, 0)}};
    CHECK(actor_ask_more(second, endpoint, ENNEAD_SEND));
    CHECK_IS(status(second), ENNEAD_WINDOW);
    CHECK(!answered(first));
    CHECK(actor_ask(third, endpoint, ENNEAD_SEND, MESSAGE(1), 5, 0));
    CHECK_IS(first->result.w[0], 5);
    first->request = (struct request){.window = {.cap_base = to, .cap_count = 1}};
    CHECK(!actor_ask_more(first, endpoint, ENNEAD_RECV));
    second->request.tag = ENNEAD_TAG(USER, 1, 0, 2);
    second->request.items[1] = ennead_item_cap(given, ALL, 0);
    CHECK(actor_ask_more(second, endpoint, ENNEAD_SEND));
    CHECK_IS(status(second), ENNEAD_WINDOW);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, to), ENNEAD_TYPE_NONE);
}

GROUP(ipc, RUN(only_valid_phases_do_anything), RUN(slots_that_hold_nothing),
      RUN(sending_and_receiving_need_their_rights), RUN(nothing_blocks_with_poll), RUN(messages_too_large_are_refused),
      RUN(threads_without_message_buffer), RUN(exactly_the_words_sent_arrive), RUN(in_order_of_arrival),
      RUN(the_badge_and_nothing_else), RUN(errors_are_the_senders));
