/* What a trap means: vectors and fault status to the generic entries. Called by entry.S only, with interrupts off. */
#include "internal.h"

#define DATA_WRITE       0x0800u
#define DATA_MAINTENANCE 0x2000u /* of a cache: it counts as a read, whatever the other bit says */
#define STATUS_MASK      0x3fu
#define STATUS_FAULT     0x04u /* from here on, and below the next: translation, access flag, permission */
#define STATUS_FAULT_END 0x10u
#define STATUS_ALIGNMENT 0x21u
#define STATUS_DEBUG     0x22u

const struct arm_frame *arm_fault_frame;
const char *arm_trap_means;

/* The port's code of an exception: the vector, and the hardware's status above it. */
static struct arch_context *abort(unsigned vector, uint32_t status, uint32_t address, unsigned access)
{
    uint64_t code = (uint64_t)status << 8 | vector;
    unsigned fault = status & STATUS_MASK;

    if (fault == STATUS_DEBUG)
        return kernel_exception(ENNEAD_EXCEPTION_BREAKPOINT, code, 0);
    if (fault == STATUS_ALIGNMENT)
        return kernel_exception(ENNEAD_EXCEPTION_ALIGNMENT, code, address);
    if (fault < STATUS_FAULT || fault >= STATUS_FAULT_END)
        return kernel_exception(ENNEAD_EXCEPTION_OTHER, code, address);
    if (address >= PORT_USER_END)
        return kernel_exception(ENNEAD_EXCEPTION_ACCESS, code, address);
    return kernel_page_fault(address, access);
}

static struct arch_context *data_abort(void)
{
    uint32_t status = ARM_READ32(0, c5, c0, 0), address = ARM_READ32(0, c6, c0, 0);
    bool write = (status & (DATA_WRITE | DATA_MAINTENANCE)) == DATA_WRITE;
    return abort(VECTOR_DATA, status, address, write ? ENNEAD_RIGHT_WRITE : ENNEAD_RIGHT_READ);
}

/*
 * The hardware does not say that an undefined instruction is one only because the FPU is off: it gets the unit, and is
 * tried again.
 */
struct arch_context *trap_from_user(struct arch_context *context, unsigned vector)
{
    (void)context;
    if (vector == VECTOR_DATA)
        return data_abort();
    if (vector == VECTOR_FETCH)
        return abort(vector, ARM_READ32(0, c5, c0, 1), ARM_READ32(0, c6, c0, 2), ENNEAD_RIGHT_EXECUTE);
    if (!this_arch_cpu()->fpu_on)
        return kernel_fpu_trap();
    return kernel_exception(ENNEAD_EXCEPTION_ILLEGAL, vector, 0);
}

/* `mode`: of the processor, which tells the vector. */
void trap_from_kernel(const struct arm_frame *frame, unsigned mode)
{
    uint32_t status = ARM_READ32(0, c5, c0, 0), address = ARM_READ32(0, c6, c0, 0);

    if (arm_trap_means)
        boot_refuse("%s", arm_trap_means);
    arm_fault_frame = frame;
    frame_dump(frame);
    panic("trap in the kernel, mode %x, data status %x, address %x", mode, (unsigned)status, (unsigned)address);
}
