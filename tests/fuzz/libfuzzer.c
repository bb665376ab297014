/*
 * libFuzzer's target: the bytes of an input are the choices of the generator, so that coverage of the kernel guides
 * what the threads do. The first byte chooses the machine; the world is always the same one.
 */
#include "generate.h"
#include "run.h"
#include "tally.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static struct run run;
    if (count < 2)
        return 0;
    run.cpus = 1 + bytes[0] % 4;
    run.mmu = bytes[0] / 4 % HOST_MMU_KINDS;
    random_bytes(bytes + 1, count - 1);
    if (!run_world(&run))
        abort();
    return 0;
}
