/*
 * Processors that are started one by one: cpus.c has cpu_start_others() of <arch/cpu.h>, for ports and boards that link
 * it and offer the first two functions.
 */
#ifndef PLATFORM_CPUS_H
#define PLATFORM_CPUS_H

#include <arch/cpu.h>

unsigned board_cpus(void);
/* Send CPU `id` on its way to cpus_enter(). False: it was refused. */
bool board_start_cpu(unsigned id) __attribute__((warn_unused_result));

/* On CPU `id`, when all of memory is where it will be; never on the first. */
struct arch_context *cpus_enter(unsigned id);

#endif
