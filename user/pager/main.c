/*
 * The pager: memory by page faults and by request, from RAM of its own. The root task writes into each client's badge
 * its number, its quota, and which of its lives this is: memory of earlier lives is taken back when a new one asks. A
 * page fault that the pager has no answer to is the root task's.
 */
#include "blocks.h"
#include <ennead/service.h>
#include <memory_server.h>
#include <process_client.h>

/* A badge: number, quota in blocks of the least size, life. */
#define NUMBER_MASK 0x000000ffu
#define QUOTA_MASK  0x003fff00u
#define QUOTA_SHIFT 8

static uint64_t served;

static uint32_t client_of(uint32_t badge)
{
    return badge & ~QUOTA_MASK;
}

static uint64_t quota_of(uint32_t badge)
{
    return (uint64_t)((badge & QUOTA_MASK) >> QUOTA_SHIFT) << BLOCK_ORDER_MIN;
}

static enum ennead_error take_block(uint32_t badge, uint64_t address, unsigned order, struct block **block)
{
    if (quota_of(badge) != 0)
        blocks_forget(NUMBER_MASK, client_of(badge));
    if (blocks_find(client_of(badge), address) != NULL)
        return ENNEAD_OCCUPIED;
    if (blocks_used_by(client_of(badge)) + ((uint64_t)1 << order) > quota_of(badge))
        return ENNEAD_NO_MEMORY;
    return blocks_take(client_of(badge), address, order, block);
}

enum ennead_error memory_serve_allocate(uint32_t badge, uint64_t bytes, uint64_t address, struct ennead_item *block)
{
    unsigned order = BLOCK_ORDER_MIN;
    struct block *taken;
    if (bytes == 0 || bytes > (uint64_t)1 << 30)
        return ENNEAD_RANGE;
    while ((uint64_t)1 << order < bytes)
        order++;
    enum ennead_error error = take_block(badge, address, order, &taken);
    if (error == ENNEAD_OK)
        *block = blocks_item(taken, 0);
    return error;
}

enum ennead_error memory_serve_release(uint32_t badge, uint64_t address)
{
    return blocks_release(client_of(badge), address);
}

enum ennead_error memory_serve_usage(uint32_t badge, uint64_t *bytes, uint64_t *free, uint64_t *faults)
{
    (void)badge;
    *bytes = blocks_total();
    *free = blocks_free();
    *faults = served;
    return ENNEAD_OK;
}

enum ennead_error memory_serve_client(uint32_t badge, uint64_t *quota, uint64_t *used)
{
    *quota = quota_of(badge);
    *used = blocks_used_by(client_of(badge));
    return ENNEAD_OK;
}

/* The window of a fault is the whole space: the item's offset is the address. */
static bool answer_page(struct ennead_msg *msg, const struct block *block)
{
    served++;
    ennead_put_item(0, blocks_item(block, block->address));
    *msg = (struct ennead_msg){.tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, 0, 1)};
    return true;
}

static bool take_fault(struct ennead_msg *msg)
{
    uint64_t address = ennead_get(msg, 0), access = ennead_get(msg, 1), pc = ennead_get(msg, 2);
    uint64_t start = address & ~(((uint64_t)1 << BLOCK_ORDER_MIN) - 1);
    uint32_t badge = msg->badge;
    struct block *block;
    bool ours = address >= ENNEAD_HEAP_BASE && address - ENNEAD_HEAP_BASE < quota_of(badge) &&
                (access & ENNEAD_RIGHT_EXECUTE) == 0;
    enum ennead_error error = ours ? take_block(badge, start, BLOCK_ORDER_MIN, &block) : ENNEAD_NOT_FOUND;
    if (error == ENNEAD_OK)
        return answer_page(msg, block);
    /* Another of its threads was faster: nothing to map, it only has to try again. */
    if (error == ENNEAD_OCCUPIED)
        return ennead_answer(msg, ENNEAD_OK), true;
    error = process_fault(ennead_grant("root.fault"), badge & NUMBER_MASK, address, access, pc);
    return ennead_answer(msg, error != ENNEAD_OK ? error : ENNEAD_DENIED), true;
}

int main(void)
{
    uint32_t endpoint = ennead_grant("memory");
    struct ennead_msg msg = {0};
    bool answered = false;
    blocks_init();
    ennead_must(service_publish("memory", endpoint), "publishing 'memory'");
    for (;;) {
        msg = ennead_next(endpoint, answered, &msg);
        /* Only a fault has this label and comes through a client's own badge; a client gains nothing by posing as one.
         */
        if (ENNEAD_TAG_PROTOCOL(msg.tag) == ENNEAD_PROTOCOL_FAULT)
            answered = take_fault(&msg);
        else
            answered = memory_dispatch(&msg);
    }
}
