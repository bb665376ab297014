/* Events as text, a line each: so that a failing sequence can be kept, read, edited and repeated. */
#ifndef FUZZ_TEXT_H
#define FUZZ_TEXT_H

#include "machines.h"

#include <stdio.h>

void event_write(FILE *file, const struct event *event);
/* False at the end of the file, or at a line that is no event (which is then said on stderr). */
bool event_read(FILE *file, struct event *event);

#endif
