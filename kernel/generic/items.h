/* Between items.c and pages.c: one item of a message on its way. */
#ifndef GENERIC_ITEMS_H
#define GENERIC_ITEMS_H

#include "ipc.h"

/* An item, and what was done for it. */
struct step {
    const struct ennead_item *item;
    union {
        /* of a capability or reply right, so that it can be undone */
        struct {
            struct node *to;   /* where it arrived; NULL: nowhere */
            struct node *from; /* its slot; once it arrived, NULL unless it moved, and what it was */
            uint32_t badge;
            uint8_t rights;
        };
        /* of a page */
        struct {
            struct entry *source; /* what it is a part of */
            struct entry *below;  /* in the receiver's map before; NULL: nothing */
            struct step *behind;  /* the page of the same message that is between; NULL: none is */
            struct entry *entry;  /* once it is in the map */
            ennead_word address;  /* there */
            error_t unfound;      /* why there is no `source` */
        };
    };
};

/* Find what the item names; what moves is dropped from the translations, in steps: OK or AGAIN. */
error_t MUST_CHECK page_prepare(struct space *space, struct step *step);
/* Can it arrive, beside the pages before it in the message? Nothing is done yet, but that it is described. */
error_t MUST_CHECK page_send(struct delivery *delivery, struct step *steps, struct step *step);
/* The pages of a message, all of which can arrive, do. */
void pages_put(struct space *space, struct step *steps, unsigned count);

#endif
