/* Threads, notifications, and ends. */
#include "../harness/harness.h"

void ennead_thread_start(void);

TEST(threads_bind_and_start_once, CLAUSES("THR-1", "THR-2", "THR-5"))
{
    struct actor *actor = new_actor((struct plan){0});
    uint64_t value;
    unsigned count = 1;
    CHECK_IS(thread_start(actor->thread, 0, 0, 0), ENNEAD_STATE);
    CHECK_IS(thread_read_regs(actor->thread, 0, 1, &value, &count), ENNEAD_STATE);
    CHECK_OK(thread_stop(actor->thread));
    CHECK_IS(thread_bind(actor->thread, 0, ENNEAD_ROOT_SPACE), ENNEAD_BUSY);
    CHECK_IS(thread_start(make(ENNEAD_TYPE_THREAD), 0, 0, 0), ENNEAD_STATE);
    CHECK_IS(thread_bind(make(ENNEAD_TYPE_THREAD), OTHER_FREE, ENNEAD_ROOT_SPACE), ENNEAD_NO_UTCB);
}

TEST(stop_and_cancel_end_a_blocked_phase, CLAUSES("THR-3", "THR-4"))
{
    struct actor *actor = new_actor((struct plan){0});
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT);
    CHECK(!actor_ask(actor, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK_OK(thread_stop(actor->thread));
    CHECK_IS(thread_cancel(actor->thread), ENNEAD_STATE);
    CHECK_IS(state_of(actor), ENNEAD_THREAD_STOPPED);
    CHECK_OK(thread_resume(actor->thread));
    settle();
    CHECK_IS(status(actor), ENNEAD_CANCELLED);
}

TEST(nobody_raises_above_himself, CLAUSES("THR-6"))
{
    uint32_t thread = make(ENNEAD_TYPE_THREAD);
    CHECK_IS(thread_set_priority(thread, ENNEAD_PRIORITIES, 0), ENNEAD_INVALID_ARG);
    CHECK_IS(thread_set_priority(thread, 0, UINT64_MAX), ENNEAD_INVALID_ARG);
    CHECK_OK(thread_set_priority(thread, ENNEAD_PRIORITIES - 1, ENNEAD_PRIORITIES - 1));
}

static volatile enum ennead_error raised[4];

static void raise_priorities(void *argument)
{
    const uint32_t *threads = argument;
    raised[0] = thread_set_priority(threads[0], MIDDLE, MIDDLE);
    raised[1] = thread_set_priority(threads[0], MIDDLE + 1, MIDDLE);
    raised[2] = thread_set_priority(threads[0], MIDDLE, MIDDLE + 1);
    raised[3] = thread_set_priority(threads[1], MIDDLE + 1, MIDDLE + 1);
}

TEST(priorities_above_ones_own_are_denied, CLAUSES("THR-6"))
{
    static uint32_t threads[2];
    struct actor *actor = new_actor((struct plan){.entry = raise_priorities, .argument = threads, .held = true});
    threads[0] = make(ENNEAD_TYPE_THREAD);
    threads[1] = actor->thread;
    actor_run(actor, ennead_thread_start);
    actor_join(actor);
    CHECK_OK(raised[0]);
    for (unsigned i = 1; i < 4; i++)
        CHECK_IS(raised[i], ENNEAD_DENIED);
}

TEST(signals_collect_and_wake_one, CLAUSES("NTF-1", "NTF-2"))
{
    uint32_t slot = make(ENNEAD_TYPE_NOTIFICATION), tag = ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, 2, 0, 0);
    struct actor *first = new_actor((struct plan){0}), *second = new_actor((struct plan){0});
    uint64_t bits;
    CHECK_OK(notification_signal(slot, 3));
    CHECK_OK(notification_signal(derive(slot, WRITE, 8), 4));
    CHECK_OK(notification_poll(slot, &bits));
    CHECK_IS(bits, 15);
    CHECK(!actor_ask(second, slot, ENNEAD_CALL, tag, 0, 0));
    CHECK(!actor_ask(first, slot, ENNEAD_CALL, tag, 0, 0));
    CHECK_OK(notification_signal(slot, 6));
    settle();
    CHECK(answered(second) && !answered(first));
    CHECK_IS(second->result.w[0], 6);
}

TEST(a_cancelled_waiter_takes_no_bits, CLAUSES("NTF-1", "THR-4"))
{
    uint32_t slot = make(ENNEAD_TYPE_NOTIFICATION), tag = ENNEAD_TAG(ENNEAD_TYPE_NOTIFICATION, 2, 0, 0);
    struct actor *first = new_actor((struct plan){0}), *second = new_actor((struct plan){0});
    uint64_t bits;
    CHECK(!actor_ask(first, slot, ENNEAD_CALL, tag, 0, 0));
    CHECK_OK(thread_cancel(first->thread));
    settle();
    CHECK_IS(status(first), ENNEAD_CANCELLED);
    CHECK_OK(notification_signal(slot, 5));
    CHECK_OK(notification_poll(slot, &bits));
    CHECK_IS(bits, 5);
    CHECK(!actor_ask(second, slot, ENNEAD_CALL, tag, 0, 0));
    CHECK_OK(notification_signal(slot, 9));
    settle();
    CHECK_IS(second->result.w[0], 9);
}

TEST(a_bound_notification_arrives_as_a_message, CLAUSES("NTF-3"))
{
    uint32_t slot = make(ENNEAD_TYPE_NOTIFICATION), other = make(ENNEAD_TYPE_NOTIFICATION);
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct actor *actor = new_actor((struct plan){0}), *second = new_actor((struct plan){0});
    CHECK_OK(notification_bind(slot, actor->thread));
    CHECK_IS(notification_bind(slot, second->thread), ENNEAD_BUSY);
    CHECK_IS(notification_bind(other, actor->thread), ENNEAD_BUSY);
    CHECK(!actor_ask(actor, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK_OK(notification_signal(derive(slot, WRITE, 8), 5));
    settle();
    CHECK_OK(status(actor));
    CHECK_IS(ENNEAD_TAG_LABEL(actor->result.tag), ENNEAD_PROTOCOL_NOTIFY << 8 | ENNEAD_NOTIFY_BITS);
    CHECK_IS(actor->result.badge, 0);
    CHECK_IS(ennead_get(&actor->result, 0), 13);
    CHECK_OK(notification_signal(slot, 2));
    CHECK(actor_ask(actor, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK_IS(ennead_get(&actor->result, 0), 2);
    CHECK(!actor_ask(actor, endpoint, ENNEAD_RECV, 0, 0, 0));
    CHECK_OK(notification_unbind(slot));
    CHECK_OK(notification_signal(slot, 1));
    settle();
    CHECK(!answered(actor));
    CHECK_OK(notification_bind(other, actor->thread));
    CHECK_OK(notification_signal(other, 4));
    settle();
    CHECK_IS(ennead_get(&actor->result, 0), 4);
}

TEST(a_dead_endpoint_or_notification_wakes_all, CLAUSES("END-1", "END-5"))
{
    uint32_t endpoint = make(ENNEAD_TYPE_ENDPOINT), other = derive(endpoint, ALL, 0);
    struct actor *first = new_actor((struct plan){0}), *second = new_actor((struct plan){0});
    CHECK(!actor_ask(first, endpoint, ENNEAD_SEND, MESSAGE(1), 0, 0));
    CHECK(!actor_ask(second, other, ENNEAD_CALL, MESSAGE(1), 0, 0));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, endpoint));
    settle();
    CHECK_IS(status(first), ENNEAD_DEAD);
    CHECK_IS(status(second), ENNEAD_DEAD);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, other), ENNEAD_TYPE_NONE);
}

GROUP(threads, RUN(threads_bind_and_start_once), RUN(stop_and_cancel_end_a_blocked_phase),
      RUN(nobody_raises_above_himself), RUN(priorities_above_ones_own_are_denied), RUN(signals_collect_and_wake_one),
      RUN(a_cancelled_waiter_takes_no_bits), RUN(a_bound_notification_arrives_as_a_message),
      RUN(a_dead_endpoint_or_notification_wakes_all));
