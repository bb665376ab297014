/* Items, windows, rights, badges, depth. */
#include "../harness/harness.h"

static uint32_t endpoint;
static struct actor *sender, *receiver;

static void waiting(struct ennead_window window)
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    sender = new_actor((struct plan){0});
    receiver = new_actor((struct plan){0});
    receiver->request = (struct request){.window = window};
    CHECK(!actor_ask_more(receiver, endpoint, ENNEAD_RECV));
}

static unsigned send_two(struct ennead_item a, struct ennead_item b, unsigned count)
{
    sender->request = (struct request){.tag = ENNEAD_TAG(USER, 1, 0, count), .items = {a, b}};
    CHECK(actor_ask_more(sender, endpoint, ENNEAD_SEND));
    return status(sender);
}

TEST(items_arrive_in_the_window_in_order, CLAUSES("ITM-1", "ITM-8"))
{
    uint32_t to = new_slot();
    (void)new_slot();
    uint64_t mine = map_ram(0, 12, READ | WRITE), range = new_range(16);
    waiting((struct ennead_window){.cap_base = to, .cap_count = 2, .mem_base = range, .mem_order_log2 = 16});
    CHECK_OK(send_two(ennead_item_cap(harness.pool, READ, 0), ennead_item_page(mine, 12, 0x3000, READ), 2));
    CHECK_IS(receiver->items[0].kind, ENNEAD_ITEM_CAP);
    CHECK_IS(receiver->items[0].base, to);
    CHECK_IS(receiver->items[1].kind, ENNEAD_ITEM_PAGE);
    CHECK_IS(receiver->items[1].base, range + 0x3000);
    CHECK_IS(receiver->items[1].order_log2, 12);
    *(volatile uint32_t *)(uintptr_t)mine = 99;
    CHECK_IS(*(volatile uint32_t *)(uintptr_t)(range + 0x3000), 99);
}

TEST(nothing_arrives_outside, CLAUSES("ITM-1", "ITM-2"))
{
    uint32_t to = new_slot();
    uint64_t mine = map_ram(0, 13, READ), range = new_range(13);
    waiting((struct ennead_window){.cap_base = to, .cap_count = 1, .mem_base = range, .mem_order_log2 = 12});
    CHECK_IS(send_two(ennead_item_page(mine, 12, 0x1000, READ), ennead_item_cap(endpoint, ALL, 0), 1), ENNEAD_WINDOW);
    CHECK_IS(send_two(ennead_item_page(mine, 13, 0, READ), ennead_item_cap(endpoint, ALL, 0), 1), ENNEAD_WINDOW);
    CHECK_IS(send_two(ennead_item_page(mine, 12, UINT64_MAX - 4095, READ), ennead_item_cap(endpoint, ALL, 0), 1),
             ENNEAD_WINDOW);
    CHECK_IS(send_two(ennead_item_cap(harness.pool, ALL, 0), ennead_item_cap(harness.pool, ALL, 0), 2), ENNEAD_WINDOW);
    CHECK_OK(send_two(ennead_item_cap(harness.pool, ALL, 0), ennead_item_page(mine, 12, 0, READ), 2));
    CHECK_IS(give(ENNEAD_ROOT_SPACE, to, endpoint, ALL, 0), ENNEAD_OCCUPIED);
    CHECK_IS(give_item(ENNEAD_ROOT_SPACE, range, ennead_item_page(mine, 12, 0, READ)), ENNEAD_OCCUPIED);
    CHECK_IS(give(ENNEAD_ROOT_SPACE, ENNEAD_SLOTS_MAX, endpoint, ALL, 0), ENNEAD_NO_SLOT);
}

TEST(map_entries_run_out, CLAUSES("ITM-2", "SPC-7"))
{
    uint32_t space = make_bare_space();
    uint64_t mine = map_ram(0, 12, READ), base, order, rights;
    for (unsigned i = 0; i < ENNEAD_ENTRIES_PER_PAGE; i++)
        CHECK_OK(give_item(space, OTHER_FREE + i * UINT64_C(8192), ennead_item_page(mine, 12, 0, READ)));
    CHECK_IS(give_item(space, OTHER_FREE + (1 << 22), ennead_item_page(mine, 12, 0, READ)), ENNEAD_NO_ENTRY);
    CHECK_OK(space_map_info(space, OTHER_FREE + 1, &base, &order, &rights));
    CHECK_IS(base, OTHER_FREE);
    CHECK_OK(space_map_info(space, OTHER_FREE + 4096, &base, &order, &rights));
    CHECK_IS(base, OTHER_FREE + 8192);
    CHECK_IS(order, 12);
    CHECK_IS(rights, READ);
    CHECK_OK(space_grow(space, ENNEAD_TABLE_ENTRIES, 1));
    CHECK_OK(give_item(space, OTHER_FREE + (1 << 22), ennead_item_page(mine, 12, 0, READ)));
}

TEST(rights_only_shrink, CLAUSES("ITM-3"))
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    uint32_t weak = derive(endpoint, READ, 0), again = derive(weak, ALL, 0), to = new_slot();
    CHECK_IS(slot_info(ENNEAD_ROOT_SPACE, again).rights, READ);
    CHECK_IS(slot_info(ENNEAD_ROOT_SPACE, again).depth, slot_info(ENNEAD_ROOT_SPACE, weak).depth + 1);
    struct ennead_item item = ennead_item_cap(weak, ALL, 0);
    item.flags = ENNEAD_ITEM_GRANT;
    CHECK_OK(give_item(ENNEAD_ROOT_SPACE, to, item));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, weak), ENNEAD_TYPE_NONE);
    CHECK_OK(space_revoke(ENNEAD_ROOT_SPACE, to));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, again), ENNEAD_TYPE_NONE);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, to), ENNEAD_TYPE_ENDPOINT);
}

TEST(badges_are_set_once, CLAUSES("ITM-4"))
{
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    uint32_t badged = derive(endpoint, ALL, 5), weak = derive(endpoint, READ | WRITE, 0), to = new_slot();
    CHECK_IS(slot_info(ENNEAD_ROOT_SPACE, badged).badge, 5);
    CHECK_IS(give(ENNEAD_ROOT_SPACE, to, badged, ALL, 6), ENNEAD_DENIED);
    CHECK_IS(give(ENNEAD_ROOT_SPACE, to, weak, ALL, 6), ENNEAD_DENIED);
    CHECK_IS(give(ENNEAD_ROOT_SPACE, to, harness.pool, ALL, 6), ENNEAD_TYPE);
    CHECK_OK(give(ENNEAD_ROOT_SPACE, to, badged, ALL, 0));
    CHECK_IS(slot_info(ENNEAD_ROOT_SPACE, to).badge, 5);
}

TEST(ones_own_capability_comes_back_as_its_badge, CLAUSES("ITM-5"))
{
    waiting((struct ennead_window){0});
    uint32_t badged = derive(endpoint, ALL, 31);
    CHECK_OK(send_two(ennead_item_cap(badged, ALL, 0), ennead_item_cap(badged, ALL, 0), 1));
    CHECK_IS(receiver->items[0].kind, ENNEAD_ITEM_OWN);
    CHECK_IS(receiver->items[0].badge, 31);
}

TEST(granted_pages_leave, CLAUSES("ITM-7"))
{
    uint64_t mine = map_ram(0, 13, READ), to = new_range(13);
    struct ennead_item item = ennead_item_page(mine, 12, 0, READ | WRITE);
    item.flags = ENNEAD_ITEM_GRANT;
    CHECK_IS(give_item(ENNEAD_ROOT_SPACE, to, item), ENNEAD_RANGE);
    item.order_log2 = 13;
    CHECK_OK(give_item(ENNEAD_ROOT_SPACE, to, item));
    uint64_t base, order, rights;
    CHECK_OK(space_map_info(ENNEAD_ROOT_SPACE, mine, &base, &order, &rights));
    CHECK_IS(base, to);
    CHECK_IS(rights, READ);
}

TEST(items_that_make_no_sense, CLAUSES("ITM-9", "ITM-6"))
{
    waiting((struct ennead_window){
        .cap_base = new_slot(), .cap_count = 1, .mem_base = new_range(12), .mem_order_log2 = 12});
    struct ennead_item item = {.kind = 77};
    CHECK_IS(send_two(item, item, 1), ENNEAD_TYPE);
    item.kind = ENNEAD_ITEM_OWN;
    CHECK_IS(send_two(item, item, 1), ENNEAD_TYPE);
    CHECK_IS(send_two(ennead_item_cap(new_slot(), ALL, 0), item, 1), ENNEAD_INVALID_CAP);
    CHECK_IS(send_two(ennead_item_page(OTHER_FREE, 12, 0, READ), item, 1), ENNEAD_NOT_FOUND);
    CHECK(!answered(receiver));
}

TEST(derivation_has_its_depth, CLAUSES("ITM-10"))
{
    uint32_t slot = make(ENNEAD_TYPE_ENDPOINT);
    while (slot_info(ENNEAD_ROOT_SPACE, slot).depth < ENNEAD_DEPTH_MAX)
        slot = derive(slot, ALL, 0);
    CHECK_IS(give(ENNEAD_ROOT_SPACE, new_slot(), slot, ALL, 0), ENNEAD_DEPTH);
}

GROUP(items, RUN(items_arrive_in_the_window_in_order), RUN(nothing_arrives_outside), RUN(map_entries_run_out),
      RUN(rights_only_shrink), RUN(badges_are_set_once), RUN(ones_own_capability_comes_back_as_its_badge),
      RUN(granted_pages_leave), RUN(items_that_make_no_sense), RUN(derivation_has_its_depth));
