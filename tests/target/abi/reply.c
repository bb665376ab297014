/* Reply rights: held, stored, passed on, lost. */
#include "../harness/harness.h"

static uint32_t endpoint, slot;
static struct actor *client, *server;

/* The client waits in a call that the server holds. */
static void called(void)
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    slot = new_slot();
    client = new_actor((struct plan){0});
    server = new_actor((struct plan){0});
    CHECK(!actor_ask(server, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK(!actor_ask(client, endpoint, ENNEAD_CALL, MESSAGE(1), 1, 0));
    CHECK_OK(status(server));
}

TEST(a_right_is_used_once, CLAUSES("REP-1"))
{
    called();
    CHECK(actor_ask(server, 0, ENNEAD_REPLY, ANSWER(1), 42, 0));
    CHECK_OK(status(server));
    CHECK_IS(client->result.w[0], 42);
    CHECK(actor_ask(server, 0, ENNEAD_REPLY, ANSWER(1), 43, 0));
    CHECK_IS(status(server), ENNEAD_NO_REPLY);
    CHECK(!actor_ask(server, endpoint, ENNEAD_REPLY_RECV, ANSWER(1), 44, 0));
}

TEST(receiving_again_destroys_it, CLAUSES("REP-2"))
{
    called();
    CHECK(!actor_ask(server, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK_IS(status(client), ENNEAD_NO_REPLY);
}

TEST(storing_needs_an_empty_slot, CLAUSES("REP-3", "REP-4"))
{
    called();
    CHECK(actor_ask(server, ENNEAD_SLOTS_MAX, ENNEAD_STORE, 0, 0, 0));
    CHECK_IS(status(server), ENNEAD_NO_SLOT);
    CHECK(actor_ask(server, endpoint, ENNEAD_STORE, 0, 0, 0));
    CHECK_IS(status(server), ENNEAD_OCCUPIED);
    CHECK(actor_ask(server, slot, ENNEAD_STORE, 0, 0, 0));
    CHECK_OK(status(server));
    CHECK(actor_ask(server, new_slot(), ENNEAD_STORE, 0, 0, 0));
    CHECK_IS(status(server), ENNEAD_NO_REPLY);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, slot), ENNEAD_TYPE_REPLY);
    CHECK_IS(ipc(slot, ENNEAD_CALL, 0, 0, 0, 0, 0).status, ENNEAD_INVALID_OP);
    CHECK_OK(ipc(slot, ENNEAD_SEND, ANSWER(1), 7, 0, 0, 0).status);
    settle();
    CHECK_IS(client->result.w[0], 7);
    CHECK_IS(ipc(slot, ENNEAD_SEND, ANSWER(1), 7, 0, 0, 0).status, ENNEAD_INVALID_CAP);
}

TEST(it_can_be_passed_on_and_never_copied, CLAUSES("REP-5"))
{
    called();
    uint32_t other = make(ENNEAD_TYPE_ENDPOINT), to = new_slot();
    struct actor *worker = new_actor((struct plan){0});
    worker->request = (struct request){.window = {.cap_base = slot, .cap_count = 1}};
    CHECK(!actor_ask_more(worker, other, ENNEAD_RECV));
    server->request = (struct request){.tag = ENNEAD_TAG(USER, 1, 0, 1), .items = {{.kind = ENNEAD_ITEM_REPLY}}};
    CHECK(actor_ask_more(server, other, ENNEAD_SEND));
    CHECK_OK(status(server));
    CHECK_IS(worker->items[0].kind, ENNEAD_ITEM_REPLY);
    CHECK_IS(worker->items[0].base, slot);
    CHECK_IS(give(ENNEAD_ROOT_SPACE, to, slot, ALL, 0), ENNEAD_DENIED);
    struct ennead_item item = ennead_item_cap(slot, ALL, 0);
    item.flags = ENNEAD_ITEM_GRANT;
    CHECK_OK(give_item(ENNEAD_ROOT_SPACE, to, item));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, slot), ENNEAD_TYPE_NONE);
    CHECK_OK(ipc(to, ENNEAD_SEND, ANSWER(1), 9, 0, 0, 0).status);
    settle();
    CHECK_IS(client->result.w[0], 9);
}

TEST(a_deleted_right_or_a_dead_holder, CLAUSES("REP-6"))
{
    called();
    CHECK(actor_ask(server, slot, ENNEAD_STORE, 0, 0, 0));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, slot));
    settle();
    CHECK_IS(status(client), ENNEAD_NO_REPLY);
    CHECK(!actor_ask(server, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK(!actor_ask(client, endpoint, ENNEAD_CALL, MESSAGE(1), 1, 0));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, server->thread));
    settle();
    CHECK_IS(status(client), ENNEAD_DEAD);
}

TEST(an_answer_that_cannot_be_delivered_is_the_callers, CLAUSES("REP-7"))
{
    called();
    server->request = (struct request){.tag = ENNEAD_TAG(0, 0, 0, 1), .items = {ennead_item_cap(endpoint, ALL, 0)}};
    CHECK(actor_ask_more(server, 0, ENNEAD_REPLY));
    CHECK_OK(status(server));
    CHECK_IS(status(client), ENNEAD_WINDOW);
    CHECK(actor_ask(server, 0, ENNEAD_REPLY, 0, 0, 0));
    CHECK_IS(status(server), ENNEAD_NO_REPLY);
}

TEST(a_cancelled_callers_right_vanishes, CLAUSES("REP-8", "THR-4"))
{
    called();
    CHECK(actor_ask(server, slot, ENNEAD_STORE, 0, 0, 0));
    CHECK_OK(thread_cancel(client->thread));
    settle();
    CHECK_IS(status(client), ENNEAD_CANCELLED);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, slot), ENNEAD_TYPE_NONE);
    CHECK(!actor_ask(server, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK(!actor_ask(client, endpoint, ENNEAD_CALL, MESSAGE(1), 1, 0));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, client->thread));
    CHECK(actor_ask(server, 0, ENNEAD_REPLY, ANSWER(0), 0, 0));
    CHECK_IS(status(server), ENNEAD_NO_REPLY);
}

GROUP(reply, RUN(a_right_is_used_once), RUN(receiving_again_destroys_it), RUN(storing_needs_an_empty_slot),
      RUN(it_can_be_passed_on_and_never_copied), RUN(a_deleted_right_or_a_dead_holder),
      RUN(an_answer_that_cannot_be_delivered_is_the_callers), RUN(a_cancelled_callers_right_vanishes));
