/* Lines of 64 bytes that were touched: see count.h. */
#include "count.h"
#include <string.h>

#define LINE_LOG2 6u
#define SLOTS     4096u /* a power of two, and far more than are touched */

enum { CODE, DATA };

static bool is_on;
static uint64_t touched[2][SLOTS];
static unsigned count[2];

void lines_begin(void)
{
    memset(touched, 0, sizeof touched);
    count[CODE] = count[DATA] = 0;
    is_on = true;
}

void lines_end(unsigned *code, unsigned *data)
{
    is_on = false;
    *code = count[CODE];
    *data = count[DATA];
}

/* No line of the kernel's has number 0. */
static void add(unsigned kind, uint64_t line)
{
    for (unsigned i = (unsigned)(line * 2654435761u % SLOTS);; i = (i + 1) % SLOTS) {
        if (touched[kind][i] == line)
            return;
        if (touched[kind][i] == 0) {
            touched[kind][i] = line;
            if (++count[kind] == SLOTS / 2)
                plugin_fail("too many lines touched");
            return;
        }
    }
}

static void touch(unsigned kind, uint64_t vaddr, unsigned bytes)
{
    if (!is_on)
        return;
    add(kind, vaddr >> LINE_LOG2);
    add(kind, (vaddr + bytes - 1) >> LINE_LOG2);
}

void lines_touch_code(uint64_t vaddr, unsigned bytes)
{
    touch(CODE, vaddr, bytes);
}

void lines_touch_data(uint64_t vaddr, unsigned bytes)
{
    touch(DATA, vaddr, bytes);
}
