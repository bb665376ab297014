/*
 * The benchmark's other server. Its windows are always open: it makes no calls while something may arrive. One
 * operation outside the protocol echoes any words. Its second thread has no processor time, and serves the plain
 * protocol.
 */
#include <bench_server.h>
#include <ennead/thread.h>
#include <notification_client.h>
#include <plain_client.h>
#include <plain_server.h>
#include <pool_client.h>
#include <sched_client.h>
#include <space_client.h>
#include <thread_client.h>

#define BENCH_WORDS    16u
#define WINDOW_ORDER   18u
#define FIRST_SLOT     ENNEAD_SLOTS_PER_PAGE /* of those that arrive: in pages of their own */
#define SLOT_PAGES     2u
#define ENTRY_PAGES    4u
#define PASSIVE_BUFFER (ENNEAD_MAP_BASE + 0x100000u)

static uint32_t space, own_time, notifications[2];
static unsigned pages, page_bytes;
static uint64_t rounds;
static bool is_yielding;
static struct ennead_server_thread passive;

static void open_windows(void)
{
    ennead_window_caps(FIRST_SLOT, SLOT_PAGES * ENNEAD_SLOTS_PER_PAGE);
    ennead_window_memory(ENNEAD_MAP_BASE, WINDOW_ORDER);
}

enum ennead_error plain_serve_null(uint32_t badge)
{
    (void)badge;
    return ENNEAD_OK;
}

enum ennead_error plain_serve_four(uint32_t badge, ennead_word a, ennead_word b, ennead_word c, ennead_word d,
                                   struct plain_four_out *out)
{
    (void)badge;
    *out = (struct plain_four_out){.e = a, .f = b, .g = c, .h = d};
    return ENNEAD_OK;
}

enum ennead_error bench_serve_passive(uint32_t badge, struct ennead_item *server)
{
    (void)badge;
    *server = ennead_item_cap(passive.endpoint, ENNEAD_RIGHT_WRITE, 0);
    return ENNEAD_OK;
}

enum ennead_error bench_serve_page(uint32_t badge, const struct ennead_item *given)
{
    (void)badge;
    if (given->kind != ENNEAD_ITEM_PAGE)
        return ENNEAD_TYPE;
    pages++;
    return ENNEAD_OK;
}

enum ennead_error bench_serve_take(uint32_t badge, const struct ennead_item *given)
{
    (void)badge;
    if (given->kind != ENNEAD_ITEM_CAP)
        return ENNEAD_TYPE;
    ennead_utcb()->window.cap_base++;
    return ENNEAD_OK;
}

enum ennead_error bench_serve_tidy(uint32_t badge)
{
    (void)badge;
    uint32_t end = ennead_utcb()->window.cap_base;
    for (uint32_t slot = FIRST_SLOT; slot < end; slot++)
        ennead_must(space_delete(space, slot), "throwing away a capability");
    for (; pages > 0; pages--)
        ennead_must(space_unmap(space, ENNEAD_MAP_BASE + (uint64_t)(pages - 1) * page_bytes), "throwing away a page");
    open_windows();
    return ENNEAD_OK;
}

enum ennead_error bench_serve_notification(uint32_t badge, uint64_t which, const struct ennead_item *given)
{
    (void)badge;
    if (given->kind != ENNEAD_ITEM_CAP)
        return ENNEAD_TYPE;
    uint32_t *slot = &notifications[which & 1];
    *slot = ennead_new_slot();
    struct ennead_item moved = ennead_item_cap((uint32_t)given->base, ENNEAD_RIGHTS_ALL, 0);
    moved.flags = ENNEAD_ITEM_GRANT;
    return space_delegate(space, *slot, moved);
}

static enum ennead_error begin(uint64_t wanted, bool yields)
{
    rounds = wanted;
    is_yielding = yields;
    return ENNEAD_OK;
}

enum ennead_error bench_serve_pingpong(uint32_t badge, uint64_t wanted)
{
    (void)badge;
    return begin(wanted, false);
}

enum ennead_error bench_serve_yields(uint32_t badge, uint64_t wanted)
{
    (void)badge;
    return begin(wanted, true);
}

static __attribute__((noinline)) void answer_first(uint32_t tag)
{
    const ennead_word none[ENNEAD_MSG_REG_WORDS] = {0};
    (void)ennead_ipc(ennead_target(0, ENNEAD_REPLY), tag, none);
}

static void ping_pong(void)
{
    uint64_t bits;
    for (; rounds > 0; rounds--) {
        ennead_must(notification_wait(notifications[0], &bits), "waiting");
        ennead_must(notification_signal(notifications[1], 1), "signalling");
    }
}

static void yield(void)
{
    uint32_t own = own_time;
    for (; rounds > 0; rounds--)
        ennead_must(sched_yield(own), "yielding");
}

static __attribute__((noinline)) void play(void)
{
    if (is_yielding)
        yield();
    else
        ping_pong();
}

/* Once it was called it waits for the next call, and can do without time of its own. */
static void start_passive(void)
{
    passive.endpoint = ennead_new_slot();
    passive.loop = plain_loop;
    ennead_must(pool_make(ennead_grant("pool"), ENNEAD_TYPE_ENDPOINT, 0, passive.endpoint), "making an endpoint");
    struct thread_describe_out about = {0};
    ennead_must(thread_describe(ennead_grant("thread"), &about), "asking for its priority");
    thread_serve(&passive, PASSIVE_BUFFER, (unsigned)about.priority);
    ennead_must(plain_null(passive.endpoint), "calling its second thread");
    ennead_must(sched_unbind(passive.thread.sched_slot), "taking its time");
}

static void start(void)
{
    struct space_describe_out about = {0};
    space = ennead_grant("space");
    own_time = ennead_grant("time");
    ennead_must(space_describe(space, &about), "asking for page sizes");
    page_bytes = (unsigned)(about.page_sizes & -about.page_sizes);
    ennead_must(space_grow(space, ENNEAD_TABLE_SLOTS, SLOT_PAGES), "getting more slots");
    ennead_must(space_grow(space, ENNEAD_TABLE_ENTRIES, ENTRY_PAGES), "getting more map entries");
    start_passive();
    open_windows();
}

/* False: there is nothing to answer. */
static inline bool serve(struct ennead_msg *msg)
{
    if (ENNEAD_TAG_LABEL(msg->tag) == (BENCH_PROTOCOL << 8 | BENCH_WORDS)) {
        msg->tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, ENNEAD_TAG_WORDS(msg->tag), 0);
        return true;
    }
    bool answered = bench_dispatch(msg);
    if (ENNEAD_UNLIKELY(rounds != 0)) {
        answer_first(msg->tag);
        play();
        answered = false;
    }
    return answered;
}

int main(void)
{
    uint32_t endpoint = ennead_grant("echo");
    start();
    struct ennead_msg msg = ennead_recv(endpoint);
    for (;;)
        msg = serve(&msg) ? ennead_reply_recv(endpoint, &msg) : ennead_recv(endpoint);
}
