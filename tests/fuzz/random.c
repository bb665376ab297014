/* Where randomness comes from: a seed, or the bytes of an input. */
#include "draft.h"

static uint64_t state;
static const uint8_t *input;
static size_t input_left;
static bool held;

void random_seed(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15ull + 1;
    input = NULL;
}

void random_bytes(const uint8_t *bytes, size_t count)
{
    state = 1;
    input = bytes;
    input_left = count;
}

bool random_is_input(void)
{
    return input;
}

void random_hold(bool hold)
{
    held = hold;
}

bool random_exhausted(void)
{
    return input && !input_left;
}

uint64_t random64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

unsigned below(unsigned n)
{
    if (!input || held)
        return (unsigned)(random64() >> 16) % n;
    unsigned value = 0;
    for (unsigned i = 1; i < n && input_left; i <<= 8, input_left--)
        value = value << 8 | *input++;
    return value % n;
}

bool one_in(unsigned n)
{
    return below(n) == 0;
}
