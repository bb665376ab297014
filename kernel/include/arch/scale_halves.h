/*
 * For ports whose compiler has no numbers of 128 bits. <port/port.h> includes this; see
 * <arch/cpu.h>.
 */
#ifndef ARCH_SCALE_HALVES_H
#define ARCH_SCALE_HALVES_H

static inline uint64_t cpu_scale(uint64_t value, uint64_t factor)
{
    uint64_t vh = value >> 32, vl = (uint32_t)value, fh = factor >> 32, fl = (uint32_t)factor;
    return ((vh * fh) << 32) + vh * fl + vl * fh + (vl * fl >> 32);
}

#endif
