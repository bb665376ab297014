/* What registers may hold, at a thread's start and after a system call: see target/port.h. */
#include <target/port.h>

#define PATTERN  UINT64_C(0xdeadbeef12340000)
#define X0       2
#define ARGUMENT X0
#define WORDS    19
#define TAG      23
#define FRAME    29

uint64_t port_first_registers[ENNEAD_REGISTER_COUNT];
extern const uint64_t port_first_fpu[66];

/* What port_raw_call() loads and stores: x0..x30. */
enum { RAW_COUNT = 31 };

uint64_t port_raw_call(const uint64_t in[RAW_COUNT], uint64_t out[RAW_COUNT], uint64_t pattern);

int port_check_first_registers(uint64_t sp, uint64_t argument)
{
    for (int i = X0; i < (int)ENNEAD_REGISTER_COUNT; i++) {
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
    for (unsigned i = 0; i < 66; i++)
        any |= port_first_fpu[i];
    return any == 0;
}

static bool is_lost(unsigned i)
{
    return i >= 2 && (i < WORDS || i > TAG) && i != FRAME;
}

int port_check_call(ennead_word target, uint32_t tag, const ennead_word words[ENNEAD_MSG_REG_WORDS],
                    uint64_t fpu_pattern, struct ennead_msg *result)
{
    static const uint8_t halves[] = {0, 1, TAG};
    uint64_t in[RAW_COUNT], out[RAW_COUNT];
    for (unsigned i = 0; i < RAW_COUNT; i++)
        in[i] = PATTERN + i;
    in[0] = target;
    in[TAG] = tag;
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        in[WORDS + i] = words[i];
    uint64_t wrong = port_raw_call(in, out, fpu_pattern);
    *result = (struct ennead_msg){(uint32_t)out[0], (uint32_t)out[1], (uint32_t)out[TAG], {0}};
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        result->w[i] = out[WORDS + i];
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
