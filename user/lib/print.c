/* Text to the console. */
#include <console_client.h>
#include <ennead/service.h>
#include <ennead/text.h>

static struct ennead_service console = {.name = "console"};

void print(const char *format, ...)
{
    char text[ENNEAD_DATA_BYTES + 1];
    va_list arguments;
    va_start(arguments, format);
    size_t length = text_vformat(text, sizeof text, format, arguments);
    va_end(arguments);
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        if (service_await(&console) != ENNEAD_OK || !service_is_lost(console_write(console.slot, text, length)))
            return;
        service_lost(&console);
    }
}

void print_drain(void)
{
    if (service_await(&console) == ENNEAD_OK && service_is_lost(console_drain(console.slot)))
        service_lost(&console);
}
