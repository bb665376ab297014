/*
 * Actors: threads of the root task's space or of others that run the same program. Also the guardian, which hears
 * of faults that no test expected, and the idler, whose turn comes when all others of CPU 0 rest.
 */
#include "machine.h"

#define GUARDIAN_PRIORITY 61u
#define UTCB_PAGES_LOG2   17u
#define SPACE_PARK        1u /* slots in spaces that tests make */
#define SPACE_FIRST_GO    2u

void ennead_thread_start(void);
_Noreturn void ennead_thread_entry(struct actor *actor);

static struct actor actors[ACTORS_MAX + 2];
static _Alignas(16) char stacks[ACTORS_MAX + 2][STACK_BYTES];
static unsigned actor_count;
static uint64_t utcb_pages;

static struct actor *const guardian = &actors[ACTORS_MAX], *const idler = &actors[ACTORS_MAX + 1];
static uint32_t guard_endpoint, idle_go, idle_done;

_Noreturn void ennead_thread_entry(struct actor *actor)
{
    actor->entry(actor->argument);
    actor->ended = true;
    for (;;)
        ennead_recv(actor->park);
}

/* Word by word: what the kernel or another thread reads meanwhile is theirs. */
static void prepare(const struct request *request)
{
    struct ennead_utcb *utcb = ennead_utcb();
    utcb->window = request->window;
    for (unsigned i = 0; i < ENNEAD_TAG_ITEMS(request->tag) && i < ENNEAD_MSG_ITEMS; i++)
        utcb->items[i] = request->items[i];
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < ENNEAD_TAG_WORDS(request->tag) && i < ENNEAD_MSG_WORDS; i++)
        utcb->words[i] = request->fill + i;
}

static void keep(struct actor *actor)
{
    const struct ennead_utcb *utcb = ennead_utcb();
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++)
        actor->items[i] = utcb->items[i];
    for (unsigned i = 0; i < ENNEAD_MSG_WORDS; i++)
        actor->words[i] = i < ENNEAD_MSG_REG_WORDS ? actor->result.w[i] : utcb->words[i];
}

static void obey(void *argument)
{
    struct actor *actor = argument;
    for (;;) {
        uint64_t bits;
        if (notification_wait(actor->go, &bits) != ENNEAD_OK)
            continue;
        prepare(&actor->request);
        actor->result = ennead_ipc(actor->request.target, actor->request.tag, actor->request.w);
        keep(actor);
        ennead_window_close();
        actor->answered = actor->asked;
    }
}

static void give_time(struct actor *actor, unsigned cpu)
{
    CHECK_OK(sched_configure(actor->sched, UNLIMITED_NS, UNLIMITED_NS, cpu));
    CHECK_OK(sched_bind(actor->sched, actor->thread));
}

static uint32_t make_thread_objects(struct actor *actor, const struct plan *plan)
{
    uint32_t space = plan->space != 0 ? plan->space : ENNEAD_ROOT_SPACE;
    CHECK_OK(thread_bind(actor->thread, plan->unbuffered ? 0 : actor->utcb, space));
    CHECK_OK(thread_set_priority(actor->thread, plan->priority, plan->priority));
    CHECK_OK(thread_set_tls(actor->thread, (uintptr_t)actor));
    if (!plan->passive)
        give_time(actor, plan->cpu);
    return space;
}

static unsigned threads_in(uint32_t space)
{
    unsigned count = 0;
    for (unsigned i = 0; i < actor_count; i++)
        count += actors[i].space == space;
    return count;
}

static void connect(struct actor *actor, uint32_t space)
{
    if (space == ENNEAD_ROOT_SPACE) {
        actor->park = harness.park;
        actor->go = actor->notification;
        return;
    }
    actor->park = SPACE_PARK;
    actor->go = SPACE_FIRST_GO + threads_in(space) - 1;
    CHECK_OK(give(space, actor->go, actor->notification, READ, 0));
    if (type_in(space, SPACE_PARK) == ENNEAD_TYPE_NONE)
        CHECK_OK(give(space, SPACE_PARK, harness.park, READ, 0));
}

static uint64_t utcb_of(const struct actor *actor, uint32_t space)
{
    if (space != 0)
        return OTHER_UTCB + (threads_in(space) - 1) * (uint64_t)ENNEAD_UTCB_BYTES;
    return utcb_pages + (uint64_t)(actor - actors) * ENNEAD_UTCB_BYTES;
}

/* Objects come from the test's pool, the harness's own from the root task's. */
static void set_up(struct actor *actor, struct plan plan, uint32_t pool)
{
    plan.priority = plan.priority != 0 ? plan.priority : MIDDLE;
    *actor = (struct actor){.entry = plan.entry != NULL ? plan.entry : obey,
                            .argument = plan.entry != NULL ? plan.argument : actor,
                            .space = plan.space,
                            .stack_top = stacks[actor - actors] + STACK_BYTES};
    actor->utcb = (ennead_word)utcb_of(actor, plan.space);
    actor->thread = make_from(pool, ENNEAD_TYPE_THREAD, 0);
    actor->sched = make_from(pool, ENNEAD_TYPE_SCHED_CONTEXT, 0);
    actor->notification = make_plain(pool == harness.pool ? harness.true_pool : pool, ENNEAD_TYPE_NOTIFICATION);
    connect(actor, make_thread_objects(actor, &plan));
    if (!plan.held)
        actor_run(actor, ennead_thread_start);
    if (plan.entry == NULL && !plan.held)
        settle();
}

void actor_run(struct actor *actor, void (*pc)(void))
{
    CHECK_OK(thread_start(actor->thread, (uintptr_t)pc, (uintptr_t)actor->stack_top, (uintptr_t)actor));
}

struct actor *new_actor(struct plan plan)
{
    CHECK(actor_count < ACTORS_MAX);
    struct actor *actor = &actors[actor_count++];
    actor->space = plan.space;
    set_up(actor, plan, plan.pool != 0 ? plan.pool : harness.pool);
    return actor;
}

static void guard(void *argument)
{
    (void)argument;
    struct ennead_msg msg = ennead_recv(guard_endpoint);
    say("unexpected fault: message %x at pc 0x%llx, address or kind 0x%llx, code 0x%llx\n", (unsigned)msg.tag,
        (unsigned long long)ennead_get(&msg, 2), (unsigned long long)ennead_get(&msg, 0),
        (unsigned long long)ennead_get(&msg, 1));
    machine_refuse("fault of the test program", ennead_get(&msg, 2));
}

static void idle(void *argument)
{
    uint64_t bits;
    (void)argument;
    for (;;) {
        if (notification_wait(idle_go, &bits) == ENNEAD_OK)
            (void)!notification_signal(idle_done, 1);
    }
}

void actors_start(void)
{
    utcb_pages = new_range(UTCB_PAGES_LOG2);
    for (unsigned i = 0; i < sizeof actors / sizeof actors[0]; i += 2)
        CHECK_OK(space_add_utcb(ENNEAD_ROOT_SPACE, utcb_pages + (uint64_t)i * ENNEAD_UTCB_BYTES));
    harness.park = make_from(ENNEAD_ROOT_POOL, ENNEAD_TYPE_ENDPOINT, 0);
    harness.clock = make_from(ENNEAD_ROOT_POOL, ENNEAD_TYPE_NOTIFICATION, 0);
    guard_endpoint = make_from(ENNEAD_ROOT_POOL, ENNEAD_TYPE_ENDPOINT, 0);
    idle_go = make_from(ENNEAD_ROOT_POOL, ENNEAD_TYPE_NOTIFICATION, 0);
    idle_done = make_from(ENNEAD_ROOT_POOL, ENNEAD_TYPE_NOTIFICATION, 0);
    set_up(guardian, (struct plan){.entry = guard, .priority = GUARDIAN_PRIORITY}, ENNEAD_ROOT_POOL);
    set_up(idler, (struct plan){.entry = idle, .priority = 1}, ENNEAD_ROOT_POOL);
    CHECK_OK(thread_set_priority(idler->thread, 0, 0));
    struct ennead_item item = ennead_item_cap(guard_endpoint, ALL, 0);
    CHECK_OK(space_set_pager(ENNEAD_ROOT_SPACE, ENNEAD_HANDLER_PAGER, item));
    CHECK_OK(space_set_pager(ENNEAD_ROOT_SPACE, ENNEAD_HANDLER_EXCEPTION, item));
}

/* Stopped first: a thread that still runs when its time is destroyed has a time fault. */
void actors_clean(void)
{
    for (unsigned i = 0; i < actor_count; i++)
        (void)!thread_stop(actors[i].thread);
    actor_count = 0;
}

void settle(void)
{
    uint64_t bits;
    CHECK_OK(notification_signal(idle_go, 1));
    CHECK_OK(notification_wait(idle_done, &bits));
}

bool actor_ask_more(struct actor *actor, uint32_t slot, unsigned phases)
{
    if (harness.interposer != NULL && actor->space == 0 && (phases == ENNEAD_SEND || phases == ENNEAD_CALL))
        slot = harness.interposer->sent(slot);
    actor->request.target = ennead_target(slot, phases);
    actor->asked++;
    CHECK_OK(notification_signal(actor->notification, 1));
    settle();
    return answered(actor);
}

bool actor_ask(struct actor *actor, uint32_t slot, unsigned phases, uint32_t tag, ennead_word w0, ennead_word w1)
{
    actor->request = (struct request){.tag = tag, .w = {w0, w1}};
    return actor_ask_more(actor, slot, phases);
}

bool answered(const struct actor *actor)
{
    return actor->answered == actor->asked;
}

unsigned status(const struct actor *actor)
{
    CHECK(answered(actor));
    return actor->result.status;
}

enum ennead_error outcome(const struct actor *actor)
{
    CHECK(answered(actor));
    return ennead_outcome(&actor->result);
}

unsigned state_of(const struct actor *actor)
{
    struct thread_describe_out about;
    CHECK_OK(thread_describe(actor->thread, &about));
    return (unsigned)about.state;
}

void actor_join(struct actor *actor)
{
    while (!actor->ended)
        settle();
}
