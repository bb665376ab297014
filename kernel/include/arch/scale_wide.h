/*
 * For ports whose compiler has numbers of 128 bits. <port/port.h> includes this; see
 * <arch/cpu.h>.
 */
#ifndef ARCH_SCALE_WIDE_H
#define ARCH_SCALE_WIDE_H

static inline uint64_t cpu_scale(uint64_t value, uint64_t factor)
{
    return (uint64_t)((unsigned __int128)value * factor >> 32);
}

#endif
