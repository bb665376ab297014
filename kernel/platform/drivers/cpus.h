/*
 * Processors that are started one by one: cpus.c has cpu_start_others() and cpu_arrived() of <arch/cpu.h>, for ports
 * and boards that link it and offer these two functions.
 */
#ifndef PLATFORM_CPUS_H
#define PLATFORM_CPUS_H

#include <arch/cpu.h>

unsigned board_cpus(void);
/* Send CPU `id` on its way to kernel_start_cpu(). False: it was refused. */
bool board_start_cpu(unsigned id) __attribute__((warn_unused_result));

#endif
