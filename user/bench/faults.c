/* Faults, answered by a thread of another space: a page of its own, or the number of the next instruction. */
#include "bench.h"
#include <space_client.h>

#define PAGES  16u
#define ROUNDS 200u

static __attribute__((noipa)) ROW(page_fault_map)
{
    ennead_word address = FAULTS_BASE, bytes = (ennead_word)1 << bench.page_order;
    do {
        (void)*(const volatile uint8_t *)address;
        address += bytes;
    } while (--rounds > 0);
}

static void unmap(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++)
        check(space_unmap(bench.space, FAULTS_BASE + ((uint64_t)i << bench.page_order)));
}

static __attribute__((noipa)) ROW(fault_reply)
{
    do {
        ennead_trap();
    } while (--rounds > 0);
}

const struct row fault_rows[] = {
    {"page_fault_map", row_page_fault_map, PAGES, 5, NULL, unmap},
    {"fault_reply", row_fault_reply, ROUNDS, 5, NULL, NULL},
};
const unsigned fault_row_count = sizeof fault_rows / sizeof fault_rows[0];
