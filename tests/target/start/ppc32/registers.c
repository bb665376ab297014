/* What registers may hold, at a thread's start and after a system call: see target/port.h. */
#include <target/port.h>

#define PATTERN  0xdead0000u
#define FRAME    31 /* registers 3..31 of the set have their own numbers */
#define ARGUMENT 3
#define WORDS    14
#define TAG      18

uint64_t port_first_registers[ENNEAD_REGISTER_COUNT];
extern uint32_t port_first_words[ENNEAD_REGISTER_COUNT]; /* in the same order */
extern const uint64_t port_first_fpu[33];
extern const char port_raw_call_end[];

/* What port_raw_call() loads and stores: r0..r31, cr, lr, ctr, xer. */
enum { CR = 32, LR, CTR, XER, RAW_COUNT };

uint32_t port_raw_call(const uint32_t in[RAW_COUNT], uint32_t out[RAW_COUNT], const uint64_t *pattern);

int port_check_first_registers(uint64_t sp, uint64_t argument)
{
    for (unsigned i = 0; i < ENNEAD_REGISTER_COUNT; i++)
        port_first_registers[i] = port_first_words[i];
    for (int i = 2; i < (int)ENNEAD_REGISTER_COUNT; i++) {
        if (i != ARGUMENT && port_first_registers[i] != 0)
            return i;
    }
    if (port_first_registers[ARGUMENT] != argument)
        return ARGUMENT;
    return port_first_registers[ENNEAD_REGISTER_SP] == sp ? -1 : ENNEAD_REGISTER_SP;
}

bool port_fpu_is_new(void)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < 33; i++)
        any |= i < 32 ? port_first_fpu[i] : (uint32_t)port_first_fpu[i];
    return any == 0;
}

static bool is_lost(unsigned i)
{
    return i == 0 || (i >= 5 && i < WORDS) || (i > TAG && i < FRAME) || (i >= CR && i != LR);
}

int port_check_call(ennead_word target, uint32_t tag, const ennead_word words[ENNEAD_MSG_REG_WORDS],
                    uint64_t fpu_pattern, struct ennead_msg *result)
{
    uint32_t in[RAW_COUNT], out[RAW_COUNT];
    for (unsigned i = 0; i < RAW_COUNT; i++)
        in[i] = PATTERN + i;
    in[XER] = 0xe0000000u;
    in[3] = target;
    in[TAG] = tag;
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        in[WORDS + i] = words[i];
    uint32_t wrong = port_raw_call(in, out, &fpu_pattern);
    *result = (struct ennead_msg){out[3], out[4], out[TAG], {out[14], out[15], out[16], out[17]}};
    for (unsigned i = 0; i < RAW_COUNT; i++) {
        if (is_lost(i) && out[i] != 0 && out[i] != in[i])
            return (int)i;
    }
    if (out[FRAME] != in[FRAME])
        return FRAME;
    if (out[LR] != 0 && out[LR] != in[LR])
        return LR;
    return wrong != 0 ? RAW_COUNT : -1;
}
