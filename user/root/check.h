/* What a parsed system description must satisfy as a whole. */
#ifndef ROOT_CHECK_H
#define ROOT_CHECK_H

#include "description.h"

bool description_check(const struct description *description, struct description_error *error);

#endif
