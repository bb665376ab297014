/*
 * Faults and exceptions: calls that the kernel makes in a thread's name.
 *
 * While `fault_operation` is set the thread's context is full and is not to be written as the result of a system
 * call. The answer resumes the thread; anything else that ends the call leaves it stopped.
 */
#include "ipc.h"
#include "sched.h"

/* Behind the fault's own fields, the registers that the handler was set with. */
RARE void fault_put_registers(const struct thread *thread, const struct handler *handler, struct thread *receiver)
{
    for (unsigned i = 0; i < handler->register_count; i++) {
        uint64_t value = context_read_reg(&thread->context, handler->register_first + i);
        for (unsigned k = 0; k < ENNEAD_FIELD_WORDS; k++)
            message_set_word(receiver, (FAULT_FIELDS + i) * ENNEAD_FIELD_WORDS + k, (ennead_word)(value >> k * 32));
    }
}

RARE uint32_t fault_message(const struct thread *thread, struct thread *receiver)
{
    return fault_put_message(thread, fault_handler(thread), receiver);
}

void fault_note(struct thread *thread, unsigned operation, uint64_t f0, uint64_t f1, uint64_t f3)
{
    thread->fault_operation = (uint8_t)operation;
    thread->fault = (struct fault){{f0, f1, context_pc(&thread->context), f3}};
}

void fault_raise(struct thread *thread)
{
    const struct node *endpoint = &fault_handler(thread)->node;
    if (endpoint->kind == NODE_EMPTY)
        fault_abandon(thread);
    else
        ipc_send_fault(thread, endpoint_of(endpoint->object), endpoint->badge);
}

void fault_abandon(struct thread *thread)
{
    thread->state = thread->fault_operation == ENNEAD_FAULT_TIME ? ENNEAD_THREAD_STARVED : ENNEAD_THREAD_STOPPED;
    thread->fault_operation = 0;
}

/* Words of an answer without items: the first register's number, then values, each a field. */
static __attribute__((noinline)) void write_registers(struct thread *server, struct thread *thread, unsigned words)
{
    uint64_t first = message_field(server, 0);
    unsigned count = words / ENNEAD_FIELD_WORDS, index = first < UINT16_MAX ? (unsigned)first : UINT16_MAX;
    for (unsigned i = 1; i < count && context_write_reg(&thread->context, index, message_field(server, i)); i++)
        index++;
}

/* The window of a fault is the whole space, so that an item's offset is the address. */
static error_t MUST_CHECK take_items(struct thread *server, struct thread *thread, unsigned items)
{
    struct delivery delivery = {.space = thread->space, .window = {.mem_order_log2 = 63}};
    return transfer_items(server, items, &delivery, NULL);
}

RARE error_t fault_answer(struct thread *server, struct thread *thread, uint32_t tag)
{
    unsigned items = ENNEAD_TAG_ITEMS(tag), words = ENNEAD_TAG_WORDS(tag);
    if (ENNEAD_TAG_LABEL(tag) != ENNEAD_OK)
        return ENNEAD_OK;
    if (items)
        return take_items(server, thread, items);
    if (words >= 2 * ENNEAD_FIELD_WORDS)
        write_registers(server, thread, words);
    return ENNEAD_OK;
}

bool fault_answer_at_once(struct thread *server, struct thread *thread, uint32_t tag)
{
    unsigned items = ENNEAD_TAG_ITEMS(tag), words = ENNEAD_TAG_WORDS(tag);
    struct ennead_item item;
    if (items == 0) {
        if (words >= 2 * ENNEAD_FIELD_WORDS)
            write_registers(server, thread, words);
        return true;
    }
    if (items > 1 || words > 0 || thread->fault_operation != ENNEAD_FAULT_PAGE)
        return false;
    item_read(server, 0, &item);
    return item.kind == ENNEAD_ITEM_PAGE && !(item.flags & ENNEAD_ITEM_GRANT) &&
           map_copy_page(server->space, &item, thread->space, thread->fault.field[0], (unsigned)thread->fault.field[1]);
}
