/*
 * What a trap means: vectors to the generic entries. Called by entry.S only, with interrupts off.
 */
#include "internal.h"

enum vector {
    VECTOR_DIVIDE = 0,
    VECTOR_DEBUG = 1,
    VECTOR_BREAKPOINT = 3,
    VECTOR_OVERFLOW = 4,
    VECTOR_INVALID_OPCODE = 6,
    VECTOR_NO_FPU = 7,
    VECTOR_STACK = 12,
    VECTOR_PROTECTION = 13,
    VECTOR_PAGE_FAULT = 14,
    VECTOR_X87 = 16,
    VECTOR_ALIGNMENT = 17,
    VECTOR_SIMD = 19,
};

/* Page-fault error code. */
#define FAULT_WRITE    0x02
#define FAULT_RESERVED 0x08
#define FAULT_FETCH    0x10

const struct x86_frame *x86_fault_frame;

/* The port's code of an exception: the vector, and the hardware's error code above it. */
static uint64_t port_code(const struct x86_frame *frame)
{
    return frame->error << 8 | frame->vector;
}

static struct arch_context *page_fault(const struct x86_frame *frame)
{
    uint64_t address = READ_CR(2);
    if (address >= PORT_USER_END || (frame->error & FAULT_RESERVED))
        return kernel_exception(ENNEAD_EXCEPTION_ACCESS, port_code(frame), address);
    unsigned access = frame->error & FAULT_FETCH   ? ENNEAD_RIGHT_EXECUTE
                      : frame->error & FAULT_WRITE ? ENNEAD_RIGHT_WRITE
                                                   : ENNEAD_RIGHT_READ;
    return kernel_page_fault(address, access);
}

/*
 * A general-protection fault is a privileged instruction or a non-canonical address, and the hardware does not say
 * which: it counts as the former. Through the stack pointer a non-canonical address is a stack fault.
 */
static enum ennead_exception exception_kind(uint64_t vector)
{
    switch (vector) {
    case VECTOR_DIVIDE:
    case VECTOR_OVERFLOW:
        return ENNEAD_EXCEPTION_ARITHMETIC;
    case VECTOR_DEBUG:
        return ENNEAD_EXCEPTION_STEP;
    case VECTOR_BREAKPOINT:
        return ENNEAD_EXCEPTION_BREAKPOINT;
    case VECTOR_INVALID_OPCODE:
    case VECTOR_PROTECTION:
        return ENNEAD_EXCEPTION_ILLEGAL;
    case VECTOR_STACK:
        return ENNEAD_EXCEPTION_ACCESS;
    case VECTOR_X87:
    case VECTOR_SIMD:
        return ENNEAD_EXCEPTION_FPU;
    case VECTOR_ALIGNMENT:
        return ENNEAD_EXCEPTION_ALIGNMENT;
    default:
        return ENNEAD_EXCEPTION_OTHER;
    }
}

struct arch_context *trap_from_user(struct arch_context *context)
{
    struct x86_frame *frame = frame_of(context);

    if (frame->vector >= VECTOR_SOURCES) {
        board_interrupt((unsigned)frame->vector);
        return kernel_interrupted();
    }
    if (frame->vector == VECTOR_PAGE_FAULT)
        return page_fault(frame);
    if (frame->vector == VECTOR_NO_FPU)
        return kernel_fpu_trap();
    /* An emulator may report a jump to a non-canonical address from there, and IRET would fault on it in the kernel. */
    if (frame->rip > PORT_USER_END)
        frame->rip = PORT_USER_END;
    return kernel_exception(exception_kind(frame->vector), port_code(frame), 0);
}

/* Also of user mode's NMIs and machine checks: hardware errors, which end the machine whoever runs. */
void trap_from_kernel(const struct x86_frame *frame)
{
    bool in_window = frame->rip >= (uint64_t)cpu_interrupt_window && frame->rip < (uint64_t)interrupt_window_end;

    if (frame->vector >= VECTOR_SOURCES && in_window) {
        board_interrupt((unsigned)frame->vector);
        return;
    }
    x86_fault_frame = frame;
    frame_dump(frame);
    panic("trap %u in the kernel, error %lx, address %lx", (unsigned)frame->vector, (unsigned long)frame->error,
          (unsigned long)READ_CR(2));
}
