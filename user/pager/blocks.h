/*
 * The pager's blocks: which part of its RAM is with which client, at which of the client's addresses. Each block is one
 * mapping of the pager's own, so that taking it back is one operation.
 */
#ifndef PAGER_BLOCKS_H
#define PAGER_BLOCKS_H

#include <ennead/start.h>

#define BLOCK_ORDER_MIN 16u /* 64 KiB: the least that is handed out */
#define BLOCKS_MAX      128u

struct block {
    uint32_t client; /* 0: unused */
    uint32_t order_log2;
    uint64_t address; /* in the client's space */
    uint64_t offset;  /* in the RAM region */
};

/* Take hold of the RAM granted. */
void blocks_init(void);
/* The client's block at this address, or NULL. */
struct block *blocks_find(uint32_t client, uint64_t address);
/* A cleared block for the client, which has none at this address. */
enum ennead_error blocks_take(uint32_t client, uint64_t address, unsigned order_log2, struct block **block);
enum ennead_error blocks_release(uint32_t client, uint64_t address);
/* Take back all blocks of clients that agree with this one in `mask`, but are not it. */
void blocks_forget(uint32_t mask, uint32_t client);
/* The block as an item: `offset` in the receiver's window. */
struct ennead_item blocks_item(const struct block *block, uint64_t offset);
uint64_t blocks_used_by(uint32_t client);
uint64_t blocks_total(void);
uint64_t blocks_free(void);

#endif
