/* What tests ask of a port's test code: each start/<isa>/ has its functions. */
#ifndef TARGET_PORT_H
#define TARGET_PORT_H

#include <ennead/port.h>
#include <stdbool.h>
#include <stdint.h>

/* An instruction that faults, and the message expected. The thread starts at `code` with a stack. */
struct port_trap {
    const char *name;
    void (*code)(void);
    const char *pc;     /* in the message; NULL: the address itself */
    unsigned exception; /* enum ennead_exception */
    uint64_t address;
    bool (*is_there)(void); /* does this processor have it? NULL: each of the port's does */
};
extern const struct port_trap port_traps[];
extern const unsigned port_trap_count;

/* Addresses of the kernel's, mapped there or not, and ones that no map can hold. */
extern const uint64_t port_kernel_addresses[];
extern const unsigned port_kernel_address_count;

/* A thread started here writes its first registers to `port_first_registers`, numbered as in its set, and stops. */
void port_dump_start(void);
extern uint64_t port_first_registers[ENNEAD_REGISTER_COUNT];
/* Is that what THR-2 says, for this argument and stack pointer? The first wrong register, or -1. */
int port_check_first_registers(uint64_t sp, uint64_t argument);

/* As a thread finds the FPU at its start, by the same thread? */
bool port_fpu_is_new(void);

/*
 * A system call with all other registers full of a pattern, the FPU too if its pattern is not 0. The first register
 * that afterwards holds what it may not, or -1.
 */
int port_check_call(ennead_word target, uint32_t tag, const ennead_word words[ENNEAD_MSG_REG_WORDS],
                    uint64_t fpu_pattern, struct ennead_msg *result);

/* Fill all registers that user mode has with values of the pattern, wait `rounds` rounds, each with an instruction of
 * the FPU, and look at each. 0: all kept. */
uint64_t port_compute(uint64_t pattern, uint64_t rounds);

/* How much two readings of the machine's clock may be wrong together, in nanoseconds, by its steps. */
extern const unsigned port_clock_step_ns;

/* Code of PORT_CODE_BYTES that returns to its caller, wherever it lies. */
#define PORT_CODE_BYTES 16u
extern const uint8_t port_code[];

#endif
