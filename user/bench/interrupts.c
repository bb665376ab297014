/* A driver: its interrupt is the transmitter's of a 16550, always empty, which a thread of lower priority turns on. */
#include "bench.h"
#include <ennead/io.h>
#include <ennead/thread.h>
#include <irq_client.h>
#include <notification_client.h>
#include <thread_client.h>

#define UART_ENABLE      1u
#define UART_IDENTIFY    2u
#define UART_MODEM       4u
#define ENABLE_SEND      2u
#define MODEM_INTERRUPTS 0x0bu
#define ROUNDS           16u

static struct ennead_io io;
static uint32_t irq, interrupts;
static struct ennead_thread raiser;
static _Alignas(16) char raiser_stack[4096];

/* Off and on again: the line goes down and up. */
static void raise(void *argument)
{
    (void)argument;
    for (;;) {
        ennead_io_store(&io, UART_ENABLE, 1, 0);
        ennead_io_store(&io, UART_MODEM, 1, MODEM_INTERRUPTS);
        ennead_io_store(&io, UART_ENABLE, 1, ENABLE_SEND);
    }
}

static void quiet(void)
{
    (void)ennead_io_load(&io, UART_IDENTIFY, 1);
    ennead_io_store(&io, UART_ENABLE, 1, 0);
}

static void open(void)
{
    const struct ennead_start_device *device = ennead_device("uart");
    check(ennead_io_open(&io, device, DEVICE_BASE));
    irq = device->irq_slot;
    interrupts = bench.first;
    check(irq_bind(irq, 1, interrupts));
    struct ennead_thread_plan plan = {.entry = raise,
                                      .stack_top = raiser_stack + sizeof raiser_stack,
                                      .utcb_address = BUFFERS_BASE + ENNEAD_UTCB_BYTES,
                                      .priority = bench.priority - 1};
    check(thread_create(&raiser, &plan));
}

static void begin(unsigned rounds)
{
    (void)rounds;
    if (irq == 0)
        open();
    else
        check(thread_resume(raiser.thread_slot));
}

/* What counts is from the entry of the kernel to the first instruction here. */
static __attribute__((noipa)) ROW(irq_to_thread)
{
    uint32_t notification = interrupts;
    do {
        uint64_t bits;
        check(notification_wait(notification, &bits));
        quiet();
        check(irq_ack(irq));
    } while (--rounds > 0);
}

static void stop(unsigned rounds)
{
    (void)rounds;
    check(thread_stop(raiser.thread_slot));
    quiet();
}

const struct row interrupt_rows[] = {
    {"irq_to_thread", row_irq_to_thread, ROUNDS, 5, begin, stop},
};
const unsigned interrupt_row_count = sizeof interrupt_rows / sizeof interrupt_rows[0];
