/* The buddy allocator of a pool: see pool.h for the layout and the invariants. Pools lie in the window, so that a
 * size_t holds every offset. */
#include "pool.h"
#include "thread.h"

#include "memory.h"

#define FREE 0x80u

_Static_assert(sizeof(struct pool) <= POOL_HEADER, "the pool's header outgrew its place");

static uint8_t *order_map(struct pool *pool)
{
    return (uint8_t *)pool + POOL_HEADER;
}

static size_t offset_of(const struct pool *pool, const void *block)
{
    return (size_t)((const char *)block - (const char *)pool);
}

uint64_t pool_overhead(uint64_t size_bytes)
{
    uint64_t map = size_bytes / ENNEAD_POOL_BLOCK_BYTES;
    return POOL_HEADER + ((map + ENNEAD_POOL_BLOCK_BYTES - 1) & ~(uint64_t)(ENNEAD_POOL_BLOCK_BYTES - 1));
}

static void put_free(struct pool *pool, size_t offset, unsigned order)
{
    order_map(pool)[offset >> POOL_ORDER_MIN] = (uint8_t)(FREE | order);
    list_push(&pool->free[order - POOL_ORDER_MIN], (struct list *)((char *)pool + offset));
}

static void take_free(struct pool *pool, size_t offset)
{
    order_map(pool)[offset >> POOL_ORDER_MIN] = 0;
    list_remove((struct list *)((char *)pool + offset));
}

struct pool *pool_format(void *memory, uint64_t size_bytes)
{
    struct pool *pool = memory;
    pool->size_bytes = size_bytes;
    list_init(&pool->objects);
    for (unsigned i = 0; i < POOL_ORDERS; i++)
        list_init(&pool->free[i]);
    size_t offset = (size_t)pool_overhead(size_bytes), end = (size_t)size_bytes;
    pool->free_bytes = size_bytes - offset;
    for (unsigned order = POOL_ORDER_MIN; offset < end; offset += (size_t)1 << order) {
        while (order < ENNEAD_POOL_ORDER_MAX && !(offset >> order & 1))
            order++;
        while (((size_t)1 << order) > end - offset)
            order--;
        put_free(pool, offset, order);
    }
    return pool;
}

void *pool_allocate(struct pool *pool, unsigned order_log2)
{
    unsigned order = order_log2;
    while (order <= ENNEAD_POOL_ORDER_MAX && list_empty(&pool->free[order - POOL_ORDER_MIN]))
        order++;
    if (order > ENNEAD_POOL_ORDER_MAX)
        return NULL;
    struct list *block = pool->free[order - POOL_ORDER_MIN].next;
    size_t offset = offset_of(pool, block);
    take_free(pool, offset);
    while (order > order_log2) {
        order--;
        put_free(pool, offset + ((size_t)1 << order), order);
    }
    order_map(pool)[offset >> POOL_ORDER_MIN] = (uint8_t)order_log2;
    pool->free_bytes -= (uint64_t)1 << order_log2;
    return block;
}

void pool_free(struct pool *pool, void *block, unsigned order_log2)
{
    size_t offset = offset_of(pool, block);
    ASSERT(order_map(pool)[offset >> POOL_ORDER_MIN] == order_log2);
    order_map(pool)[offset >> POOL_ORDER_MIN] = 0;
    pool->free_bytes += (uint64_t)1 << order_log2;
    while (order_log2 < ENNEAD_POOL_ORDER_MAX) {
        size_t buddy = offset ^ (size_t)1 << order_log2;
        if (buddy >= pool->size_bytes || order_map(pool)[buddy >> POOL_ORDER_MIN] != (FREE | order_log2))
            break;
        take_free(pool, buddy);
        offset &= ~((size_t)1 << order_log2);
        order_log2++;
    }
    put_free(pool, offset, order_log2);
}

uint64_t pool_largest_free(const struct pool *pool)
{
    for (unsigned i = POOL_ORDERS; i-- > 0;)
        if (!list_empty(&pool->free[i]))
            return (uint64_t)1 << (i + POOL_ORDER_MIN);
    return 0;
}

uint64_t pool_missing(const struct pool *pool, unsigned order_log2)
{
    return ((uint64_t)1 << order_log2) - pool_largest_free(pool);
}

/* Prices are powers of two, so their logarithm is a count of trailing zeroes. */
unsigned object_order(unsigned type)
{
    static const uint32_t price[] = {
        [ENNEAD_TYPE_SPACE] = ENNEAD_PRICE_SPACE,       [ENNEAD_TYPE_THREAD] = ENNEAD_PRICE_THREAD,
        [ENNEAD_TYPE_ENDPOINT] = ENNEAD_PRICE_ENDPOINT, [ENNEAD_TYPE_NOTIFICATION] = ENNEAD_PRICE_NOTIFICATION,
        [ENNEAD_TYPE_IRQ] = ENNEAD_PRICE_IRQ,           [ENNEAD_TYPE_SCHED_CONTEXT] = ENNEAD_PRICE_SCHED_CONTEXT,
        [ENNEAD_TYPE_REGION] = ENNEAD_PRICE_REGION,
    };
    ASSERT(type <= ENNEAD_TYPE_SCHED_CONTEXT);
    return price[type] ? (unsigned)__builtin_ctz(price[type]) : 0;
}

static size_t offset_in_block(unsigned type)
{
    return type == ENNEAD_TYPE_THREAD ? PORT_FRAME_BYTES + offsetof(struct thread, object) : 0;
}

struct object *object_in(void *block, unsigned type)
{
    return (struct object *)((char *)block + offset_in_block(type));
}

void *object_block(struct object *object)
{
    return (char *)object - offset_in_block(object->type);
}

struct object *pool_make_object(struct pool *pool, unsigned type, unsigned order_log2)
{
    void *block = pool_allocate(pool, order_log2);
    if (!block)
        return NULL;
    struct object *object = object_in(block, type);
    object->type = (uint8_t)type;
    object->order_log2 = (uint8_t)order_log2;
    object->container = &pool->object;
    object->pool = pool;
    list_append(&pool->objects, &object->pool_link);
    return object;
}
