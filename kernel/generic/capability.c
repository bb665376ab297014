/*
 * One capability or page that is copied with a message, or one capability by a call of a space, or that just goes: most
 * are, while nothing is being revoked. All else is in items.c and space_ops.c, which do the same to these.
 */
#include "cpu.h"
#include "ipc.h"

static inline bool copy_capability(const struct thread *from, struct thread *to, const struct ennead_item *item,
                                   const struct object *own)
{
    struct node *source = space_slot(from->space, item->base);
    if (!source || source->kind != NODE_CAP)
        return false;
    if (source->object == own && source->badge) {
        to->utcb->items[0] = (struct ennead_item){.kind = ENNEAD_ITEM_OWN, .badge = source->badge};
        return true;
    }
    const volatile struct ennead_window *window = &to->utcb->window;
    uint32_t at = window->cap_base;
    struct node *slot = window->cap_count ? space_slot(to->space, at) : NULL;
    if (!slot || slot->kind != NODE_EMPTY || cap_copy(source, slot, item->rights, item->badge))
        return false;
    to->utcb->items[0] = (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .badge = slot->badge, .base = at};
    return true;
}

/* Into a window by whose end it is not broken off: a place in it is a multiple of the page's size. */
static inline bool copy_page(const struct thread *from, struct thread *to, struct ennead_item *item)
{
    const volatile struct ennead_window *window = &to->utcb->window;
    unsigned order = item->order_log2, room = window->mem_order_log2;
    uint64_t base = window->mem_base, offset = item->offset;
    if (order > room || order > 62 || offset & (((uint64_t)1 << order) - 1) || (room < 63 && offset >> room))
        return false;
    item->offset = base + offset;
    if (item->offset < offset || !map_copy_page(from->space, item, to->space, PORT_USER_END, 0))
        return false;
    to->utcb->items[0] =
        (struct ennead_item){.kind = ENNEAD_ITEM_PAGE, .order_log2 = (uint8_t)order, .base = item->offset};
    return true;
}

bool transfer_copy(struct thread *from, struct thread *to, const struct object *own)
{
    struct ennead_item item;
    item_read(from, 0, &item);
    if (item.flags & ENNEAD_ITEM_GRANT)
        return false;
    if (item.kind == ENNEAD_ITEM_CAP)
        return copy_capability(from, to, &item, own);
    return item.kind == ENNEAD_ITEM_PAGE && copy_page(from, to, &item);
}

/* ---- calls of spaces ---- */

/* The slot that such a call names; NULL beyond the table, or if there is more to be thought of. */
static __attribute__((noinline)) struct node *slot_at_hand(const struct cpu *cpu, struct thread *thread,
                                                           const struct node *cap)
{
    if (cpu->among_others || revocations || !thread->utcb || !(cap->rights & ENNEAD_RIGHT_CONTROL))
        return NULL;
    return space_slot(CONTAINER_OF(cap->object, struct space, object), message_field(thread, 0));
}

static __attribute__((noinline)) struct arch_context *copy_at_once(const struct cpu *cpu, struct thread *thread,
                                                                   const struct node *cap)
{
    struct node *to = slot_at_hand(cpu, thread, cap);
    struct ennead_item item;
    if (!to || to->kind != NODE_EMPTY)
        return NULL;
    item_read(thread, 0, &item);
    struct node *from = space_slot(thread->space, item.base);
    if (item.kind != ENNEAD_ITEM_CAP || item.flags & ENNEAD_ITEM_GRANT || !from || from->kind != NODE_CAP ||
        cap_copy(from, to, item.rights, item.badge))
        return NULL;
    answer_call(thread, ENNEAD_OK);
    return &thread->context;
}

static __attribute__((noinline)) struct arch_context *delete_at_once(const struct cpu *cpu, struct thread *thread,
                                                                     const struct node *cap)
{
    struct node *slot = slot_at_hand(cpu, thread, cap);
    if (!slot || !node_just_goes(slot))
        return NULL;
    node_remove(slot);
    answer_call(thread, ENNEAD_OK);
    return &thread->context;
}

struct arch_context *fastpath_capability(const struct cpu *cpu, struct thread *thread, const struct node *cap)
{
    uint32_t tag = context_tag(&thread->context);
    if (tag == ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, ENNEAD_FIELD_WORDS, 1))
        return copy_at_once(cpu, thread, cap);
    if (tag == ENNEAD_TAG(ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELETE, ENNEAD_FIELD_WORDS, 0))
        return delete_at_once(cpu, thread, cap);
    return NULL;
}
