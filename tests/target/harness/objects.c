/* Objects, spaces and memory for the test that runs; the root thread's own system calls. */
#include "harness.h"

#define IMAGE_BASE UINT64_C(0x10000)
#define IMAGE_END  OTHER_UTCB

uint32_t new_slot(void)
{
    return harness.next_slot++;
}

uint64_t new_range(unsigned order_log2)
{
    uint64_t size = (uint64_t)1 << order_log2, base = (harness.next_address + size - 1) & ~(size - 1);
    harness.next_address = base + size;
    return base;
}

uint32_t make_from(uint32_t pool, unsigned type, unsigned order_log2)
{
    uint32_t slot = new_slot();
    CHECK_OK(pool_make(pool, type, order_log2, slot));
    if (harness.interposer != NULL)
        harness.interposer->made(pool, slot, type);
    return slot;
}

uint32_t make_plain(uint32_t pool, unsigned type)
{
    uint32_t slot = new_slot();
    CHECK_OK(pool_make(pool, type, 0, slot));
    return slot;
}

uint32_t make(unsigned type)
{
    return make_from(harness.pool, type, 0);
}

enum ennead_error give_item(uint32_t space, uint64_t where, struct ennead_item item)
{
    return space_delegate(space, where, item);
}

enum ennead_error give(uint32_t space, uint64_t slot, uint32_t from, unsigned rights, uint32_t badge)
{
    return give_item(space, slot, ennead_item_cap(from, rights, badge));
}

uint32_t derive(uint32_t slot, unsigned rights, uint32_t badge)
{
    uint32_t to = new_slot();
    if (harness.interposer != NULL)
        harness.interposer->copied(slot, &rights, &badge);
    CHECK_OK(give(ENNEAD_ROOT_SPACE, to, slot, rights, badge));
    return to;
}

uint64_t map_ram(uint64_t offset, unsigned order_log2, unsigned rights)
{
    uint64_t base = new_range(order_log2);
    CHECK_OK(region_map(harness.ram, offset, order_log2, rights, 0, base, order_log2));
    return base;
}

uint32_t make_bare_space(void)
{
    return make(ENNEAD_TYPE_SPACE);
}

uint32_t make_space(void)
{
    return make_space_from(harness.pool);
}

uint32_t make_space_from(uint32_t pool)
{
    uint32_t space = make_from(pool, ENNEAD_TYPE_SPACE, 0);
    uint64_t at = IMAGE_BASE, base, order_log2, rights;
    while (space_map_info(ENNEAD_ROOT_SPACE, at, &base, &order_log2, &rights) == ENNEAD_OK && base < IMAGE_END) {
        CHECK_OK(give_item(space, base, ennead_item_page(base, (unsigned)order_log2, 0, (unsigned)rights)));
        at = base + ((uint64_t)1 << order_log2);
    }
    CHECK_OK(space_add_utcb(space, OTHER_UTCB));
    return space;
}

struct ennead_msg ipc(uint32_t slot, unsigned phases, uint32_t tag, ennead_word w0, ennead_word w1, ennead_word w2,
                      ennead_word w3)
{
    const ennead_word words[ENNEAD_MSG_REG_WORDS] = {w0, w1, w2, w3};
    bool root = (uintptr_t)ennead_utcb() == harness.utcb;
    if (harness.interposer != NULL && root && (phases == ENNEAD_SEND || phases == ENNEAD_CALL))
        slot = harness.interposer->sent(slot);
    return ennead_ipc(ennead_target(slot, phases), tag, words);
}

enum ennead_error operate(uint32_t slot, unsigned protocol, unsigned operation, uint64_t f0, uint64_t f1)
{
    ennead_word words[ENNEAD_BUFFER(2)] = {0};
    ennead_put(words, 0, f0);
    ennead_put(words, 1, f1);
    struct ennead_msg msg = ennead_call(slot, ENNEAD_TAG(protocol, operation, ENNEAD_FIELDS(2), 0), words);
    return ennead_outcome(&msg);
}

uint64_t now_ns(void)
{
    struct notification_describe_out about = {0};
    CHECK_OK(notification_describe(harness.clock, &about));
    return about.now_ns;
}

uint64_t pool_free(uint32_t pool)
{
    struct pool_describe_out about;
    CHECK_OK(pool_describe(pool, &about));
    return about.free;
}

struct space_slot_info_out slot_info(uint32_t space, uint64_t slot)
{
    struct space_slot_info_out found = {0};
    enum ennead_error error = space_slot_info(space, slot, &found);
    if (error != ENNEAD_OK || found.slot != slot)
        found = (struct space_slot_info_out){.slot = slot};
    return found;
}

unsigned type_in(uint32_t space, uint64_t slot)
{
    return (unsigned)slot_info(space, slot).type;
}
