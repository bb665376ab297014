/* The machine's memory, as QEMU has it from a file, and when what of it was written: see model.h. */
#include "model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE      (UINT64_C(1) << PAGE_LOG2)
#define WORD_LOG2 3u
#define WORDS     (1u << (PAGE_LOG2 - WORD_LOG2))

moment now, ram_tables;

static uint8_t *ram; /* where QEMU maps it */
static uint64_t bytes;
static uint64_t shift; /* of the physical addresses that QEMU tells, once it is known */
static bool knows_shift;
static struct write {
    moment at;
    unsigned cpu;
} * lines, **words; /* the latter of pages that hold tables */

void ram_start(void)
{
    bytes = plugin_number("bytes", 0);
    lines = calloc(bytes >> LINE_LOG2, sizeof *lines);
    words = calloc(bytes >> PAGE_LOG2, sizeof *words);
    if (bytes == 0 || !lines || !words)
        plugin_fail("option bytes=N: how much memory the machine has");
}

/* It is not there yet when the plugin is loaded. */
static void find_ram(void)
{
    const char *path = plugin_option("ram");
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];

    while (path && maps && !ram && fgets(line, sizeof line, maps)) {
        if (strstr(line, path))
            ram = (uint8_t *)(uintptr_t)strtoull(line, NULL, 16);
    }
    if (!ram)
        plugin_fail("option ram=FILE: the machine's memory is not in it");
    fclose(maps);
}

bool ram_has(uint64_t phys)
{
    return phys - isa->ram_base < bytes;
}

uint64_t ram_read(uint64_t phys, unsigned size, bool is_big_endian)
{
    uint64_t value = 0;

    if (!ram)
        find_ram();
    if (!ram_has(phys))
        return 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)ram[phys - isa->ram_base + i] << 8 * (is_big_endian ? size - 1 - i : i);
    return value;
}

void ram_write(uint64_t phys, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size && ram_has(phys + i); i++)
        ram[phys - isa->ram_base + i] = (uint8_t)(value >> 8 * i);
}

uint64_t ram_phys_of_host(const void *host)
{
    if (!ram)
        find_ram();
    uint64_t offset = (uint64_t)((const uint8_t *)host - ram);
    return offset < bytes ? offset + isa->ram_base : ANY;
}

bool ram_window(uint64_t vaddr, uint64_t *phys)
{
    for (unsigned i = 0; i < 2; i++) {
        uint64_t offset = vaddr - isa->window[i].virt;
        if (offset < isa->window[i].size) {
            *phys = offset + isa->window[i].phys;
            return ram_has(*phys);
        }
    }
    return false;
}

/* The kernel's window tells how far QEMU's idea of a physical address is from the machine's. */
bool ram_phys_of_access(qemu_plugin_meminfo_t info, uint64_t vaddr, uint64_t *phys)
{
    bool in_window = plugin_is_kernel(vaddr) && ram_window(vaddr, phys);

    if (in_window && knows_shift)
        return true;
    struct qemu_plugin_hwaddr *place = qemu_plugin_get_hwaddr(info, vaddr);
    if (!place || qemu_plugin_hwaddr_is_io(place))
        return false;
    uint64_t told = qemu_plugin_hwaddr_phys_addr(place);
    if (in_window) {
        shift = told - *phys;
        knows_shift = true;
    } else {
        *phys = told - shift;
    }
    return knows_shift && ram_has(*phys);
}

void ram_written(unsigned cpu, uint64_t phys, unsigned size)
{
    uint64_t first = phys - isa->ram_base, last = first + size - 1;
    struct write write = {tick(), cpu};

    if (last >= bytes)
        return;
    lines[first >> LINE_LOG2] = write;
    lines[last >> LINE_LOG2] = write;
    if (words[first >> PAGE_LOG2]) {
        struct write *page = words[first >> PAGE_LOG2];
        page[(first >> WORD_LOG2) % WORDS] = write;
        page[(last >> WORD_LOG2) % WORDS] = write;
        ram_tables = now;
    }
}

moment ram_line_written(uint64_t phys)
{
    return ram_has(phys) ? lines[(phys - isa->ram_base) >> LINE_LOG2].at : 0;
}

void ram_forget_written(uint64_t phys)
{
    lines[(phys - isa->ram_base) >> LINE_LOG2].at = 0;
}

moment ram_word_written(unsigned cpu, uint64_t phys)
{
    uint64_t offset = phys - isa->ram_base;

    if (!ram_has(phys))
        return 0;
    const struct write *page = words[offset >> PAGE_LOG2];
    const struct write *last = page ? &page[(offset >> WORD_LOG2) % WORDS] : &lines[offset >> LINE_LOG2];
    return last->cpu == cpu ? last->at : 0;
}

/* What was written before is known of lines only. */
void ram_mark_table(uint64_t phys)
{
    uint64_t page = (phys - isa->ram_base) >> PAGE_LOG2;

    if (!ram_has(phys) || words[page])
        return;
    words[page] = malloc(WORDS * sizeof *words[page]);
    for (unsigned i = 0; i < WORDS; i++)
        words[page][i] = lines[(page << (PAGE_LOG2 - LINE_LOG2)) + (i >> (LINE_LOG2 - WORD_LOG2))];
}
