/* Backtraces of code that keeps no chain of frames, for ports whose return addresses lie on the stack as they are. */
#ifndef PLATFORM_BACKTRACE_H
#define PLATFORM_BACKTRACE_H

#include <arch/cpu.h>

/*
 * As cpu_backtrace() prints it: what on the stack is an address of code, the newest first. Those are the return
 * addresses of all who have not returned, and between them what may be left of others. `pc`, `link`: of who trapped, 0
 * if nobody did or there is no such register. This CPU's stack is `bytes` long, below which nothing is mapped; its
 * pointer is at `stack`.
 */
void backtrace_print(ennead_word pc, ennead_word link, ennead_word stack, unsigned bytes);

#endif
