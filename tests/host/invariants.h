/* The invariants that the kernel's headers state, checked over the whole machine; a failure is cmocka's. */
#ifndef HOST_INVARIANTS_H
#define HOST_INVARIANTS_H

struct node;

void check_invariants(void);
/* Every space forgets what its map was asked for last, which decides nothing. */
void forget_hints(void);
/* From any node of the derivation tree on. */
void check_invariants_from(struct node *start);

#endif
