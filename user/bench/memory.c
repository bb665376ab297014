/* Mapping and unmapping in the benchmark's own space. */
#include "bench.h"
#include <region_client.h>
#include <space_client.h>

#define PAGES      16u
#define WINDOWS    4u
#define MANY_PAGES 64u

static void map(uint64_t address, unsigned order)
{
    check(region_map(bench.ram, 0, order, ENNEAD_RIGHT_READ, 0, address, order));
}

static inline void touch(uint64_t address)
{
    (void)*(const volatile uint8_t *)(uintptr_t)address;
}

/* Nobody touches it, so that the MMU's tables are never filled. */
static __attribute__((noipa)) ROW(map_unmap_page)
{
    uint32_t space = bench.space, ram = bench.ram;
    unsigned order = bench.page_order;
    do {
        check(region_map(ram, 0, order, ENNEAD_RIGHT_READ, 0, WINDOWS_BASE, order));
        check(space_unmap(space, WINDOWS_BASE));
    } while (--rounds > 0);
}

static void map_pages(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        map(WINDOWS_BASE + ((uint64_t)i << bench.page_order), bench.page_order);
        touch(WINDOWS_BASE + ((uint64_t)i << bench.page_order));
    }
}

static __attribute__((noipa)) ROW(unmap_page)
{
    uint32_t space = bench.space;
    uint64_t address = WINDOWS_BASE, bytes = (uint64_t)1 << bench.page_order;
    do {
        check(space_unmap(space, address));
        address += bytes;
    } while (--rounds > 0);
}

/* As one flexpage, then each is touched. */
static __attribute__((noipa)) ROW(map_64_pages)
{
    uint32_t ram = bench.ram;
    unsigned page = bench.page_order, order = page + 6;
    uint64_t address = WINDOWS_BASE;
    do {
        check(region_map(ram, 0, order, ENNEAD_RIGHT_READ, 0, address, order));
        for (unsigned i = 0; i < MANY_PAGES; i++, address += (uint64_t)1 << page)
            touch(address);
    } while (--rounds > 0);
}

static void unmap_windows(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++)
        check(space_unmap(bench.space, WINDOWS_BASE + ((uint64_t)i * MANY_PAGES << bench.page_order)));
}

const struct row memory_rows[] = {
    {"map_unmap_page", row_map_unmap_page, 100, 5, NULL, NULL},
    {"unmap_page", row_unmap_page, PAGES, 5, map_pages, NULL},
    {"map_64_pages", row_map_64_pages, WINDOWS, 5, NULL, unmap_windows},
};
const unsigned memory_row_count = sizeof memory_rows / sizeof memory_rows[0];
