/*
 * The world: one pool with everything in it, eight spaces, eighteen threads on all processors, pools and spaces with
 * nothing left, chains of copies down to the deepest, a root task that sleeps and now and then repairs.
 */
#include "draft.h"

#include <string.h>

#define SPACES    8u
#define THREADS   18u
#define FIRST     40u /* the root task's slots from here on are the world's */
#define UTCB_BASE 0x20000000u

static struct {
    unsigned cpus, step, stage, threads, next, deep, chain; /* deep: which kind of capability has a chain of copies */
    unsigned region, pool, small_pool, poor_pool, memory, land, clock;
    unsigned space[SPACES], endpoint[4], thread_slot, time_slot;
    uint64_t utcb;
} world;

void world_begin(unsigned cpus)
{
    random_hold(true);
    memset(&world, 0, sizeof world);
    world.cpus = cpus;
    world.next = FIRST;
    world.deep = below(6);
}

static unsigned arrives(void)
{
    unsigned slot = world.next++;
    open_at(slot, 1, 0, 0);
    return slot;
}

static unsigned make(unsigned pool, unsigned type, unsigned order)
{
    field(type);
    field(order);
    unsigned slot = arrives();
    call_with(pool, ENNEAD_CALL, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE);
    return slot;
}

static unsigned carve(uint64_t offset, uint64_t size)
{
    field(offset);
    field(size);
    item_cap(ENNEAD_ROOT_POOL);
    unsigned slot = arrives();
    call_with(root_ram_slot, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_CARVE);
    return slot;
}

static void on_space(unsigned slot, unsigned operation)
{
    call_with(slot, ENNEAD_CALL, ENNEAD_TYPE_SPACE, operation);
}

static void on_thread(unsigned slot, unsigned operation)
{
    call_with(slot, ENNEAD_CALL, ENNEAD_TYPE_THREAD, operation);
}

/* The steps that make one thread in a space; the last two threads have no message buffer. */
static bool make_thread(unsigned step)
{
    unsigned slot = world.space[world.threads % SPACES];
    bool mute = world.threads >= THREADS - 2;
    switch (step) {
    case 0:
        world.thread_slot = make(world.pool, ENNEAD_TYPE_THREAD, 0);
        return true;
    case 1:
        world.utcb = UTCB_BASE + world.threads * 0x1000u;
        field(world.utcb);
        on_space(slot, ENNEAD_SPACE_ADD_UTCB);
        return true;
    case 2:
        field(mute ? 0 : world.utcb);
        item_cap(slot);
        on_thread(world.thread_slot, ENNEAD_THREAD_BIND);
        return true;
    case 3:
        field(2 + below(4));
        field(6);
        on_thread(world.thread_slot, ENNEAD_THREAD_SET_PRIORITY);
        return true;
    case 4:
        world.time_slot = make(world.pool, ENNEAD_TYPE_SCHED_CONTEXT, 0);
        return true;
    case 5:
        field(one_in(3) ? 100000 : 1000000);
        field(1000000);
        field(world.threads % world.cpus);
        call_with(world.time_slot, ENNEAD_CALL, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE);
        return true;
    case 6:
        if (world.threads % 6 == 5)
            field(0); /* a server without time: the call has no thread and fails */
        else
            item_cap(world.thread_slot);
        call_with(world.time_slot, ENNEAD_CALL, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_BIND);
        return true;
    default:
        field(0x1000);
        field(0x2000);
        field(world.threads);
        on_thread(world.thread_slot, ENNEAD_THREAD_START);
        return false;
    }
}

static bool make_threads(unsigned step)
{
    if (world.threads == THREADS)
        return false;
    if (!make_thread(step)) {
        world.threads++;
        world.step = 0;
    }
    return true;
}

static bool objects(unsigned step)
{
    switch (step) {
    case 0:
        world.region = carve(0, 3 << 20);
        return true;
    case 1:
        world.pool = arrives();
        call_with(world.region, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAKE_POOL);
        return true;
    case 2:
        world.memory = carve(3 << 20, 1 << 18);
        return true;
    case 3:
        world.land = carve((3 << 20) + (1 << 18), 1 << 18);
        return true;
    case 4:
        world.small_pool = make(world.pool, ENNEAD_TYPE_POOL, 14);
        return true;
    case 5:
        world.clock = make(world.pool, ENNEAD_TYPE_NOTIFICATION, 0);
        return true;
    case 6:
    case 7:
    case 8:
    case 9:
        world.endpoint[step - 6] = make(world.pool, ENNEAD_TYPE_ENDPOINT, 0);
        return true;
    case 10:
    case 11:
        (void)make(world.pool, ENNEAD_TYPE_NOTIFICATION, 0);
        return true;
    default:
        if (step > 12 + SPACES)
            return false;
        if (step == 12)
            world.poor_pool = make(world.pool, ENNEAD_TYPE_POOL, 17);
        else
            world.space[step - 13] = make(step == 13 ? world.poor_pool : world.pool, ENNEAD_TYPE_SPACE, 0);
        return true;
    }
}

/* Two pools with nothing left in them, a space that cannot grow any more, and in half of the worlds no MSI left. */
static bool exhaust(unsigned step)
{
    static const uint8_t in_small[][2] = {{ENNEAD_TYPE_POOL, 13},        {ENNEAD_TYPE_POOL, 12},
                                          {ENNEAD_TYPE_THREAD, 0},       {ENNEAD_TYPE_NOTIFICATION, 0},
                                          {ENNEAD_TYPE_NOTIFICATION, 0}, {ENNEAD_TYPE_NOTIFICATION, 0},
                                          {ENNEAD_TYPE_ENDPOINT, 0}};
    const unsigned small = sizeof in_small / sizeof in_small[0], poor = 4;
    if (step < small) {
        field(in_small[step][0]);
        field(in_small[step][1]);
        open_at(SLOTS + 100 + step, 1, 0, 0);
        call_with(world.small_pool, ENNEAD_CALL, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE);
        return true;
    }
    if (step < small + poor) {
        field(ENNEAD_TYPE_POOL);
        field(15 - (step - small));
        open_at(SLOTS + 100 + step, 1, 0, 0);
        call_with(world.poor_pool, ENNEAD_CALL, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE);
        return true;
    }
    if (step < small + poor + 63) {
        field(ENNEAD_TABLE_PAGES);
        field(1);
        on_space(world.space[2], ENNEAD_SPACE_GROW);
        return true;
    }
    if (step >= small + poor + 63 + 8 || world.deep % 2)
        return false;
    field(0);
    item_cap(world.pool);
    open_at(SLOTS + 100 + small + poor + (step - small - poor - 63), 1, 0, 0);
    call_with(ENNEAD_ROOT_IRQ, ENNEAD_CALL, ENNEAD_TYPE_IRQ, ENNEAD_IRQ_MSI);
    return true;
}

/* Every space hears of faults at an endpoint, has some memory, and is given capabilities to most of the world. */
static bool furnish(unsigned step)
{
    const unsigned powerless[] = {world.memory,      world.pool,  world.space[0],  world.thread_slot,
                                  world.endpoint[0], world.clock, ENNEAD_ROOT_IRQ, world.time_slot};
    unsigned ordinary = 4 + 26, per_space = ordinary + 8, index = step / per_space, part = step % per_space;
    if (index >= SPACES)
        return false;
    unsigned slot = world.space[index];
    if (part < 2) {
        field(part);
        field(0);
        field(one_in(2) ? 0 : 3);
        item_cap(world.endpoint[below(4)]);
        on_space(slot, ENNEAD_SPACE_SET_PAGER);
    } else if (part < 4) {
        field(USER_BASE + part * 0x4000u);
        e->item[e->items++] = (struct ennead_item){
            .kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 14, .base = 0x60000000 + below(4) * 0x4000u};
        on_space(slot, ENNEAD_SPACE_DELEGATE);
    } else if (part >= ordinary) {
        field(10 + part);
        item_cap(powerless[part - ordinary]);
        e->item[0].rights = 0;
        on_space(slot, ENNEAD_SPACE_DELEGATE);
    } else {
        unsigned source = part == 4    ? slot
                          : part == 5  ? world.pool
                          : part == 6  ? world.memory
                          : part == 7  ? (one_in(2) ? root_io_slot : root_device_slot)
                          : part == 8  ? (one_in(2) ? (unsigned)ENNEAD_ROOT_IRQ : world.small_pool)
                          : part == 13 ? world.small_pool
                          : part == 14 ? root_archive_slot
                          : part == 15 ? world.land
                          : part < 13  ? world.endpoint[part - 9]
                                       : FIRST + below(world.next - FIRST);
        field(10 + part);
        item_cap(source);
        bool endpoint = part >= 9 && part < 13;
        if (part > 12 && one_in(4))
            e->item[0].rights = (uint8_t)below(32);
        if (endpoint && one_in(2))
            e->item[0].badge = 1 + below(9);
        on_space(slot, ENNEAD_SPACE_DELEGATE);
    }
    return true;
}

static bool map_memory(unsigned step)
{
    if (step)
        return false;
    field(0);
    field(16);
    field(7);
    field(0);
    open_at(0, 0, 0x60000000, 30);
    call_with(world.memory, ENNEAD_CALL, ENNEAD_TYPE_REGION, ENNEAD_REGION_MAP);
    return true;
}

/*
 * Two chains of copies down to where nothing can be derived any more, in further slots of the root task; of other kinds
 * of capability in each world. The last one but one goes to the others.
 */
static bool deepen(unsigned step)
{
    const unsigned kinds[] = {world.memory,    world.pool, world.endpoint[0],
                              ENNEAD_ROOT_IRQ, world.land, world.endpoint[1]};
    if (step == 0) {
        field(ENNEAD_TABLE_SLOTS);
        field(2);
        on_space(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_GROW);
        return true;
    }
    unsigned chain = world.chain, base = (1 + chain) * SLOTS, first = kinds[(world.deep + 3 * chain) % 6];
    unsigned last = base + 62 - m_depth(m_slot(space, first)), slot = base + step - 1;
    if (slot < last) {
        field(slot);
        item_cap(slot == base ? first : slot - 1);
        on_space(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_DELEGATE);
        return true;
    }
    if (slot < last + 2 * SPACES) {
        field(6 + 2 * chain + (slot - last) % 2);
        item_cap(last - 1);
        on_space(world.space[(slot - last) / 2], ENNEAD_SPACE_DELEGATE);
        return true;
    }
    if (chain)
        return false;
    world.chain = 1;
    world.step = 1;
    return deepen(world.step++);
}

/* One space without room for another mapping. */
static bool crowd(unsigned step)
{
    struct m_node *node = m_slot(space, world.space[SPACES - 1]);
    if (!node->object->space.free_entries)
        return false;
    field(0x50000000 + step * 0x1000u);
    e->item[e->items++] =
        (struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x60000000};
    on_space(world.space[SPACES - 1], ENNEAD_SPACE_DELEGATE);
    return true;
}

/* Objects first, then threads, then memory, then what each space is given. Root's own calls all along. */
bool world_next(struct event *event)
{
    static bool (*const stages[])(unsigned step) = {objects, map_memory, make_threads, furnish, deepen, exhaust, crowd};
    unsigned count = random_is_input() ? 4 : sizeof stages / sizeof stages[0];
    begin(event, 0);
    while (thread && world.stage < count) {
        if (stages[world.stage](world.step++))
            return true;
        world.stage++;
        world.step = 0;
    }
    random_hold(false);
    return false;
}

/* ---- the root task: sleeps, and now and then repairs what the others broke ---- */

static void root_sleeps(bool armed)
{
    if (!armed) {
        field(model.now + 20000 + below(100000));
        field(1);
        call_with(world.clock, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_ARM);
        return;
    }
    call_with(world.clock, ENNEAD_CALL, ENNEAD_TYPE_NOTIFICATION, ENNEAD_NOTIFICATION_WAIT);
}

static void wake_somebody(void)
{
    unsigned slot = pick(space, has_rights, ENNEAD_TYPE_THREAD, ENNEAD_RIGHT_WRITE);
    struct m_node *node = m_slot(space, slot);
    if (!node || node->object == thread) {
        root_sleeps(false);
        return;
    }
    unsigned state_now = node->object->thread.state;
    unsigned operation = state_now == ENNEAD_THREAD_STOPPED   ? (one_in(2) ? ENNEAD_THREAD_RESUME : ENNEAD_THREAD_START)
                         : state_now == ENNEAD_THREAD_STARVED ? ENNEAD_THREAD_RESUME
                         : (state_now >= ENNEAD_THREAD_SENDING && state_now <= ENNEAD_THREAD_WAITING) && one_in(2)
                             ? ENNEAD_THREAD_CANCEL
                             : ENNEAD_OP_DESCRIBE;
    arguments(node->object, operation);
    on_thread(slot, operation);
}

static bool is_shallow_cap(const struct m_node *node, unsigned unused, unsigned unused_too)
{
    (void)unused, (void)unused_too;
    return node->kind == M_CAP && m_depth(node) > 1 && m_depth(node) < 60;
}

static void hand_out(void)
{
    unsigned to = pick(space, has_rights, ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL);
    struct m_node *node = m_slot(space, to);
    if (!node)
        return;
    field(pick_empty(node->object));
    item_cap(pick(space, is_shallow_cap, 0, 0));
    if (one_in(4))
        e->item[0].rights = (uint8_t)below(32);
    on_space(to, ENNEAD_SPACE_DELEGATE);
}

/* A page of what is left, somewhere. */
static void hand_out_memory(void)
{
    unsigned to = pick(space, has_rights, ENNEAD_TYPE_SPACE, ENNEAD_RIGHT_CONTROL);
    field(USER_BASE + below(USER_PAGES) * 0x1000u);
    e->item[e->items++] = (struct ennead_item){
        .kind = ENNEAD_ITEM_PAGE, .rights = 7, .order_log2 = 12, .base = 0x60000000 + below(16) * 0x1000u};
    on_space(to, ENNEAD_SPACE_DELEGATE);
}

static bool is_waited_for(const struct m_node *node, unsigned unused, unsigned unused_too)
{
    (void)unused, (void)unused_too;
    return node->kind == M_CAP && node->object->root == node &&
           ((node->object->type == ENNEAD_TYPE_ENDPOINT && node->object->endpoint.queue.first) ||
            (node->object->type == ENNEAD_TYPE_NOTIFICATION && node->object->notification.queue.first));
}

/* What somebody waits for ends; or something new of that kind comes. */
static void end_or_make(void)
{
    unsigned slot = pick(space, is_waited_for, 0, 0);
    if (slot && slot != world.clock && one_in(3)) {
        field(slot);
        on_space(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_DELETE);
        return;
    }
    field(one_in(2) ? ENNEAD_TYPE_ENDPOINT : ENNEAD_TYPE_NOTIFICATION);
    field(0);
    open_window();
    call_with(world.pool, ENNEAD_CALL, ENNEAD_TYPE_POOL, ENNEAD_POOL_MAKE);
}

/* Room in the root task's own table. */
static void clear_a_slot(void)
{
    unsigned slot = FIRST + below(SLOTS - FIRST);
    field(world.next > slot && !one_in(20) ? world.next - 1 + below(SLOTS - world.next + 1) : slot);
    on_space(ENNEAD_ROOT_SPACE, ENNEAD_SPACE_DELETE);
}

bool is_root(void)
{
    struct m_node *first = m_slot(space, ENNEAD_ROOT_IRQ);
    return first && first->kind == M_CAP && first->object->type == ENNEAD_TYPE_IRQ && m_depth(first) == 1;
}

void root_acts(void)
{
    switch (below(one_in(8) ? 13 : 7)) {
    case 0:
    case 1:
        wake_somebody();
        break;
    case 2:
        hand_out();
        break;
    case 3:
        hand_out_memory();
        break;
    case 4:
        if (one_in(3))
            clear_a_slot();
        else
            hand_out();
        break;
    case 5:
        if (one_in(3))
            object_call();
        else
            wake_somebody();
        break;
    case 6:
        end_or_make();
        break;
    default:
        root_sleeps(model.objects[0].used && m_slot(space, world.clock) && m_slot(space, world.clock)->kind == M_CAP &&
                    m_slot(space, world.clock)->object->armed);
        break;
    }
}
