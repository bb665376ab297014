/* Memory, strings and formatting: the little of a C library that servers need. */
#ifndef ENNEAD_TEXT_H
#define ENNEAD_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The compiler calls these four by itself. */
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

size_t text_length(const char *text);
bool text_equal(const char *a, const char *b);
/* Copy what fits into `size` bytes, terminator included; size > 0. */
void text_copy(char *to, size_t size, const char *from);
/* A number, decimal or 0x: false unless all of `text` is one below 2^64. */
bool text_number(const char *text, uint64_t *value);

/*
 * Format into `size` bytes, terminator included; returns the length written. %c %s %d %u %x, the last three with l, ll
 * or z, %p and %%; flags - and 0, and a width. What does not fit is left out.
 */
size_t text_format(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t text_vformat(char *to, size_t size, const char *format, va_list arguments);

#endif
