/* Several CPUs: the lock, what CPUs ask of each other, and the state that one leaves behind on another. */
#include "fixture.h"
#include "machine.h"

#define MS 1000000ull

static void move_to(struct thread *thread, unsigned id)
{
    assert_int_equal(
        op(slot_of_thread(thread) + 1, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, FIELDS(MS, MS, id)),
        ENNEAD_OK);
    host_advance_ns(0);
}

static unsigned thread_op(const struct thread *thread, unsigned operation)
{
    return op(slot_of_thread(thread), ENNEAD_TYPE_THREAD, operation, FIELDS(0x1000, 0x2000, 3));
}

/* ---- the lock ---- */

static bool wanted_while_held;

static void let_go(void)
{
    wanted_while_held = preemption_point();
    lock_release(&cpus[0]);
}

/* Found waiting by the holder, which is told so at its next preemption point; and not deaf meanwhile. */
static void who_waits_for_the_lock_serves_requests(void **state)
{
    (void)state;
    CLAUSES("SPC-4", "END-2");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    run(thread);
    host_use_fpu(0, 300);
    cpus[0].flush_requested = true;
    cpus[0].fpu_requested = true;
    host.cpu[0].tlb_used = 1;
    assert_true(lock_is_free());
    lock_acquire(&cpus[0]);
    assert_false(lock_is_free());
    assert_false(preemption_point());
    host_on_relax(let_go);
    lock_acquire(&cpus[0]);
    assert_true(wanted_while_held);
    assert_false(cpus[0].flush_requested || cpus[0].fpu_requested);
    assert_int_equal(host.cpu[0].tlb_used, 0);
    assert_int_equal(thread->fpu.value[0], 300);
    assert_null(cpus[0].fpu_owner);
    lock_release(&cpus[0]);
    assert_true(lock_is_free());
    preempt(); /* the unit is off, as the thread's next use of it needs */
    assert_int_equal(host_read_fpu(0), 300);
}

static void one_cpu_needs_no_lock(void **state)
{
    struct host_config config = {.cpus = 1, .ram_bytes = 16 << 20};
    (void)state;
    CLAUSES("END-2");
    host_power_off();
    machine_on_with(&config);
    lock_acquire(&cpus[0]);
    assert_true(lock_is_free());
    assert_false(preemption_point());
    preemption_force();
    assert_true(preemption_point());
    cpus[0].yield = false;
    lock_release(&cpus[0]);
}

static void four_cpus(void)
{
    struct host_config config = {.cpus = 4, .ram_bytes = 16 << 20};
    host_power_off();
    machine_on_with(&config);
}

static void leave_to_cpu_2(void)
{
    assert_int_equal(cpus[1].wish, WISH_LOCK);
    assert_int_equal(cpus[2].wish, WISH_URGENT);
    assert_true(cpus[2].noted); /* while it waited */
    lock_release(&cpus[0]);
    assert_true(cpus[2].handed_lock);
    assert_false(cpus[1].handed_lock);
}

static void go_round(void)
{
    assert_int_equal(cpus[2].wish, WISH_LOCK);
    host.preempt_at = 0;
    host_on_relax(leave_to_cpu_2);
}

/* CPU 2 comes behind CPU 1, which waits, and meets an interrupt: it has the lock first. */
static void wait_behind_cpu_1(void)
{
    host.preempt_at = 1;
    host_on_relax(go_round);
    host_cpu = 2;
    lock_acquire(&cpus[2]);
    assert_int_equal(cpus[2].wish, WISH_NONE);
    assert_false(cpus[1].handed_lock || cpus[2].handed_lock);
    lock_release(&cpus[2]);
    assert_true(cpus[1].handed_lock);
    host_cpu = 1;
}

static void who_meets_an_interrupt_while_it_waits_comes_first(void **state)
{
    (void)state;
    CLAUSES("END-2");
    four_cpus();
    lock_acquire(&cpus[0]);
    host_on_relax(wait_behind_cpu_1);
    host_cpu = 1;
    lock_acquire(&cpus[1]);
    assert_false(lock_is_free() || cpus[1].handed_lock);
    lock_release(&cpus[1]);
    assert_true(lock_is_free());
    host_cpu = 0;
}

static unsigned first_holder, handed_to[8], handed;

/* The lock goes from one to the next until CPU 1 has it; the others want it again at once, if only one may have it. */
static void hand_on_until_cpu_1(void)
{
    struct cpu *holder = &cpus[first_holder];
    for (handed = 0; !cpus[1].handed_lock && handed < 8; handed++) {
        lock_release(holder);
        for (unsigned i = 0; i < 4; i++) {
            if (!cpus[i].handed_lock)
                continue;
            handed_to[handed] = i;
            holder = &cpus[i];
        }
        assert_false(lock_is_free());
        holder->handed_lock = holder == &cpus[1];
    }
    assert_true(cpus[1].handed_lock);
    cpus[2].wish = cpus[3].wish = WISH_NONE;
}

static void wait_as_cpu_1(unsigned first, enum cpu_wish others)
{
    four_cpus();
    first_holder = first;
    lock_acquire(&cpus[first]);
    cpus[2].wish = cpus[3].wish = (uint8_t)others;
    host_on_relax(hand_on_until_cpu_1);
    host_cpu = 1;
    lock_acquire(&cpus[1]);
    lock_release(&cpus[1]);
    assert_true(lock_is_free());
    host_cpu = 0;
}

static void who_waits_has_the_lock_in_turn(void **state)
{
    (void)state;
    CLAUSES("END-2");
    wait_as_cpu_1(2, WISH_LOCK);
    assert_int_equal(handed, 2);
    assert_int_equal(handed_to[0], 3);
    assert_int_equal(handed_to[1], 1);
}

/* Of those with interrupts as many in a row as there are CPUs. */
static void nobody_waits_for_ever(void **state)
{
    static const unsigned order[] = {2, 3, 2, 3, 1};
    (void)state;
    CLAUSES("END-2");
    wait_as_cpu_1(0, WISH_URGENT);
    assert_int_equal(handed, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(handed_to[i], order[i]);
}

/* Whoever runs on another CPU hears of what was done to it before it passes on a message without the lock. */
static void who_does_something_to_a_running_thread_pokes_its_cpu(void **state)
{
    (void)state;
    CLAUSES("THR-3", "TIM-1");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    move_to(thread, 1);
    assert_ptr_equal(host_current(1), thread);
    assert_int_equal(cpus[1].not_local, 0);
    assert_int_equal(thread_stop(thread), AGAIN);
    assert_true(cpus[1].poked);
    thread->stop_requested = false;
    cpus[1].poked = false;
    sched_context_configure(thread->run, MS, MS, &cpus[1]);
    assert_true(cpus[1].poked);
    cpus[1].poked = false;
    sched_priority_changed(thread, 20);
    assert_true(cpus[1].poked);
    cpus[1].poked = false;
    sched_context_unbind(thread->run);
    assert_true(cpus[1].poked);
    host_advance_ns(0);
    assert_null(host_current(1));
}

/* ---- translations ---- */

/* CPU 1 ran a thread of a space and sleeps; the space's tables are still active there when it is destroyed. */
static void a_sleeping_cpu_leaves_a_dying_space(void **state)
{
    (void)state;
    CLAUSES("SPC-9", "SPC-4");
    unsigned slot = new_space();
    struct thread *thread = new_thread(slot);
    struct space *space = thread->space;
    move_to(thread, 1);
    assert_ptr_equal(host_current(1), thread);
    while (thread->state != ENNEAD_THREAD_STOPPED)
        assert_int_equal(thread_op(thread, ENNEAD_THREAD_STOP), ENNEAD_OK);
    assert_null(host_current(1));
    assert_ptr_equal(cpus[1].space, space);
    assert_int_equal(delete_slot(slot), ENNEAD_OK);
    assert_null(cpus[1].space);
    assert_null(cpus[1].arch.active);
}

/* The first one as well, when the call is made on another. */
static void the_first_cpu_leaves_a_dying_space(void **state)
{
    (void)state;
    CLAUSES("SPC-9", "SPC-4");
    unsigned slot = new_space();
    struct thread *thread = new_thread(slot);
    struct space *space = thread->space;
    ipc(ENNEAD_ROOT_SCHED_CONTEXT, ENNEAD_CALL, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, FIELDS(MS, MS, 1));
    host_advance_ns(0);
    assert_ptr_equal(host_current(1), root);
    assert_ptr_equal(host_current(0), thread);
    assert_ptr_equal(cpus[0].space, space);
    cpu = 1;
    assert_int_equal(delete_slot(slot), ENNEAD_OK);
    cpu = 0;
    assert_null(cpus[0].space);
    assert_null(cpus[0].arch.active);
}

/* A CPU that has gone on to another space is asked once more, and not again. */
static void a_cpu_that_left_a_space_is_forgotten(void **state)
{
    (void)state;
    CLAUSES("SPC-4");
    unsigned a = new_space(), b = new_space(), region = carve(0x2000);
    struct thread *one = new_thread(a), *two = new_thread(b);
    struct space *space = one->space;
    map_page(region, 0, 0x30000000, 13, 7);
    for (unsigned i = 0; i < 2; i++) {
        with_item((struct ennead_item){
            .kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x30000000 + i * 0x1000});
        assert_int_equal(op(a, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, FIELDS(0x50000000 + i * 0x1000)), ENNEAD_OK);
    }
    move_to(one, 1);
    assert_true(host_store(1, 0x50000000, 1));
    sched_priority_changed(two, 20);
    move_to(two, 1);
    assert_ptr_equal(host_current(1), two);
    assert_true(space->active_on[1]);
    assert_int_equal(op(a, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_UNMAP, FIELDS(0x50000000)), ENNEAD_OK);
    assert_false(space->active_on[1]);
    assert_int_equal(op(a, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_UNMAP, FIELDS(0x50001000)), ENNEAD_OK);
    check_invariants();
    sched_priority_changed(two, 5);
    assert_int_equal(thread_op(two, ENNEAD_THREAD_STOP), ENNEAD_OK);
    host_advance_ns(0);
    assert_ptr_equal(host_current(1), one);
    assert_false(host_store(1, 0x50000000, 1));
}

/* More pages than the tables hold translations of: some are thrown away, and all stay reachable. */
static void tables_that_are_full_are_recycled(void **state)
{
    (void)state;
    CLAUSES("SPC-1", "SPC-4");
    unsigned region = carve(12 << 20);
    for (unsigned i = 0; i < 3; i++)
        map_page(region, i * (4 << 20), 0x30000000 + i * (4 << 20), 22, 7);
    for (unsigned round = 0; round < 2; round++)
        for (uint64_t page = 0; page < 3072; page++) {
            uint64_t value;
            assert_true(round || host_store(0, (ennead_word)(0x30000000 + page * 4096), page));
            assert_true(host_load(0, (ennead_word)(0x30000000 + page * 4096), &value));
            assert_int_equal(value, page);
        }
    check_invariants();
}

/* ---- the FPU ---- */

static void fpu_state_follows_its_thread_to_another_cpu(void **state)
{
    (void)state;
    CLAUSES("THR-9");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE), *other = new_thread(ENNEAD_ROOT_SPACE);
    move_to(thread, 1);
    host_use_fpu(1, 100);
    assert_int_equal(thread->fpu_cpu, 2);
    thread->priority = ENNEAD_PRIORITIES - 1;
    move_to(thread, 0);
    assert_ptr_equal(host_current(0), thread);
    assert_int_equal(host_read_fpu(0), 100);
    assert_null(cpus[1].fpu_owner);
    thread->priority = 10;
    preempt();
    run(root);
    move_to(other, 1);
    assert_ptr_equal(host_current(1), other);
    assert_int_equal(host_read_fpu(1), 0);
}

/* Nothing moves while nobody else uses the unit: its owner finds it on when it is back, and others find it off. */
static void a_unit_stays_its_owners(void **state)
{
    (void)state;
    CLAUSES("THR-9");
    struct thread *a = new_thread(ENNEAD_ROOT_SPACE), *b = new_thread(ENNEAD_ROOT_SPACE);
    run(a);
    host_use_fpu(0, 100);
    run(b);
    assert_false(host.cpu[0].fpu_on);
    assert_ptr_equal(cpus[0].fpu_owner, a);
    run(a);
    assert_true(host.cpu[0].fpu_on);
    assert_int_equal(host_read_fpu(0), 100);
    assert_int_equal(a->fpu.value[0], 0); /* it was not saved either */
}

/* A thread that is destroyed leaves no unit behind that names it. */
static void a_dead_thread_owns_no_unit(void **state)
{
    (void)state;
    CLAUSES("THR-9");
    struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
    move_to(thread, 1);
    host_use_fpu(1, 100);
    unsigned slot = slot_of_thread(thread);
    ipc(ENNEAD_ROOT_SPACE, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, FIELDS(slot));
    host_advance_ns(0);
    assert_int_equal(space_slot(root->space, slot)->kind, NODE_EMPTY);
    assert_null(cpus[1].fpu_owner);
}

/* Where a unit can be read though it is off, nothing of its last user is left in it. */
static unsigned make_as_root(unsigned type)
{
    run(root);
    return make(type);
}

static void an_eager_unit_is_cleared_for_the_next_thread(void **state)
{
    struct host_config config = {.cpus = 2, .ram_bytes = 16 << 20, .fpu_is_eager = true};
    (void)state;
    CLAUSES("THR-9");
    host_power_off();
    machine_on_with(&config);
    struct thread *a = new_thread(ENNEAD_ROOT_SPACE), *b = new_thread(ENNEAD_ROOT_SPACE);
    run(a);
    host_use_fpu(0, 100);
    preempt();
    assert_int_equal(host.cpu[0].fpu.value[3], 103); /* its own use goes on undisturbed */
    run(b);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(host.cpu[0].fpu.value[i], 0);
    assert_null(cpus[0].fpu_owner);
    run(a);
    assert_int_equal(host_read_fpu(0), 100);
    unsigned nowhere = make_as_root(ENNEAD_TYPE_ENDPOINT);
    assert_int_equal(op(slot_of_thread(a), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, NO_FIELDS), ENNEAD_OK);
    assert_int_equal(op(slot_of_thread(b), ENNEAD_TYPE_THREAD, ENNEAD_THREAD_STOP, NO_FIELDS), ENNEAD_OK);
    ipc(nowhere, ENNEAD_RECV, 0, 0, NO_FIELDS);
    assert_null(host_current(0)); /* nor for a CPU that sleeps */
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(host.cpu[0].fpu.value[i], 0);
}

/* ---- threads that run elsewhere ---- */

static void a_space_with_a_thread_on_another_cpu_ends(void **state)
{
    (void)state;
    CLAUSES("SPC-9", "THR-3");
    unsigned slot = new_space();
    struct thread *thread = new_thread(slot);
    move_to(thread, 1);
    ipc(ENNEAD_ROOT_SPACE, ENNEAD_CALL, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, FIELDS(slot));
    host_advance_ns(0);
    assert_int_equal(last(root).label, ENNEAD_OK);
    assert_int_equal(thread->state, ENNEAD_THREAD_STOPPED);
    assert_null(thread->space);
    assert_null(host_current(1));
}

/* A caller is woken here whose time was used up there: it goes on there, when that is refilled. */
static void a_refill_comes_on_the_cpu_of_the_context(void **state)
{
    (void)state;
    CLAUSES("TIM-1", "TIM-4", "TIM-7");
    unsigned endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct thread *server = new_thread(ENNEAD_ROOT_SPACE), *client = new_thread(ENNEAD_ROOT_SPACE);
    run(server);
    ipc(endpoint, ENNEAD_RECV, 0, 0, NO_FIELDS);
    run(root);
    assert_int_equal(
        op(slot_of_thread(client) + 1, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE, FIELDS(2 * MS, 10 * MS, 1)),
        ENNEAD_OK);
    host_advance_ns(0);
    cpu = 1;
    ipc(endpoint, ENNEAD_CALL, ENNEAD_PROTOCOL_USER, 1, NO_FIELDS);
    cpu = 0;
    assert_ptr_equal(host_current(1), server);
    host_advance_ns(2 * MS);
    assert_null(host_current(1));
    assert_int_equal(client->state, ENNEAD_THREAD_CALLING);
    assert_int_equal(thread_op(client, ENNEAD_THREAD_CANCEL), ENNEAD_OK);
    assert_int_equal(client->state, ENNEAD_THREAD_READY);
    assert_int_equal(thread_op(client, ENNEAD_THREAD_STOP), ENNEAD_OK);
    assert_int_equal(thread_op(client, ENNEAD_THREAD_RESUME), ENNEAD_OK); /* waits for the same refill */
    host_advance_ns(7 * MS);
    assert_null(host_current(1));
    host_advance_ns(MS);
    assert_ptr_equal(host_current(1), client);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(who_waits_for_the_lock_serves_requests),
        TEST(one_cpu_needs_no_lock),
        TEST(who_meets_an_interrupt_while_it_waits_comes_first),
        TEST(who_waits_has_the_lock_in_turn),
        TEST(nobody_waits_for_ever),
        TEST(who_does_something_to_a_running_thread_pokes_its_cpu),
        TEST(a_sleeping_cpu_leaves_a_dying_space),
        TEST(the_first_cpu_leaves_a_dying_space),
        TEST(a_cpu_that_left_a_space_is_forgotten),
        TEST(tables_that_are_full_are_recycled),
        TEST(fpu_state_follows_its_thread_to_another_cpu),
        TEST(a_unit_stays_its_owners),
        TEST(a_dead_thread_owns_no_unit),
        TEST(an_eager_unit_is_cleared_for_the_next_thread),
        TEST(a_space_with_a_thread_on_another_cpu_ends),
        TEST(a_refill_comes_on_the_cpu_of_the_context),
    };
    return RUN("cpus", tests);
}
