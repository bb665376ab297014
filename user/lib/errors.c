/* What the ABI's errors are called. */
#include <ennead/start.h>

const char *ennead_error_text(enum ennead_error error)
{
    static const char *const caller[] = {
        "ok",           "no such capability", "denied",     "no such operation", "bad argument",
        "out of range", "misaligned",         "occupied",   "not found",         "busy",
        "too deep",     "wrong state",        "wrong type", "no message buffer"};
    static const char *const peer[] = {"no receive window", "cancelled", "dead", "no reply", "would block"};
    static const char *const lack[] = {"out of memory", "out of slots", "out of map entries", "no processor time"};
    unsigned number = (unsigned)error;
    if (number < sizeof caller / sizeof caller[0])
        return caller[number];
    if (number - ENNEAD_WINDOW < sizeof peer / sizeof peer[0])
        return peer[number - ENNEAD_WINDOW];
    if (number - ENNEAD_NO_MEMORY < sizeof lack / sizeof lack[0])
        return lack[number - ENNEAD_NO_MEMORY];
    return "unknown error";
}
