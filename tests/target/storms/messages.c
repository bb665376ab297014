/* The largest messages, those that fail at their last item, and long chains of calls. */
#include "storms.h"

#define CHAIN      24u
#define NEIGHBOURS 1000u /* mappings beside those that arrive, so that trees are deep */

static struct receiver {
    uint32_t space, endpoint;
    struct actor *actor;
} receiver;
static uint64_t pages;

/* A receiver in a space with many mappings, and as many in the root task's. */
static void crowd(void)
{
    uint32_t pool = storm_pool();
    receiver.space = make_space_from(pool);
    receiver.endpoint = make(ENNEAD_TYPE_ENDPOINT);
    CHECK_OK(space_grow(receiver.space, ENNEAD_TABLE_ENTRIES, 16));
    CHECK_OK(space_grow(receiver.space, ENNEAD_TABLE_ENTRIES, 16));
    CHECK_OK(give(receiver.space, 11, receiver.endpoint, READ, 0));
    pages = map_ram(0x10000, 15, READ | WRITE);
    for (unsigned i = 0; i < NEIGHBOURS; i++)
        CHECK_OK(give_item(receiver.space, OTHER_FREE + 2 * i * PAGE, ennead_item_page(pages, 12, 0, READ)));
    receiver.actor = new_actor((struct plan){.space = receiver.space});
}

static void wait_for_message(void)
{
    receiver.actor->request = (struct request){
        .window = {.cap_base = 20, .cap_count = ENNEAD_MSG_ITEMS, .mem_base = OTHER_FREE + PAGE, .mem_order_log2 = 63}};
    CHECK(!actor_ask_more(receiver.actor, 11, ENNEAD_RECV));
}

static enum ennead_error send_all(void)
{
    const ennead_word words[ENNEAD_MSG_REG_WORDS] = {1, 2, 3, 4};
    return ennead_send(receiver.endpoint, ENNEAD_TAG(USER, 1, ENNEAD_MSG_WORDS, ENNEAD_MSG_ITEMS), words);
}

static void put_pages(unsigned flags)
{
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++) {
        struct ennead_item item = ennead_item_page(pages + i * PAGE, 12, 2 * i * PAGE, READ | WRITE);
        item.flags = (uint8_t)flags;
        ennead_utcb()->items[i] = item;
    }
}

static void fail_at_the_last(void)
{
    struct ennead_utcb *utcb = ennead_utcb();
    utcb->items[ENNEAD_MSG_ITEMS - 1] = (struct ennead_item){.kind = ENNEAD_ITEM_CAP};
    disturb();
    CHECK_IS(send_all(), ENNEAD_INVALID_CAP);
    CHECK(!answered(receiver.actor));
}

TEST(pages_that_arrive_but_for_the_last, CLAUSES("ITM-2", "IPC-13"))
{
    crowd();
    wait_for_message();
    noise_start();
    put_pages(0);
    fail_at_the_last();
    noise_end();
    put_pages(0);
    CHECK_OK(send_all());
    settle();
    CHECK_OK(status(receiver.actor));
}

/* One entry each, so that they can be granted. */
TEST(granted_pages_that_come_back, CLAUSES("ITM-2", "ITM-6"))
{
    crowd();
    uint64_t first = new_range(16);
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        CHECK_OK(region_map(harness.ram, i * PAGE, 12, READ | WRITE, 0, first + i * PAGE, 12));
    pages = first;
    wait_for_message();
    noise_start();
    put_pages(ENNEAD_ITEM_GRANT);
    fail_at_the_last();
    noise_end();
    put_pages(ENNEAD_ITEM_GRANT);
    CHECK_OK(send_all());
    settle();
    CHECK_OK(status(receiver.actor));
}

TEST(capabilities_that_arrive_but_for_the_last, CLAUSES("ITM-2"))
{
    crowd();
    uint32_t first = harness.next_slot;
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        (void)make(ENNEAD_TYPE_NOTIFICATION);
    wait_for_message();
    noise_start();
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        ennead_utcb()->items[i] = ennead_item_cap(first + i, ALL, i);
    fail_at_the_last();
    noise_end();
    ennead_utcb()->items[ENNEAD_MSG_ITEMS - 1] = ennead_item_cap(first, ALL, 1);
    CHECK_OK(send_all());
    settle();
    CHECK_OK(status(receiver.actor));
}

/* ---- chains ---- */

static struct actor *link_actor[CHAIN];
static uint32_t link_endpoint[CHAIN + 1];

/* Each has called the next, on the first one's time. */
static void make_chain(void)
{
    for (unsigned i = 0; i <= CHAIN; i++)
        link_endpoint[i] = make(ENNEAD_TYPE_ENDPOINT);
    for (unsigned i = 0; i < CHAIN; i++) {
        link_actor[i] = new_actor((struct plan){0});
        if (i > 0)
            CHECK(!actor_ask(link_actor[i], link_endpoint[i], ENNEAD_RECV, 0, 0, 0));
    }
    for (unsigned i = 0; i < CHAIN; i++) {
        CHECK(!actor_ask(link_actor[i], link_endpoint[i + 1], ENNEAD_CALL, MESSAGE(ENNEAD_MSG_REG_WORDS), i, 0));
        if (i + 1 < CHAIN)
            CHECK_OK(status(link_actor[i + 1]));
    }
}

static void end_chain(unsigned at)
{
    make_chain();
    disturb();
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, link_actor[at]->thread));
    settle();
    if (at > 0)
        CHECK_IS(status(link_actor[at - 1]), ENNEAD_DEAD);
    start_over();
}

TEST(a_chain_of_calls_ends_anywhere, CLAUSES("REP-6", "TIM-7"))
{
    end_chain(0);
    end_chain(CHAIN / 2);
    end_chain(CHAIN - 1);
}

/* From the first on: each ends what the next one waits for. */
TEST(a_chain_of_calls_ends_link_by_link, CLAUSES("REP-6", "END-1"))
{
    make_chain();
    disturb();
    for (unsigned i = 0; i <= CHAIN; i++)
        CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, link_endpoint[i]));
    settle();
    CHECK_IS(status(link_actor[CHAIN - 1]), ENNEAD_DEAD);
}

GROUP(messages, RUN(pages_that_arrive_but_for_the_last), RUN(granted_pages_that_come_back),
      RUN(capabilities_that_arrive_but_for_the_last), RUN(a_chain_of_calls_ends_anywhere),
      RUN(a_chain_of_calls_ends_link_by_link));
