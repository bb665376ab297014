/* What libfdt includes of a C library, which a cross compiler's machine need not have. */
#ifndef LIBFDT_LIMITS_H
#define LIBFDT_LIMITS_H

#define INT_MAX  __INT_MAX__
#define UINT_MAX (2u * INT_MAX + 1u)

#endif
