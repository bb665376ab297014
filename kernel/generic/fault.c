/*
 * Faults and exceptions: calls that the kernel makes in a thread's name.
 *
 * While `fault_operation` is set the thread's context is full and is not to be written as the result of a system
 * call. The answer resumes the thread; anything else that ends the call leaves it stopped.
 */
#include "ipc.h"
#include "sched.h"

struct handler *fault_handler(struct thread *thread)
{
    if (thread->fault_operation == ENNEAD_FAULT_PAGE)
        return &thread->space->handler[ENNEAD_HANDLER_PAGER];
    if (thread->exception.node.kind != NODE_EMPTY)
        return &thread->exception;
    return &thread->space->handler[ENNEAD_HANDLER_EXCEPTION];
}

static void set_field(struct thread *receiver, unsigned field, uint64_t value)
{
    for (unsigned i = 0; i < ENNEAD_FIELD_WORDS; i++)
        message_set_word(receiver, field * ENNEAD_FIELD_WORDS + i, (ennead_word)(value >> i % ENNEAD_FIELD_WORDS * 32));
}

/* The fault's own fields, then the registers that the handler was set with. */
error_t fault_message(struct thread *thread, struct thread *receiver, uint32_t *tag)
{
    const struct handler *handler = fault_handler(thread);
    unsigned words = (FAULT_FIELDS + handler->register_count) * ENNEAD_FIELD_WORDS;
    ASSERT(words <= ENNEAD_MSG_WORDS); /* no port has that many registers */
    if (words > ENNEAD_MSG_REG_WORDS && !receiver->utcb)
        return ENNEAD_WINDOW;
    for (unsigned i = 0; i < FAULT_FIELDS; i++)
        set_field(receiver, i, thread->fault.field[i]);
    for (unsigned i = 0; i < handler->register_count; i++)
        set_field(receiver, FAULT_FIELDS + i, context_read_reg(&thread->context, handler->register_first + i));
    *tag = ENNEAD_TAG(ENNEAD_PROTOCOL_FAULT, thread->fault_operation, words, 0);
    return ENNEAD_OK;
}

void fault_note(struct thread *thread, unsigned operation, uint64_t f0, uint64_t f1, uint64_t f3)
{
    thread->fault_operation = (uint8_t)operation;
    thread->fault = (struct fault){{f0, f1, context_pc(&thread->context), f3}};
}

void fault_raise(struct thread *thread)
{
    struct node *endpoint = &fault_handler(thread)->node;
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

/* Words of an answer: the first register's number, then values, each a field. */
static __attribute__((noinline)) void write_registers(struct thread *server, struct thread *thread, unsigned words)
{
    unsigned count = words / ENNEAD_FIELD_WORDS, registers = context_reg_count();
    uint64_t first = message_field(server, 0);
    for (unsigned i = 1; i < count && first + i - 1 < registers; i++)
        context_write_reg(&thread->context, (unsigned)first + i - 1, message_field(server, i));
}

/* The window of a fault is the whole space, so that an item's offset is the address. */
static error_t MUST_CHECK take_items(struct thread *server, struct thread *thread, unsigned items)
{
    struct delivery delivery = {.space = thread->space, .window = {.mem_order_log2 = 63}};
    error_t error = transfer_items(server, items, &delivery, NULL);
    if (!error && thread->fault_operation == ENNEAD_FAULT_PAGE)
        map_fill_ahead(thread->space, thread->fault.field[0], (unsigned)thread->fault.field[1]);
    return error;
}

error_t fault_answer(struct thread *server, struct thread *thread, uint32_t tag)
{
    unsigned items = ENNEAD_TAG_ITEMS(tag), words = ENNEAD_TAG_WORDS(tag);
    if (ENNEAD_TAG_LABEL(tag) != ENNEAD_OK)
        return ENNEAD_OK;
    error_t error = items ? take_items(server, thread, items) : ENNEAD_OK;
    if (error)
        return error;
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
