/*
 * Faults and exceptions: calls that the kernel makes in a thread's name.
 *
 * While `fault_operation` is set the thread's context is full and is not to be written as the result of a system
 * call. The answer resumes the thread; anything else that ends the call leaves it stopped.
 */
#include "ipc.h"
#include "sched.h"

/* Who hears of it: the pager of pages; the thread's own handler of the rest, or its space's. */
static struct handler *find_handler(struct thread *thread)
{
    if (thread->fault_operation == ENNEAD_FAULT_PAGE)
        return &thread->space->handler[ENNEAD_HANDLER_PAGER];
    if (thread->exception.node.kind != NODE_EMPTY)
        return &thread->exception;
    return &thread->space->handler[ENNEAD_HANDLER_EXCEPTION];
}

/* Field i of the message: the fault's own, then the registers that the handler was set with. */
static uint64_t fault_field(const struct thread *thread, const struct handler *handler, unsigned i)
{
    return i < FAULT_FIELDS ? thread->fault.field[i]
                            : context_read_reg(&thread->context, handler->register_first + i - FAULT_FIELDS);
}

error_t fault_message(struct thread *thread, struct thread *receiver, uint32_t *tag)
{
    const struct handler *handler = find_handler(thread);
    unsigned words = (FAULT_FIELDS + handler->register_count) * ENNEAD_FIELD_WORDS;
    ASSERT(words <= ENNEAD_MSG_WORDS); /* no port has that many registers */
    if (words > ENNEAD_MSG_REG_WORDS && !receiver->utcb)
        return ENNEAD_WINDOW;
    for (unsigned i = 0; i < words; i++) {
        uint64_t value = fault_field(thread, handler, i / ENNEAD_FIELD_WORDS);
        message_set_word(receiver, i, (ennead_word)(value >> i % ENNEAD_FIELD_WORDS * 32));
    }
    *tag = ENNEAD_TAG(ENNEAD_PROTOCOL_FAULT, thread->fault_operation, words, 0);
    return ENNEAD_OK;
}

void fault_raise(struct thread *thread, unsigned operation, uint64_t f0, uint64_t f1, uint64_t f3)
{
    thread->fault_operation = (uint8_t)operation;
    thread->fault = (struct fault){{f0, f1, context_pc(&thread->context), f3}};
    struct node *endpoint = &find_handler(thread)->node;
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
static void write_registers(struct thread *server, struct thread *thread, unsigned words)
{
    uint64_t field[ENNEAD_MSG_WORDS / ENNEAD_FIELD_WORDS];
    unsigned count = words / ENNEAD_FIELD_WORDS;
    for (unsigned i = 0; i < count; i++)
        field[i] = message_field(server, i);
    for (unsigned i = 1; i < count && field[0] + i - 1 < context_reg_count(); i++)
        context_write_reg(&thread->context, (unsigned)field[0] + i - 1, field[i]);
}

error_t fault_answer(struct thread *server, struct thread *thread, uint32_t tag)
{
    unsigned items = ENNEAD_TAG_ITEMS(tag), words = ENNEAD_TAG_WORDS(tag);
    if (ENNEAD_TAG_LABEL(tag) != ENNEAD_OK)
        return ENNEAD_OK;
    if (items) {
        /* The window of a fault is the whole space, so that an item's offset is the address. */
        struct delivery delivery = {.space = thread->space, .window = {.mem_order_log2 = 63}};
        error_t error = transfer_items(server, items, &delivery, NULL);
        if (error)
            return error;
    }
    if (words >= 2 * ENNEAD_FIELD_WORDS)
        write_registers(server, thread, words);
    return ENNEAD_OK;
}
