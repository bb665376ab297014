/* Attackers that die while others depend on them: with an answer owed, and in the middle of a message. */
#include "victim.h"

#define OWED_SLOT  (ATTACK_FREE + 1)
#define ROUNDS     48u
#define STEP_NS    3000u /* by which each death comes later than the one before */
#define WORD(n)    ((n)*0x01010101u + 7)
#define WINDOW_LOG 16u

static volatile bool owes;
static volatile unsigned whole, torn;
static uint32_t inbox, window_slots;
static uint64_t window_range;

/* ---- an answer that never comes ---- */

static void owe(void *argument)
{
    (void)argument;
    struct ennead_msg msg = ennead_recv(ATTACK_ENDPOINT);
    owes = msg.status == ENNEAD_OK && ennead_store_reply(OWED_SLOT) == ENNEAD_OK;
    (void)ennead_recv(ATTACK_ENDPOINT);
}

struct debtor {
    uint32_t space, endpoint;
    struct actor *actor;
};

static struct debtor new_debtor(unsigned cpu)
{
    struct debtor debtor = {.space = attacker_space(), .endpoint = make(ENNEAD_TYPE_ENDPOINT)};
    CHECK_OK(space_delete(debtor.space, ATTACK_ENDPOINT));
    CHECK_OK(give(debtor.space, ATTACK_ENDPOINT, debtor.endpoint, ALL, 0));
    debtor.actor = new_actor((struct plan){.entry = owe, .space = debtor.space, .cpu = cpu});
    return debtor;
}

/* Its table goes with its space, and the right with the table. */
static void dies_in_debt(unsigned cpu)
{
    owes = false;
    struct debtor debtor = new_debtor(cpu);
    struct actor *caller = new_actor((struct plan){.priority = MIDDLE + 1});
    CHECK(!actor_ask(caller, debtor.endpoint, ENNEAD_CALL, MESSAGE(1), 1, 0));
    while (!owes)
        pause_a_little();
    CHECK_IS(type_in(debtor.space, OWED_SLOT), ENNEAD_TYPE_REPLY);
    CHECK_IS(state_of(caller), ENNEAD_THREAD_CALLING);
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, debtor.space));
    settle();
    CHECK(answered(caller));
    CHECK_IS(status(caller), ENNEAD_NO_REPLY);
    CHECK_IS(state_of(debtor.actor), ENNEAD_THREAD_STOPPED);
}

TEST(dying_with_an_answer_owed, CLAUSES("REP-6", "SPC-9", "POL-3"))
{
    start_over();
    uint64_t before = pool_free(harness.pool);
    for (unsigned cpu = 0; cpu <= last_cpu(); cpu += last_cpu() > 0 ? last_cpu() : 1) {
        victim_start();
        dies_in_debt(cpu);
        victim_check();
        start_over();
        CHECK_IS(pool_free(harness.pool), before);
    }
}

/* ---- half a message ---- */

static void send_large(void *argument)
{
    (void)argument;
    struct ennead_utcb *utcb = ennead_utcb();
    const ennead_word words[ENNEAD_MSG_REG_WORDS] = {WORD(0), WORD(1), WORD(2), WORD(3)};
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < ENNEAD_MSG_WORDS; i++)
        utcb->words[i] = WORD(i);
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        utcb->items[i] =
            i % 2 ? ennead_item_page(OTHER_FREE, 12, (uint64_t)i << 12, READ) : ennead_item_cap(ATTACK_POOL, ALL, 0);
    for (;;)
        (void)!ennead_send(ATTACK_ENDPOINT, ENNEAD_TAG(USER, 1, ENNEAD_MSG_WORDS, ENNEAD_MSG_ITEMS), words);
}

static bool is_whole(const struct ennead_msg *msg)
{
    const struct ennead_utcb *utcb = ennead_utcb();
    bool good = ENNEAD_TAG_WORDS(msg->tag) == ENNEAD_MSG_WORDS && ENNEAD_TAG_ITEMS(msg->tag) == ENNEAD_MSG_ITEMS;
    for (unsigned i = 0; i < ENNEAD_MSG_WORDS; i++)
        good = good && (i < ENNEAD_MSG_REG_WORDS ? msg->w[i] : utcb->words[i]) == WORD(i);
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        good = good && utcb->items[i].kind == (i % 2 ? ENNEAD_ITEM_PAGE : ENNEAD_ITEM_CAP);
    return good;
}

/* What arrived is put away again, so that the next message has where to go. */
static void put_away(void)
{
    ennead_window_close();
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++) {
        (void)!space_delete(ENNEAD_ROOT_SPACE, window_slots + i);
        (void)!space_unmap(ENNEAD_ROOT_SPACE, window_range + ((uint64_t)i << 12));
    }
}

static void receive_large(void *argument)
{
    (void)argument;
    for (;;) {
        ennead_window_caps(window_slots, ENNEAD_MSG_ITEMS);
        ennead_window_memory(window_range, WINDOW_LOG);
        struct ennead_msg msg = ennead_recv(inbox);
        if (msg.status == ENNEAD_OK)
            *(is_whole(&msg) ? &whole : &torn) += 1;
        put_away();
    }
}

static void wait_for_ns(uint64_t ns)
{
    uint64_t bits;
    CHECK_OK(notification_arm(harness.clock, now_ns() + ns, 1));
    CHECK_OK(notification_wait(harness.clock, &bits));
}

/* One that sends without pause, ended by the end of its space, its thread, its time, or the pool it is all made from.
 */
static void dies_sending(unsigned round)
{
    enum { SPACE, THREAD, TIME, POOL, WAYS } way = round % WAYS;
    unsigned cpu = round / WAYS % 2 ? last_cpu() : 0;
    uint32_t pool = make_from(harness.pool, ENNEAD_TYPE_POOL, 18), space = attacker_space_from(pool);
    CHECK_OK(space_delete(space, ATTACK_ENDPOINT));
    CHECK_OK(give(space, ATTACK_ENDPOINT, inbox, WRITE, 0));
    uint64_t page = map_ram(0x10000, 12, READ | WRITE);
    CHECK_OK(give_item(space, OTHER_FREE, ennead_item_page(page, 12, 0, READ | WRITE)));
    struct actor *sender = new_actor((struct plan){.entry = send_large, .space = space, .pool = pool, .cpu = cpu});
    wait_for_ns((uint64_t)(round + 1) * STEP_NS);
    const uint32_t ended[WAYS] = {space, sender->thread, sender->sched, pool};
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, ended[way]));
    settle();
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, ended[way]), ENNEAD_TYPE_NONE);
    if (way == POOL)
        CHECK_IS(type_in(ENNEAD_ROOT_SPACE, sender->thread), ENNEAD_TYPE_NONE);
    if (way == SPACE)
        CHECK_IS(state_of(sender), ENNEAD_THREAD_STOPPED);
}

TEST(dying_in_the_middle_of_a_message, CLAUSES("IPC-13", "SPC-9", "POL-3"))
{
    start_over();
    uint64_t before = pool_free(harness.pool);
    whole = 0;
    torn = 0;
    /* Each round lasts longer than the one before: on a slow machine some more are needed until a message is whole. */
    for (unsigned round = 0; round < ROUNDS || whole == 0; round++) {
        victim_start();
        inbox = make(ENNEAD_TYPE_ENDPOINT);
        window_slots = new_slot();
        for (unsigned i = 1; i < ENNEAD_MSG_ITEMS; i++)
            (void)new_slot();
        window_range = new_range(WINDOW_LOG);
        new_actor((struct plan){.entry = receive_large});
        dies_sending(round);
        if (round % 8 == 0)
            victim_check();
        start_over();
        CHECK_IS(pool_free(harness.pool), before);
    }
    CHECK_IS(torn, 0);
}

GROUP(deaths, RUN(dying_with_an_answer_owed), RUN(dying_in_the_middle_of_a_message));
