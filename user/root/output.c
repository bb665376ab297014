/*
 * The root task's own lines, and the end of the machine.
 *
 * They go to the machine's debug output until a component listens, the console driver; then they are kept for it in a
 * ring, and it is signalled. The root task never waits for it: if it dies, does not fetch them before the ring is full,
 * or the machine ends, what is in the ring goes to the debug output after all.
 */
#include "root.h"
#include <ennead/ring.h>
#include <ennead/text.h>
#include <log_server.h>
#include <notification_client.h>
#include <region_client.h>
#include <space_client.h>

static struct ring kept;
static uint32_t listener; /* a component's number; 0: nobody */
static uint64_t listener_bits;

static void put_char(char c)
{
    /* There is nowhere to report a failure of the debug output. */
    if (root.debug_slot != 0)
        (void)!region_store(root.debug_slot, 0, 1, (uint8_t)c);
}

static void put_directly(const char *text)
{
    while (*text != '\0')
        put_char(*text++);
}

static void put_kept(void)
{
    while (!ring_is_empty(&kept))
        put_char((char)ring_take(&kept));
}

static void stop_listening(void)
{
    listener = 0;
    put_kept();
}

static void keep(const char *text)
{
    for (; *text != '\0'; text++) {
        if (ring_is_full(&kept))
            put_kept();
        ring_put(&kept, (uint8_t)*text);
    }
    if (notification_signal(root.log_slot, listener_bits) != ENNEAD_OK)
        stop_listening();
}

void root_print(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    text_vformat(text, sizeof text, format, arguments);
    va_end(arguments);
    if (listener != 0)
        keep(text);
    else
        put_directly(text);
}

void root_listener_ended(const struct component *component)
{
    if (listener == component->id)
        stop_listening();
}

enum ennead_error log_serve_listen(uint32_t badge, uint64_t bits, const struct ennead_item *notification)
{
    struct ennead_item item = ennead_item_cap(root.incoming, ENNEAD_RIGHT_WRITE, 0);
    /* Only a kernel object answers for certain. */
    if (notification->kind != ENNEAD_ITEM_CAP || !threads_slot_is(root.incoming, ENNEAD_TYPE_NOTIFICATION))
        return ENNEAD_TYPE;
    stop_listening();
    /* NOT_FOUND where nobody listened, or with him his notification went. */
    (void)!space_delete(ENNEAD_ROOT_SPACE, root.log_slot);
    item.flags = ENNEAD_ITEM_GRANT;
    enum ennead_error error = space_delegate(ENNEAD_ROOT_SPACE, root.log_slot, item);
    if (error == ENNEAD_OK) {
        listener = badge & ROOT_BADGE_COMPONENT;
        listener_bits = bits;
    }
    return error;
}

enum ennead_error log_serve_read(uint32_t badge, void *text, size_t *bytes)
{
    uint8_t *to = text;
    size_t count = 0;
    if (listener != (badge & ROOT_BADGE_COMPONENT))
        return ENNEAD_STATE;
    while (count < *bytes && !ring_is_empty(&kept))
        to[count++] = ring_take(&kept);
    *bytes = count;
    return ENNEAD_OK;
}

bool log_take(struct ennead_msg *msg)
{
    return log_dispatch(msg);
}

_Noreturn void root_power_off(unsigned status)
{
    stop_listening();
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
    stop_listening();
    put_directly("ennead: ");
    put_directly(text);
    put_directly("\n");
    root_power_off(1);
}
