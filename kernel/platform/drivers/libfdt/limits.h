/* What libfdt needs of it: a cross compiler's own wants a C library's. */
#ifndef LIBFDT_LIMITS_H
#define LIBFDT_LIMITS_H

#define INT_MAX  __INT_MAX__
#define UINT_MAX (__INT_MAX__ * 2u + 1u)

#endif
