/*
 * What a trap means: vectors to the generic entries. Called by entry.S only, with interrupts off.
 */
#include "internal.h"

/* Of the exception syndrome register. */
#define ESR_TRAP  0x02000000u
#define ESR_FP    0x01000000u
#define ESR_STORE 0x00800000u

const struct ppc_frame *ppc_fault_frame;

/* The port's code of an exception: the vector, and the hardware's syndrome above it. */
static uint64_t port_code(unsigned vector)
{
    return (uint64_t)READ_SPR(SPR_ESR) << 8 | vector;
}

static struct arch_context *page_fault(uint32_t address, unsigned access, unsigned vector)
{
    if (address >= PORT_USER_END)
        return kernel_exception(ENNEAD_EXCEPTION_ACCESS, port_code(vector), address);
    return kernel_page_fault(address, access);
}

static unsigned data_access(void)
{
    return READ_SPR(SPR_ESR) & ESR_STORE ? ENNEAD_RIGHT_WRITE : ENNEAD_RIGHT_READ;
}

static struct arch_context *program(unsigned vector)
{
    uint32_t syndrome = READ_SPR(SPR_ESR);
    enum ennead_exception kind = syndrome & ESR_TRAP ? ENNEAD_EXCEPTION_BREAKPOINT
                                 : syndrome & ESR_FP ? ENNEAD_EXCEPTION_FPU
                                                     : ENNEAD_EXCEPTION_ILLEGAL;
    return kernel_exception(kind, port_code(vector), 0);
}

struct arch_context *trap_from_user(struct arch_context *context, unsigned vector)
{
    switch (vector) {
    case VECTOR_EXTERNAL:
        board_interrupt();
        return kernel_interrupted();
    case VECTOR_DECREMENTER:
        board_timer();
        return kernel_interrupted();
    case VECTOR_DATA:
    case VECTOR_DATA_MISS:
        return page_fault(READ_SPR(SPR_DEAR), data_access(), vector);
    case VECTOR_INSTRUCTION:
    case VECTOR_FETCH_MISS:
        return page_fault(context->frame.pc, ENNEAD_RIGHT_EXECUTE, vector);
    case VECTOR_NO_FPU:
        return is_e500v2() ? kernel_exception(ENNEAD_EXCEPTION_ILLEGAL, port_code(vector), 0) : kernel_fpu_trap();
    case VECTOR_PROGRAM:
        return program(vector);
    case VECTOR_ALIGNMENT:
        return kernel_exception(ENNEAD_EXCEPTION_ALIGNMENT, port_code(vector), READ_SPR(SPR_DEAR));
    case VECTOR_NO_UNIT:
        return kernel_exception(ENNEAD_EXCEPTION_ILLEGAL, port_code(vector), 0);
    default:
        return kernel_exception(ENNEAD_EXCEPTION_OTHER, port_code(vector), 0);
    }
}

/* An interrupt between enabling and sleeping would leave the CPU asleep: it goes on behind the sleep. */
void trap_from_kernel(struct ppc_frame *frame, unsigned vector)
{
    bool in_window = frame->pc >= (uint32_t)cpu_interrupt_window && frame->pc < (uint32_t)interrupt_window_end;

    if (in_window && (vector == VECTOR_EXTERNAL || vector == VECTOR_DECREMENTER)) {
        if (frame->pc == (uint32_t)cpu_wait_sleep)
            frame->pc += 4;
        frame->msr &= ~(uint32_t)MSR_WE;
        if (vector == VECTOR_EXTERNAL)
            board_interrupt();
        else
            board_timer();
        return;
    }
    ppc_fault_frame = frame;
    frame_dump(frame);
    panic("trap %u in the kernel, syndrome %x, address %x", vector, (unsigned)READ_SPR(SPR_ESR),
          (unsigned)READ_SPR(SPR_DEAR));
}
