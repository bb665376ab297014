/* The machine's resources: pool, memory, slots and addresses, and what puts them back. */
#include "machine.h"
#include <ennead/text.h>

#define TABLE_PAGES 8u
#define ENTRY_PAGES 8u
#define SLOT_PAGES  8u

struct harness harness;

/* The linker is told that stack_top is its end. */
_Alignas(16) char ennead_root_stack[16384];

static struct ennead_thread_block {
    ennead_word utcb;
} root_block;

static void must(enum ennead_error error, const char *what)
{
    if (error != ENNEAD_OK)
        machine_refuse(what, error);
}

uint32_t io_region(const char *name)
{
    for (uint32_t i = 0; i < harness.boot->resource_count; i++) {
        const struct ennead_resource *resource = &harness.boot->resources[i];
        if (resource->kind == ENNEAD_RESOURCE_IO && text_equal(resource->name, name))
            return resource->slot;
    }
    return 0;
}

const struct ennead_device *device_of(const char *compatible)
{
    for (uint32_t i = 0; i < harness.boot->device_count; i++) {
        if (text_equal(harness.boot->devices[i].compatible, compatible))
            return &harness.boot->devices[i];
    }
    return NULL;
}

void device_set(const struct ennead_device *device, unsigned reg, unsigned value)
{
    uint32_t region = harness.boot->resources[device->resource].slot;
    CHECK_OK(region_store(region, device->base + ((uint64_t)reg << device->reg_shift), 1, value));
}

/* RAM that a pool can be made of: on some machines the larger part is not. */
static bool is_poolable(const struct ennead_resource *resource)
{
    struct region_describe_out about;
    return resource->kind == ENNEAD_RESOURCE_RAM && region_describe(resource->slot, &about) == ENNEAD_OK &&
           (about.flags & ENNEAD_REGION_POOLABLE) != 0;
}

static const struct ennead_resource *largest_ram(void)
{
    const struct ennead_resource *best = NULL;
    for (uint32_t i = 0; i < harness.boot->resource_count; i++) {
        const struct ennead_resource *resource = &harness.boot->resources[i];
        if (is_poolable(resource) && (best == NULL || resource->size > best->size))
            best = resource;
    }
    if (best == NULL || best->size < RAM_BYTES + POOL_BYTES)
        machine_refuse("RAM that is free", best != NULL ? best->size : 0);
    return best;
}

static uint32_t first_free_slot(void)
{
    uint32_t next = ENNEAD_ROOT_FIRST_RESOURCE + 1;
    for (uint32_t i = 0; i < harness.boot->resource_count; i++) {
        if (harness.boot->resources[i].slot >= next)
            next = harness.boot->resources[i].slot + 1;
    }
    return next;
}

void machine_start(const struct ennead_boot_info *boot)
{
    harness.boot = boot;
    root_block.utcb = harness.utcb = (ennead_word)boot->utcb_address;
    must(thread_set_tls(ENNEAD_ROOT_THREAD, (uintptr_t)&root_block), "the thread pointer");
    harness.next_slot = first_free_slot();
    harness.next_address = boot->free_address;
    must(space_grow(ENNEAD_ROOT_SPACE, ENNEAD_TABLE_SLOTS, SLOT_PAGES), "slots");
    must(space_grow(ENNEAD_ROOT_SPACE, ENNEAD_TABLE_ENTRIES, ENTRY_PAGES), "entries");
    must(space_grow(ENNEAD_ROOT_SPACE, ENNEAD_TABLE_PAGES, TABLE_PAGES), "tables");
    const struct ennead_resource *ram = largest_ram();
    uint32_t pool_region = new_slot();
    harness.ram = new_slot();
    harness.pool = new_slot();
    must(region_carve(ram->slot, 0, RAM_BYTES, ENNEAD_ROOT_POOL, harness.ram), "memory");
    must(region_carve(ram->slot, RAM_BYTES, POOL_BYTES, ENNEAD_ROOT_POOL, pool_region), "memory for the pool");
    must(region_make_pool(pool_region, harness.pool), "the pool");
    harness.true_pool = harness.pool;
    harness.true_ram = harness.ram;
    harness.space = ENNEAD_ROOT_SPACE;
    actors_start();
    keep_for_good();
}

void keep_for_good(void)
{
    harness.first_slot = harness.next_slot;
    harness.first_address = harness.next_address;
}

uint32_t extra_pool(uint64_t bytes)
{
    const struct ennead_resource *ram = largest_ram();
    uint32_t region = new_slot(), pool = new_slot();
    must(region_carve(ram->slot, RAM_BYTES + POOL_BYTES, bytes, ENNEAD_ROOT_POOL, region), "more memory");
    must(region_make_pool(region, pool), "another pool");
    return pool;
}

static void delete_slots(void)
{
    struct space_slot_info_out found;
    uint64_t slot = harness.first_slot;
    while (space_slot_info(harness.space, slot, &found) == ENNEAD_OK) {
        if (found.type == ENNEAD_TYPE_NONE) {
            slot += ENNEAD_SLOTS_PER_PAGE;
        } else {
            CHECK_OK(space_delete(harness.space, found.slot));
            slot = found.slot + 1;
        }
    }
}

static void delete_maps(void)
{
    uint64_t base, order_log2, rights;
    while (space_map_info(harness.space, harness.first_address, &base, &order_log2, &rights) == ENNEAD_OK)
        CHECK_OK(space_unmap(harness.space, base));
}

void start_over(void)
{
    ennead_window_close();
    actors_clean();
    CHECK_OK(pool_revoke(harness.true_pool));
    CHECK_OK(region_revoke(harness.true_ram));
    delete_slots();
    delete_maps();
    harness.next_slot = harness.first_slot;
    harness.next_address = harness.first_address;
    if (harness.interposer != NULL)
        harness.interposer->renew();
}
