/* A digest of the abstract state: FNV-1a, 64 bits. Nothing in it depends on the word size, the byte order or the MMU.
 */
#include "internal.h"

static uint64_t digest;

static void byte(uint8_t value)
{
    digest = (digest ^ value) * 0x100000001b3ull;
}

static void number(uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        byte((uint8_t)(value >> 8 * i));
}

/* Objects by where they are: pools hand memory out the same way everywhere. */
static void name(const struct m_object *object)
{
    number(object ? object->phys + 1 : 0);
}

static void node(const struct m_node *node)
{
    number(node->kind);
    if (node->kind == M_EMPTY)
        return;
    number(node->rights);
    number(node->badge);
    name(node->object);
    number(node->kind == M_CAP || node->kind == M_ENTRY ? m_depth(node) : 0);
}

static void queue(const struct m_queue *queue)
{
    for (const struct m_object *thread = queue->first; thread; thread = thread->thread.queue_next)
        name(thread);
    number(0);
}

static void tree(const struct m_node *from)
{
    for (; from; from = from->next) {
        node(from);
        tree(from->first);
        number(0);
    }
}

static void space(struct m_object *object)
{
    for (unsigned i = 1; i < object->space.slot_pages * ENNEAD_SLOTS_PER_PAGE; i++) {
        const struct m_node *slot = m_slot(object, i);
        if (slot->kind == M_EMPTY)
            continue;
        number(i);
        node(slot);
    }
    for (const struct m_entry *entry = object->space.map; entry; entry = entry->higher) {
        number(entry->base);
        number(entry->order);
        number(entry->phys);
        node(&entry->node);
    }
    number(object->space.free_entries);
    node(&object->space.handler[0].node);
    node(&object->space.handler[1].node);
}

static void thread(const struct m_object *object)
{
    const struct m_thread *t = &object->thread;
    number(t->state);
    number(t->priority);
    number(t->priority_max);
    number((uint64_t)(int64_t)t->running_on);
    name(t->space);
    name(t->own);
    name(t->run);
    name(t->caller);
    name(t->holder);
    name(t->bound);
    number(t->fault);
    number(t->status);
    number(t->result_badge);
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        number(t->word[i]);
    for (unsigned i = 0; i < 2; i++)
        number(t->reg[i]);
}

static void region(const struct m_object *object)
{
    number(object->region.base);
    number(object->region.size);
    number(object->region.mappings);
    number(object->region.cache);
    number(object->region.is_pool);
}

static void object(struct m_object *o)
{
    name(o);
    number(o->type);
    number(o->armed ? o->deadline : 0);
    switch (o->type) {
    case ENNEAD_TYPE_REGION:
        region(o);
        break;
    case ENNEAD_TYPE_POOL:
        number(o->memory.free_bytes);
        number(m_largest_free(o));
        break;
    case ENNEAD_TYPE_SPACE:
        space(o);
        break;
    case ENNEAD_TYPE_THREAD:
        thread(o);
        break;
    case ENNEAD_TYPE_ENDPOINT:
        queue(&o->endpoint.queue);
        break;
    case ENNEAD_TYPE_NOTIFICATION:
        number(o->notification.bits);
        queue(&o->notification.queue);
        break;
    case ENNEAD_TYPE_IRQ:
        number(o->irq.source);
        number(o->irq.taken);
        break;
    case ENNEAD_TYPE_SCHED_CONTEXT:
        number(o->context.budget);
        number(m_remaining(o));
        number(m_consumed(o));
        name(o->context.runner);
        break;
    }
}

uint64_t model_hash(void)
{
    digest = 0xcbf29ce484222325ull;
    for (unsigned i = 0; i < model.machine.cpus; i++) {
        name(model.cpu[i].current);
        for (unsigned p = 0; p < ENNEAD_PRIORITIES; p++)
            if (model.cpu[i].ready[p].first) {
                number(p);
                queue(&model.cpu[i].ready[p]);
            }
    }
    tree(model.tree.first);
    for (unsigned i = 0; i < model.object_top; i++)
        if (model.objects[i].used)
            object(&model.objects[i]);
    return digest;
}
