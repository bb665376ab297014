/* What a trap means: exception syndromes to the generic entries. Called by entry.S only, with interrupts off. */
#include "internal.h"

/* Exception classes: the syndrome's upper 6 bits of 32. */
enum class {
    CLASS_UNKNOWN = 0x00,
    CLASS_WAIT = 0x01,
    CLASS_FPU_OFF = 0x07,
    CLASS_BRANCH_TARGET = 0x0d,
    CLASS_ILLEGAL_STATE = 0x0e,
    CLASS_SYSTEM_REGISTER = 0x18,
    CLASS_SVE = 0x19,
    CLASS_SME = 0x1d,
    CLASS_FETCH = 0x20,
    CLASS_PC_ALIGNMENT = 0x22,
    CLASS_DATA = 0x24,
    CLASS_SP_ALIGNMENT = 0x26,
    CLASS_FPU_EXCEPTION = 0x2c,
    CLASS_STEP = 0x32,
    CLASS_BREAKPOINT = 0x3c,
};

#define DATA_WRITE       0x040u
#define DATA_MAINTENANCE 0x100u /* of a cache: it counts as a read, whatever the other bit says */
#define STATUS_MASK      0x3fu
#define STATUS_ADDRESS   0x04u /* below: an address is wider than the hardware has */
#define STATUS_FAULT_END 0x10u /* below: translation, access flag, permission */
#define STATUS_ALIGNMENT 0x21u

const struct arm_frame *arm_fault_frame;
const char *arm_trap_means;

static struct arch_context *abort(uint64_t syndrome, unsigned access)
{
    uint64_t address = ARM_READ(far_el1);
    unsigned status = syndrome & STATUS_MASK;

    if (status == STATUS_ALIGNMENT)
        return kernel_exception(ENNEAD_EXCEPTION_ALIGNMENT, syndrome, address);
    if (status >= STATUS_FAULT_END)
        return kernel_exception(ENNEAD_EXCEPTION_OTHER, syndrome, address);
    if (status < STATUS_ADDRESS || address >= PORT_USER_END)
        return kernel_exception(ENNEAD_EXCEPTION_ACCESS, syndrome, address);
    return kernel_page_fault(address, access);
}

static unsigned data_access(uint64_t syndrome)
{
    return (syndrome & (DATA_WRITE | DATA_MAINTENANCE)) == DATA_WRITE ? ENNEAD_RIGHT_WRITE : ENNEAD_RIGHT_READ;
}

static enum ennead_exception exception_kind(unsigned class)
{
    switch (class) {
    case CLASS_UNKNOWN:
    case CLASS_WAIT:
    case CLASS_BRANCH_TARGET:
    case CLASS_ILLEGAL_STATE:
    case CLASS_SYSTEM_REGISTER:
    case CLASS_SVE:
    case CLASS_SME:
        return ENNEAD_EXCEPTION_ILLEGAL;
    case CLASS_PC_ALIGNMENT:
    case CLASS_SP_ALIGNMENT:
        return ENNEAD_EXCEPTION_ALIGNMENT;
    case CLASS_FPU_EXCEPTION:
        return ENNEAD_EXCEPTION_FPU;
    case CLASS_STEP:
        return ENNEAD_EXCEPTION_STEP;
    case CLASS_BREAKPOINT:
        return ENNEAD_EXCEPTION_BREAKPOINT;
    default:
        return ENNEAD_EXCEPTION_OTHER;
    }
}

/* The port's code of an exception is the hardware's syndrome. */
struct arch_context *trap_from_user(struct arch_context *context)
{
    uint64_t syndrome = ARM_READ(esr_el1);
    unsigned class = syndrome >> 26 & 0x3f;

    if (class == CLASS_DATA)
        return abort(syndrome, data_access(syndrome));
    if (class == CLASS_FETCH)
        return abort(syndrome, ENNEAD_RIGHT_EXECUTE);
    if (class == CLASS_FPU_OFF)
        return kernel_fpu_trap();
    return kernel_exception(exception_kind(class), syndrome, class == CLASS_PC_ALIGNMENT ? context->frame.pc : 0);
}

/* Also of an asynchronous error in user mode: hardware errors end the machine whoever runs. */
void trap_from_kernel(const struct arm_frame *frame, uint64_t vector)
{
    uint64_t syndrome = ARM_READ(esr_el1), address = ARM_READ(far_el1);

    if (arm_trap_means)
        boot_refuse("%s", arm_trap_means);
    arm_fault_frame = frame;
    frame_dump(frame);
    panic("trap %lx in the kernel, syndrome %lx, address %lx", (unsigned long)vector, (unsigned long)syndrome,
          (unsigned long)address);
}
