/*
 * Ends: delete, revoke, destroy, in the steps between which an operation can be preempted. What is being torn down
 * stands on a stack; the object on top is finished before anything else goes on.
 */
#include "internal.h"

#include <string.h>

static void to_the_top(struct m_object *object)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < model.dying_count; i++)
        if (model.dying[i] != object)
            model.dying[kept++] = model.dying[i];
    model.dying[kept++] = object;
    model.dying_count = kept;
}

/* One step towards deleting what has no children; true when it is gone. */
static bool delete_leaf(struct m_node *leaf)
{
    struct m_object *object = leaf->object;
    if (leaf->kind == M_REPLY) {
        m_reply_drop_slot(leaf, ENNEAD_NO_REPLY);
        return true;
    }
    if (leaf->kind == M_ENTRY) {
        struct m_entry *entry = m_entry_of(leaf);
        if (m_map_drop(entry))
            return false;
        object->region.mappings--;
        m_unlink(leaf);
        m_map_remove(entry);
        return true;
    }
    bool root = object->root == leaf;
    m_unlink(leaf);
    if (root) {
        object->dying = 1;
        to_the_top(object);
    }
    return true;
}

static bool revoke_step(struct m_node *node)
{
    if (node->kind == M_EMPTY || node->kind == M_REPLY || !node->first)
        return true;
    if (!node->object->revoking)
        node->object->revoking = node;
    while (node->first)
        node = node->first;
    (void)delete_leaf(node);
    return false;
}

static bool delete_step(struct m_node *node)
{
    return revoke_step(node) && delete_leaf(node);
}

/* ---- the ends of objects: true when only the memory is left ---- */

static bool cancel_first(struct m_queue *queue)
{
    if (!queue->first)
        return false;
    m_cancel(queue->first, ENNEAD_DEAD);
    return true;
}

static bool end_notification(struct m_object *object)
{
    if (object->notification.irqs_first) {
        m_irq_unbind(object->notification.irqs_first);
        return false;
    }
    if (cancel_first(&object->notification.queue))
        return false;
    m_notification_unbind(object);
    m_disarm(object);
    return true;
}

static bool end_thread(struct m_object *object)
{
    struct m_thread *thread = &object->thread;
    if (m_stop(object) == AGAIN)
        return false;
    m_reply_drop_held(object, ENNEAD_DEAD);
    if (thread->own)
        m_context_unbind(thread->own);
    if (thread->run)
        m_context_withdraw(thread->run);
    if (thread->bound)
        m_notification_unbind(thread->bound);
    if (thread->exception.node.kind != M_EMPTY)
        m_unlink(&thread->exception.node);
    m_unbind(object);
    m_forget_running(object);
    return true;
}

static bool end_slots(struct m_object *space)
{
    if (space->space.teardown >= space->space.slot_pages * ENNEAD_SLOTS_PER_PAGE)
        return true;
    struct m_node *slot = m_slot(space, space->space.teardown);
    if (!slot || slot->kind == M_EMPTY)
        space->space.teardown++;
    else
        (void)delete_step(slot);
    return false;
}

static bool end_map(struct m_object *space)
{
    struct m_entry *entry = space->space.map;
    if (!entry)
        return true;
    if (entry->node.kind == M_ENTRY) {
        (void)delete_step(&entry->node);
        return false;
    }
    memset(&model.ram[entry->phys + space->cleared * CLEAR_BYTES], 0, CLEAR_BYTES);
    if (++space->cleared < 4096 / CLEAR_BYTES)
        return false;
    space->cleared = 0;
    m_free(space->pool, entry->phys, 12);
    entry->node = (struct m_node){0};
    m_map_remove(entry);
    return false;
}

static bool end_extents(struct m_object *space)
{
    if (!space->space.extents)
        return true;
    unsigned last = space->space.extents - 1, order = space->space.extent[last].order;
    if (++space->cleared < (1u << order) / CLEAR_BYTES)
        return false;
    m_free(space->pool, space->space.extent[last].phys, order);
    space->cleared = 0;
    space->space.extents = last;
    return false;
}

static bool end_space(struct m_object *space)
{
    struct m_object *thread = space->space.threads_first;
    if (thread) {
        if (m_stop(thread) != AGAIN)
            m_unbind(thread);
        return false;
    }
    if (!end_slots(space) || !end_map(space))
        return false;
    for (unsigned i = 0; i < 2; i++)
        if (space->space.handler[i].node.kind != M_EMPTY)
            m_unlink(&space->space.handler[i].node);
    return end_extents(space);
}

static bool end_pool(struct m_object *pool)
{
    struct m_object *first = pool->memory.first;
    if (!first)
        return true;
    if (first->dying)
        to_the_top(first);
    else
        (void)delete_step(first->root);
    return false;
}

static bool end_region(struct m_object *region)
{
    struct m_object *parent = region->region.parent;
    if (parent) {
        struct m_object **link = &parent->region.children;
        while (*link != region)
            link = &(*link)->region.sibling;
        *link = region->region.sibling;
    }
    return true;
}

static bool end_object(struct m_object *object)
{
    switch (object->type) {
    case ENNEAD_TYPE_REGION:
        return end_region(object);
    case ENNEAD_TYPE_POOL:
        return end_pool(object);
    case ENNEAD_TYPE_SPACE:
        return end_space(object);
    case ENNEAD_TYPE_THREAD:
        return end_thread(object);
    case ENNEAD_TYPE_ENDPOINT:
        return !cancel_first(&object->endpoint.queue);
    case ENNEAD_TYPE_NOTIFICATION:
        return end_notification(object);
    case ENNEAD_TYPE_IRQ:
        m_irq_unbind(object);
        if (object->irq.message_signalled)
            model.msi_used[object->irq.source] = false;
        return true;
    default:
        m_context_end(object);
        return true;
    }
}

/* ---- memory: that of pools and spaces CLEAR_BYTES a step ---- */

static void out_of_pool(struct m_object *object)
{
    struct m_pool *pool = &object->pool->memory;
    if (object->pool_prev)
        object->pool_prev->pool_next = object->pool_next;
    else
        pool->first = object->pool_next;
    if (object->pool_next)
        object->pool_next->pool_prev = object->pool_prev;
    else
        pool->last = object->pool_prev;
}

static void give_slot_pages_back(struct m_object *space)
{
    for (unsigned i = 0; i < space->space.slot_pages; i++)
        model.free_slot_pages[model.free_slot_page_count++] = space->space.slot_page[i];
}

static bool takes_pages(const struct m_object *object)
{
    return object->type == ENNEAD_TYPE_POOL || object->type == ENNEAD_TYPE_SPACE;
}

static void free_step(struct m_object *object)
{
    uint64_t bytes = object->pool ? 1ull << object->order : object->memory.size;
    if (takes_pages(object) && object->cleared < bytes / CLEAR_BYTES - 1) {
        object->cleared++;
        return;
    }
    model.dying_count--;
    if (object->type == ENNEAD_TYPE_SPACE)
        give_slot_pages_back(object);
    if (object->type == ENNEAD_TYPE_POOL)
        memset(&model.block_order[object->phys / ENNEAD_POOL_BLOCK_BYTES + 1], 0, bytes / ENNEAD_POOL_BLOCK_BYTES - 1);
    if (object->pool) {
        out_of_pool(object);
        m_free(object->pool, object->phys, object->order);
    } else if (object->container) {
        object->container->region.is_pool = false;
    }
    m_object_forget(object);
}

static void dying_step(void)
{
    struct m_object *object = model.dying[model.dying_count - 1];
    if (object->dying == 2) {
        free_step(object);
    } else if (end_object(object)) {
        object->dying = 2;
        if (!takes_pages(object))
            free_step(object);
    }
}

/* ---- whole operations: OK or AGAIN ---- */

unsigned m_revoke(struct m_node *node)
{
    for (;;) {
        if (model.dying_count)
            dying_step();
        else if (revoke_step(node))
            break;
        if (m_preemption_point())
            return AGAIN;
    }
    if (node->kind != M_EMPTY && node->object->revoking == node)
        node->object->revoking = NULL;
    return ENNEAD_OK;
}

unsigned m_destroy_finish(void)
{
    while (model.dying_count) {
        dying_step();
        if (m_preemption_point())
            return AGAIN;
    }
    return ENNEAD_OK;
}

unsigned m_delete(struct m_node *node)
{
    unsigned error = node->kind == M_REPLY ? (unsigned)ENNEAD_OK : m_revoke(node);
    if (error)
        return error;
    if (node->kind != M_EMPTY && !delete_leaf(node))
        return AGAIN;
    error = m_destroy_finish();
    struct m_object *thread = here()->current;
    if (error && thread)
        thread->thread.finishing = true;
    return error;
}
