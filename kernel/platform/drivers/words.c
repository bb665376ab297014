/* See words.h. */
#include "words.h"

bool words_have(const char *text, size_t bytes, char between, const char *word)
{
    size_t length = __builtin_strlen(word), start = 0;

    for (size_t end = 0; end <= bytes; end++) {
        if (end < bytes && text[end] != between && text[end] != '\0')
            continue;
        if (end - start == length && __builtin_memcmp(text + start, word, length) == 0)
            return true;
        start = end + 1;
    }
    return false;
}
