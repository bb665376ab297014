/* What calls came to: operation by result. */
#ifndef FUZZ_TALLY_H
#define FUZZ_TALLY_H

#include "machines.h"

#define TALLY_PHASES     8u /* SEND, RECV, CALL, REPLY, REPLY_RECV, STORE, an answer through a stored right, nonsense */
#define TALLY_OPERATIONS (TALLY_PHASES + 16u * 16u)
#define TALLY_RESULTS    36u

extern uint64_t tally[TALLY_OPERATIONS][TALLY_RESULTS];
extern uint64_t tally_calls, tally_ended, tally_successes;

void tally_new_world(void);
/* Before an event happens: what the calling thread's last call came to, and which one it makes now. */
void tally_event(const struct event *event);
/* After it: the thread that made it. */
void tally_interrupted(const struct m_object *thread);
const char *tally_operation_name(unsigned operation);
const char *tally_result_name(unsigned result);
void tally_print(void);

/* Pairs of operation and error that docs/abi.md lists, seen fewer than `least` times; each is printed. */
unsigned tally_missing(uint64_t least);
/* Pairs that occurred and that it does not list. */
unsigned tally_unlisted(void);
unsigned tally_pairs(void);

#endif
