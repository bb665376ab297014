/*
 * What a trap means: vectors to the generic entries. Called by entry.S only, with interrupts off.
 */
#include "internal.h"

#define DSISR_STORE  0x02000000u
#define PROGRAM_FP   0x00100000u /* in SRR1 */
#define PROGRAM_TRAP 0x00020000u

const struct ppc_frame *ppc_fault_frame;

static struct arch_context *page_fault(uint64_t address, unsigned access, unsigned vector)
{
    if (address >= PORT_USER_END)
        return kernel_exception(ENNEAD_EXCEPTION_ACCESS, vector, address);
    return kernel_page_fault(address, access);
}

static struct arch_context *program(const struct ppc_frame *frame)
{
    enum ennead_exception kind = frame->msr & PROGRAM_TRAP ? ENNEAD_EXCEPTION_BREAKPOINT
                                 : frame->msr & PROGRAM_FP ? ENNEAD_EXCEPTION_FPU
                                                           : ENNEAD_EXCEPTION_ILLEGAL;
    return kernel_exception(kind, (frame->msr & 0xffff0000u) | VECTOR_PROGRAM, 0);
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
        return page_fault(READ_SPR(SPR_DAR), READ_SPR(SPR_DSISR) & DSISR_STORE ? ENNEAD_RIGHT_WRITE : ENNEAD_RIGHT_READ,
                          vector);
    case VECTOR_FETCH:
        return page_fault(context->frame.pc, ENNEAD_RIGHT_EXECUTE, vector);
    case VECTOR_DATA_SEGMENT:
        return kernel_exception(ENNEAD_EXCEPTION_ACCESS, vector, READ_SPR(SPR_DAR));
    case VECTOR_FETCH_SEGMENT:
        return kernel_exception(ENNEAD_EXCEPTION_ACCESS, vector, context->frame.pc);
    case VECTOR_NO_FPU:
    case VECTOR_NO_VECTOR:
    case VECTOR_NO_VECTOR_SCALAR:
        return kernel_fpu_trap();
    case VECTOR_PROGRAM:
        return program(&context->frame);
    case VECTOR_ALIGNMENT:
        return kernel_exception(ENNEAD_EXCEPTION_ALIGNMENT, vector, READ_SPR(SPR_DAR));
    case VECTOR_TRACE:
        return kernel_exception(ENNEAD_EXCEPTION_STEP, vector, 0);
    case VECTOR_NO_FACILITY:
        return kernel_exception(ENNEAD_EXCEPTION_ILLEGAL, vector, 0);
    default:
        return kernel_exception(ENNEAD_EXCEPTION_OTHER, vector, 0);
    }
}

void trap_from_kernel(struct ppc_frame *frame, unsigned vector)
{
    bool in_window = frame->pc >= (uint64_t)cpu_wait && frame->pc < (uint64_t)interrupt_window_end;

    if (in_window && vector == VECTOR_EXTERNAL) {
        board_interrupt();
        return;
    }
    if (in_window && vector == VECTOR_DECREMENTER) {
        board_timer();
        return;
    }
    ppc_fault_frame = frame;
    frame_dump(frame);
    panic("trap %x in the kernel, syndrome %lx, address %lx", vector, (unsigned long)READ_SPR(SPR_DSISR),
          (unsigned long)READ_SPR(SPR_DAR));
}
