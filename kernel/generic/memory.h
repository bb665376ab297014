/*
 * The memory functions that compilers may call on their own, declared here because no libc is. A port offers them;
 * on the host port they are the C library's.
 */
#ifndef GENERIC_MEMORY_H
#define GENERIC_MEMORY_H

#include <stddef.h>

#define CLEAR_BYTES 512u /* in one step */

void *memset(void *to, int byte, size_t bytes);
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
int memcmp(const void *left, const void *right, size_t bytes);

#endif
