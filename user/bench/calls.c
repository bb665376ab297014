/* Messages between spaces. */
#include "bench.h"
#include <bench_client.h>
#include <notification_client.h>
#include <plain_client.h>

#define BENCH_WORDS 16u /* the echo's operation for any words */
#define ROUNDS      200u

static __attribute__((noipa)) ROW(call_reply_0w)
{
    uint32_t plain = bench.plain;
    do {
        check(plain_null(plain));
    } while (--rounds > 0);
}

static __attribute__((noipa)) ROW(call_reply_passive_0w)
{
    uint32_t passive = bench.passive;
    do {
        check(plain_null(passive));
    } while (--rounds > 0);
}

static __attribute__((noipa)) ROW(call_reply_4w)
{
    uint32_t plain = bench.plain;
    do {
        struct plain_four_out out;
        check(plain_four(plain, 1, 2, 3, 4, &out));
    } while (--rounds > 0);
}

static volatile ennead_word eight[8];

/* Eight values are used in each round, so that they have to live across the call. */
static __attribute__((noipa)) ROW(call_reply_0w_live8)
{
    uint32_t plain = bench.plain;
    ennead_word a = eight[0], b = eight[1], c = eight[2], d = eight[3];
    ennead_word e = eight[4], f = eight[5], g = eight[6], h = eight[7];
    do {
        check(plain_null(plain));
        h = ((((((h ^ a) + b) ^ c) + d) ^ e) + f) ^ g;
    } while (--rounds > 0);
    eight[7] = h;
}

/* Whatever is in the message buffer is sent and comes back. */
static inline __attribute__((always_inline)) void call_words(uint32_t echo, unsigned words)
{
    const ennead_word none[ENNEAD_MSG_REG_WORDS] = {0};
    struct ennead_msg msg = ennead_call(echo, ENNEAD_TAG(BENCH_PROTOCOL, BENCH_WORDS, words, 0), none);
    check(ennead_outcome(&msg));
}

static __attribute__((noipa)) ROW(call_reply_24w)
{
    uint32_t echo = bench.echo;
    do {
        call_words(echo, 24);
    } while (--rounds > 0);
}

static __attribute__((noipa)) ROW(call_reply_60w)
{
    uint32_t echo = bench.echo;
    do {
        call_words(echo, 60);
    } while (--rounds > 0);
}

static __attribute__((noipa)) ROW(call_reply_120w)
{
    uint32_t echo = bench.echo;
    do {
        call_words(echo, 120);
    } while (--rounds > 0);
}

/* Client and server do not touch the unit: that it belongs to somebody does not show in what they cost. */
static __attribute__((noipa)) ROW(call_reply_0w_fpu_owned)
{
    uint32_t plain = bench.plain;
    do {
        check(plain_null(plain));
    } while (--rounds > 0);
}

/* ---- what is delegated by a call ---- */

static __attribute__((noipa)) ROW(delegate_cap)
{
    uint32_t echo = bench.echo, clock = bench.clock;
    do {
        check(bench_take(echo, ennead_item_cap(clock, ENNEAD_RIGHTS_ALL, 0)));
    } while (--rounds > 0);
}

static __attribute__((noipa)) ROW(delegate_page)
{
    uint32_t echo = bench.echo;
    unsigned order = bench.page_order;
    uint64_t offset = 0;
    do {
        check(bench_page(echo, ennead_item_page(RAM_BASE, order, offset, ENNEAD_RIGHT_READ)));
        offset += (uint64_t)1 << order;
    } while (--rounds > 0);
}

static void tidy(unsigned rounds)
{
    (void)rounds;
    check(bench_tidy(bench.echo));
}

/* ---- two threads that wake each other ---- */

static __attribute__((noipa)) ROW(signal_wait_pingpong)
{
    uint32_t first = bench.first, second = bench.second;
    do {
        uint64_t bits;
        check(notification_signal(first, 1));
        check(notification_wait(second, &bits));
    } while (--rounds > 0);
}

static void begin_ping_pong(unsigned rounds)
{
    check(bench_pingpong(bench.echo, rounds));
}

const struct row call_rows[] = {
    {"call_reply_0w", row_call_reply_0w, ROUNDS, 5, NULL, NULL},
    {"call_reply_4w", row_call_reply_4w, ROUNDS, 5, NULL, NULL},
    {"call_reply_24w", row_call_reply_24w, ROUNDS, 5, NULL, NULL},
    {"call_reply_60w", row_call_reply_60w, ROUNDS, 5, NULL, NULL},
    {"call_reply_120w", row_call_reply_120w, ROUNDS, 5, NULL, NULL},
    {"call_reply_passive_0w", row_call_reply_passive_0w, ROUNDS, 5, NULL, NULL},
    {"call_reply_0w_live8", row_call_reply_0w_live8, ROUNDS, 5, NULL, NULL},
    {"call_reply_0w_fpu_owned", row_call_reply_0w_fpu_owned, ROUNDS, 5, own_fpu, NULL},
    {"delegate_cap", row_delegate_cap, 64, 3, NULL, tidy},
    {"delegate_page", row_delegate_page, 32, 3, NULL, tidy},
    {"signal_wait_pingpong", row_signal_wait_pingpong, ROUNDS, 5, begin_ping_pong, NULL},
};
const unsigned call_row_count = sizeof call_rows / sizeof call_rows[0];
