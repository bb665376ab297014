/*
 * The console driver: a 16550 by interrupts, one thread that receives requests and its interrupt's notification.
 *
 * Output goes through a ring; the interrupt of room in the FIFO is on exactly while the ring holds something. Input is
 * kept until somebody reads; one reader may wait, its reply right stored.
 */
#include "uart.h"
#include <console_server.h>
#include <ennead/ring.h>
#include <ennead/service.h>
#include <irq_client.h>
#include <log_client.h>
#include <notification_client.h>

#define IRQ_BIT 1u
#define LOG_BIT 2u

static struct ennead_io io;
static struct ring output, input;
static uint32_t reader_slot;
static bool reader_waits;

/* Fill the FIFO if it is empty. */
static void pump(void)
{
    if (ring_is_empty(&output) || !uart_can_send(&io))
        return;
    for (unsigned i = 0; i < UART_FIFO_BYTES && !ring_is_empty(&output); i++)
        uart_send(&io, ring_take(&output));
}

static void put(uint8_t byte)
{
    while (ring_is_full(&output))
        pump();
    ring_put(&output, byte);
}

static void write(const uint8_t *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\n')
            put('\r');
        put(text[i]);
    }
    pump();
    uart_set_interrupts(&io, !ring_is_empty(&output));
}

enum ennead_error console_serve_write(uint32_t badge, const void *text, size_t bytes)
{
    (void)badge;
    const uint8_t *from = text;
    uint8_t copy[ENNEAD_DATA_BYTES];
    if (bytes > sizeof copy)
        return ENNEAD_RANGE;
    /* put() may make system calls, which use the message buffer. */
    for (size_t i = 0; i < bytes; i++)
        copy[i] = from[i];
    write(copy, bytes);
    return ENNEAD_OK;
}

/* What the root task has to say. Without that connection it says it to the machine's debug output. */
static void show_log(uint32_t log)
{
    uint8_t text[ENNEAD_DATA_BYTES];
    size_t bytes = sizeof text;
    while (log_read(log, text, &bytes) == ENNEAD_OK && bytes > 0) {
        write(text, bytes);
        bytes = sizeof text;
    }
}

static uint32_t open_log(void)
{
    uint32_t log = ennead_find_grant("root.log");
    struct ennead_item item = ennead_item_cap(ennead_grant("interrupt"), ENNEAD_RIGHT_WRITE, 0);
    if (log != 0)
        ennead_must(log_listen(log, LOG_BIT, item), "listening to the root task");
    return log;
}

static size_t take_input(uint8_t *text, size_t capacity)
{
    size_t bytes = 0;
    while (bytes < capacity && !ring_is_empty(&input))
        text[bytes++] = ring_take(&input);
    return bytes;
}

enum ennead_error console_serve_read(uint32_t badge, void *text, size_t *bytes)
{
    (void)badge;
    if (!ring_is_empty(&input)) {
        *bytes = take_input(text, *bytes);
        return ENNEAD_OK;
    }
    /* The slot is empty again if the reader that waited is gone; otherwise there is one already. */
    enum ennead_error error = ennead_store_reply(reader_slot);
    if (error != ENNEAD_OK)
        return error == ENNEAD_OCCUPIED ? ENNEAD_BUSY : error;
    reader_waits = true;
    return ENNEAD_DEFERRED;
}

enum ennead_error console_serve_drain(uint32_t badge)
{
    (void)badge;
    while (!ring_is_empty(&output) || !uart_is_idle(&io))
        pump();
    uart_set_interrupts(&io, false);
    return ENNEAD_OK;
}

/* What console_serve_read() would have answered. */
static void answer_reader(void)
{
    ennead_word words[ENNEAD_BUFFER(1)] = {0};
    uint8_t text[ENNEAD_DATA_BYTES];
    if (!reader_waits || ring_is_empty(&input))
        return;
    size_t bytes = take_input(text, sizeof text);
    ennead_put(words, 0, bytes);
    ennead_put_data(ENNEAD_DATA_WORD(1), text, bytes);
    uint32_t count = ENNEAD_DATA_WORD(1) + ENNEAD_DATA_WORDS(bytes);
    reader_waits = false;
    if (ennead_send(reader_slot, ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, count, 0), words) == ENNEAD_OK)
        return;
    /* The reader is gone: the next one gets it. */
    for (size_t i = 0; i < bytes && !ring_is_full(&input); i++)
        ring_put(&input, text[i]);
}

/* What does not fit into the ring is lost, as on any console. */
static void serve_device(void)
{
    uint8_t byte;
    while (uart_receive(&io, &byte)) {
        if (!ring_is_full(&input))
            ring_put(&input, byte);
    }
    pump();
    uart_set_interrupts(&io, !ring_is_empty(&output));
    answer_reader();
}

static uint32_t open_device(void)
{
    const struct ennead_start_device *device = ennead_device("uart");
    ennead_must(ennead_io_open(&io, device, ENNEAD_MAP_BASE), "reaching the registers");
    ennead_must(notification_bind(ennead_grant("interrupt"), ennead_grant("thread")), "binding the notification");
    ennead_must(irq_bind(device->irq_slot, IRQ_BIT, ennead_grant("interrupt")), "binding the interrupt");
    uart_init(&io, device->clock_hz);
    reader_slot = ennead_new_slot();
    return device->irq_slot;
}

int main(void)
{
    uint32_t endpoint = ennead_grant("console"), irq = open_device();
    struct ennead_msg msg = {0};
    bool answered = false;
    ennead_must(service_publish("console", endpoint), "publishing 'console'");
    serve_device();
    uint32_t log = open_log();
    for (;;) {
        msg = ennead_next(endpoint, answered, &msg);
        if (ENNEAD_TAG_PROTOCOL(msg.tag) == ENNEAD_PROTOCOL_NOTIFY && msg.badge == 0) {
            uint64_t bits = ennead_get(&msg, 0);
            if ((bits & LOG_BIT) != 0)
                show_log(log);
            if ((bits & IRQ_BIT) != 0) {
                serve_device();
                ennead_must(irq_ack(irq), "acknowledging the interrupt");
            }
            answered = false;
        } else {
            answered = console_dispatch(&msg);
        }
    }
}
