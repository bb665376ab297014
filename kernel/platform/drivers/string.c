/* The functions that a compiler may call by itself in freestanding code, and what libfdt needs. Whole words first. */
#include <stddef.h>
#include <stdint.h>

typedef uintptr_t __attribute__((may_alias)) word;

#define BYTES sizeof(word)

void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *left, const void *right, size_t size);
void *memchr(const void *in, int value, size_t size);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t most);
char *strrchr(const char *text, int c);

void *memset(void *to, int value, size_t size)
{
    uint8_t *at = to;
    word pattern = (uint8_t)value * (UINTPTR_MAX / 255);

    for (; size > 0 && (uintptr_t)at % BYTES != 0; size--)
        *at++ = (uint8_t)value;
    for (; size >= 4 * BYTES; size -= 4 * BYTES, at += 4 * BYTES) {
        word *words = (word *)at;
        words[0] = words[1] = words[2] = words[3] = pattern;
    }
    for (; size >= BYTES; size -= BYTES, at += BYTES)
        *(word *)at = pattern;
    for (; size > 0; size--)
        *at++ = (uint8_t)value;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *at = to;
    const uint8_t *source = from;

    if ((((uintptr_t)at | (uintptr_t)source) % BYTES) == 0) {
        for (const uint8_t *end = source + size / BYTES * BYTES; source != end; at += BYTES, source += BYTES)
            *(word *)at = *(const word *)source;
        size %= BYTES;
    }
    for (; size > 0; size--)
        *at++ = *source++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *at = to;
    const uint8_t *source = from;

    if ((uintptr_t)at - (uintptr_t)source >= size)
        return memcpy(to, from, size);
    while (size-- > 0)
        at[size] = source[size];
    return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const uint8_t *l = left;
    const uint8_t *r = right;

    for (size_t i = 0; i < size; i++) {
        if (l[i] != r[i])
            return l[i] - r[i];
    }
    return 0;
}

void *memchr(const void *in, int value, size_t size)
{
    const uint8_t *at = in;

    for (size_t i = 0; i < size; i++) {
        if (at[i] == (uint8_t)value)
            return (void *)(at + i);
    }
    return NULL;
}

size_t strnlen(const char *text, size_t most)
{
    size_t length = 0;

    while (length < most && text[length] != 0)
        length++;
    return length;
}

size_t strlen(const char *text)
{
    return strnlen(text, SIZE_MAX);
}

char *strrchr(const char *text, int c)
{
    const char *last = NULL;

    for (;; text++) {
        if (*text == (char)c)
            last = text;
        if (*text == 0)
            return (char *)last;
    }
}
