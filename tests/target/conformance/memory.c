/* Memory: rights of mappings, unmapping at once and everywhere, flexpages of all sizes, tables that are too few. */
#include "../harness/harness.h"
#include <target/port.h>

#define KIB 1024u
#define FAR 20u

enum access { LOAD = ENNEAD_RIGHT_READ, STORE = ENNEAD_RIGHT_WRITE, FETCH = ENNEAD_RIGHT_EXECUTE };

/* A thread in a space of its own that touches one address after the other. */
static struct {
    struct actor *actor;
    uint32_t space, faults;
    volatile enum access access;
    volatile uint64_t address;
    volatile uint32_t value;
    volatile bool done;
} prober;

static void probe(void *argument)
{
    (void)argument;
    volatile uint32_t *at = (volatile uint32_t *)(uintptr_t)prober.address;
    if (prober.access == LOAD)
        prober.value = *at;
    else if (prober.access == STORE)
        *at = prober.value;
    else
        ((void (*)(void))(uintptr_t)prober.address)();
    prober.done = true;
}

static void open_space(uint32_t space)
{
    prober.space = space;
    prober.faults = make(ENNEAD_TYPE_ENDPOINT);
    struct ennead_item item = ennead_item_cap(prober.faults, ALL, 0);
    CHECK_OK(space_set_pager(prober.space, ENNEAD_HANDLER_PAGER, item));
    CHECK_OK(space_set_pager(prober.space, ENNEAD_HANDLER_EXCEPTION, item));
    prober.actor = new_actor((struct plan){.entry = probe, .space = prober.space, .held = true});
}

void ennead_thread_start(void);

/* 0: it went well; else the right that the fault says was missed. The thread is stopped in any case. */
static unsigned touch(enum access access, uint64_t address)
{
    prober.access = access;
    prober.address = address;
    prober.done = false;
    actor_run(prober.actor, ennead_thread_start);
    settle();
    if (prober.done) {
        CHECK_OK(thread_stop(prober.actor->thread));
        return 0;
    }
    struct ennead_msg msg = ipc(prober.faults, ENNEAD_RECV | ENNEAD_POLL, 0, 0, 0, 0, 0);
    CHECK_OK(msg.status);
    CHECK_IS(ENNEAD_TAG_LABEL(msg.tag), ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_PAGE);
    CHECK_IS(ennead_get(&msg, 0), address);
    CHECK_OK(ipc(0, ENNEAD_REPLY, ENNEAD_TAG(0, 1, 0, 0), 0, 0, 0, 0).status);
    CHECK_IS(state_of(prober.actor), ENNEAD_THREAD_STOPPED);
    return (unsigned)ennead_get(&msg, 1);
}

static enum ennead_error map_there(uint64_t address, uint64_t mine, unsigned order_log2, unsigned rights)
{
    return give_item(prober.space, address, ennead_item_page(mine, order_log2, 0, rights));
}

TEST(mappings_have_the_rights_given, CLAUSES("ITM-7", "FLT-1"))
{
    static const unsigned rights[] = {READ, READ | WRITE, READ | EXECUTE};
    uint64_t mine = map_ram(0, 12, READ | WRITE | EXECUTE);
    for (unsigned i = 0; i < PORT_CODE_BYTES; i++)
        ((volatile uint8_t *)(uintptr_t)mine)[i] = port_code[i];
    open_space(make_space());
    CHECK_IS(touch(LOAD, OTHER_FREE), READ);
    CHECK_IS(touch(STORE, OTHER_FREE), WRITE);
    CHECK_IS(touch(FETCH, OTHER_FREE), EXECUTE);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t at = OTHER_FREE + i * UINT64_C(4096);
        CHECK_OK(map_there(at, mine, 12, rights[i]));
        CHECK_IS(touch(LOAD, at), 0);
        CHECK_IS(touch(FETCH, at), rights[i] & EXECUTE ? 0 : EXECUTE);
        uint32_t code;
        __builtin_memcpy(&code, port_code, sizeof code);
        prober.value = code;
        CHECK_IS(touch(STORE, at), rights[i] & WRITE ? 0 : WRITE);
    }
}

TEST(what_was_unmapped_is_gone_at_once, CLAUSES("SPC-4"))
{
    uint64_t mine = map_ram(0, 12, READ | WRITE);
    open_space(make_space());
    CHECK_OK(map_there(OTHER_FREE, mine, 12, READ | WRITE));
    CHECK_IS(touch(STORE, OTHER_FREE), 0);
    CHECK_OK(space_unmap(prober.space, OTHER_FREE));
    CHECK_IS(touch(STORE, OTHER_FREE), WRITE);
    CHECK_IS(space_unmap(prober.space, OTHER_FREE), ENNEAD_NOT_FOUND);
    CHECK_OK(map_there(OTHER_FREE, mine, 12, READ | WRITE));
    CHECK_IS(touch(STORE, OTHER_FREE), 0);
    CHECK_OK(space_revoke_map(ENNEAD_ROOT_SPACE, mine));
    CHECK_IS(touch(LOAD, OTHER_FREE), READ);
    CHECK_OK(map_there(OTHER_FREE, mine, 12, READ));
    CHECK_OK(region_revoke(harness.ram));
    CHECK_IS(touch(LOAD, OTHER_FREE), READ);
}

static volatile uint32_t seen, looks;

static void look(void *argument)
{
    (void)argument;
    for (;;) {
        seen |= *(volatile uint32_t *)(uintptr_t)OTHER_FREE;
        looks++;
    }
}

/* From each other processor: what is written after the answer is never seen. */
TEST(on_other_processors_too, CLAUSES("SPC-4"))
{
    uint64_t mine = map_ram(0, 12, READ | WRITE), spare = map_ram(0, 12, READ | WRITE);
    for (unsigned round = 0; round < 4 * (harness.boot->cpus - 1) && round < ACTORS_MAX; round++) {
        uint32_t space = make_space(), faults = make(ENNEAD_TYPE_ENDPOINT);
        CHECK_OK(space_set_pager(space, ENNEAD_HANDLER_PAGER, ennead_item_cap(faults, ALL, 0)));
        prober.space = space;
        *(volatile uint32_t *)(uintptr_t)mine = 1;
        CHECK_OK(map_there(OTHER_FREE, mine, 12, READ));
        seen = 0;
        looks = 0;
        struct actor *actor =
            new_actor((struct plan){.entry = look, .space = space, .cpu = 1 + round % (harness.boot->cpus - 1)});
        while (looks < 100)
            continue;
        CHECK_OK(space_unmap(space, OTHER_FREE));
        *(volatile uint32_t *)(uintptr_t)spare = 2;
        struct ennead_msg msg = ennead_recv(faults);
        CHECK_IS(ennead_get(&msg, 0), OTHER_FREE);
        CHECK_IS(seen, 1);
        CHECK_OK(thread_stop(actor->thread));
        CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, actor->thread));
        CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, space));
    }
}

/* A word at the start of each page tells which it is. */
TEST(flexpages_of_all_sizes, CLAUSES("ITM-6", "REG-4"))
{
    for (unsigned order = 12; order <= 22; order++) {
        uint64_t size = UINT64_C(1) << order;
        uint64_t mine = map_ram(64 * KIB + 4096, order, READ | WRITE);
        for (uint64_t at = 0; at < size; at += 4096)
            *(volatile uint32_t *)(uintptr_t)(mine + at) = (uint32_t)(at + order);
        open_space(make_space());
        CHECK_OK(map_there(OTHER_FREE, mine, order, READ));
        for (uint64_t at = 0; at < size; at += size / (size > 16 * 4096 ? 16 : 1)) {
            CHECK_IS(touch(LOAD, OTHER_FREE + at), 0);
            CHECK_IS(prober.value, at + order);
        }
        CHECK_IS(touch(LOAD, OTHER_FREE + size), READ);
        CHECK_OK(space_unmap(prober.space, OTHER_FREE + size - 4096));
        CHECK_IS(touch(LOAD, OTHER_FREE), READ);
        start_over();
    }
}

TEST(parts_of_a_flexpage_can_be_sent_on, CLAUSES("ITM-6"))
{
    uint64_t mine = map_ram(0, 16, READ | WRITE);
    *(volatile uint32_t *)(uintptr_t)(mine + 0x5000) = 55;
    open_space(make_space());
    CHECK_IS(map_there(OTHER_FREE, mine + 0x1000, 13, READ), ENNEAD_ALIGNMENT);
    CHECK_IS(map_there(OTHER_FREE, mine, 17, READ), mine % (128 * KIB) == 0 ? ENNEAD_RANGE : ENNEAD_ALIGNMENT);
    CHECK_IS(map_there(OTHER_FREE, mine, 11, READ), ENNEAD_INVALID_ARG);
    CHECK_OK(map_there(OTHER_FREE, mine + 0x4000, 13, READ));
    CHECK_IS(touch(LOAD, OTHER_FREE + 0x1000), 0);
    CHECK_IS(prober.value, 55);
    CHECK_IS(touch(LOAD, OTHER_FREE + 0x2000), READ);
}

/* Place i of FAR, as far apart as user space allows. */
static uint64_t far_place(uint64_t end, unsigned i)
{
    uint64_t distance = 4096;
    while (2 * distance * (FAR + 1) <= end - OTHER_FREE)
        distance *= 2;
    return (OTHER_FREE / distance + 1 + i) * distance;
}

/* Far apart, so that each needs tables of its own, and there are too few: they take turns. */
static void touch_far_apart(void)
{
    uint64_t mine = map_ram(0, 12, READ | WRITE);
    struct space_describe_out about;
    open_space(make_space());
    CHECK_OK(space_describe(prober.space, &about));
    CHECK_OK(space_grow(prober.space, ENNEAD_TABLE_ENTRIES, 1));
    for (unsigned i = 0; i < FAR; i++)
        CHECK_OK(map_there(far_place(about.end, i), mine, 12, READ | WRITE));
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < FAR; i++) {
            prober.value = round << 8 | i;
            CHECK_IS(touch(STORE, far_place(about.end, i)), 0);
            CHECK_IS(touch(LOAD, far_place(about.end, (i + 7) % FAR)), 0);
            CHECK_IS(prober.value, round << 8 | i);
        }
    }
}

TEST(tables_that_are_too_few_take_turns, CLAUSES("SPC-1"))
{
    touch_far_apart();
}

TEST(more_tables_cost_their_price, CLAUSES("SPC-1", "POL-1"))
{
    uint32_t space = make_bare_space();
    struct space_describe_out before, after;
    CHECK_OK(space_describe(space, &before));
    for (unsigned pages = 1; pages <= 16; pages *= 2) {
        uint64_t had = pool_free(harness.pool);
        CHECK_OK(space_grow(space, ENNEAD_TABLE_PAGES, pages));
        CHECK_IS(had - pool_free(harness.pool), pages * ENNEAD_POOL_PAGE_BYTES);
    }
    CHECK_OK(space_describe(space, &after));
    CHECK_IS(after.free_tables - before.free_tables, 31);
    CHECK_IS(space_grow(space, ENNEAD_TABLE_PAGES, 3), ENNEAD_INVALID_ARG);
    CHECK_IS(space_grow(space, 3, 1), ENNEAD_INVALID_ARG);
}

TEST(message_buffers_stay_where_they_are, CLAUSES("SPC-5"))
{
    uint32_t space = make_space();
    uint64_t had = pool_free(harness.pool);
    CHECK_IS(space_add_utcb(space, OTHER_UTCB), ENNEAD_OCCUPIED);
    CHECK_OK(space_add_utcb(space, OTHER_UTCB + 4096));
    CHECK_IS(had - pool_free(harness.pool), ENNEAD_POOL_PAGE_BYTES);
    CHECK_IS(space_unmap(space, OTHER_UTCB), ENNEAD_NOT_FOUND);
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT);
    CHECK_OK(give(space, 10, endpoint, ALL, 0));
    struct actor *first = new_actor((struct plan){.space = space}), *second = new_actor((struct plan){.space = space});
    CHECK(!actor_ask(first, 10, ENNEAD_RECV, 0, 0, 0));
    second->request = (struct request){.tag = MESSAGE(ENNEAD_MSG_WORDS), .fill = 1000};
    CHECK(actor_ask_more(second, 10, ENNEAD_SEND));
    CHECK_OK(status(second));
    CHECK_OK(status(first));
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < ENNEAD_MSG_WORDS; i++)
        CHECK_IS(first->words[i], 1000 + i);
    CHECK_IS(thread_bind(make(ENNEAD_TYPE_THREAD), OTHER_UTCB, space), ENNEAD_NO_UTCB);
}

GROUP(memory, RUN(mappings_have_the_rights_given), RUN(what_was_unmapped_is_gone_at_once), RUN(on_other_processors_too),
      RUN(flexpages_of_all_sizes), RUN(parts_of_a_flexpage_can_be_sent_on), RUN(tables_that_are_too_few_take_turns),
      RUN(more_tables_cost_their_price), RUN(message_buffers_stay_where_they_are));
