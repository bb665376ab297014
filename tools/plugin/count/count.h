/*
 * What a benchmark's rows cost: every instruction that begins and every access is counted, and a sample taken at each
 * round of a row's loop. There is no hook anywhere: a row is a function of the benchmark's program, known by its
 * address and its code.
 */
#ifndef COUNT_H
#define COUNT_H

#include "../plugin.h"

/* Instructions that began; those among them that begin again, after a fault; accesses; marked instructions (marks.c).
 */
enum count {
    COUNT_USER,
    COUNT_KERNEL,
    COUNT_AGAIN,
    COUNT_LOADS,
    COUNT_STORES,
    COUNT_TLB,
    COUNT_SPACE,
    COUNT_SERIAL,
    COUNT_LOCK,
    COUNTS
};

/* All counts, of all processors together. */
struct counts {
    uint64_t of[COUNTS];
};
extern struct counts counted;

/* ---- rows.c: the benchmark's functions ---- */

/* What an instruction is in its row: its loop's first, the function's first, or the first of a reading of the clock. */
enum place { PLACE_BODY, PLACE_HEAD, PLACE_START, PLACE_START_AND_HEAD, PLACE_NOW };

struct row;

/* Option `rows=FILE`, what is told to option `out=FILE`. */
void rows_start(void);
/* The row whose code is at this address, and which of its places; NULL if it is not there, or not that code. */
struct row *rows_find(uint64_t vaddr, const void *host, enum place *place);
/* Before an instruction of a row. `arrived`: the kernel came to it from an interrupt of other code, since `entry`. */
void rows_reach(struct row *row, enum place place, const struct counts *entry);
/* At the end of the run. */
void rows_end(void);

/* ---- marks.c: the kernel's instructions that do more than an instruction's work ---- */

#define MARK_TLB    1u  /* forgets translations */
#define MARK_SPACE  2u  /* goes to another address space */
#define MARK_SERIAL 4u  /* waits for all before it */
#define MARK_RETURN 8u  /* goes to user mode */
#define MARK_LOCK   16u /* takes the kernel's lock, waits for it or gives it back */

/* Option `marks=FILE`: lines ADDRESS MARKS. */
void marks_start(void);
unsigned marks_find(uint64_t vaddr);

/* ---- lines.c: lines of 64 bytes that the kernel touches ---- */

/* From now on; what is counted begins anew. */
void lines_begin(void);
void lines_end(unsigned *code, unsigned *data);
void lines_touch_code(uint64_t vaddr, unsigned bytes);
void lines_touch_data(uint64_t vaddr, unsigned bytes);

#endif
