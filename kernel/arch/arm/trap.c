/* What a trap means: vectors and fault status to the generic entries. Called by entry.S only, with interrupts off. */
#include "internal.h"

#define DATA_WRITE       0x0800u
#define DATA_MAINTENANCE 0x2000u /* of a cache: it counts as a read, whatever the other bit says */
#define STATUS_MASK      0x3fu
#define STATUS_FAULT     0x04u /* from here on, and below the next: translation, access flag, permission */
#define STATUS_FAULT_END 0x10u
#define STATUS_ALIGNMENT 0x21u
#define STATUS_DEBUG     0x22u

const struct arch_context *arm_fault_frame;
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

#define PAR_FAULT   1u
#define PAR_ADDRESS 0xfffff000u
#define PAR_HIGH    0xffu /* of the address, in the upper word */

/* Where the kernel reads the word of a page of RAM that user mode may read, NULL if it cannot be told. */
static const volatile uint32_t *word_of_user(uint32_t address)
{
    ARM_WRITE32(0, c7, c8, 2, address);
    arm_isb();
    uint64_t par = ARM_READ64(0, c7);
    uint32_t low = (uint32_t)par, high = (uint32_t)(par >> 32) & PAR_HIGH, word = (low & PAR_ADDRESS) + WINDOW_OFFSET;
    if (low & PAR_FAULT || high || word - WINDOW_BASE >= WINDOW_LIMIT + WINDOW_OFFSET - WINDOW_BASE)
        return NULL;
    word |= address & 0xffc;
    ARM_WRITE32(0, c7, c8, 0, word);
    arm_isb();
    return ARM_READ64(0, c7) & PAR_FAULT ? NULL : (const volatile uint32_t *)word;
}

/* VFP and Advanced SIMD (DDI 0406C, A5.1, A7.4, A7.5, A7.7). */
static bool is_for_fpu(uint32_t instruction)
{
    if ((instruction & 0x0c000e00) == 0x0c000a00)
        return true;
    return instruction >= 0xf0000000 &&
           ((instruction & 0xfe000000) == 0xf2000000 || (instruction & 0xff100000) == 0xf4000000);
}

/* Thumb's instructions, and what cannot be read, may be: they are tried again with the unit on. */
static bool may_be_for_fpu(const struct arch_context *context)
{
    const volatile uint32_t *instruction = context->psr & PSR_THUMB ? NULL : word_of_user(context->pc);
    return !instruction || is_for_fpu(*instruction);
}

/* The hardware does not say that an undefined instruction is one only because the FPU is off. */
struct arch_context *trap_from_user(struct arch_context *context, unsigned vector)
{
    if (vector == VECTOR_DATA)
        return data_abort();
    if (vector == VECTOR_FETCH)
        return abort(vector, ARM_READ32(0, c5, c0, 1), ARM_READ32(0, c6, c0, 2), ENNEAD_RIGHT_EXECUTE);
    if (!this_arch_cpu()->fpu_on && may_be_for_fpu(context))
        return kernel_fpu_trap();
    return kernel_exception(ENNEAD_EXCEPTION_ILLEGAL, vector, 0);
}

/* `mode`: of the processor, which tells the vector. */
void trap_from_kernel(const struct arch_context *frame, unsigned mode)
{
    uint32_t status = ARM_READ32(0, c5, c0, 0), address = ARM_READ32(0, c6, c0, 0);

    if (arm_trap_means)
        boot_refuse("%s", arm_trap_means);
    arm_fault_frame = frame;
    context_dump_all(frame);
    panic("trap in the kernel, mode %x, data status %x, address %x", mode, (unsigned)status, (unsigned)address);
}
