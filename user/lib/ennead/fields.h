/* Messages with any number of fields, as reading and writing registers needs them. */
#ifndef ENNEAD_FIELDS_H
#define ENNEAD_FIELDS_H

#include <ennead/ipc.h>

#define ENNEAD_FIELDS_MAX 96u

/* Append `count` values after `first` fields already in `words`; words is the register part of the message. */
static inline void ennead_put_fields(ennead_word *words, unsigned first, const uint64_t *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ennead_word field[ENNEAD_FIELD_WORDS];
        ennead_put(field, 0, values[i]);
        for (unsigned k = 0; k < ENNEAD_FIELD_WORDS; k++) {
            unsigned index = (unsigned)((first + i) * ENNEAD_FIELD_WORDS) + k;
            *(index < ENNEAD_MSG_REG_WORDS ? &words[index] : &ennead_utcb()->words[index]) = field[k];
        }
    }
}

/* The fields from `first` on, at most `capacity` of them. */
static inline unsigned ennead_get_fields(const struct ennead_msg *msg, unsigned first, uint64_t *values,
                                         unsigned capacity)
{
    unsigned present = (unsigned)(ENNEAD_TAG_WORDS(msg->tag) / ENNEAD_FIELD_WORDS), count = 0;
    for (; count < capacity && first + count < present; count++)
        values[count] = ennead_get(msg, first + count);
    return count;
}

#endif
