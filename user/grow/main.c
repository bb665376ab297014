/* A component that uses its heap up, page fault by page fault, then asks for a block by message, and ends. */
#include <ennead/service.h>
#include <memory_client.h>
#include <process_client.h>

#define STEP_BYTES  4096u
#define BLOCK_BYTES 65536u
#define BLOCK_ORDER 16u

/* The heap comes cleared; the last block of the quota stays for allocate(). */
static uint64_t fill_heap(uint64_t bytes)
{
    uint64_t steps = 0;
    for (uint64_t at = 0; at < bytes; at += STEP_BYTES, steps++) {
        volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)(ENNEAD_HEAP_BASE + at);
        if (*word != 0)
            ennead_give_up("the heap was not clear", ENNEAD_OK);
        *word = (uint32_t)at + 1;
    }
    for (uint64_t at = 0; at < bytes; at += STEP_BYTES) {
        if (*(volatile uint32_t *)(uintptr_t)(ENNEAD_HEAP_BASE + at) != (uint32_t)at + 1)
            ennead_give_up("the heap lost a word", ENNEAD_OK);
    }
    return steps;
}

static void use_block(uint32_t memory)
{
    uint64_t quota = 0, used = 0;
    ennead_must(memory_allocate(memory, BLOCK_BYTES, ENNEAD_MAP_BASE, ENNEAD_MAP_BASE, BLOCK_ORDER), "allocating");
    *(volatile uint32_t *)(uintptr_t)ENNEAD_MAP_BASE = 1;
    ennead_must(memory_client(memory, &quota, &used), "asking for its quota");
    print("grow: %llu of %llu bytes in use\n", (unsigned long long)used, (unsigned long long)quota);
    if (memory_allocate(memory, BLOCK_BYTES, ENNEAD_MAP_BASE + BLOCK_BYTES, ENNEAD_MAP_BASE + BLOCK_BYTES,
                        BLOCK_ORDER) != ENNEAD_NO_MEMORY)
        ennead_give_up("the quota was not kept", ENNEAD_OK);
    ennead_must(memory_release(memory, ENNEAD_MAP_BASE), "releasing");
}

int main(void)
{
    uint64_t steps = fill_heap(ennead_self()->heap_size - BLOCK_BYTES);
    print("grow: %llu pages of heap written and read back\n", (unsigned long long)steps);
    use_block(ennead_grant("memory"));
    ennead_must(process_exit(ennead_grant("root.view"), 0), "ending");
    return 0;
}
