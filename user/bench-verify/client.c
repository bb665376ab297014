/* Calls as the benchmark makes them, but with words that are all different, and a look at every word that comes back.
 */
#include "verify.h"
#include <bench_client.h>
#include <ennead/text.h>
#include <plain_client.h>
#include <process_client.h>
#include <region_client.h>

#define BENCH_WORDS 16u
#define ROUNDS      100u

static uint32_t plain, echo, plain_round, echo_round, checked;

static void put(const char *text)
{
    for (; *text != '\0'; text++)
        ennead_must(region_store(ennead_grant("debug"), 0, 1, (uint8_t)*text), "printing");
}

static _Noreturn void end(uint64_t status)
{
    ennead_must(process_poweroff(ennead_grant("root.control"), status), "powering off");
    ennead_give_up("still running", ENNEAD_OK);
}

static void expect(unsigned words, unsigned index, uint32_t round, ennead_word word)
{
    char line[120];
    checked++;
    if (word == pattern(ANSWER, round, index))
        return;
    text_format(line, sizeof line, "verify: word %u of %u came back wrong in round %u\n", index, words, round);
    put(line);
    end(1);
}

static void expect_success(unsigned words, enum ennead_error error)
{
    char line[120];
    if (error == ENNEAD_OK)
        return;
    text_format(line, sizeof line, "verify: %u words: the server says: %s\n", words, ennead_error_text(error));
    put(line);
    end(1);
}

static void call_plain(void)
{
    struct plain_four_out out;
    expect_success(0, plain_null(plain));
    uint32_t round = ++plain_round;
    expect_success(4, plain_four(plain, pattern(CALL, round, 0), pattern(CALL, round, 1), pattern(CALL, round, 2),
                                 pattern(CALL, round, 3), &out));
    expect(4, 0, round, out.e);
    expect(4, 1, round, out.f);
    expect(4, 2, round, out.g);
    expect(4, 3, round, out.h);
    plain_round++;
}

static void call_words(unsigned words)
{
    ennead_word w[ENNEAD_MSG_WORDS];
    for (unsigned i = 0; i < words; i++)
        w[i] = pattern(CALL, echo_round, i);
    ennead_overflow(w, words);
    struct ennead_msg msg = ennead_call(echo, ENNEAD_TAG(BENCH_PROTOCOL, BENCH_WORDS, words, 0), w);
    expect_success(words, ennead_outcome(&msg));
    for (unsigned i = 0; i < words; i++)
        expect(words, i, echo_round, ennead_word_at(&msg, i));
    echo_round++;
}

_Noreturn void verify_client(void)
{
    char line[80];
    plain = ennead_grant("plain");
    echo = ennead_grant("echo");
    for (unsigned i = 0; i < ROUNDS; i++) {
        call_plain();
        call_words(24);
        call_words(60);
        call_words(120);
    }
    text_format(line, sizeof line, "verify: %u words\n", checked);
    put(line);
    end(0);
}
