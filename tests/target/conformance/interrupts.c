/* Interrupts, with the one source that any machine of ours has: the transmitter of a 16550, which is always empty. */
#include "../harness/harness.h"

#define IER      1u
#define IIR      2u
#define MCR      4u
#define IER_THRE 2u
#define MCR_OUT2 0x0bu

#define SHARED_ACK_NS UINT64_C(100000000)

static const struct ennead_device *uart(void)
{
    return device_of("ns16550a");
}

static void set(unsigned reg, unsigned value)
{
    device_set(uart(), reg, value);
}

static unsigned get(unsigned reg)
{
    const struct ennead_device *device = uart();
    uint64_t value = 0;
    uint32_t region = harness.boot->resources[device->resource].slot;
    CHECK_OK(region_load(region, device->base + ((uint64_t)reg << device->reg_shift), 1, &value));
    return (unsigned)value;
}

static uint32_t claim(void)
{
    uint32_t irq = new_slot();
    CHECK_OK(irq_claim(ENNEAD_ROOT_IRQ, uart()->irq, harness.pool, irq));
    return irq;
}

static uint64_t taken(uint32_t irq)
{
    struct irq_describe_out about;
    CHECK_OK(irq_describe(irq, &about));
    return about.taken;
}

/* Off and on again: the line goes down and up. */
static void trigger(void)
{
    set(IER, 0);
    set(MCR, MCR_OUT2);
    set(IER, IER_THRE);
}

static void quiet(void)
{
    (void)get(IIR);
    set(IER, 0);
}

TEST(an_interrupt_signals_and_waits_for_its_acknowledgement, CLAUSES("IRQ-1", "IRQ-2"))
{
    uint32_t irq = claim(), notification = make(ENNEAD_TYPE_NOTIFICATION);
    uint64_t bits;
    CHECK_IS(irq_ack(irq), ENNEAD_STATE);
    CHECK_OK(irq_bind(irq, 0x40, notification));
    CHECK_IS(irq_bind(irq, 0x40, notification), ENNEAD_BUSY);
    for (unsigned i = 1; i <= 5; i++) {
        trigger();
        CHECK_OK(notification_wait(notification, &bits));
        CHECK_IS(bits, 0x40);
        CHECK_IS(taken(irq), i);
        quiet();
        CHECK_OK(irq_ack(irq));
    }
    CHECK_OK(irq_unbind(irq));
    CHECK_IS(irq_unbind(irq), ENNEAD_NOT_FOUND);
}

TEST(unacknowledged_it_does_not_come_again, CLAUSES("IRQ-2"))
{
    uint32_t irq = claim(), notification = make(ENNEAD_TYPE_NOTIFICATION);
    uint64_t bits;
    CHECK_OK(irq_bind(irq, 1, notification));
    trigger();
    CHECK_OK(notification_wait(notification, &bits));
    trigger();
    trigger();
    settle();
    CHECK_IS(taken(irq), 1);
    CHECK_OK(irq_ack(irq));
    CHECK_OK(notification_wait(notification, &bits));
    CHECK_IS(taken(irq), 2);
    quiet();
}

/* Two objects on one line, signalled and not yet acknowledged. False if the machine stood still too long meanwhile. */
static bool share(uint32_t first, uint32_t second, uint32_t notification, uint32_t other)
{
    uint64_t bits, start = now_ns();
    CHECK_OK(irq_bind(first, 1, notification));
    CHECK_OK(irq_bind(second, 2, other));
    trigger();
    CHECK_OK(notification_wait(notification, &bits));
    CHECK_OK(notification_poll(other, &bits));
    CHECK_IS(bits, 2);
    quiet();
    return now_ns() - start < SHARED_ACK_NS / 2;
}

TEST(a_shared_source_signals_all, CLAUSES("IRQ-3"))
{
    uint32_t first = claim(), second = claim();
    uint32_t notification = make(ENNEAD_TYPE_NOTIFICATION), other = make(ENNEAD_TYPE_NOTIFICATION);
    uint64_t bits;
    while (!share(first, second, notification, other)) {
        (void)!irq_unbind(first);
        (void)!irq_unbind(second);
        first = claim();
        second = claim();
    }
    CHECK_OK(irq_ack(first));
    trigger();
    settle();
    CHECK_IS(taken(first), 1);
    CHECK_OK(irq_ack(second));
    CHECK_OK(notification_wait(notification, &bits));
    CHECK_IS(taken(second), 2);
    quiet();
}

/* Both miss their time; never before it is over. */
TEST(who_shares_and_does_not_acknowledge_is_unbound, CLAUSES("IRQ-3"))
{
    uint32_t irq[2] = {claim(), claim()},
             notification[2] = {make(ENNEAD_TYPE_NOTIFICATION), make(ENNEAD_TYPE_NOTIFICATION)};
    uint64_t bits, start = now_ns();
    for (unsigned i = 0; i < 2; i++)
        CHECK_OK(irq_bind(irq[i], 1, notification[i]));
    trigger();
    for (unsigned i = 0; i < 2; i++)
        CHECK_OK(notification_wait(notification[i], &bits));
    quiet();
    for (unsigned i = 0; i < 2; i++) {
        while (irq_bind(irq[i], 1, notification[i]) == ENNEAD_BUSY) {
            CHECK_OK(notification_arm(harness.clock, now_ns() + SHARED_ACK_NS / 20, 1));
            CHECK_OK(notification_wait(harness.clock, &bits));
        }
        CHECK(now_ns() - start >= SHARED_ACK_NS);
    }
    trigger();
    for (unsigned i = 0; i < 2; i++) {
        CHECK_OK(notification_wait(notification[i], &bits));
        CHECK_IS(taken(irq[i]), 2);
    }
    quiet();
}

TEST(only_sources_that_exist_can_be_claimed, CLAUSES("IRQ-1"))
{
    uint32_t irq = claim(), slot = new_slot();
    CHECK_IS(irq_claim(ENNEAD_ROOT_IRQ, 256, harness.pool, slot), ENNEAD_RANGE);
    CHECK_IS(irq_claim(ENNEAD_ROOT_IRQ, UINT64_MAX, harness.pool, slot), ENNEAD_RANGE);
    CHECK_IS(irq_claim(irq, 1, harness.pool, slot), ENNEAD_INVALID_OP);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, slot), ENNEAD_TYPE_NONE);
}

TEST(message_signalled_ones_have_an_address_of_their_own, CLAUSES("IRQ-1"))
{
    uint64_t address[2], value[2];
    uint32_t slot[2] = {new_slot(), new_slot()};
    for (unsigned i = 0; i < 2; i++)
        CHECK_OK(irq_msi(ENNEAD_ROOT_IRQ, 0, harness.pool, &address[i], &value[i], slot[i]));
    CHECK(address[0] != address[1] || value[0] != value[1]);
    CHECK_IS(irq_msi(ENNEAD_ROOT_IRQ, harness.boot->cpus, harness.pool, &address[0], &value[0], new_slot()),
             ENNEAD_RANGE);
}

GROUP(interrupts, RUN(an_interrupt_signals_and_waits_for_its_acknowledgement),
      RUN(unacknowledged_it_does_not_come_again), RUN(a_shared_source_signals_all),
      RUN(who_shares_and_does_not_acknowledge_is_unbound), RUN(only_sources_that_exist_can_be_claimed),
      RUN(message_signalled_ones_have_an_address_of_their_own));
