/* What registers may hold, at a thread's start and after a system call: see target/port.h. */
#include <target/port.h>

#define FLAGS_AT_START 0x202u
#define FLAGS          17
#define PATTERN        UINT64_C(0xdeadbeef12340000)

uint64_t port_first_registers[ENNEAD_REGISTER_COUNT];
extern const uint8_t port_first_fpu[512];
extern const char port_raw_call_end[];

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8, R9, R10, R11, R12, R13, R14, R15, RAW_COUNT };

uint64_t port_raw_call(const uint64_t in[RAW_COUNT], uint64_t out[RAW_COUNT], uint64_t pattern);

int port_check_first_registers(uint64_t sp, uint64_t argument)
{
    for (int i = 2; i < FLAGS; i++) {
        if (i != 7 && port_first_registers[i] != 0)
            return i;
    }
    if (port_first_registers[7] != argument)
        return 7;
    if (port_first_registers[ENNEAD_REGISTER_SP] != sp)
        return ENNEAD_REGISTER_SP;
    return port_first_registers[FLAGS] == FLAGS_AT_START ? -1 : FLAGS;
}

bool port_fpu_is_new(void)
{
    const uint16_t *halves = (const uint16_t *)port_first_fpu;
    uint8_t any = 0;
    for (unsigned i = 32; i < 416; i++)
        any |= port_first_fpu[i];
    return any == 0 && halves[0] == 0x037f && halves[1] == 0 && halves[2] == 0 && halves[12] == 0x1f80;
}

int port_check_call(ennead_word target, uint32_t tag, const ennead_word words[ENNEAD_MSG_REG_WORDS],
                    uint64_t fpu_pattern, struct ennead_msg *result)
{
    uint64_t in[RAW_COUNT], out[RAW_COUNT];
    for (unsigned i = 0; i < RAW_COUNT; i++)
        in[i] = PATTERN + i;
    in[RDI] = target;
    in[RBX] = words[0];
    in[R12] = words[1];
    in[R13] = words[2];
    in[R14] = words[3];
    in[R15] = tag;
    uint64_t wrong = port_raw_call(in, out, fpu_pattern);
    *result = (struct ennead_msg){
        (uint32_t)out[RAX], (uint32_t)out[RDI], (uint32_t)out[R15], {out[RBX], out[R12], out[R13], out[R14]}};
    static const uint8_t lost[] = {RDX, RSI, R8, R9, R10}, halves[] = {RAX, RDI, R15};
    for (unsigned i = 0; i < sizeof lost; i++) {
        if (out[lost[i]] != 0 && out[lost[i]] != in[lost[i]])
            return lost[i];
    }
    for (unsigned i = 0; i < sizeof halves; i++) {
        if (out[halves[i]] >> 32 != 0)
            return halves[i];
    }
    if (out[RBP] != in[RBP])
        return RBP;
    if (out[RCX] != 0 && out[RCX] != (uintptr_t)port_raw_call_end)
        return RCX;
    if ((out[R11] & ~UINT64_C(0x8d5)) != 0 && (out[R11] & ~UINT64_C(0x8d5)) != FLAGS_AT_START)
        return R11;
    return wrong != 0 ? RAW_COUNT : -1;
}
