/* Faults: what their handlers hear, and what an answer does. */
#include "../harness/harness.h"

#define PAGE UINT64_C(4096)

void ennead_thread_start(void);

static uint32_t space, pager;
static struct actor *actor;
static volatile uint32_t loaded;
static volatile unsigned resumed;

static void load(void *argument)
{
    (void)argument;
    loaded = *(volatile uint32_t *)(uintptr_t)OTHER_FREE;
}

static void store(void *argument)
{
    (void)argument;
    *(volatile uint32_t *)(uintptr_t)(OTHER_FREE + 8) = 77;
}

/* Its registers were changed: it begins anew somewhere else. */
static void elsewhere(void)
{
    resumed++;
    for (;;)
        (void)ennead_recv(actor->park);
}

static void set_pager(unsigned first, unsigned registers)
{
    uint32_t badged = derive(pager, ALL, 6);
    ennead_word words[ENNEAD_BUFFER(3)] = {0};
    ennead_put(words, 0, ENNEAD_HANDLER_PAGER);
    ennead_put(words, 1, first);
    ennead_put(words, 2, registers);
    ennead_overflow(words, ENNEAD_FIELDS(3));
    ennead_utcb()->items[0] = ennead_item_cap(badged, ALL, 0);
    struct ennead_msg msg =
        ennead_call(space, ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_SPACE_SET_PAGER, ENNEAD_FIELDS(3), 1), words);
    CHECK_OK(ennead_outcome(&msg));
}

static void run_in_space(void (*entry)(void *))
{
    space = make_space();
    pager = make(ENNEAD_TYPE_ENDPOINT);
    loaded = 0;
    resumed = 0;
    actor = new_actor((struct plan){.entry = entry, .space = space, .held = true});
}

/* The fault message, to be read before the next call; its reply right is held. */
static struct ennead_msg faulted(void)
{
    actor_run(actor, ennead_thread_start);
    settle();
    struct ennead_msg msg = ipc(pager, ENNEAD_RECV | ENNEAD_POLL, 0, 0, 0, 0, 0);
    CHECK_OK(msg.status);
    CHECK_IS(ENNEAD_TAG_LABEL(msg.tag), ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_PAGE);
    return msg;
}

TEST(a_pager_puts_pages_where_they_are_missed, CLAUSES("FLT-1", "SPC-8"))
{
    uint64_t mine = map_ram(0, 13, READ | WRITE);
    *(volatile uint32_t *)(uintptr_t)(mine + PAGE) = 1234;
    run_in_space(load);
    set_pager(0, 0);
    struct ennead_msg msg = faulted();
    CHECK_IS(ENNEAD_TAG_WORDS(msg.tag), ENNEAD_FIELDS(4));
    CHECK_IS(msg.badge, 6);
    CHECK_IS(ennead_get(&msg, 0), OTHER_FREE);
    CHECK_IS(ennead_get(&msg, 1), READ);
    CHECK(ennead_get(&msg, 2) != 0);
    CHECK_IS(state_of(actor), ENNEAD_THREAD_CALLING);
    ennead_utcb()->items[0] = ennead_item_page(mine + PAGE, 12, OTHER_FREE, READ);
    ennead_utcb()->items[1] = ennead_item_page(mine, 12, OTHER_FREE + PAGE, READ);
    CHECK_OK(ipc(0, ENNEAD_REPLY, ENNEAD_TAG(0, 0, 0, 2), 0, 0, 0, 0).status);
    actor_join(actor);
    CHECK_IS(loaded, 1234);
    uint64_t base, order, rights;
    CHECK_OK(space_map_info(space, OTHER_FREE + PAGE, &base, &order, &rights));
    CHECK_IS(base, OTHER_FREE + PAGE);
}

TEST(a_store_misses_the_right_to_write, CLAUSES("FLT-1"))
{
    uint64_t mine = map_ram(0, 12, READ | WRITE);
    *(volatile uint32_t *)(uintptr_t)(mine + 8) = 0;
    run_in_space(store);
    set_pager(0, 0);
    CHECK_OK(give_item(space, OTHER_FREE, ennead_item_page(mine, 12, 0, READ)));
    struct ennead_msg msg = faulted();
    CHECK_IS(ennead_get(&msg, 0), OTHER_FREE + 8);
    CHECK_IS(ennead_get(&msg, 1) & WRITE, WRITE);
    CHECK_OK(space_unmap(space, OTHER_FREE));
    ennead_utcb()->items[0] = ennead_item_page(mine, 12, OTHER_FREE, READ | WRITE);
    CHECK_OK(ipc(0, ENNEAD_REPLY, ENNEAD_TAG(0, 0, 0, 1), 0, 0, 0, 0).status);
    actor_join(actor);
    CHECK_IS(*(volatile uint32_t *)(uintptr_t)(mine + 8), 77);
}

TEST(words_of_the_answer_are_registers, CLAUSES("FLT-3", "THR-5"))
{
    run_in_space(load);
    set_pager(0, 0);
    (void)faulted();
    uint64_t pc = 0;
    unsigned count = 1;
    CHECK_OK(thread_read_regs(actor->thread, ENNEAD_REGISTER_PC, 1, &pc, &count));
    CHECK(pc != 0);
    ennead_word words[ENNEAD_BUFFER(2)] = {0};
    ennead_put(words, 0, ENNEAD_REGISTER_PC);
    ennead_put(words, 1, (uintptr_t)elsewhere);
    CHECK_OK(ennead_ipc(ennead_target(0, ENNEAD_REPLY), ANSWER(ENNEAD_FIELDS(2)), words).status);
    settle();
    CHECK_IS(resumed, 1);
    CHECK(!actor->ended);
    CHECK_IS(thread_read_regs(actor->thread, ENNEAD_REGISTER_PC, 1, &pc, &count), ENNEAD_STATE);
}

TEST(other_answers_leave_it_stopped, CLAUSES("FLT-4"))
{
    run_in_space(load);
    actor_run(actor, ennead_thread_start);
    settle();
    CHECK_IS(state_of(actor), ENNEAD_THREAD_STOPPED);
    set_pager(0, 0);
    (void)faulted();
    CHECK_OK(ipc(0, ENNEAD_REPLY, ENNEAD_TAG(0, 1, 0, 0), 0, 0, 0, 0).status);
    CHECK_IS(state_of(actor), ENNEAD_THREAD_STOPPED);
    (void)faulted();
    CHECK_OK(thread_cancel(actor->thread));
    CHECK_IS(state_of(actor), ENNEAD_THREAD_STOPPED);
    CHECK_IS(ipc(0, ENNEAD_REPLY, ANSWER(0), 0, 0, 0, 0).status, ENNEAD_NO_REPLY);
    (void)faulted();
    uint32_t slot = new_slot();
    CHECK_OK(ipc(slot, ENNEAD_STORE, 0, 0, 0, 0, 0).status);
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, slot));
    CHECK_IS(state_of(actor), ENNEAD_THREAD_STOPPED);
    actor_run(actor, ennead_thread_start);
    settle();
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, pager));
    settle();
    CHECK_IS(state_of(actor), ENNEAD_THREAD_STOPPED);
    CHECK_IS(loaded, 0);
}

TEST(a_handler_that_dies_leaves_it_stopped, CLAUSES("FLT-4", "REP-6"))
{
    run_in_space(load);
    set_pager(0, 0);
    struct actor *handler = new_actor((struct plan){0});
    CHECK(!actor_ask(handler, pager, ENNEAD_RECV, 0, 0, 0));
    actor_run(actor, ennead_thread_start);
    settle();
    CHECK_OK(status(handler));
    CHECK_IS(state_of(actor), ENNEAD_THREAD_CALLING);
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, handler->thread));
    CHECK_IS(state_of(actor), ENNEAD_THREAD_STOPPED);
}

static enum ennead_error set_exception(uint32_t thread, uint64_t first, uint64_t registers)
{
    ennead_word words[ENNEAD_BUFFER(3)] = {0};
    ennead_put(words, 1, first);
    ennead_put(words, 2, registers);
    ennead_overflow(words, ENNEAD_FIELDS(3));
    ennead_utcb()->items[0] = ennead_item_cap(pager, ALL, 0);
    struct ennead_msg msg =
        ennead_call(thread, ENNEAD_TAG(ENNEAD_TYPE_THREAD, ENNEAD_THREAD_SET_EXCEPTION, ENNEAD_FIELDS(3), 1), words);
    return ennead_outcome(&msg);
}

TEST(a_handler_hears_of_registers, CLAUSES("FLT-5"))
{
    run_in_space(load);
    struct thread_describe_out about;
    CHECK_OK(thread_describe(actor->thread, &about));
    CHECK_OK(set_exception(actor->thread, 0, about.registers));
    CHECK_OK(set_exception(actor->thread, about.registers - 1, 1));
    CHECK_IS(set_exception(actor->thread, 0, about.registers + 1), ENNEAD_RANGE);
    CHECK_IS(set_exception(actor->thread, about.registers, 1), ENNEAD_RANGE);
    CHECK_IS(set_exception(actor->thread, UINT64_MAX, 2), ENNEAD_RANGE);
    CHECK_IS(set_exception(actor->thread, 1, UINT64_MAX), ENNEAD_RANGE);
    set_pager(ENNEAD_REGISTER_PC, 2);
    struct ennead_msg msg = faulted();
    uint64_t pc = ennead_get(&msg, 4), sp = ennead_get(&msg, 5), top = (uintptr_t)actor->stack_top;
    CHECK_IS(ENNEAD_TAG_WORDS(msg.tag), ENNEAD_FIELDS(6));
    CHECK_IS(pc, ennead_get(&msg, 2));
    CHECK(sp <= top && top - sp < STACK_BYTES);
    CHECK_OK(ipc(0, ENNEAD_REPLY, ENNEAD_TAG(0, 1, 0, 0), 0, 0, 0, 0).status);
}

GROUP(faults, RUN(a_pager_puts_pages_where_they_are_missed), RUN(a_store_misses_the_right_to_write),
      RUN(words_of_the_answer_are_registers), RUN(other_answers_leave_it_stopped),
      RUN(a_handler_that_dies_leaves_it_stopped), RUN(a_handler_hears_of_registers));
