/* The pager's blocks: see blocks.h. Offset n of the RAM is seen at ENNEAD_MAP_BASE + n while it is in use. */
#include "blocks.h"
#include <ennead/extents.h>
#include <ennead/text.h>
#include <region_client.h>
#include <space_client.h>

static struct extents free_ram;
static struct block blocks[BLOCKS_MAX];
static uint32_t ram, space;
static uint64_t total;

void blocks_init(void)
{
    struct region_describe_out about = {0};
    ram = ennead_grant("ram");
    space = ennead_grant("space");
    ennead_must(region_describe(ram, &about), "describing its RAM");
    total = about.size;
    extents_give(&free_ram, 0, total);
}

static uint64_t size_of(const struct block *block)
{
    return (uint64_t)1 << block->order_log2;
}

struct block *blocks_find(uint32_t client, uint64_t address)
{
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        if (blocks[i].client == client && blocks[i].address == address)
            return &blocks[i];
    }
    return NULL;
}

static enum ennead_error map(uint64_t offset, unsigned order)
{
    const unsigned rights = ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE;
    enum ennead_error error = region_map(ram, offset, order, rights, offset, ENNEAD_MAP_BASE, 28);
    if (error == ENNEAD_NO_ENTRY) {
        error = space_grow(space, ENNEAD_TABLE_ENTRIES, 1);
        if (error == ENNEAD_OK)
            error = region_map(ram, offset, order, rights, offset, ENNEAD_MAP_BASE, 28);
    }
    if (error == ENNEAD_OK)
        memset((void *)(uintptr_t)(ENNEAD_MAP_BASE + offset), 0, (size_t)1 << order);
    return error;
}

static enum ennead_error release(struct block *block)
{
    enum ennead_error error = space_unmap(space, ENNEAD_MAP_BASE + block->offset);
    if (error != ENNEAD_OK)
        return error;
    extents_give(&free_ram, block->offset, size_of(block));
    *block = (struct block){0};
    return ENNEAD_OK;
}

enum ennead_error blocks_take(uint32_t client, uint64_t address, unsigned order_log2, struct block **block)
{
    uint64_t offset;
    struct block *taken = blocks_find(0, 0);
    if (taken == NULL || !extents_take(&free_ram, (uint64_t)1 << order_log2, &offset))
        return ENNEAD_NO_MEMORY;
    enum ennead_error error = map(offset, order_log2);
    if (error != ENNEAD_OK) {
        extents_give(&free_ram, offset, (uint64_t)1 << order_log2);
        return error;
    }
    *taken = (struct block){client, order_log2, address, offset};
    *block = taken;
    return ENNEAD_OK;
}

enum ennead_error blocks_release(uint32_t client, uint64_t address)
{
    struct block *block = blocks_find(client, address);
    return block != NULL ? release(block) : ENNEAD_NOT_FOUND;
}

void blocks_forget(uint32_t mask, uint32_t client)
{
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        /* A block that cannot be unmapped stays in the list, and out of use. */
        if (blocks[i].client != client && (blocks[i].client & mask) == (client & mask))
            (void)release(&blocks[i]);
    }
}

struct ennead_item blocks_item(const struct block *block, uint64_t offset)
{
    const unsigned rights = ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE;
    return ennead_item_page(ENNEAD_MAP_BASE + block->offset, block->order_log2, offset, rights);
}

uint64_t blocks_used_by(uint32_t client)
{
    uint64_t used = 0;
    for (unsigned i = 0; i < BLOCKS_MAX; i++)
        used += blocks[i].client == client && client != 0 ? size_of(&blocks[i]) : 0;
    return used;
}

uint64_t blocks_total(void)
{
    return total;
}

uint64_t blocks_free(void)
{
    return extents_total(&free_ram);
}
