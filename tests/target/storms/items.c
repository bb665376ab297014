/* Messages with the most items of each kind, that arrive and that fail at the last one, between maps as deep as can be.
 */
#include "storms.h"

#define GROW_PAGES    16u
#define SLOT_ENDPOINT 11u /* of the sender's and the receiver's table */
#define SLOT_FAULTS   12u
#define FIRST_SLOT    20u /* of what is sent, and where it arrives */
#define LEVELS        19u /* of a map */

static struct side {
    uint32_t space;
    struct actor *actor;
} sender, receiver;
static uint32_t endpoint, faults;

/* ---- deep maps ---- */

/* So many mappings make as many levels, if on each of them there is one level more to the left than to the right. */
static unsigned mappings_of(unsigned levels)
{
    unsigned count = 0, lower = 0;
    for (unsigned i = 0; i < levels; i++) {
        unsigned next = count + lower + 1;
        lower = count;
        count = next;
    }
    return count;
}

/* There is a gap of a page below each. */
static uint64_t mapping(unsigned index)
{
    return OTHER_FREE + (2 * index + 1) * PAGE;
}

static uint64_t gap(unsigned index)
{
    return mapping(index) - PAGE;
}

/* From the top, so that each is where it is to be. */
static void map_level(uint32_t space, uint64_t page, unsigned first, unsigned levels, unsigned level)
{
    if (levels == 0)
        return;
    unsigned middle = first + mappings_of(levels - 1);
    if (level == 0) {
        CHECK_OK(give_item(space, mapping(middle), ennead_item_page(page, 12, 0, READ | WRITE | EXECUTE)));
        return;
    }
    map_level(space, page, first, levels - 1, level - 1);
    if (levels > 1)
        map_level(space, page, middle + 1, levels - 2, level - 1);
}

static void start_side(struct side *side, uint32_t pool, uint64_t page)
{
    side->space = make_space_from(pool);
    for (unsigned i = 0; i < mappings_of(LEVELS) / ENNEAD_ENTRIES_PER_PAGE + 1; i += GROW_PAGES)
        CHECK_OK(space_grow(side->space, ENNEAD_TABLE_ENTRIES, GROW_PAGES));
    for (unsigned level = 0; level < LEVELS; level++)
        map_level(side->space, page, 0, LEVELS, level);
    side->actor = new_actor((struct plan){.space = side->space});
}

static void start_sides(void)
{
    uint32_t pool = storm_pool();
    uint64_t page = map_ram(0, 12, READ | WRITE | EXECUTE);
    endpoint = make(ENNEAD_TYPE_ENDPOINT);
    faults = make(ENNEAD_TYPE_ENDPOINT);
    start_side(&sender, pool, page);
    start_side(&receiver, pool, page);
    CHECK_OK(give(sender.space, SLOT_ENDPOINT, endpoint, READ | WRITE, 0));
    CHECK_OK(give(receiver.space, SLOT_ENDPOINT, endpoint, READ, 0));
    CHECK_OK(give(sender.space, SLOT_FAULTS, faults, READ, 0));
}

/* ---- messages ---- */

/* The last mapping of the whole, of what is left of its middle, of what is left of that..: what is lower by one when it
 * goes is to be balanced level by level. */
static unsigned last_of_part(unsigned part)
{
    return mappings_of(LEVELS - part) - 1;
}

/* The first one right of those middles; all the way to it goes down. */
static unsigned first_of_part(unsigned part)
{
    return part == 0 ? 0 : mappings_of(LEVELS - part) + 1;
}

static void page_item(unsigned index, unsigned flags)
{
    struct ennead_item item = ennead_item_page(mapping(last_of_part(index)), 12, gap(first_of_part(index)) - OTHER_FREE,
                                               READ | WRITE | EXECUTE);
    item.flags = (uint8_t)flags;
    sender.actor->request.items[index] = item;
}

static void cap_item(unsigned index, unsigned flags)
{
    struct ennead_item item = ennead_item_cap(FIRST_SLOT + index, ALL, 0);
    item.flags = (uint8_t)flags;
    sender.actor->request.items[index] = item;
}

static void most_items(uint32_t tag, void (*item)(unsigned index, unsigned flags), unsigned flags)
{
    sender.actor->request = (struct request){.tag = tag | ENNEAD_TAG(0, 0, ENNEAD_MSG_WORDS, ENNEAD_MSG_ITEMS)};
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        item(i, flags);
}

static void spoil_last(void)
{
    sender.actor->request.items[ENNEAD_MSG_ITEMS - 1] = (struct ennead_item){.kind = ENNEAD_ITEM_CAP};
}

static void receive(void)
{
    receiver.actor->request = (struct request){
        .window = {
            .cap_base = FIRST_SLOT, .cap_count = ENNEAD_MSG_ITEMS, .mem_base = OTHER_FREE, .mem_order_log2 = 28}};
    CHECK(!actor_ask_more(receiver.actor, SLOT_ENDPOINT, ENNEAD_RECV));
}

static void send(void)
{
    CHECK(actor_ask_more(sender.actor, SLOT_ENDPOINT, ENNEAD_SEND));
}

/* The last one fails, and then it does not. */
static void storm(void (*item)(unsigned index, unsigned flags), unsigned flags)
{
    receive();
    noise_start();
    most_items(MESSAGE(0), item, flags);
    spoil_last();
    disturb();
    send();
    CHECK_IS(status(sender.actor), ENNEAD_INVALID_CAP);
    CHECK(!answered(receiver.actor));
    noise_end();
    most_items(MESSAGE(0), item, flags);
    send();
    CHECK_OK(status(sender.actor));
    CHECK_OK(status(receiver.actor));
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        CHECK_IS(receiver.actor->items[i].kind, sender.actor->request.items[i].kind);
}

TEST(pages_that_arrive_but_for_the_last, CLAUSES("ITM-2", "IPC-13"))
{
    start_sides();
    storm(page_item, 0);
}

TEST(granted_pages_that_come_back, CLAUSES("ITM-2", "ITM-6"))
{
    start_sides();
    storm(page_item, ENNEAD_ITEM_GRANT);
}

static void give_objects(void)
{
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        CHECK_OK(give(sender.space, FIRST_SLOT + i, make(ENNEAD_TYPE_NOTIFICATION), ALL, 0));
}

TEST(capabilities_that_arrive_but_for_the_last, CLAUSES("ITM-2"))
{
    start_sides();
    give_objects();
    storm(cap_item, 0);
}

TEST(granted_capabilities_that_come_back, CLAUSES("ITM-2", "ITM-3"))
{
    start_sides();
    give_objects();
    storm(cap_item, ENNEAD_ITEM_GRANT);
}

/* ---- reply rights ---- */

static void page_or_reply(unsigned index, unsigned flags)
{
    if (index == 0)
        sender.actor->request.items[0] = (struct ennead_item){.kind = ENNEAD_ITEM_REPLY};
    else
        page_item(index, flags);
}

/* The server's time, which is the caller's, goes with the right and comes back. */
TEST(a_reply_right_that_comes_back, CLAUSES("REP-5", "IPC-13"))
{
    start_sides();
    struct actor *caller = new_actor((struct plan){0});
    sender.actor->request = (struct request){0};
    CHECK(!actor_ask_more(sender.actor, SLOT_FAULTS, ENNEAD_RECV));
    CHECK(!actor_ask(caller, faults, ENNEAD_CALL, MESSAGE(0), 0, 0));
    CHECK_OK(status(sender.actor));
    storm(page_or_reply, ENNEAD_ITEM_GRANT);
}

/* ---- faults ---- */

static void fault_item(unsigned index, unsigned flags)
{
    page_item(index, flags);
    sender.actor->request.items[index].offset += OTHER_FREE;
}

/* A thread of the receiver's space misses its first page of code, and the sender hears of it. */
static void take_fault(void)
{
    sender.actor->request = (struct request){0};
    CHECK(actor_ask_more(sender.actor, SLOT_FAULTS, ENNEAD_RECV));
    CHECK_OK(status(sender.actor));
}

static void reply(void)
{
    CHECK(actor_ask_more(sender.actor, 0, ENNEAD_REPLY));
    CHECK_OK(status(sender.actor));
}

static void answer_fault(unsigned flags)
{
    start_sides();
    (void)faulting_threads(harness.pool, receiver.space, faults, 1);
    take_fault();
    most_items(0, fault_item, flags);
    reply();
}

/* As many as the port has come with the message of the fault. */
static void set_pager_with_registers(void)
{
    ennead_word w[3 * 2] = {0};
    enum ennead_error error = ENNEAD_RANGE;
    for (unsigned count = ENNEAD_MSG_WORDS / ENNEAD_FIELD_WORDS; error == ENNEAD_RANGE; count--) {
        w[2 * ENNEAD_FIELD_WORDS] = count;
        ennead_utcb()->items[0] = ennead_item_cap(faults, ALL, 0);
        for (unsigned i = ENNEAD_MSG_REG_WORDS; i < 3 * ENNEAD_FIELD_WORDS; i++)
            ennead_utcb()->words[i] = w[i];
        struct ennead_msg msg =
            ennead_ipc(ennead_target(receiver.space, ENNEAD_CALL),
                       ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, 3 * ENNEAD_FIELD_WORDS, 1), w);
        error = ENNEAD_TAG_OPERATION(msg.tag);
    }
    CHECK_OK(error);
}

/* All of them come, and others go back; the thread misses its page again, and again all of them come. */
TEST(a_fault_with_all_registers, CLAUSES("FLT-3", "FLT-5"))
{
    start_sides();
    uint32_t thread = faulting_threads(harness.pool, receiver.space, faults, 1);
    CHECK_OK(sched_bind(make(ENNEAD_TYPE_SCHED_CONTEXT), thread));
    take_fault();
    set_pager_with_registers();
    sender.actor->request = (struct request){.tag = ENNEAD_TAG(0, 0, ENNEAD_MSG_WORDS, 0), .w = {2}};
    reply();
    take_fault();
    CHECK(ENNEAD_TAG_WORDS(sender.actor->result.tag) > 12 * ENNEAD_FIELD_WORDS);
}

TEST(a_fault_answered_with_pages, CLAUSES("ITM-2"))
{
    answer_fault(0);
}

TEST(a_fault_answered_with_granted_pages, CLAUSES("ITM-2", "ITM-6"))
{
    answer_fault(ENNEAD_ITEM_GRANT);
}

GROUP(items, RUN(pages_that_arrive_but_for_the_last), RUN(granted_pages_that_come_back),
      RUN(capabilities_that_arrive_but_for_the_last), RUN(granted_capabilities_that_come_back),
      RUN(a_reply_right_that_comes_back), RUN(a_fault_with_all_registers), RUN(a_fault_answered_with_pages),
      RUN(a_fault_answered_with_granted_pages));
