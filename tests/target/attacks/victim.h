/* A client and a server, each in a space of its own, above the attackers in priority. */
#ifndef TARGET_VICTIM_H
#define TARGET_VICTIM_H

#include "../harness/harness.h"

/* Slots of an attacker's space. */
#define ATTACK_SERVER   10u /* the victim's server, badged, to send only */
#define ATTACK_POOL     11u
#define ATTACK_ENDPOINT 12u
#define ATTACK_SPACE    13u /* its own */
#define ATTACK_FREE     20u /* from here on its table is empty */
#define ATTACK_BADGE    666u

void victim_start(void);
/* Let the client make its requests; fails the test if one was not answered, or cost other than without an attack. */
void victim_check(void);
/* What attackers are told and tell. */
extern struct attack {
    volatile bool stop;
    volatile unsigned rounds; /* that they have made */
    volatile unsigned broken; /* things that worked and must not */
} attack;
/* Check the victim while `threads` attackers of one space run, the first on its CPU, the others on the last one. */
void attack_beside(void (*entry)(void *), unsigned threads);
/* The same with more in the attackers' space. */
void attack_with(void (*equip)(uint32_t space), void (*entry)(void *), unsigned threads);
unsigned last_cpu(void);
/* The server's endpoint. */
uint32_t victim_endpoint(void);
/* A space with what an attacker may hold. */
uint32_t attacker_space(void);
/* The same, made from a pool, which it also holds. */
uint32_t attacker_space_from(uint32_t pool);
/* Let everybody else run for a moment. */
void pause_a_little(void);

#endif
