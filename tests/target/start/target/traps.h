/*
 * Rows of a port's table of faulting instructions. Each instruction is a function trap_NAME in the port's assembly,
 * with a label trap_NAME_pc on the instruction itself.
 */
#ifndef TARGET_TRAPS_H
#define TARGET_TRAPS_H

#include <stddef.h>
#include <target/port.h>

#define DECLARE(name)                                                                                                  \
    void trap_##name(void);                                                                                            \
    extern const char trap_##name##_pc[];
#define HERE(name, exception)                                                                                          \
    {                                                                                                                  \
#name, trap_##name, trap_##name##_pc, ENNEAD_EXCEPTION_##exception, 0, NULL                                    \
    }
#define HERE_IF(name, exception, is_there)                                                                             \
    {                                                                                                                  \
#name, trap_##name, trap_##name##_pc, ENNEAD_EXCEPTION_##exception, 0, is_there                                \
    }
#define ADDRESS(name, exception, value)                                                                                \
    {                                                                                                                  \
#name, trap_##name, trap_##name##_pc, ENNEAD_EXCEPTION_##exception, value, NULL                                \
    }
#define JUMP(name, exception, value)                                                                                   \
    {                                                                                                                  \
#name, trap_##name, NULL, ENNEAD_EXCEPTION_##exception, value, NULL                                            \
    }

#endif
