/* Messages between threads: rather where somebody waits to be met, sometimes with what cannot be given. */
#include "draft.h"

static bool has_receiver(const struct m_node *node, unsigned type, unsigned rights)
{
    return has_rights(node, type, rights) && node->object->endpoint.queue.first && node->object->endpoint.receivers;
}

static bool has_sender(const struct m_node *node, unsigned type, unsigned rights)
{
    return has_rights(node, type, rights) && node->object->endpoint.queue.first && !node->object->endpoint.receivers;
}

static void a_message(void)
{
    unsigned words = below(one_in(8) ? FUZZ_WORDS : 6);
    for (unsigned i = 0; i < words; i++)
        e->word[i] = (ennead_word)random64();
    e->words = (uint8_t)words;
    if (one_in(3))
        for (unsigned i = 1 + below(ENNEAD_MSG_ITEMS); i > 0; i--)
            something_to_give();
    if (one_in(2))
        open_window();
    if (e->items && one_in(8))
        spoil();
    else if (e->items && one_in(3))
        aim_item();
}

/* Rather one where somebody waits to be met than one where the thread will wait. */
static unsigned pick_endpoint(bool receives)
{
    unsigned right = receives ? ENNEAD_RIGHT_READ : ENNEAD_RIGHT_WRITE;
    unsigned slot = pick(space, receives ? has_sender : has_receiver, ENNEAD_TYPE_ENDPOINT, right);
    return slot && !one_in(6) ? slot : pick(space, has_rights, ENNEAD_TYPE_ENDPOINT, right);
}

/* To somebody who waits, with something that cannot be given; true if there is anybody. */
static bool aimed_message(void)
{
    unsigned slot = pick(space, has_receiver, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE);
    if (one_in(12))
        slot = pick(space, lacks_rights, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE);
    if (!slot)
        return false;
    if (one_in(2)) {
        a_page_to_give(below(USER_PAGES) * 0x1000u);
        if (one_in(3))
            e->item[0].base = 0x70000000;
        else if (one_in(3))
            aim_page(&e->item[0]);
    } else if (one_in(8)) {
        e->item[e->items++] = (struct ennead_item){.kind = ENNEAD_ITEM_REPLY};
    } else if (one_in(8)) {
        item_cap(pick(space, is_at_the_bottom, 0, 0));
    } else {
        a_cap_to_give();
        if (!one_in(4))
            aim_item();
    }
    call_with(slot, one_in(3) ? ENNEAD_CALL : ENNEAD_SEND, 40, 0);
    return true;
}

/* What the fast path is for: an answer, or a call to somebody who waits; or, if nobody does, to be that one. */
bool plain_message(void)
{
    unsigned phases = thread->thread.caller ? ENNEAD_REPLY_RECV : ENNEAD_CALL;
    unsigned slot = phases == ENNEAD_CALL ? pick(space, has_receiver, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_WRITE) : 0;
    if (!slot) {
        phases = phases == ENNEAD_CALL ? ENNEAD_RECV : phases;
        slot = pick(space, has_rights, ENNEAD_TYPE_ENDPOINT, ENNEAD_RIGHT_READ);
    }
    if (!slot)
        return false;
    e->words = (uint8_t)below(FUZZ_WORDS);
    for (unsigned i = 0; i < e->words; i++)
        e->word[i] = (ennead_word)random64();
    call_with(slot, phases, phases == ENNEAD_CALL ? 40 : 0, 0);
    if (one_in(4))
        e->tag += below(ENNEAD_MSG_WORDS - FUZZ_WORDS);
    return true;
}

void message_call(void)
{
    if (thread->thread.utcb_phys && one_in(2) && aimed_message())
        return;
    static const uint8_t phases[] = {ENNEAD_CALL, ENNEAD_CALL,  ENNEAD_CALL,       ENNEAD_SEND,
                                     ENNEAD_RECV, ENNEAD_RECV,  ENNEAD_REPLY_RECV, ENNEAD_REPLY_RECV,
                                     ENNEAD_RECV, ENNEAD_REPLY, ENNEAD_STORE,      ENNEAD_SEND | 0x80};
    unsigned phase = phases[below(sizeof phases)], slot, stored = pick(space, is_kind, M_REPLY, 0);
    if (stored && one_in(thread->thread.utcb_phys ? 4 : 1))
        phase = (one_in(3) ? ENNEAD_CALL : ENNEAD_SEND) | 0x80;
    if (thread->thread.caller && !one_in(4))
        phase = one_in(6) ? ENNEAD_STORE : ENNEAD_REPLY_RECV;
    if (phase == ENNEAD_STORE || phase == ENNEAD_RECV)
        open_window();
    else
        a_message();
    if (phase == ENNEAD_STORE)
        slot = one_in(8) ? (unsigned)hostile() : pick_empty(space);
    else if (phase & 0x80)
        slot = stored;
    else
        slot = pick_endpoint(phase & ENNEAD_RECV);
    if (one_in(12))
        slot = one_in(2) ? below(SLOTS) : pick(space, lacks_rights, ENNEAD_TYPE_ENDPOINT, 3);
    if (one_in(6))
        open_window();
    else if (one_in(5))
        aim_window();
    phase &= 0x7f;
    bool polls = one_in(3);
    call_with(slot, phase | (polls ? ENNEAD_POLL : 0), thread->thread.caller && one_in(2) ? 0 : 32 + below(8),
              thread->thread.caller && one_in(2) ? 0 : below(4));
    if (one_in(phase == ENNEAD_SEND ? 20 : 60))
        e->tag = one_in(2) ? (uint32_t)random64() : ENNEAD_TAG(40, 0, 201, 0);
    if (!thread->thread.utcb_phys && (one_in(2) || slot == stored))
        e->tag = ENNEAD_TAG(40, 0, ENNEAD_MSG_REG_WORDS + 1, 0);
    if (one_in(thread->thread.utcb_phys ? 60 : 8)) {
        e->target = (uint64_t)slot << ENNEAD_TARGET_SHIFT | below(256);
        e->tag |= one_in(3) ? 255 : 0;
    }
}
