/* Messages: words from buffer to buffer. Items, which go from space to space, are in items.c. */
#include "ipc.h"

error_t transfer_message(struct thread *from, struct thread *to, uint32_t tag, struct object *own)
{
    unsigned words = ENNEAD_TAG_WORDS(tag), items = ENNEAD_TAG_ITEMS(tag);
    if (!to->utcb && (items || words > ENNEAD_MSG_REG_WORDS))
        return ENNEAD_WINDOW;
    if (items) {
        struct delivery delivery;
        delivery_open(&delivery, to);
        error_t error = transfer_items(from, items, &delivery, own);
        if (error)
            return error;
    }
    for (unsigned i = 0; i < ENNEAD_MSG_REG_WORDS; i++)
        context_set_word(&to->context, i, context_word(&from->context, i));
    if (words > ENNEAD_MSG_REG_WORDS)
        copy_words(&to->utcb->words[ENNEAD_MSG_REG_WORDS], &from->utcb->words[ENNEAD_MSG_REG_WORDS],
                   words - ENNEAD_MSG_REG_WORDS);
    return ENNEAD_OK;
}
