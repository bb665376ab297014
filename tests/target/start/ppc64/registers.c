/* What registers may hold, at a thread's start and after a system call: see target/port.h. */
#include <target/port.h>

#define PATTERN UINT64_C(0xdeadbeef12340000)
#define XER_ALL 0xe0000000u

/* Registers under their own numbers, then these; what port_raw_call() loads and stores, but for r1, r2 and r13. */
enum {
    SP = 1,
    TOC = 2,
    ARGUMENT = 3,
    BADGE = 4,
    TLS = 13,
    WORDS = 14,
    TAG = 18,
    FRAME = 31,
    CR = 32,
    LR,
    CTR,
    XER,
    RAW_COUNT
};
enum { FPU_STATUS = 128, FPU_WORDS = 132 };

uint64_t port_first_registers[ENNEAD_REGISTER_COUNT];
extern const uint64_t port_first_words[RAW_COUNT + 1]; /* VRSAVE last */
extern const uint64_t port_first_fpu[FPU_WORDS];
extern const char port_raw_call_end[];

uint64_t port_raw_call(const uint64_t in[RAW_COUNT], uint64_t out[RAW_COUNT], uint64_t pattern);

/* In the set r1 comes first, r0 next and r13 last, whose place here VRSAVE has. */
int port_check_first_registers(uint64_t sp, uint64_t argument)
{
    unsigned at = 3;
    port_first_registers[ENNEAD_REGISTER_SP] = port_first_words[SP];
    port_first_registers[2] = port_first_words[0];
    for (unsigned n = TOC; n <= RAW_COUNT; n++) {
        if (n != TLS)
            port_first_registers[at++] = port_first_words[n];
    }
    for (int i = 2; i < (int)ENNEAD_REGISTER_COUNT; i++) {
        uint64_t expected = i == ARGUMENT + 1 ? argument : 0;
        if (port_first_registers[i] != expected)
            return i;
    }
    return port_first_registers[ENNEAD_REGISTER_SP] == sp ? -1 : ENNEAD_REGISTER_SP;
}

bool port_fpu_is_new(void)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < FPU_WORDS; i++)
        any |= port_first_fpu[i];
    return any == 0;
}

static bool is_lost(unsigned i)
{
    return i == 0 || (i > BADGE && i < TLS) || (i > TAG && i < FRAME) || i >= CR;
}

int port_check_call(ennead_word target, uint32_t tag, const ennead_word words[ENNEAD_MSG_REG_WORDS],
                    uint64_t fpu_pattern, struct ennead_msg *result)
{
    static const uint8_t halves[] = {ARGUMENT, BADGE, TAG};
    uint64_t in[RAW_COUNT], out[RAW_COUNT];
    for (unsigned i = 0; i < RAW_COUNT; i++)
        in[i] = out[i] = PATTERN + i;
    in[CR] = 0x12345678;
    in[XER] = XER_ALL;
    in[ARGUMENT] = target;
    in[TAG] = tag;
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        in[WORDS + i] = words[i];
    uint64_t wrong = port_raw_call(in, out, fpu_pattern);
    *result = (struct ennead_msg){
        (uint32_t)out[3], (uint32_t)out[BADGE], (uint32_t)out[TAG], {out[14], out[15], out[16], out[17]}};
    for (unsigned i = 0; i < RAW_COUNT; i++) {
        if (is_lost(i) && out[i] != 0 && out[i] != in[i])
            return (int)i;
    }
    for (unsigned i = 0; i < sizeof halves; i++) {
        if (out[halves[i]] >> 32 != 0)
            return halves[i];
    }
    if (out[FRAME] != in[FRAME])
        return FRAME;
    return wrong != 0 ? RAW_COUNT : -1;
}
