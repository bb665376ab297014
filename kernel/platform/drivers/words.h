/* Words in a text that may have several strings, as properties of device trees do. */
#ifndef PLATFORM_WORDS_H
#define PLATFORM_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Is the word one of the text's, whole? What is between two words: that character, or a string's end. */
bool words_have(const char *text, size_t bytes, char between, const char *word);

#endif
