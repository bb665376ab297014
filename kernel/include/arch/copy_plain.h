/*
 * For ports whose machine copies words best by loads and stores in a row. <port/port.h> includes this; see
 * <arch/context.h>.
 */
#ifndef ARCH_COPY_PLAIN_H
#define ARCH_COPY_PLAIN_H

struct four_words {
    ennead_word word[4];
} __attribute__((may_alias));

/* Keeps the compiler from making several pointers of one, each of which would be counted up. */
#define ONE_POINTER(pointer) __asm__("" : "+r"(pointer))

/* No more than one jump for 16 words. */
static inline void copy_words(ennead_word *to, const ennead_word *from, unsigned count)
{
    struct four_words *to_four = (struct four_words *)to;
    const struct four_words *four = (const struct four_words *)from;
    for (; count >= 16; count -= 16, to_four += 4, four += 4) {
        ONE_POINTER(to_four);
        ONE_POINTER(four);
        to_four[0] = four[0], to_four[1] = four[1], to_four[2] = four[2], to_four[3] = four[3];
    }
    for (; count >= 4; count -= 4) {
        ONE_POINTER(to_four);
        ONE_POINTER(four);
        *to_four++ = *four++;
    }
    for (unsigned i = 0; i < count; i++)
        to_four->word[i] = four->word[i];
}

#endif
