/* The invariants that the kernel's headers state, checked over the whole machine. */
#include "invariants.h"
#include "fixture.h"
#include "machine.h"

#include <string.h>

/* The root task's space holds the first nodes; the list goes round through its head. */
static struct node *any_node(void)
{
    for (unsigned i = 1; i < ENNEAD_SLOTS_PER_PAGE; i++) {
        struct node *node = space_slot(root->space, i);
        if (node->kind == NODE_CAP)
            return node;
    }
    return NULL;
}

static void check_pool(struct pool *pool)
{
    uint64_t free_bytes = 0, used = 0;
    for (unsigned i = 0; i < POOL_ORDERS; i++)
        for (struct list *block = pool->free[i].next; block != &pool->free[i]; block = block->next)
            free_bytes += (uint64_t)1 << (i + POOL_ORDER_MIN);
    assert_int_equal(free_bytes, pool->free_bytes);
    /* From block to block: each begins where the one before it ends. */
    const uint8_t *map = (const uint8_t *)pool + POOL_HEADER;
    uint64_t at = pool_overhead(pool->size_bytes);
    while (at < pool->size_bytes) {
        uint8_t order = map[at >> POOL_ORDER_MIN];
        assert_true((order & 0x7f) >= POOL_ORDER_MIN && (order & 0x7f) <= ENNEAD_POOL_ORDER_MAX);
        used += order & 0x80 ? 0 : (uint64_t)1 << order;
        at += (uint64_t)1 << (order & 0x7f);
    }
    assert_int_equal(at, pool->size_bytes);
    assert_int_equal(pool_overhead(pool->size_bytes) + used + free_bytes, pool->size_bytes);
}

static void check_thread(struct thread *thread)
{
    if (thread->state == ENNEAD_THREAD_CALLING) {
        assert_true((thread->holder != NULL) != (thread->reply_slot != NULL));
        if (thread->holder)
            assert_ptr_equal(thread->holder->caller, thread);
        else
            assert_ptr_equal(thread->reply_slot->object, &thread->object);
    }
    if (thread->run)
        assert_ptr_equal(thread->run->runner, thread);
    if (thread->own)
        assert_ptr_equal(thread->own->owner, thread);
    if (thread->state == ENNEAD_THREAD_READY && !thread_cpu(thread) && !list_linked(&thread->queue_link))
        assert_true(thread->run && thread->run->refill.link.height);
    bool queued = thread->state == ENNEAD_THREAD_SENDING || thread->state == ENNEAD_THREAD_RECEIVING ||
                  thread->state == ENNEAD_THREAD_WAITING;
    if (queued)
        assert_true(list_linked(&thread->queue_link));
}

static void check_context(const struct sched_context *context)
{
    assert_int_equal(context->owner != NULL, context->runner != NULL);
    if (context->owner)
        assert_ptr_equal(context->owner->own, context);
    assert_true(context->remaining_ticks <= context->budget_ticks);
    assert_true(context->remaining_ticks || context->budget_ns < context->period_ns);
}

/* A clock that is not marked stale is set for the first deadline, or the end of the budget in use. */
static void check_clock(const struct cpu *cpu)
{
    if (!cpu->clock_stale)
        assert_true(cpu->quiet_until < clock_next(cpu) || cpu->quiet_until == 0);
}

/* Every ready thread runs, is queued, or waits for a refill; the masks say which queues hold anybody. */
static void check_queues(void)
{
    for (unsigned i = 0; i < host.config.cpus; i++) {
        for (unsigned p = 0; p < ENNEAD_PRIORITIES; p++)
            assert_int_equal(cpus[i].ready_mask >> p & 1, !list_empty(&cpus[i].ready[p]));
        uint64_t mask = cpus[i].ready_mask;
        assert_int_equal(cpus[i].highest_ready, mask ? 63 - __builtin_clzll(mask) : 0);
        check_clock(&cpus[i]);
        if (cpus[i].space)
            assert_true(!cpus[i].among_others || cpus[i].space->active_on[i]);
        if (!cpus[i].current)
            assert_false(host.cpu[i].fpu_on); /* nobody's state is open to whoever runs next */
    }
}

/* No CPU translates what the space's map does not say. */
static void check_tlbs(struct space *space)
{
    for (unsigned i = 0; i < host.config.cpus; i++) {
        for (unsigned k = 0; k < host.cpu[i].tlb_used; k++) {
            struct host_translation *t = &host.cpu[i].tlb[k];
            if (t->tag != space->mmu.tag)
                continue;
            struct entry *entry = map_find(space, t->base);
            assert_non_null(entry);
            assert_int_equal(entry->phys + (t->base - entry_base(entry)), t->phys);
            assert_int_equal(entry->node.rights & t->rights, t->rights);
        }
    }
}

static void check_object(struct object *object)
{
    assert_int_equal(object->dying, 0);
    if (object->type == ENNEAD_TYPE_POOL)
        check_pool(CONTAINER_OF(object, struct pool, object));
    else if (object->type == ENNEAD_TYPE_THREAD)
        check_thread(thread_of(object));
    else if (object->type == ENNEAD_TYPE_SCHED_CONTEXT)
        check_context(sched_context_of(object));
    else if (object->type == ENNEAD_TYPE_SPACE)
        check_tlbs(CONTAINER_OF(object, struct space, object));
}

void check_invariants(void)
{
    struct node *start = any_node();
    check_queues();
    if (start)
        check_invariants_from(start);
}

/* What its map was asked for last is not known: no entry lies at the last address. */
static void forget_recent(struct space *space)
{
    space->recent = NULL;
    space->recent_first = (ennead_word)-1;
    space->recent_span = 0;
}

void forget_hints(void)
{
    struct node *start = any_node(), *node = start;
    if (!start)
        return;
    do {
        if (node->depth && node->object->type == ENNEAD_TYPE_SPACE)
            forget_recent(CONTAINER_OF(node->object, struct space, object));
        node = node->next;
    } while (node != start);
}

static unsigned passes(const struct node *node)
{
    bool to_endpoint = node->kind == NODE_CAP && node->object->type == ENNEAD_TYPE_ENDPOINT;
    return to_endpoint ? node->rights & (ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE) : 0;
}

void check_invariants_from(struct node *start)
{
    struct node *node = start;
    unsigned revoking = 0;
    do {
        assert_ptr_equal(node->next->prev, node);
        assert_true(node->next->depth <= node->depth + 1);
        if (node->depth) {
            assert_non_null(node->object);
            assert_int_equal(node->passes, passes(node));
            revoking += node->object->revoking == node;
            if (node->object->root == node)
                check_object(node->object);
        }
        node = node->next;
    } while (node != start);
    assert_int_equal(revocations, revoking);
}
