/*
 * Message-signalled interrupts, sent by a real device: QEMU's `edu` (its docs/specs/edu.txt), a PCI function that
 * raises its interrupt when told to, and when it has computed a factorial.
 */
#include "../harness/harness.h"
#include <ennead/pci.h>
#include <ennead/text.h>

#define EDU_VENDOR      0x1234u
#define EDU_DEVICE      0x11e8u
#define EDU_BYTES       0x1000u /* of its memory, as much as holds its registers */
#define EDU_ID          0x00u
#define EDU_ID_VALUE    0xedu /* its lowest byte */
#define EDU_FACTORIAL   0x08u
#define EDU_STATUS      0x20u
#define EDU_REASONS     0x24u
#define EDU_RAISE       0x60u
#define EDU_ACK         0x64u
#define STATUS_WORKS    0x01u
#define STATUS_TELLS    0x80u
#define REASON_FACTORED 0x01u
#define IRQ_BITS        0x40u
#define ROUNDS          20u
#define A_WHILE_NS      UINT64_C(5000000)

static struct pci pci;
static struct pci_function function;
static struct ennead_io edu;

/* The registers of a device as a component would be handed them. */
static struct ennead_start_device configuration_space(void)
{
    for (uint32_t i = 0; i < harness.boot->device_count; i++) {
        const struct ennead_device *device = &harness.boot->devices[i];
        if (text_equal(device->compatible, "pci-host-ecam-generic"))
            return (struct ennead_start_device){.offset = device->base,
                                                .size = PCI_BUS_BYTES,
                                                .region_slot = harness.boot->resources[device->resource].slot};
    }
    test_failed(__FILE__, __LINE__, "PCI configuration spaces", 0, 1);
}

/* The device memory that holds the range. */
static const struct ennead_resource *memory_with(uint64_t base, uint64_t size)
{
    for (uint32_t i = 0; i < harness.boot->resource_count; i++) {
        const struct ennead_resource *resource = &harness.boot->resources[i];
        if (resource->kind == ENNEAD_RESOURCE_DEVICE && base >= resource->base &&
            base - resource->base + size <= resource->size)
            return resource;
    }
    test_failed(__FILE__, __LINE__, "where the device's memory lies", base, 0);
}

static struct ennead_start_device registers_at(uint64_t base, uint64_t size)
{
    const struct ennead_resource *resource = memory_with(base, size);
    uint32_t slot = new_slot();
    CHECK_OK(region_carve(resource->slot, base - resource->base, size, harness.pool, slot));
    return (struct ennead_start_device){.size = size, .region_slot = slot};
}

static uint32_t get(unsigned reg)
{
    return ennead_io_load(&edu, reg, 4);
}

static void set(unsigned reg, uint32_t value)
{
    ennead_io_store(&edu, reg, 4, value);
}

/* Where no firmware gave the device its memory: behind the start of the largest piece of device memory. */
static uint64_t free_place(uint64_t size)
{
    const struct ennead_resource *best = NULL;
    for (uint32_t i = 0; i < harness.boot->resource_count; i++) {
        const struct ennead_resource *resource = &harness.boot->resources[i];
        if (resource->kind == ENNEAD_RESOURCE_DEVICE && (best == NULL || resource->size > best->size))
            best = resource;
    }
    return best != NULL ? best->base + size : 0;
}

static struct pci_memory find_edu(void)
{
    struct ennead_start_device ecam = configuration_space();
    CHECK_OK(pci_open(&pci, &ecam, new_range(20)));
    CHECK(pci_find(&pci, EDU_VENDOR, EDU_DEVICE, &function));
    struct pci_memory memory = pci_memory(&pci, function, 0);
    if (memory.base == 0) {
        pci_set_memory(&pci, function, 0, free_place(memory.size));
        memory = pci_memory(&pci, function, 0);
    }
    CHECK(memory.base != 0 && memory.size >= EDU_BYTES);
    return memory;
}

/* Its registers reachable; no message goes anywhere yet. */
static void reach_edu(uint64_t base)
{
    struct ennead_start_device registers = registers_at(base, EDU_BYTES);
    pci_enable(&pci, function, true, true);
    pci_clear_message(&pci, function);
    CHECK_OK(ennead_io_open(&edu, &registers, new_range(12)));
    CHECK_IS(get(EDU_ID) & 0xff, EDU_ID_VALUE);
    set(EDU_STATUS, 0);
    set(EDU_ACK, get(EDU_REASONS));
}

static void open_edu(void)
{
    reach_edu(find_edu().base);
}

static uint32_t claim_for(unsigned cpu)
{
    uint32_t irq = new_slot();
    uint64_t address, value;
    CHECK_OK(irq_msi(ENNEAD_ROOT_IRQ, cpu, harness.pool, &address, &value, irq));
    CHECK(pci_set_message(&pci, function, address, value));
    return irq;
}

static uint64_t taken(uint32_t irq)
{
    struct irq_describe_out about;
    CHECK_OK(irq_describe(irq, &about));
    return about.taken;
}

/* What came is what the device says it sent; the device is content then. */
static void expect(uint32_t notification, uint32_t reasons)
{
    uint64_t bits;
    CHECK_OK(notification_wait(notification, &bits));
    CHECK_IS(bits, IRQ_BITS);
    CHECK_IS(get(EDU_REASONS), reasons);
    set(EDU_ACK, reasons);
    CHECK_IS(get(EDU_REASONS), 0);
}

static void expect_nothing(uint32_t notification)
{
    uint64_t bits;
    CHECK_OK(notification_arm(harness.clock, now_ns() + A_WHILE_NS, 1));
    CHECK_OK(notification_wait(harness.clock, &bits));
    CHECK_OK(notification_poll(notification, &bits));
    CHECK_IS(bits, 0);
}

TEST(a_device_sends_messages_to_every_processor, CLAUSES("IRQ-1", "IRQ-2"))
{
    open_edu();
    for (unsigned cpu = 0; cpu < harness.boot->cpus; cpu++) {
        uint32_t irq = claim_for(cpu), notification = make(ENNEAD_TYPE_NOTIFICATION);
        CHECK_OK(irq_bind(irq, IRQ_BITS, notification));
        for (unsigned i = 1; i <= ROUNDS; i++) {
            set(EDU_RAISE, i);
            expect(notification, i);
            CHECK_IS(taken(irq), i);
            CHECK_OK(irq_ack(irq));
        }
        expect_nothing(notification);
        CHECK_IS(taken(irq), ROUNDS);
        CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, irq));
    }
}

TEST(a_message_is_the_devices_own_doing, CLAUSES("IRQ-2"))
{
    open_edu();
    uint32_t irq = claim_for(harness.boot->cpus - 1), notification = make(ENNEAD_TYPE_NOTIFICATION);
    CHECK_OK(irq_bind(irq, IRQ_BITS, notification));
    set(EDU_STATUS, STATUS_TELLS);
    set(EDU_FACTORIAL, 10);
    expect(notification, REASON_FACTORED);
    CHECK_IS(get(EDU_STATUS) & STATUS_WORKS, 0);
    CHECK_IS(get(EDU_FACTORIAL), 3628800);
    CHECK_OK(irq_ack(irq));
}

/* A message cannot be masked on its way: what came before the acknowledgement is kept, and comes once. */
TEST(messages_before_the_acknowledgement_are_not_lost, CLAUSES("IRQ-2"))
{
    open_edu();
    uint32_t irq = claim_for(0), notification = make(ENNEAD_TYPE_NOTIFICATION);
    CHECK_OK(irq_bind(irq, IRQ_BITS, notification));
    set(EDU_RAISE, 1);
    expect(notification, 1);
    for (unsigned i = 0; i < 3; i++) {
        set(EDU_RAISE, 2);
        set(EDU_ACK, 2);
    }
    set(EDU_RAISE, 4);
    expect_nothing(notification);
    CHECK_IS(taken(irq), 1);
    CHECK_OK(irq_ack(irq));
    expect(notification, 4);
    CHECK_IS(taken(irq), 2);
    CHECK_OK(irq_ack(irq));
    expect_nothing(notification);
}

TEST(what_is_unbound_hears_of_none, CLAUSES("IRQ-2"))
{
    open_edu();
    uint32_t irq = claim_for(0), notification = make(ENNEAD_TYPE_NOTIFICATION);
    CHECK_OK(irq_bind(irq, IRQ_BITS, notification));
    set(EDU_RAISE, 1);
    expect(notification, 1);
    CHECK_OK(irq_unbind(irq));
    CHECK_IS(irq_ack(irq), ENNEAD_STATE);
    set(EDU_RAISE, 2);
    expect_nothing(notification);
    CHECK_IS(taken(irq), 1);
    CHECK_IS(get(EDU_REASONS), 2);
    set(EDU_ACK, 2);
}

/* The device goes on sending to the address: the next owner of the source hears of it only once it is bound. */
TEST(a_message_for_nobody_does_no_harm, CLAUSES("IRQ-1", "OBJ-7"))
{
    open_edu();
    uint32_t irq = claim_for(harness.boot->cpus - 1), other = new_slot();
    uint32_t notification = make(ENNEAD_TYPE_NOTIFICATION);
    uint64_t address, value;
    CHECK_OK(irq_bind(irq, IRQ_BITS, notification));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, irq));
    for (unsigned i = 1; i <= ROUNDS; i++)
        set(EDU_RAISE, i);
    expect_nothing(notification);
    pci_clear_message(&pci, function);
    set(EDU_ACK, get(EDU_REASONS));
    CHECK_OK(irq_msi(ENNEAD_ROOT_IRQ, 0, harness.pool, &address, &value, other));
    CHECK_OK(irq_bind(other, IRQ_BITS, notification));
    expect_nothing(notification);
    CHECK_IS(taken(other), 0);
}

static volatile unsigned handled;
static uint32_t driver_irq, driver_endpoint;

/* A driver as they are written: one thread, its interrupt arriving where requests would. */
static void drive(void *argument)
{
    (void)argument;
    for (;;) {
        struct ennead_msg msg = ennead_recv(driver_endpoint);
        if (ENNEAD_TAG_PROTOCOL(msg.tag) != ENNEAD_PROTOCOL_NOTIFY)
            continue;
        set(EDU_ACK, get(EDU_REASONS));
        handled++;
        (void)!irq_ack(driver_irq);
    }
}

TEST(a_driver_on_the_processor_of_its_interrupt, CLAUSES("NTF-3", "IRQ-2"))
{
    open_edu();
    unsigned cpu = harness.boot->cpus - 1;
    uint32_t notification = make(ENNEAD_TYPE_NOTIFICATION);
    driver_irq = claim_for(cpu);
    driver_endpoint = make(ENNEAD_TYPE_ENDPOINT);
    handled = 0;
    struct actor *driver = new_actor((struct plan){.entry = drive, .cpu = cpu});
    CHECK_OK(notification_bind(notification, driver->thread));
    CHECK_OK(irq_bind(driver_irq, IRQ_BITS, notification));
    for (unsigned i = 1; i <= ROUNDS; i++) {
        set(EDU_RAISE, i);
        while (handled < i)
            settle();
    }
    CHECK_IS(taken(driver_irq), ROUNDS);
    CHECK_IS(get(EDU_REASONS), 0);
}

TEST(a_device_answers_where_its_memory_was_put, CLAUSES("REG-1", "REG-4"))
{
    struct pci_memory memory = find_edu();
    uint64_t elsewhere = memory_with(memory.base, memory.size)->base;
    CHECK_IS(elsewhere % memory.size, 0);
    CHECK(elsewhere != memory.base);
    pci_enable(&pci, function, false, false);
    pci_set_memory(&pci, function, 0, elsewhere);
    CHECK_IS(pci_memory(&pci, function, 0).base, elsewhere);
    reach_edu(elsewhere);
    pci_enable(&pci, function, false, false);
    CHECK((get(EDU_ID) & 0xff) != EDU_ID_VALUE);
    pci_set_memory(&pci, function, 0, memory.base);
    start_over();
    open_edu();
}

GROUP(messages, RUN(a_device_answers_where_its_memory_was_put), RUN(a_device_sends_messages_to_every_processor),
      RUN(a_message_is_the_devices_own_doing), RUN(messages_before_the_acknowledgement_are_not_lost),
      RUN(what_is_unbound_hears_of_none), RUN(a_message_for_nobody_does_no_harm),
      RUN(a_driver_on_the_processor_of_its_interrupt));
