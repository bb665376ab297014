/* More spaces than there are identifiers, and code that is written again. Each space has one page, of code that returns
 * to nowhere: the fault is its answer. */
#include "../harness/harness.h"
#include <target/port.h>

#define CODE    OTHER_FREE
#define BATCH   8u
#define BATCHES 75u /* twice as many spaces as there are identifiers of 8 bits, and more */

struct runner {
    struct actor *actor;
    uint32_t space, faults;
};

static void write_code(uint64_t page, unsigned at)
{
    for (unsigned i = 0; i < PORT_CODE_BYTES; i++)
        ((volatile uint8_t *)(uintptr_t)page)[at + i] = port_code[i];
}

static struct runner make_runner(unsigned cpu)
{
    struct runner runner = {.space = make_bare_space(), .faults = make(ENNEAD_TYPE_ENDPOINT)};
    CHECK_OK(space_set_pager(runner.space, ENNEAD_HANDLER_PAGER, ennead_item_cap(runner.faults, ALL, 0)));
    runner.actor = new_actor((struct plan){.space = runner.space, .cpu = cpu, .unbuffered = true, .held = true});
    return runner;
}

static void map_code(const struct runner *runner, uint64_t page)
{
    CHECK_OK(give_item(runner->space, CODE, ennead_item_page(page, 12, 0, READ | EXECUTE)));
}

static void run_by(const struct actor *actor, const struct runner *runner, unsigned at)
{
    CHECK_OK(thread_start(actor->thread, (uintptr_t)CODE + at, 0, 0));
    struct ennead_msg msg = ennead_recv(runner->faults);
    CHECK_OK(msg.status);
    CHECK_IS(ENNEAD_TAG_LABEL(msg.tag), ENNEAD_PROTOCOL_FAULT << 8 | ENNEAD_FAULT_PAGE);
    CHECK(ennead_get(&msg, 0) - CODE >= 4096);
    CHECK_OK(ipc(0, ENNEAD_REPLY, ENNEAD_TAG(0, 1, 0, 0), 0, 0, 0, 0).status);
}

static void run_code(const struct runner *runner, unsigned at)
{
    run_by(runner->actor, runner, at);
}

/* Each is used, and once more when others were: what it had is still its own. */
static void use_spaces(void)
{
    struct runner runners[BATCH];
    uint64_t pages = map_ram(0, 13, READ | WRITE | EXECUTE);
    write_code(pages, 0);
    write_code(pages + 4096, 0);
    for (unsigned i = 0; i < BATCH; i++) {
        runners[i] = make_runner(i / 2 % harness.boot->cpus);
        map_code(&runners[i], pages + i % 2 * UINT64_C(4096));
        run_code(&runners[i], 0);
    }
    for (unsigned i = 0; i < BATCH; i++)
        run_code(&runners[i], 0);
}

TEST(more_spaces_than_identifiers, CLAUSES("SPC-4"))
{
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        use_spaces();
        start_over();
    }
}

/* Each is at the last one's place in memory, on a processor that has nothing else to do. */
TEST(a_space_after_another, CLAUSES("SPC-4"))
{
    for (unsigned round = 0; round < 8; round++) {
        uint64_t pages = map_ram(0, 13, READ | WRITE | EXECUTE);
        struct runner runner = make_runner(harness.boot->cpus - 1);
        write_code(pages, 0);
        write_code(pages, 4096);
        map_code(&runner, pages + round % 2 * UINT64_C(4096));
        run_code(&runner, 0);
        start_over();
    }
}

TEST(code_is_written_again, CLAUSES("ITM-7"))
{
    unsigned last = harness.boot->cpus - 1;
    uint64_t page = map_ram(0, 12, READ | WRITE | EXECUTE);
    struct runner runner = make_runner(0), other = make_runner(last);
    struct actor *second =
        new_actor((struct plan){.space = runner.space, .cpu = last, .unbuffered = true, .held = true});
    for (unsigned round = 0; round < 8; round++) {
        write_code(page, 448 * round);
        map_code(&runner, page);
        run_code(&runner, 448 * round);
        run_by(second, &runner, 448 * round); /* the page is entered already */
        map_code(&other, page);
        run_code(&other, 448 * round);
        CHECK_OK(space_unmap(runner.space, CODE));
        CHECK_OK(space_unmap(other.space, CODE));
    }
}

/* Many pages at once, of a space that is not in use, and of the one that is. */
TEST(many_pages_are_unmapped, CLAUSES("SPC-4"))
{
    for (unsigned order = 12; order <= 17; order++) {
        uint64_t pages = map_ram(0, order, READ | WRITE | EXECUTE);
        struct runner runner = make_runner(harness.boot->cpus - 1);
        CHECK_OK(give_item(runner.space, CODE, ennead_item_page(pages, order, 0, READ | EXECUTE)));
        for (uint64_t at = 0; at < UINT64_C(1) << order; at += 4096) {
            write_code(pages, (unsigned)at);
            run_code(&runner, (unsigned)at);
        }
        CHECK_OK(space_unmap(runner.space, CODE));
        CHECK_OK(space_unmap(ENNEAD_ROOT_SPACE, pages));
        pages = map_ram(1 << order, 12, READ | WRITE | EXECUTE);
        write_code(pages, 0);
        map_code(&runner, pages);
        run_code(&runner, 0);
    }
}

/* In the space that goes on: nothing else is loaded in between. */
TEST(own_pages_are_unmapped, CLAUSES("SPC-4"))
{
    for (unsigned order = 12; order <= 17; order++) {
        uint64_t pages = map_ram(0, order, READ | WRITE);
        for (uint64_t at = 0; at < UINT64_C(1) << order; at += 4096)
            *(volatile uint32_t *)(uintptr_t)(pages + at) = order;
        CHECK_OK(space_unmap(ENNEAD_ROOT_SPACE, pages));
    }
}

TEST(code_of_ones_own_is_written_again, CLAUSES("ITM-7"))
{
    uint64_t page = map_ram(0, 12, READ | WRITE);
    for (unsigned round = 0; round < 8; round++) {
        uint64_t code = map_ram(0, 12, READ | EXECUTE);
        write_code(page, 448 * round);
        ((void (*)(void))(uintptr_t)(code + 448 * round))();
    }
}

GROUP(spaces, RUN(more_spaces_than_identifiers), RUN(a_space_after_another), RUN(code_is_written_again),
      RUN(many_pages_are_unmapped), RUN(own_pages_are_unmapped), RUN(code_of_ones_own_is_written_again));
