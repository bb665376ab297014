/* Attacks by quantity: programs that do without end what they may do, and what they may not. */
#include "victim.h"
#include <ennead/text.h>

/* Slots of the attacker's space, filled by it. */
#define FIRST      ATTACK_FREE
#define LAST       120u
#define TOOLS      (FIRST + 1) /* one object of each type that a pool makes, for calls */
#define TOOL_COUNT 6u
#define SOON_NS    20000u

static volatile unsigned children, cpus; /* what the kernel tells is not mapped in the attacker's space */

static uint32_t random32(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* ---- hostile words ---- */

static uint64_t hostile(uint32_t *state)
{
    static const uint64_t words[] = {0,
                                     1,
                                     2,
                                     7,
                                     12,
                                     63,
                                     64,
                                     ATTACK_POOL,
                                     ATTACK_FREE,
                                     127,
                                     128,
                                     4095,
                                     4096,
                                     OTHER_FREE,
                                     OTHER_FREE + 1,
                                     0x7fffffff,
                                     0x80000000,
                                     UINT32_MAX,
                                     UINT64_C(1) << 32,
                                     UINT64_C(0x00007ffffffff000),
                                     UINT64_C(0xffff800000000000),
                                     UINT64_C(0x7fffffffffffffff),
                                     UINT64_C(1) << 63,
                                     UINT64_MAX - 4095,
                                     UINT64_MAX};
    return words[random32(state) % (sizeof words / sizeof words[0])];
}

static void hostile_buffer(uint32_t *state)
{
    struct ennead_utcb *utcb = ennead_utcb();
    for (unsigned i = 0; i < ENNEAD_MSG_ITEMS; i++) {
        utcb->items[i] =
            (struct ennead_item){.kind = (uint8_t)(random32(state) % 6),
                                 .flags = (uint8_t)random32(state),
                                 .rights = (uint8_t)random32(state),
                                 .order_log2 = (uint8_t)(random32(state) % 70),
                                 .badge = (uint32_t)hostile(state),
                                 .base = random32(state) % 2 ? TOOLS + random32(state) % TOOL_COUNT : hostile(state),
                                 .offset = hostile(state)};
    }
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < 24; i++)
        utcb->words[i] = (ennead_word)hostile(state);
    utcb->window.cap_base = random32(state) % 2 ? FIRST + 10 : (uint32_t)hostile(state);
    utcb->window.cap_count = (uint32_t)hostile(state);
    utcb->window.mem_base = hostile(state);
    utcb->window.mem_order_log2 = random32(state) % 70;
}

/* Its own space is not among them: an attacker that unmaps itself attacks nobody. */
static void make_tools(void)
{
    static const uint8_t types[TOOL_COUNT] = {ENNEAD_TYPE_SPACE,        ENNEAD_TYPE_THREAD,        ENNEAD_TYPE_ENDPOINT,
                                              ENNEAD_TYPE_NOTIFICATION, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_TYPE_POOL};
    for (unsigned i = 0; i < TOOL_COUNT; i++)
        (void)!pool_make(ATTACK_POOL, types[i], 13, TOOLS + i);
}

static void hostile_words(void *argument)
{
    (void)argument;
    uint32_t state = 1;
    for (; !attack.stop; attack.rounds++) {
        (void)!pool_revoke(ATTACK_POOL);
        make_tools();
        for (unsigned n = 0; n < 200 && !attack.stop; n++) {
            uint32_t slot = random32(&state) % 4 == 0 ? ATTACK_POOL : TOOLS + random32(&state) % TOOL_COUNT;
            unsigned phases = random32(&state) % 4 == 0 ? random32(&state) % 64 : ENNEAD_CALL;
            uint32_t tag =
                ENNEAD_TAG(random32(&state) % 20, random32(&state) % 14, random32(&state) % 220, random32(&state) % 16);
            hostile_buffer(&state);
            (void)ipc(slot, phases | ENNEAD_POLL, tag, (ennead_word)hostile(&state), (ennead_word)hostile(&state),
                      (ennead_word)hostile(&state), (ennead_word)hostile(&state));
            ennead_window_close();
        }
    }
}

TEST(every_operation_with_hostile_words, CLAUSES("OBJ-1", "OBJ-3", "IPC-2"))
{
    attack_beside(hostile_words, 1);
}

/* ---- stealing answers ---- */

/* Nobody called it, and the rights to answer others are not where it can name them. */
static void steal(void *argument)
{
    (void)argument;
    for (; !attack.stop; attack.rounds++) {
        attack.broken += ipc(0, ENNEAD_REPLY, ANSWER(2), 1, 2, 3, 4).status != ENNEAD_NO_REPLY;
        attack.broken += ennead_store_reply(ATTACK_FREE) != ENNEAD_NO_REPLY;
        ennead_utcb()->items[0] = (struct ennead_item){.kind = ENNEAD_ITEM_REPLY};
        attack.broken += ipc(ATTACK_SERVER, ENNEAD_CALL, ENNEAD_TAG(USER, 1, 0, 1), 0, 0, 0, 0).status == ENNEAD_OK;
        attack.broken +=
            ipc(ATTACK_SERVER, ENNEAD_REPLY_RECV | ENNEAD_POLL, ANSWER(1), 1, 0, 0, 0).status != ENNEAD_DENIED;
    }
}

TEST(stealing_answers, CLAUSES("REP-1", "REP-3", "REP-5"))
{
    attack_beside(steal, 1);
}

/* ---- storms ---- */

static void child(void)
{
    for (;;)
        children++;
}

static bool bear(uint32_t slot)
{
    static _Alignas(16) char stack[256];
    return pool_make(ATTACK_POOL, ENNEAD_TYPE_THREAD, 0, slot) == ENNEAD_OK &&
           pool_make(ATTACK_POOL, ENNEAD_TYPE_SCHED_CONTEXT, 0, slot + 1) == ENNEAD_OK &&
           thread_bind(slot, 0, ATTACK_SPACE) == ENNEAD_OK && thread_set_priority(slot, 1, 1) == ENNEAD_OK &&
           sched_configure(slot + 1, UNLIMITED_NS, UNLIMITED_NS, slot / 2 % cpus) == ENNEAD_OK &&
           sched_bind(slot + 1, slot) == ENNEAD_OK &&
           thread_start(slot, (uintptr_t)child, (uintptr_t)(stack + sizeof stack), 0) == ENNEAD_OK;
}

static void fork_bomb(void *argument)
{
    (void)argument;
    for (; !attack.stop; attack.rounds++) {
        uint32_t slot = FIRST;
        while (slot + 1 < LAST && bear(slot))
            slot += 2;
        attack.broken += slot == FIRST;
        (void)!pool_revoke(ATTACK_POOL);
    }
}

TEST(a_fork_bomb_in_a_small_pool, CLAUSES("POL-2", "POL-6", "THR-6"))
{
    children = 0;
    cpus = harness.boot->cpus;
    attack_beside(fork_bomb, 1);
}

static void derive_and_revoke(void *argument)
{
    (void)argument;
    for (; !attack.stop; attack.rounds++) {
        for (uint32_t slot = FIRST; slot < LAST; slot++) {
            uint32_t from = slot == FIRST ? ATTACK_ENDPOINT : slot - 1;
            if (space_delegate(ATTACK_SPACE, slot, ennead_item_cap(from, ALL, 0)) != ENNEAD_OK)
                break;
        }
        attack.broken += space_revoke(ATTACK_SPACE, ATTACK_ENDPOINT) != ENNEAD_OK;
    }
}

TEST(a_storm_of_revocations, CLAUSES("SPC-3", "ITM-10", "END-3"))
{
    attack_beside(derive_and_revoke, 2);
}

static uint32_t fill_with_notifications(void)
{
    uint32_t last = FIRST;
    while (last < LAST && pool_make(ATTACK_POOL, ENNEAD_TYPE_NOTIFICATION, 0, last) == ENNEAD_OK)
        last++;
    attack.broken += last != LAST;
    return last;
}

/* Deadlines that do not fall due: what others wait for does not show in what a message costs. */
static void arm_for_later(void *argument)
{
    (void)argument;
    uint32_t last = fill_with_notifications();
    for (uint32_t slot = FIRST; slot < last; slot++)
        attack.broken += notification_arm(slot, UINT64_MAX - slot, 1) != ENNEAD_OK;
    while (!attack.stop)
        attack.rounds++;
}

TEST(deadlines_of_others, CLAUSES("NTF-4"))
{
    attack_beside(arm_for_later, 1);
}

/* Every deadline falls due while the attacker itself waits, all at one time. */
static void arm_all(void *argument)
{
    (void)argument;
    uint32_t last = fill_with_notifications();
    for (; !attack.stop; attack.rounds++) {
        struct notification_describe_out about = {0};
        uint64_t bits;
        (void)!notification_describe(FIRST, &about);
        for (uint32_t slot = FIRST; slot < last; slot++)
            (void)!notification_arm(slot, about.now_ns + SOON_NS, 1);
        for (uint32_t slot = FIRST; slot < last; slot++)
            attack.broken += notification_wait(slot, &bits) != ENNEAD_OK;
    }
}

TEST(a_storm_of_deadlines, CLAUSES("NTF-4", "NTF-1"))
{
    attack_beside(arm_all, 1);
}

#define LINE     FIRST /* its irq, bound to what stands in the next slot, and the device's region */
#define LINE_IER 1u
#define LINE_MCR 4u
#define LINE_ON  2u
#define LINE_OUT 0x0bu

static struct ennead_device line; /* the transmitter of a 16550, which is always empty */
static uint32_t line_irq;

static void set_line(unsigned reg, unsigned value)
{
    attack.broken += region_store(LINE + 2, line.base + ((uint64_t)reg << line.reg_shift), 1, value) != ENNEAD_OK;
}

/* Acknowledged at once, and raised again: as often as it can be. */
static void interrupt(void *argument)
{
    (void)argument;
    for (; !attack.stop; attack.rounds++) {
        uint64_t bits;
        set_line(LINE_IER, 0);
        set_line(LINE_MCR, LINE_OUT);
        set_line(LINE_IER, LINE_ON);
        attack.broken += notification_poll(LINE + 1, &bits) != ENNEAD_OK;
        attack.broken += irq_ack(LINE) != ENNEAD_OK;
    }
}

static void give_line(uint32_t space)
{
    uint32_t notification = make(ENNEAD_TYPE_NOTIFICATION);
    line_irq = new_slot();
    CHECK_OK(irq_claim(ENNEAD_ROOT_IRQ, line.irq, harness.pool, line_irq));
    CHECK_OK(irq_bind(line_irq, 1, notification));
    CHECK_OK(give(space, LINE, line_irq, ALL, 0));
    CHECK_OK(give(space, LINE + 1, notification, ALL, 0));
    CHECK_OK(give(space, LINE + 2, harness.boot->resources[line.resource].slot, READ | WRITE, 0));
}

TEST(a_storm_of_interrupts, CLAUSES("IRQ-2", "THR-8"))
{
    struct irq_describe_out about = {0};
    const struct ennead_device *device = device_of("ns16550a");
    CHECK(device != NULL);
    line = *device;
    attack_with(give_line, interrupt, 2);
    CHECK_OK(irq_describe(line_irq, &about));
    CHECK_OK(irq_unbind(line_irq));
    device_set(&line, LINE_IER, 0);
    CHECK(about.taken > 0);
}

static void take_all_time(void *argument)
{
    (void)argument;
    while (!attack.stop)
        attack.rounds++;
}

TEST(lower_priorities_take_no_time, CLAUSES("THR-8", "TIM-1"))
{
    attack_beside(take_all_time, 2);
}

GROUP(storms, RUN(every_operation_with_hostile_words), RUN(stealing_answers), RUN(a_fork_bomb_in_a_small_pool),
      RUN(a_storm_of_revocations), RUN(deadlines_of_others), RUN(a_storm_of_deadlines), RUN(a_storm_of_interrupts),
      RUN(lower_priorities_take_no_time));
