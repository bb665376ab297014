/* A component that writes where it may not, some calls deep: `start crash` shows what a fault looks like. */
#include <ennead/service.h>

/* Volatile, so that the compiler knows nothing of it. */
static volatile uintptr_t forbidden = 16;

static __attribute__((noinline)) void write_word(volatile unsigned *at, unsigned value)
{
    *at = value;
}

static __attribute__((noinline)) unsigned descend(unsigned depth)
{
    if (depth == 0)
        write_word((volatile unsigned *)forbidden, 1);
    else
        descend(depth - 1);
    return depth;
}

int main(void)
{
    print("crash: about to write to address 16\n");
    return (int)descend(2);
}
