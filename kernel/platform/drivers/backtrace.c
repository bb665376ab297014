/* The addresses of code that lie on a stack: see backtrace.h. */
#include "backtrace.h"
#include <platform/platform.h>

#define DEPTH_MAX 48

extern const char image_start[], image_text_end[];

static unsigned print_code(unsigned depth, ennead_word address)
{
    if (address < (ennead_word)image_start || address >= (ennead_word)image_text_end)
        return depth;
    kprintf("  #%u 0x%lx\n", depth, (unsigned long)address);
    return depth + 1;
}

void backtrace_print(ennead_word pc, ennead_word link, ennead_word stack, unsigned bytes)
{
    const ennead_word top = this_arch_cpu()->stack, bottom = top - bytes;
    unsigned depth = print_code(print_code(0, pc), link);

    /* Nothing of one that is another's, or of none. One that ran over goes on below its bottom. */
    if (stack < bottom - 4096 || stack % sizeof stack)
        return;
    for (ennead_word at = stack < bottom ? bottom : stack; at < top && depth < DEPTH_MAX; at += sizeof at)
        depth = print_code(depth, *(const ennead_word *)at);
}
