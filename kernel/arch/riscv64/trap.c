/*
 * What a trap means: causes to the generic entries. Called by entry.S only, with interrupts off.
 */
#include "internal.h"

enum cause {
    CAUSE_FETCH_MISALIGNED = 0,
    CAUSE_ILLEGAL = 2,
    CAUSE_BREAKPOINT = 3,
    CAUSE_LOAD_MISALIGNED = 4,
    CAUSE_STORE_MISALIGNED = 6,
    CAUSE_FETCH_PAGE = 12,
    CAUSE_LOAD_PAGE = 13,
    CAUSE_STORE_PAGE = 15,
    CAUSE_VIRTUAL = 22, /* an instruction of the hypervisor's */
    INTERRUPT_SOFTWARE = 1,
    INTERRUPT_TIMER = 5,
};
#define STATUS_FS UINT64_C(0x6000)

const struct riscv_frame *riscv_fault_frame;

/* The highest bit of a cause says interrupt. */
static bool is_interrupt(uint64_t cause)
{
    return (int64_t)cause < 0;
}

static void interrupt(uint64_t cause)
{
    switch (cause & 0xff) {
    case INTERRUPT_SOFTWARE:
        CLEAR_CSR(sip, SIP_SOFTWARE);
        /* Who sets it from now on interrupts again; what the others before asked for is seen. */
        __atomic_store_n(&riscv_called[riscv_this_cpu_id()], false, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        interrupt_note_ipi();
        break;
    case INTERRUPT_TIMER:
        board_timer();
        break;
    default:
        board_interrupt();
    }
}

static struct arch_context *page_fault(uint64_t cause, unsigned access)
{
    uint64_t address = READ_CSR(stval);

    if (address >= PORT_USER_END)
        return kernel_exception(ENNEAD_EXCEPTION_ACCESS, cause, address);
    return kernel_page_fault(address, access);
}

#define OPCODE_LOAD_FP  0x07u
#define OPCODE_STORE_FP 0x27u
#define OPCODE_FMADD    0x43u /* and the three behind it, 4 apart */
#define OPCODE_OP_FP    0x53u
#define OPCODE_SYSTEM   0x73u
#define CSR_FCSR        3u /* the last of the unit's registers of control, from 1 on */

/* Of instructions of 16 bits, loads and stores of doubles are the unit's (the unprivileged ISA, chapter 16). */
static bool is_for_fpu(uint64_t instruction)
{
    unsigned opcode = instruction & 0x7f, kind = instruction >> 13 & 7, csr = (instruction >> 20 & 0xfff) - 1;

    if ((instruction & 3) != 3)
        return (instruction & 3) != 1 && (kind == 1 || kind == 5);
    if (opcode == OPCODE_SYSTEM)
        return csr < CSR_FCSR;
    return opcode == OPCODE_LOAD_FP || opcode == OPCODE_STORE_FP || opcode == OPCODE_OP_FP ||
           (opcode & ~12u) == OPCODE_FMADD;
}

/* The hardware may tell the instruction, or 0: then it is tried again with the unit on. */
static struct arch_context *illegal(uint64_t cause)
{
    uint64_t instruction = READ_CSR(stval);

    if ((READ_CSR(sstatus) & STATUS_FS) == 0 && (instruction == 0 || is_for_fpu(instruction)))
        return kernel_fpu_trap();
    return kernel_exception(ENNEAD_EXCEPTION_ILLEGAL, cause, 0);
}

struct arch_context *trap_from_user(struct arch_context *context)
{
    uint64_t cause = READ_CSR(scause);

    (void)context;
    if (is_interrupt(cause)) {
        interrupt(cause);
        return kernel_interrupted();
    }
    switch (cause) {
    case CAUSE_FETCH_PAGE:
        return page_fault(cause, ENNEAD_RIGHT_EXECUTE);
    case CAUSE_LOAD_PAGE:
        return page_fault(cause, ENNEAD_RIGHT_READ);
    case CAUSE_STORE_PAGE:
        return page_fault(cause, ENNEAD_RIGHT_WRITE);
    case CAUSE_ILLEGAL:
    case CAUSE_VIRTUAL:
        return illegal(cause);
    case CAUSE_BREAKPOINT:
        return kernel_exception(ENNEAD_EXCEPTION_BREAKPOINT, cause, 0);
    case CAUSE_FETCH_MISALIGNED:
    case CAUSE_LOAD_MISALIGNED:
    case CAUSE_STORE_MISALIGNED:
        return kernel_exception(ENNEAD_EXCEPTION_ALIGNMENT, cause, READ_CSR(stval));
    default: /* nothing answers at the address */
        return kernel_exception(ENNEAD_EXCEPTION_OTHER, cause, READ_CSR(stval));
    }
}

void trap_from_kernel(struct riscv_frame *frame)
{
    uint64_t cause = READ_CSR(scause);

    if (is_interrupt(cause) && frame->pc >= (uint64_t)cpu_wait && frame->pc < (uint64_t)interrupt_window_end) {
        interrupt(cause);
        return;
    }
    if (!is_interrupt(cause) && frame->pc >= (uint64_t)probe_load && frame->pc < (uint64_t)probe_end) {
        frame->pc = (uint64_t)probe_failed;
        return;
    }
    riscv_fault_frame = frame;
    frame_dump(frame);
    panic("trap %lx in the kernel, address %lx", (unsigned long)cause, (unsigned long)READ_CSR(stval));
}
