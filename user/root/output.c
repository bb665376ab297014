/* The root task's own lines, by the machine's debug output, and the end of the machine. */
#include "root.h"
#include <ennead/text.h>
#include <region_client.h>

static void put(const char *text)
{
    for (; root.debug_slot != 0 && *text != '\0'; text++) {
        /* There is nowhere to report a failure of the debug output. */
        (void)!region_store(root.debug_slot, 0, 1, (uint8_t)*text);
    }
}

void root_print(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    text_vformat(text, sizeof text, format, arguments);
    va_end(arguments);
    put(text);
}

_Noreturn void root_power_off(unsigned status)
{
    (void)!region_store(root.power_slot, 0, 1, status);
    root_print("root: this machine cannot power off; turn it off by hand\n");
    for (;;)
        ennead_recv(root.endpoint);
}

_Noreturn void root_refuse(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    text_vformat(text, sizeof text, format, arguments);
    va_end(arguments);
    put("ennead: ");
    put(text);
    put("\n");
    root_power_off(1);
}
