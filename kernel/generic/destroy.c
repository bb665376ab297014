/*
 * Delete, revoke and destroy: one iterative loop, a bounded step at a time.
 *
 * A job deletes the subtree of a node, leaf by leaf. Deleting a root node makes its object *dying*: it goes to the
 * front of one list of dying objects, and the front is torn down before the job goes on, which may delete other
 * subtrees and put other objects in front. Where a job stands is in the objects alone (which nodes are left, how far
 * a teardown got), so whoever comes next finishes what a dead revoker began: the list is always emptied first.
 *
 * While a node's subtree is deleted its object's `revoking` names it, and nothing is derived from
 * the object or from what hangs below it (object_settle), so a job ends however busy others derive.
 */
#include "cpu.h"
#include "endpoint.h"
#include "ipc.h"
#include "pool.h"
#include "region.h"
#include "sched.h"

#include "memory.h"

struct list dying_objects;
unsigned revocations;

BOOT_ONLY void destroy_start(void)
{
    list_init(&dying_objects);
    revocations = 0;
}

static void bring_to_front(struct object *object)
{
    if (list_linked(&object->dying_link))
        list_remove(&object->dying_link);
    list_push(&dying_objects, &object->dying_link);
}

static struct pool *pool_of(struct object *object)
{
    return CONTAINER_OF(object, struct pool, object);
}

static struct space *space_of(struct object *object)
{
    return CONTAINER_OF(object, struct space, object);
}

/* ---- nodes ---- */

static bool delete_entry(struct entry *entry)
{
    if (map_drop(entry) == AGAIN)
        return false;
    if (entry->node.kind == NODE_ENTRY) {
        region_mapping_gone(region_of(entry->node.object));
        node_unlink(&entry->node);
    }
    map_remove(entry);
    return true;
}

/* One step towards deleting a leaf; true when it is gone. */
static bool delete_leaf(struct node *leaf)
{
    struct object *object = leaf->object;
    if (leaf->kind == NODE_ENTRY)
        return delete_entry(CONTAINER_OF(leaf, struct entry, node));
    if (leaf->kind == NODE_REPLY) {
        reply_drop_slot(leaf, ENNEAD_NO_REPLY);
        return true;
    }
    bool root = object->root == leaf;
    node_unlink(leaf);
    if (root) {
        object->dying = 1;
        bring_to_front(object);
    }
    return true;
}

/* The first leaf below: every step goes one deeper, so there are at most ENNEAD_DEPTH_MAX. */
static struct node *first_leaf(struct node *node)
{
    while (!node_is_leaf(node))
        node = node->next;
    return node;
}

/*
 * One step towards deleting the subtree of a node; true when it is a leaf, or is gone: the table that it stands in may
 * have been destroyed with the subtree. (Until the job ends nothing is allocated, so its memory reads as empty then.)
 */
static bool revoke_step(struct node *node)
{
    if (node->kind == NODE_EMPTY || node->kind == NODE_REPLY || node_is_leaf(node))
        return true;
    if (!node->object->revoking) {
        node->object->revoking = node;
        revocations++;
    }
    (void)delete_leaf(first_leaf(node));
    return false;
}

static void revoke_done(struct node *node)
{
    if (node->kind != NODE_EMPTY && node->object->revoking == node) {
        node->object->revoking = NULL;
        revocations--;
    }
}

/* One step towards deleting a node with all below it; true when it is gone. */
static bool delete_step(struct node *node)
{
    return revoke_step(node) && delete_leaf(node);
}

/* ---- teardown of objects: one step each, true when nothing is left but the block ---- */

static bool end_endpoint(struct endpoint *endpoint)
{
    if (list_empty(&endpoint->queue))
        return true;
    thread_cancel(CONTAINER_OF(endpoint->queue.next, struct thread, queue_link), ENNEAD_DEAD);
    return false;
}

static bool end_notification(struct notification *notification)
{
    if (!list_empty(&notification->irqs)) {
        irq_unbind(CONTAINER_OF(notification->irqs.next, struct irq, notification_link));
        return false;
    }
    if (!list_empty(&notification->queue)) {
        thread_cancel(CONTAINER_OF(notification->queue.next, struct thread, queue_link), ENNEAD_DEAD);
        return false;
    }
    notification_unbind(notification);
    deadline_disarm(&notification->deadline);
    return true;
}

static bool end_thread(struct thread *thread)
{
    if (thread_stop(thread) == AGAIN)
        return false;
    reply_drop_held(thread, ENNEAD_DEAD);
    if (thread->own)
        sched_context_unbind(thread->own);
    ASSERT(!thread->run); /* what it borrowed went back with the reply right, what was its own just now */
    if (thread->notification_bound)
        notification_unbind(thread->notification_bound);
    if (thread->exception.node.kind != NODE_EMPTY)
        node_unlink(&thread->exception.node);
    thread_unbind(thread);
    fpu_flush(thread);
    sched_forget(thread);
    return true;
}

/* Slots in order, each with what was derived from it. */
static bool end_slots(struct space *space)
{
    if (space->teardown_slot >= space->slot_pages * ENNEAD_SLOTS_PER_PAGE)
        return true;
    struct node *slot = space_slot(space, space->teardown_slot);
    if (!slot || slot->kind == NODE_EMPTY)
        space->teardown_slot++;
    else
        (void)delete_step(slot);
    return false;
}

/* One step of clearing a block of a space's memory; true when all of it is cleared. */
static bool clear_step(struct space *space, void *block, unsigned order_log2)
{
    memset((char *)block + space->object.cleared * CLEAR_BYTES, 0, CLEAR_BYTES);
    if (++space->object.cleared < ((size_t)1 << order_log2) / CLEAR_BYTES)
        return false;
    space->object.cleared = 0;
    return true;
}

/* Entries from the lowest up: the order is part of what a pool looks like afterwards. */
static bool end_map(struct space *space)
{
    struct tree_node *first = tree_first(&space->map);
    if (!first)
        return true;
    struct entry *entry = CONTAINER_OF(first, struct entry, link);
    if (entry->node.kind == NODE_ENTRY) {
        (void)delete_step(&entry->node);
        return false;
    }
    if (!clear_step(space, phys_to_virt(entry->phys), PAGE_LOG2))
        return false;
    pool_free(space->object.pool, phys_to_virt(entry->phys), PAGE_LOG2);
    entry->node = (struct node){0};
    map_remove(entry);
    return false;
}

/* Table memory goes last. */
static bool end_extents(struct space *space)
{
    if (!space->extent_count)
        return true;
    struct extent *extent = &space->extent[space->extent_count - 1];
    if (!clear_step(space, extent->block, extent->order_log2))
        return false;
    pool_free(space->object.pool, extent->block, extent->order_log2);
    space->extent_count--;
    return false;
}

static bool end_space(struct space *space)
{
    if (!list_empty(&space->threads)) {
        struct thread *thread = CONTAINER_OF(space->threads.next, struct thread, space_link);
        if (thread_stop(thread) != AGAIN)
            thread_unbind(thread);
        return false;
    }
    if (!end_slots(space) || !end_map(space))
        return false;
    for (unsigned i = 0; i < 2; i++)
        if (space->handler[i].node.kind != NODE_EMPTY)
            node_unlink(&space->handler[i].node);
    cpu_retire_space(space);
    return end_extents(space);
}

/* Objects whose root node hangs elsewhere (a region carved with this pool's memory) go the way of the others. */
static bool end_pool(struct pool *pool)
{
    if (list_empty(&pool->objects))
        return true;
    struct object *object = CONTAINER_OF(pool->objects.next, struct object, pool_link);
    if (object->dying)
        bring_to_front(object);
    else
        (void)delete_step(object->root);
    return false;
}

static bool end_object(struct object *object)
{
    switch (object->type) {
    case ENNEAD_TYPE_REGION:
        region_end(region_of(object));
        return true;
    case ENNEAD_TYPE_POOL:
        return end_pool(pool_of(object));
    case ENNEAD_TYPE_SPACE:
        return end_space(space_of(object));
    case ENNEAD_TYPE_THREAD:
        return end_thread(thread_of(object));
    case ENNEAD_TYPE_ENDPOINT:
        return end_endpoint(endpoint_of(object));
    case ENNEAD_TYPE_NOTIFICATION:
        return end_notification(notification_of(object));
    case ENNEAD_TYPE_IRQ:
        irq_end(irq_of(object));
        return true;
    default:
        sched_context_end(sched_context_of(object));
        return true;
    }
}

/* ---- blocks ---- */

static bool takes_pages(const struct object *object)
{
    return object->type == ENNEAD_TYPE_POOL || object->type == ENNEAD_TYPE_SPACE;
}

static size_t block_bytes(struct object *object)
{
    return object->pool ? (size_t)1 << object->order_log2 : (size_t)pool_of(object)->size_bytes;
}

/* Of an object that takes no pages, what may not be zero: less than a KiB. The rest is as the pool gave it. */
static size_t written_bytes(struct object *object)
{
    if (object->type != ENNEAD_TYPE_THREAD)
        return block_bytes(object);
    return PORT_FRAME_BYTES + (thread_of(object)->uses_fpu ? sizeof(struct thread) : offsetof(struct thread, fpu));
}

/* One step of clearing a block from its end down to the object's header; true when only the first bytes are left. */
static bool clear_pages(struct object *object)
{
    size_t last = block_bytes(object) / CLEAR_BYTES - 1;
    if (object->cleared == last)
        return true;
    memset((char *)object + (last - object->cleared) * CLEAR_BYTES, 0, CLEAR_BYTES);
    object->cleared++;
    return false;
}

static void free_block(struct object *object, size_t bytes_left)
{
    void *block = object_block(object);
    struct pool *pool = object->pool;
    struct object *container = object->container;
    unsigned order = object->order_log2;
    list_remove(&object->dying_link);
    if (pool)
        list_remove(&object->pool_link);
    memset(block, 0, bytes_left);
    if (pool)
        pool_free(pool, block, order);
    else if (container) /* the first pool came from no region; with it all regions ended */
        region_of(container)->is_pool = 0;
}

/* One step of tearing down the object in front. */
static void dying_step(void)
{
    struct object *object = CONTAINER_OF(dying_objects.next, struct object, dying_link);
    if (object->dying == 1 && end_object(object)) {
        object->dying = 2;
        if (!takes_pages(object))
            free_block(object, written_bytes(object));
    } else if (object->dying == 2 && clear_pages(object)) {
        free_block(object, CLEAR_BYTES);
    }
}

/* ---- the loop ---- */

typedef bool job_t(struct node *node);

static error_t MUST_CHECK run(job_t *step, struct node *node)
{
    for (;;) {
        if (!list_empty(&dying_objects))
            dying_step();
        else if (step(node))
            break;
        if (preemption_point())
            return AGAIN;
    }
    return ENNEAD_OK;
}

error_t destroy_finish(void)
{
    while (!list_empty(&dying_objects)) {
        dying_step();
        if (preemption_point())
            return AGAIN;
    }
    return ENNEAD_OK;
}

error_t node_revoke(struct node *node)
{
    error_t error = run(revoke_step, node);
    if (!error)
        revoke_done(node);
    return error;
}

/*
 * The node goes last, after everything below it is torn down; then its own object. Preempted there, the call has
 * no node to look up again: the thread's `finishing` says that only destroy_finish() is left.
 */
error_t node_delete(struct node *node)
{
    bool is_alone = node->kind == NODE_REPLY || (node_is_leaf(node) && !revocations && list_empty(&dying_objects));
    error_t error = is_alone ? ENNEAD_OK : node_revoke(node);
    if (error)
        return error;
    if (node->kind != NODE_EMPTY && !delete_leaf(node))
        return AGAIN;
    error = destroy_finish();
    struct thread *thread = this_cpu()->current;
    if (error == AGAIN && thread)
        thread->finishing = true;
    return error;
}

error_t object_help_revocation(struct object *object)
{
    for (struct object *above = object; above; above = above->container) {
        if (!above->revoking)
            continue;
        (void)!node_revoke(above->revoking);
        return AGAIN; /* what the caller looked up may be gone */
    }
    return ENNEAD_OK;
}
