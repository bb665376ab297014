/* What registers may hold, at a thread's start and after a system call: see target/port.h. */
#include <target/port.h>

#define PATTERN  0xdead0000u
#define TARGET   0
#define ARGUMENT 2
#define WORDS    4
#define TAG      8

uint64_t port_first_registers[ENNEAD_REGISTER_COUNT];
extern uint32_t port_first_words[ENNEAD_REGISTER_COUNT]; /* in the same order */
extern const uint32_t port_first_fpu[65];

/* What port_raw_call() loads and stores: r0..r12, lr. */
enum { RAW_COUNT = 14 };

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
    uint32_t any = 0;
    for (unsigned i = 0; i < 65; i++)
        any |= port_first_fpu[i];
    return any == 0;
}

/* Lost, and then nobody else's: nothing, or what the thread had in it, or in r2 the target. */
static bool is_leak(const uint32_t in[RAW_COUNT], const uint32_t out[RAW_COUNT], unsigned i)
{
    bool is_target = i == 2 && out[i] == in[TARGET];
    return i >= 2 && i < WORDS && out[i] != 0 && out[i] != in[i] && !is_target;
}

static bool is_changed(const uint32_t in[RAW_COUNT], const uint32_t out[RAW_COUNT], unsigned i)
{
    return i > TAG && out[i] != in[i];
}

int port_check_call(ennead_word target, uint32_t tag, const ennead_word words[ENNEAD_MSG_REG_WORDS],
                    uint64_t fpu_pattern, struct ennead_msg *result)
{
    uint32_t in[RAW_COUNT], out[RAW_COUNT];
    for (unsigned i = 0; i < RAW_COUNT; i++)
        in[i] = PATTERN + i;
    in[TARGET] = target;
    in[TAG] = tag;
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        in[WORDS + i] = words[i];
    uint32_t wrong = port_raw_call(in, out, &fpu_pattern);
    *result = (struct ennead_msg){out[0], out[1], out[TAG], {out[4], out[5], out[6], out[7]}};
    for (unsigned i = 0; i < RAW_COUNT; i++) {
        if (is_leak(in, out, i) || is_changed(in, out, i))
            return (int)i;
    }
    return wrong != 0 ? RAW_COUNT : -1;
}
