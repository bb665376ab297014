/* Others that want the lock, and interrupts: see storms.h. */
#include "storms.h"

#define STORM_POOL_BYTES (UINT64_C(12) << 20)
#define NOISES           3u
#define DISTURBANCES     16u
#define STEP_NS          2000u
#define REST_NS          2000000u /* between two noises: in an emulator, processors that all want the lock get nowhere */

static struct noise {
    uint32_t endpoint, clock, pool, space, slot; /* of the root task's table */
    uint64_t page, window;
    volatile unsigned rounds;
} noises[ENNEAD_CPUS_MAX];
static volatile bool stop;
static volatile unsigned wrong;

uint32_t storm_pool(void)
{
    return extra_pool(STORM_POOL_BYTES);
}

static void rest(struct noise *noise)
{
    struct notification_describe_out about = {0};
    uint64_t bits;
    noise->rounds++;
    wrong += notification_describe(noise->clock, &about) != ENNEAD_OK ||
             notification_arm(noise->clock, about.now_ns + REST_NS, 1) != ENNEAD_OK ||
             notification_wait(noise->clock, &bits) != ENNEAD_OK;
}

/* ---- messages: all items but the last arrive, and go back ---- */

static void listen(void *argument)
{
    const struct noise *noise = argument;
    ennead_window_caps(noise->slot, 1);
    ennead_window_memory(noise->window, 16);
    (void)ennead_recv(noise->endpoint);
}

static void shout(void *argument)
{
    struct noise *noise = argument;
    struct ennead_utcb *utcb = ennead_utcb();
    const ennead_word words[ENNEAD_MSG_REG_WORDS] = {1, 2, 3, 4};
    for (; !stop; rest(noise)) {
        for (unsigned i = 0; i < ENNEAD_MSG_ITEMS - 1; i++)
            utcb->items[i] = ennead_item_page(noise->page, 12, i * PAGE, READ);
        utcb->items[ENNEAD_MSG_ITEMS - 1] = (struct ennead_item){.kind = ENNEAD_ITEM_CAP};
        wrong += ennead_send(noise->endpoint, ENNEAD_TAG(USER, 1, ENNEAD_MSG_WORDS, ENNEAD_MSG_ITEMS), words) !=
                 ENNEAD_INVALID_CAP;
    }
}

/* ---- calls ---- */

static void look_through_tables(void *argument)
{
    struct noise *noise = argument;
    struct space_slot_info_out found = {0};
    for (; !stop; rest(noise))
        wrong += space_slot_info(noise->space, 1, &found) != ENNEAD_OK || found.type != ENNEAD_TYPE_NONE;
}

static void make_and_destroy(void *argument)
{
    struct noise *noise = argument;
    for (; !stop; rest(noise)) {
        wrong += pool_make(noise->pool, ENNEAD_TYPE_SPACE, 0, noise->slot) != ENNEAD_OK;
        wrong += space_grow(noise->slot, ENNEAD_TABLE_ENTRIES, 16) != ENNEAD_OK;
        wrong += space_delete(ENNEAD_ROOT_SPACE, noise->slot) != ENNEAD_OK;
    }
}

static void equip(struct noise *noise)
{
    *noise = (struct noise){.endpoint = make(ENNEAD_TYPE_ENDPOINT),
                            .clock = make(ENNEAD_TYPE_NOTIFICATION),
                            .pool = make_from(harness.pool, ENNEAD_TYPE_POOL, 18),
                            .page = map_ram(RAM_BYTES - PAGE, 12, READ | WRITE),
                            .window = new_range(16),
                            .slot = new_slot()};
    noise->space = make_from(noise->pool, ENNEAD_TYPE_SPACE, 0);
}

/* With few processors each makes another noise; with more there are several of a kind. */
static void start_on(unsigned cpu)
{
    static void (*const kinds[NOISES])(void *) = {shout, look_through_tables, make_and_destroy};
    struct noise *noise = &noises[cpu];
    equip(noise);
    if (kinds[cpu % NOISES] == shout)
        new_actor((struct plan){.entry = listen, .argument = noise, .cpu = cpu, .priority = MIDDLE + 1});
    new_actor((struct plan){.entry = kinds[cpu % NOISES], .argument = noise, .cpu = cpu});
}

void noise_start(void)
{
    stop = false;
    wrong = 0;
    for (unsigned cpu = 1; cpu < harness.boot->cpus; cpu++)
        start_on(cpu);
}

void noise_end(void)
{
    uint64_t bits;
    for (unsigned cpu = 1; cpu < harness.boot->cpus; cpu++) {
        while (noises[cpu].rounds == 0) {
            CHECK_OK(notification_arm(harness.clock, now_ns() + 100 * STEP_NS, 1));
            CHECK_OK(notification_wait(harness.clock, &bits));
        }
    }
    stop = true;
    CHECK_IS(wrong, 0);
}

/* ---- interrupts ---- */

void disturb(void)
{
    uint64_t now = now_ns();
    for (unsigned i = 0; i < DISTURBANCES; i++)
        CHECK_OK(notification_arm(make(ENNEAD_TYPE_NOTIFICATION), now + (i + 8) * STEP_NS, 1));
}

/* ---- threads without code ---- */

uint32_t faulting_threads(uint32_t pool, uint32_t space, uint32_t endpoint, unsigned count)
{
    uint32_t time = make_from(pool, ENNEAD_TYPE_SCHED_CONTEXT, 0), first = harness.next_slot;
    CHECK_OK(space_set_pager(space, ENNEAD_HANDLER_PAGER, ennead_item_cap(endpoint, ALL, 0)));
    for (unsigned i = 0; i < count; i++) {
        uint32_t thread = make_from(pool, ENNEAD_TYPE_THREAD, 0);
        CHECK_OK(thread_bind(thread, 0, space));
        CHECK_OK(thread_set_priority(thread, MIDDLE, MIDDLE));
        CHECK_OK(sched_bind(time, thread));
        CHECK_OK(thread_start(thread, (uintptr_t)OTHER_FREE, 0, 0));
        settle();
        CHECK_OK(sched_unbind(time));
    }
    return first;
}
