/* What registers may hold, at a thread's start and after a system call: see target/port.h. */
#include <target/port.h>

#define PATTERN UINT64_C(0xdeadbeef12340000)

enum { RA = 1, SP = 2, GP = 3, TP = 4, FRAME = 8, S1 = 9, A0 = 10, A1 = 11, S2 = 18, S5 = 21, RAW_COUNT = 32 };
static const uint8_t word[ENNEAD_MSG_REG_WORDS] = {S1, S2, S2 + 1, S2 + 2};

uint64_t port_first_registers[ENNEAD_REGISTER_COUNT];
extern const uint64_t port_first_words[RAW_COUNT]; /* under their own numbers; neither x0 nor the thread pointer */
extern const uint64_t port_first_fpu[33];
extern const char port_raw_call_end[];

/* Registers under their own numbers; x0, sp and tp are left alone. */
uint64_t port_raw_call(const uint64_t in[RAW_COUNT], uint64_t out[RAW_COUNT], uint64_t pattern);

/* The set is in the order of numbers but for its first two registers, and its last, which has been given to the thread.
 */
int port_check_first_registers(uint64_t sp, uint64_t argument)
{
    unsigned at = 2;
    for (unsigned n = RA; n < RAW_COUNT; n++) {
        if (n != SP && n != TP)
            port_first_registers[at++] = port_first_words[n];
    }
    port_first_registers[ENNEAD_REGISTER_SP] = port_first_words[SP];
    for (int i = 2; i < (int)at; i++) {
        uint64_t expected = i == A0 - 1 ? argument : 0;
        if (port_first_registers[i] != expected)
            return i;
    }
    return port_first_registers[ENNEAD_REGISTER_SP] == sp ? -1 : ENNEAD_REGISTER_SP;
}

bool port_fpu_is_new(void)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < 33; i++)
        any |= port_first_fpu[i];
    return any == 0;
}

static bool is_lost(unsigned i)
{
    return i == RA || i == GP || (i > TP && i < FRAME) || (i > A1 && i < S2) || i > S5;
}

int port_check_call(ennead_word target, uint32_t tag, const ennead_word words[ENNEAD_MSG_REG_WORDS],
                    uint64_t fpu_pattern, struct ennead_msg *result)
{
    static const uint8_t halves[] = {A0, A1};
    uint64_t in[RAW_COUNT], out[RAW_COUNT];
    for (unsigned i = 0; i < RAW_COUNT; i++)
        in[i] = PATTERN + i;
    in[A0] = target;
    in[S5] = tag;
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        in[word[i]] = words[i];
    uint64_t wrong = port_raw_call(in, out, fpu_pattern);
    *result = (struct ennead_msg){(uint32_t)out[A0], (uint32_t)out[A1], (uint32_t)out[S5], {0}};
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        result->w[i] = out[word[i]];
    for (unsigned i = RA; i < RAW_COUNT; i++) {
        if (is_lost(i) && out[i] != 0 && out[i] != in[i])
            return (int)i;
    }
    for (unsigned i = 0; i < sizeof halves; i++) {
        if (out[halves[i]] >> 32 != 0)
            return halves[i];
    }
    if ((int64_t)out[S5] != (int32_t)out[S5])
        return S5;
    if (out[FRAME] != in[FRAME])
        return FRAME;
    return wrong != 0 ? RAW_COUNT : -1;
}
