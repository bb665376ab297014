/*
 * Do the kernel and the model agree on everything? One walk over the derivation tree, one over the objects, one over
 * the tables of spaces and one over memory.
 */
#include "cpu.h"
#include "endpoint.h"
#include "machine.h"
#include "machines.h"
#include "pool.h"
#include "region.h"
#include "sched.h"
#include "space.h"

#include <stdio.h>
#include <string.h>

static char difference[512];

#define SAME(what, kernel, modelled)                                                                                   \
    do {                                                                                                               \
        uint64_t k_ = (uint64_t)(kernel), m_ = (uint64_t)(modelled);                                                   \
        if (k_ != m_) {                                                                                                \
            snprintf(difference, sizeof difference, "%s is 0x%llx, the model's 0x%llx", what, (unsigned long long)k_,  \
                     (unsigned long long)m_);                                                                          \
            return false;                                                                                              \
        }                                                                                                              \
    } while (0)

/* Objects are the same if they are at the same physical address. */
static uint64_t at(const struct object *object)
{
    return object ? virt_to_phys(object_block((struct object *)object)) : 0;
}

static uint64_t phys_of(const struct m_object *object)
{
    return object ? object->phys : 0;
}

static uint64_t of_thread(const struct thread *thread)
{
    return thread ? at(&thread->object) : 0;
}

static uint64_t of_context(const struct sched_context *context)
{
    return context ? at(&context->object) : 0;
}

/* ---- nodes ---- */

static bool same_node(const struct node *node, const struct m_node *m)
{
    SAME("a node's kind", node->kind, m->kind);
    if (node->kind == NODE_EMPTY)
        return true;
    SAME("a node's object", at(node->object), phys_of(m->object));
    SAME("a node's rights", node->rights, m->rights);
    SAME("a node's badge", node->badge, m->badge);
    bool to_endpoint = m->kind == M_CAP && m->object->type == ENNEAD_TYPE_ENDPOINT;
    SAME("what a node lets pass", node->passes, to_endpoint ? m->rights & (ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE) : 0);
    return true;
}

static const struct m_node *next_in_preorder(const struct m_node *m, unsigned *depth)
{
    if (m->first) {
        ++*depth;
        return m->first;
    }
    while (m->parent && !m->next) {
        m = m->parent;
        --*depth;
    }
    return m->next;
}

/* The kernel's list is the model's tree in preorder. */
static bool same_tree(void)
{
    const struct m_node *m = model.tree.first;
    unsigned depth = 1;
    if (!m)
        return true;
    const struct node *node = object_in(phys_to_virt(m->object->phys), m->object->type)->root;
    for (; m; m = next_in_preorder(m, &depth), node = node->next) {
        SAME("a node's depth", node->depth, depth);
        if (!same_node(node, m))
            return false;
        SAME("being a root node", node->object->root == node, m->object->root == m);
        SAME("being revoked", node->object->revoking == node, m->object->revoking == m);
    }
    SAME("the end of the tree", node->depth, 0);
    return true;
}

/* ---- queues ---- */

static bool same_queue(const char *what, struct list *list, const struct m_queue *queue)
{
    const struct list *link = list->next;
    for (const struct m_object *m = queue->first; m; m = m->thread.queue_next, link = link->next)
        SAME(what, link == list ? 0 : of_thread(CONTAINER_OF(link, struct thread, queue_link)), phys_of(m));
    SAME(what, link != list, 0);
    return true;
}

/* ---- objects ---- */

static bool same_pool(struct pool *pool, const struct m_object *m)
{
    SAME("a pool's size", pool->size_bytes, m->memory.size);
    SAME("a pool's free bytes", pool->free_bytes, m->memory.free_bytes);
    for (unsigned i = 0; i < POOL_ORDERS; i++) {
        const struct list *block = pool->free[i].next;
        for (uint32_t n = m->memory.free[i]; n; n = model.block_next[n - 1], block = block->next)
            SAME("a pool's free block", block == &pool->free[i] ? 0 : virt_to_phys(block),
                 (uint64_t)(n - 1) * ENNEAD_POOL_BLOCK_BYTES);
        SAME("the end of a pool's free blocks", block != &pool->free[i], 0);
    }
    return true;
}

static bool same_region(const struct region *region, const struct m_object *m)
{
    SAME("a region's base", region->base, m->region.base);
    SAME("a region's size", region->size, m->region.size);
    SAME("a region's mappings", region->mappings, m->region.mappings);
    if (region->mappings) {
        SAME("a region's lowest mapping", region->mapped_low, m->region.mapped_low);
        SAME("a region's highest mapping", region->mapped_high, m->region.mapped_high);
    }
    SAME("a region's flags", region->flags, m->region.flags);
    SAME("a region's cache", region->cache, m->region.cache);
    SAME("a region being a pool", region->is_pool, m->region.is_pool);
    SAME("a region being converted", region->converting, m->region.converting);
    for (const struct m_object *child = m->region.children; child; child = child->region.sibling) {
        struct region *other = phys_to_virt(child->phys);
        struct tree_node *found = tree_at_or_below((struct tree *)&region->children, child->region.base - region->base);
        SAME("a region's child", found == &other->link, true);
    }
    return true;
}

static bool same_slots(struct space *space, struct m_object *m)
{
    SAME("a space's slots", space->slot_pages, m->space.slot_pages);
    for (unsigned page = 0; page < space->slot_pages; page++) {
        const struct node *node = space->slots[page];
        const struct m_node *other = model.slots[m->space.slot_page[page]];
        for (unsigned i = 0; i < ENNEAD_SLOTS_PER_PAGE; i++) {
            SAME("a slot's kind", node[i].kind, other[i].kind);
            if (node[i].kind && !same_node(&node[i], &other[i]))
                return false;
            if (node[i].kind == NODE_REPLY)
                SAME("a stored reply right", thread_of(node[i].object)->reply_slot == &node[i],
                     other[i].object->thread.reply_slot == &other[i]);
        }
    }
    return true;
}

static bool same_map(struct space *space, const struct m_object *m)
{
    uint64_t address = 0;
    SAME("a space's free entries", space->free_entry_count, m->space.free_entries);
    for (const struct m_entry *entry = m->space.map; entry; entry = entry->higher) {
        struct entry *other = map_at_or_above(space, address);
        SAME("a map entry", other ? entry_base(other) : 0, entry->base);
        SAME("a map entry's size", other->order_log2, entry->order);
        SAME("a map entry's memory", other->phys, entry->phys);
        SAME("message buffers in use", other->utcb_used, entry->utcb_used);
        if (!same_node(&other->node, &entry->node))
            return false;
        address = entry->base + (1ull << entry->order);
    }
    SAME("the end of a map", map_at_or_above(space, address) != NULL, false);
    return true;
}

static bool same_handler(const struct handler *handler, const struct m_handler *m)
{
    if (handler->node.kind != NODE_EMPTY) {
        SAME("a handler's first register", handler->register_first, m->first);
        SAME("a handler's registers", handler->register_count, m->count);
    }
    return same_node(&handler->node, &m->node);
}

/* Is what begins last at or below each end of the range what the space says, if it says anything? */
static bool knows_recent(const struct space *space)
{
    const struct tree_node *recent = space->recent ? &space->recent->link : NULL;
    ennead_word first = space->recent_first;
    return (!recent && first == (ennead_word)-1) ||
           (tree_at_or_below(&space->map, first) == recent &&
            tree_at_or_below(&space->map, first + space->recent_span) == recent);
}

static bool same_space(struct space *space, struct m_object *m)
{
    SAME("what the map was asked for last", knows_recent(space), true);
    const struct list *link = space->threads.next;
    for (const struct m_object *thread = m->space.threads_first; thread;
         thread = thread->thread.space_next, link = link->next)
        SAME("a space's thread", of_thread(CONTAINER_OF(link, struct thread, space_link)), thread->phys);
    SAME("the end of a space's threads", link == &space->threads, true);
    return same_slots(space, m) && same_map(space, m) && same_handler(&space->handler[0], &m->space.handler[0]) &&
           same_handler(&space->handler[1], &m->space.handler[1]);
}

static bool same_context(const struct arch_context *context, const struct m_thread *m)
{
    SAME("a status", context->status, m->status);
    SAME("a badge received", context->badge, m->result_badge);
    SAME("a tag", context->tag, m->tag);
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        SAME("a word", context->words[i], m->word[i]);
    SAME("a context being full", context->full, m->full);
    for (unsigned i = 0; i < HOST_REGISTERS; i++)
        if (i < 2 || context->full)
            SAME("a register", context->reg[i], m->reg[i]);
    SAME("a thread pointer", context->tls, m->tls);
    return true;
}

static bool same_thread(const struct thread *thread, const struct m_object *object)
{
    const struct m_thread *m = &object->thread;
    SAME("a thread's state", thread->state, m->state);
    SAME("a thread's priority", thread->priority, m->priority);
    SAME("a thread's highest priority", thread->priority_max, m->priority_max);
    SAME("a call to be made again", thread->again, m->again);
    SAME("a call of which the end is left", thread->finishing, m->finishing);
    SAME("a thread's processor", thread_cpu(thread) ? (int)thread_cpu(thread)->arch.id : -1, m->running_on);
    SAME("a thread's space", thread->space ? at(&thread->space->object) : 0, phys_of(m->space));
    SAME("a thread's message buffer", thread->utcb ? virt_to_phys(thread->utcb) : 0, m->utcb_phys);
    SAME("a thread's reserve", of_context(thread->own), phys_of(m->own));
    SAME("a thread's time", of_context(thread->run), phys_of(m->run));
    SAME("a bound notification", thread->notification_bound ? at(&thread->notification_bound->object) : 0,
         phys_of(m->bound));
    SAME("the reply right held", of_thread(thread->caller), phys_of(m->caller));
    SAME("the holder of a reply right", of_thread(thread->holder), phys_of(m->holder));
    SAME("a stored reply right", thread->reply_slot != NULL, m->reply_slot != NULL);
    SAME("a fault", thread->fault_operation, m->fault);
    SAME("being queued", list_linked(&thread->queue_link), m->queue != NULL);
    return same_handler(&thread->exception, &m->exception) && same_context(&thread->context, m);
}

static bool same_deadline(const struct deadline *deadline, const struct m_object *m)
{
    SAME("a deadline being armed", deadline->link.height != 0, m->armed);
    if (m->armed) {
        SAME("a deadline", deadline->link.key, m->deadline);
        SAME("a deadline's processor", deadline->cpu->arch.id, m->deadline_cpu);
    }
    return true;
}

static bool same_notification(struct notification *notification, const struct m_object *m)
{
    SAME("a notification's bits", notification->bits, m->notification.bits);
    SAME("a notification's armed bits", notification->armed_bits, m->notification.armed_bits);
    SAME("a notification's thread", of_thread(notification->bound), phys_of(m->notification.bound));
    return same_deadline(&notification->deadline, m) &&
           same_queue("a notification's waiter", &notification->queue, &m->notification.queue);
}

static bool same_irq(const struct irq *irq, const struct m_object *m)
{
    SAME("an irq's source", irq->source, m->irq.source);
    SAME("an irq's count", irq->taken, m->irq.taken);
    SAME("an irq's acknowledgement", irq->unacknowledged, m->irq.unacknowledged);
    SAME("an irq's notification", irq->notification ? at(&irq->notification->object) : 0, phys_of(m->irq.notification));
    return same_deadline(&irq->deadline, m);
}

static bool same_time(struct sched_context *context, const struct m_object *m)
{
    SAME("a budget", context->budget_ns, m->context.budget);
    SAME("a period", context->period_ns, m->context.period);
    SAME("a refill", context->refill_ticks, m->context.refill);
    SAME("processor time used", sched_context_consumed(context), m_consumed(m));
    SAME("a context's processor", context->cpu->arch.id, m->context.cpu);
    SAME("a context's owner", of_thread(context->owner), phys_of(m->context.owner));
    SAME("a context's runner", of_thread(context->runner), phys_of(m->context.runner));
    return same_deadline(&context->refill, m);
}

static bool same_object(struct object *object, struct m_object *m)
{
    SAME("an object's type", object->type, m->type);
    SAME("an object's end", object->dying, m->dying);
    if (m->dying == 2)
        return true; /* its memory is being cleared */
    SAME("an object's container", at(object->container), phys_of(m->container));
    SAME("an object's pool", object->pool ? at(&object->pool->object) : 0, phys_of(m->pool));
    switch (m->type) {
    case ENNEAD_TYPE_REGION:
        return same_region(region_of(object), m);
    case ENNEAD_TYPE_POOL:
        return same_pool(CONTAINER_OF(object, struct pool, object), m);
    case ENNEAD_TYPE_SPACE:
        return same_space(CONTAINER_OF(object, struct space, object), m);
    case ENNEAD_TYPE_THREAD:
        return same_thread(thread_of(object), m);
    case ENNEAD_TYPE_ENDPOINT:
        return same_queue("an endpoint's queue", &endpoint_of(object)->queue, &m->endpoint.queue);
    case ENNEAD_TYPE_NOTIFICATION:
        return same_notification(notification_of(object), m);
    case ENNEAD_TYPE_IRQ:
        return same_irq(irq_of(object), m);
    default:
        return same_time(sched_context_of(object), m);
    }
}

static bool same_objects(void)
{
    for (unsigned i = 0; i < model.object_top; i++)
        if (model.objects[i].used &&
            !same_object(object_in(phys_to_virt(model.objects[i].phys), model.objects[i].type), &model.objects[i]))
            return false;
    return true;
}

/* ---- processors and memory ---- */

static bool same_cpus(void)
{
    for (unsigned i = 0; i < model.machine.cpus; i++) {
        struct m_cpu *m = &model.cpu[i];
        SAME("who runs", of_thread(cpus[i].current), phys_of(m->current));
        SAME("whose time it is", of_context(cpus[i].charged), phys_of(m->charged));
        for (unsigned p = 0; p < ENNEAD_PRIORITIES; p++)
            if ((cpus[i].ready_mask >> p & 1 || m->ready[p].first) &&
                !same_queue("a ready queue", &cpus[i].ready[p], &m->ready[p]))
                return false;
        if (!same_queue("a queue of starved threads", &cpus[i].starved, &m->starved))
            return false;
    }
    for (unsigned i = 0; i < MODEL_SOURCES; i++)
        SAME("an interrupt source being closed", host.irq_masked[i], model.irq_masked[i]);
    return true;
}

/* Memory in which nobody but a user changes anything: the regions that the root task gave out, without pools in them.
 */
static bool same_memory(void)
{
    static uint8_t pool[MODEL_RAM_MAX / 4096];
    memset(pool, 0, sizeof pool);
    for (unsigned i = 0; i < model.object_top; i++) {
        const struct m_object *m = &model.objects[i];
        if (m->used && m->type == ENNEAD_TYPE_REGION && (m->region.is_pool || m->region.converting))
            memset(&pool[m->region.base / 4096], 1, (size_t)m->region.size / 4096);
    }
    for (unsigned i = 0; i < model.object_top; i++) {
        const struct m_object *m = &model.objects[i];
        if (!m->used || m->type != ENNEAD_TYPE_REGION || !(m->region.flags & ENNEAD_REGION_RAM) || !m->region.parent ||
            m->region.parent->region.parent)
            continue;
        for (uint64_t at = m->region.base; at < m->region.base + m->region.size; at += 4096)
            if (!pool[at / 4096])
                SAME("memory at a page", memcmp(host_ram + at, &model.ram[at], 4096) ? at : 0, 0);
    }
    for (unsigned i = 0; i < model.entry_top; i++)
        if (model.entries[i].node.kind == M_UTCB)
            SAME("a message buffer",
                 memcmp(host_ram + model.entries[i].phys, &model.ram[model.entries[i].phys], 4096) != 0, 0);
    return true;
}

const char *machines_compare(void)
{
    return same_cpus() && same_tree() && same_objects() && same_memory() ? NULL : difference;
}
