/*
 * Boot: the first objects, by hand, and the root thread. Afterwards the kernel allocates nothing of its own; all
 * RAM is in regions that the root task holds.
 */
#include "boot.h"
#include "cpu.h"
#include "endpoint.h"
#include "ipc.h"
#include "pool.h"
#include "region.h"
#include "sched.h"

#include "memory.h"

/* What the first pool has: the root task's own objects, and all regions. */
#define BOOT_POOL_BYTES (512u * 1024)
#define BOOT_RAM_LEAST  (2u * 1024 * 1024)

/* Where the root task finds what it did not bring along. */
#define ROOT_UTCB_ADDRESS    0x0e000000u
#define ROOT_INFO_ADDRESS    0x0e010000u
#define ROOT_ARCHIVE_ADDRESS 0x10000000u
#define ROOT_ENTRY_PAGES     4u
#define ROOT_PRIORITY        (ENNEAD_PRIORITIES - 1)

/* State of the boot, gone with it. */
struct boot {
    struct pool *pool;
    struct space *space;
    struct thread *thread;
    struct ennead_boot_info *info;
    uint32_t slot; /* next free one */
};

static struct object *make(struct boot *boot, unsigned type)
{
    struct object *object = pool_make_object(boot->pool, type, object_order(type));
    ASSERT(object); /* struct platform_info has no room for as many ranges as the first pool has for regions */
    return object;
}

static struct node *give(struct boot *boot, uint32_t index, struct object *object, uint8_t rights)
{
    struct node *slot = space_slot(boot->space, index);
    node_insert_root(slot, object, rights);
    object->container = NULL;
    return slot;
}

/* The largest range of RAM in the kernel's window. */
static struct platform_range largest_ram(void)
{
    const struct platform_info *platform = platform_info();
    struct platform_range best = {0};
    for (unsigned i = 0; i < platform->ram_count; i++) {
        struct platform_range range = platform->ram[i];
        if (range.base + range.size <= mmu_window_end() && range.size > best.size)
            best = range;
    }
    return best;
}

static uint64_t all_ram(void)
{
    const struct platform_info *platform = platform_info();
    uint64_t bytes = 0;
    for (unsigned i = 0; i < platform->ram_count; i++)
        bytes += platform->ram[i].size;
    return bytes;
}

static struct pool *make_pool(struct platform_range range)
{
    if (range.size < BOOT_RAM_LEAST)
        boot_refuse("too little memory: %u KiB are free, %u KiB are needed; give the machine more (QEMU: -m 16M)",
                    (unsigned)(all_ram() / 1024), BOOT_RAM_LEAST / 1024);
    void *memory = phys_to_virt(range.base);
    memset(memory, 0, BOOT_POOL_BYTES);
    struct pool *pool = pool_format(memory, BOOT_POOL_BYTES);
    pool->object.type = ENNEAD_TYPE_POOL;
    return pool;
}

static uint32_t add_resource(struct boot *boot, unsigned kind, uint64_t base, uint64_t size, const char *name,
                             struct region *region)
{
    struct ennead_boot_info *info = boot->info;
    ASSERT(info->resource_count < ENNEAD_BOOT_RESOURCES);
    struct ennead_resource *resource = &info->resources[info->resource_count];
    *resource = (struct ennead_resource){.kind = kind, .slot = boot->slot, .base = base, .size = size};
    for (unsigned i = 0; name[i] && i < sizeof resource->name - 1; i++)
        resource->name[i] = name[i];
    give(boot, boot->slot++, &region->object, ENNEAD_RIGHTS_ALL);
    return info->resource_count++;
}

static struct region *add_region(struct boot *boot, unsigned kind, uint64_t base, uint64_t size, const char *name,
                                 uint8_t flags, uint8_t cache)
{
    struct region *region = region_of(make(boot, ENNEAD_TYPE_REGION));
    region_init(region, base, size, flags, cache);
    add_resource(boot, kind, kind == ENNEAD_RESOURCE_IO ? 0 : base, size, name, region);
    return region;
}

static void add_ram(struct boot *boot, uint64_t base, uint64_t size, bool in_window)
{
    uint8_t flags = in_window ? ENNEAD_REGION_RAM | ENNEAD_REGION_POOLABLE : ENNEAD_REGION_RAM;
    if (size)
        add_region(boot, ENNEAD_RESOURCE_RAM, base, size, "ram", flags, ENNEAD_CACHE_NORMAL);
}

/* Map a range as few flexpages; everything has been checked to fit. */
static void map_range(struct boot *boot, struct region *region, uint64_t address, uint64_t phys, uint64_t size,
                      uint8_t rights)
{
    while (size) {
        unsigned order = PAGE_LOG2;
        while (!(address >> order & 1) && ((uint64_t)2 << order) <= size)
            order++;
        if (map_check(boot->space, address, order))
            boot_refuse("boot archive: the root image overlaps the archive at 0x%x; link it elsewhere",
                        ROOT_ARCHIVE_ADDRESS);
        struct entry *entry = map_insert(boot->space, address, order, phys);
        node_insert_child(region->object.root, &entry->node, &region->object, rights);
        entry->node.kind = NODE_ENTRY;
        region_note_mapping(region, phys - region->base, (uint64_t)1 << order);
        address += (uint64_t)1 << order;
        phys += (uint64_t)1 << order;
        size -= (uint64_t)1 << order;
    }
}

static uint64_t whole_pages(uint64_t bytes)
{
    return (bytes + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
}

/* The archive is one region; the root image is mapped out of it, where it lies. */
static void map_archive(struct boot *boot, const struct root_image *root)
{
    uint64_t size = whole_pages(root->archive_bytes), address = root->address, phys = root->image;
    struct region *region = add_region(boot, ENNEAD_RESOURCE_ARCHIVE, root->archive, size, "archive", ENNEAD_REGION_RAM,
                                       ENNEAD_CACHE_NORMAL);
    map_range(boot, region, address, phys, root->text_bytes, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_EXECUTE);
    address += root->text_bytes;
    phys += root->text_bytes;
    map_range(boot, region, address, phys, root->rodata_bytes, ENNEAD_RIGHT_READ);
    address += root->rodata_bytes;
    phys += root->rodata_bytes;
    map_range(boot, region, address, phys, root->data_bytes, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE);
    map_range(boot, region, ROOT_ARCHIVE_ADDRESS, root->archive, size, ENNEAD_RIGHT_READ);
    boot->info->archive_address = ROOT_ARCHIVE_ADDRESS;
    boot->info->archive_size = root->archive_bytes;
    boot->info->free_address = (ROOT_ARCHIVE_ADDRESS + size + 0xffffff) & ~(uint64_t)0xffffff;
}

static void add_devices(struct boot *boot)
{
    const struct platform_info *platform = platform_info();
    uint32_t first = boot->info->resource_count;
    for (unsigned i = 0; i < platform->device_count; i++)
        add_region(boot, ENNEAD_RESOURCE_DEVICE, platform->device[i].base, platform->device[i].size, "device", 0,
                   ENNEAD_CACHE_DEVICE);
    for (unsigned i = 0; platform_io(i); i++)
        add_region(boot, ENNEAD_RESOURCE_IO, i, platform_io(i)->size, platform_io(i)->name, ENNEAD_REGION_UNMAPPABLE,
                   ENNEAD_CACHE_DEVICE);
    for (unsigned i = 0; i < platform->devices_count; i++) {
        boot->info->devices[i] = platform->devices[i];
        boot->info->devices[i].resource += first;
    }
    boot->info->device_count = platform->devices_count;
    if (platform->dtb.size)
        add_region(boot, ENNEAD_RESOURCE_DTB, platform->dtb.base, platform->dtb.size, "dtb", ENNEAD_REGION_RAM,
                   ENNEAD_CACHE_NORMAL);
}

static void copy_string(char *to, const char *from, size_t size)
{
    for (size_t i = 0; from[i] && i < size - 1; i++)
        to[i] = from[i];
}

static void start_info(struct boot *boot, struct platform_range page)
{
    const struct platform_info *platform = platform_info();
    boot->info = phys_to_virt(page.base);
    memset(boot->info, 0, PAGE_BYTES);
    boot->info->magic = ENNEAD_BOOT_MAGIC;
    boot->info->abi_version = ENNEAD_ABI_VERSION;
    boot->info->utcb_address = ROOT_UTCB_ADDRESS;
    copy_string(boot->info->arch, platform->arch, sizeof boot->info->arch);
    copy_string(boot->info->platform, platform->name, sizeof boot->info->platform);
    copy_string(boot->info->command_line, platform->command_line, sizeof boot->info->command_line);
    struct region *region = region_of(make(boot, ENNEAD_TYPE_REGION));
    region_init(region, page.base, page.size, ENNEAD_REGION_RAM, ENNEAD_CACHE_NORMAL);
    give(boot, boot->slot++, &region->object, ENNEAD_RIGHT_READ);
    map_range(boot, region, ROOT_INFO_ADDRESS, page.base, page.size, ENNEAD_RIGHT_READ);
}

/* Nothing of the first objects fails: the first pool has room for all of it, and nobody was there before. */
static void succeed(error_t error)
{
    ASSERT(error == ENNEAD_OK);
    (void)error;
}

static void make_root_objects(struct boot *boot)
{
    uint64_t missing;
    boot->space = CONTAINER_OF(make(boot, ENNEAD_TYPE_SPACE), struct space, object);
    space_init(boot->space);
    boot->thread = thread_of(make(boot, ENNEAD_TYPE_THREAD));
    thread_init(boot->thread);
    struct sched_context *context = sched_context_of(make(boot, ENNEAD_TYPE_SCHED_CONTEXT));
    sched_context_init(context);
    struct irq *irq = irq_of(make(boot, ENNEAD_TYPE_IRQ));
    irq_init(irq, ENNEAD_IRQ_ROOT);
    give(boot, ENNEAD_ROOT_SPACE, &boot->space->object, ENNEAD_RIGHTS_ALL);
    give(boot, ENNEAD_ROOT_THREAD, &boot->thread->object, ENNEAD_RIGHTS_ALL);
    give(boot, ENNEAD_ROOT_SCHED_CONTEXT, &context->object, ENNEAD_RIGHTS_ALL);
    give(boot, ENNEAD_ROOT_POOL, &boot->pool->object, ENNEAD_RIGHTS_ALL);
    give(boot, ENNEAD_ROOT_IRQ, &irq->object, ENNEAD_RIGHTS_ALL);
    succeed(space_grow(boot->space, ENNEAD_TABLE_ENTRIES, ROOT_ENTRY_PAGES, &missing));
    succeed(space_add_utcb(boot->space, ROOT_UTCB_ADDRESS, &missing));
    succeed(thread_bind(boot->thread, boot->space, ROOT_UTCB_ADDRESS));
    succeed(sched_context_bind(context, boot->thread));
    boot->thread->priority = ROOT_PRIORITY;
    boot->thread->priority_max = ROOT_PRIORITY;
}

static void start_cpus(struct boot *boot)
{
    lock_start();
    cpu_count = cpu_start_others(&cpu_comes_late);
    if (cpu_count == 1)
        lock_unused();
    boot->info->cpus = cpu_count;
}

/* The first pages of the largest range become the pool and the information page; everything else is the root task's. */
static void add_all_ram(struct boot *boot, uint64_t used_base, uint64_t used_bytes)
{
    const struct platform_info *platform = platform_info();
    for (unsigned i = 0; i < platform->ram_count; i++) {
        uint64_t base = platform->ram[i].base, size = platform->ram[i].size;
        if (base == used_base) {
            base += used_bytes;
            size -= used_bytes;
        }
        add_ram(boot, base, size, base + size <= mmu_window_end());
    }
    bool in_window;
    uint64_t boot_only_bytes, boot_only = mmu_boot_only(&boot_only_bytes, &in_window);
    if (!cpu_comes_late)
        add_ram(boot, boot_only, boot_only_bytes, in_window);
}

static void make_root_task(void)
{
    struct boot boot = {.slot = ENNEAD_ROOT_FIRST_RESOURCE};
    struct root_image root;
    tree_start();
    destroy_start();
    irq_start();
    for (unsigned i = 0; i < ENNEAD_CPUS_MAX; i++)
        sched_start_cpu(&cpus[i], i); /* threads may be queued for a CPU before it came up */
    struct platform_range ram = largest_ram();
    boot.pool = make_pool(ram);
    archive_find_root(&root);
    make_root_objects(&boot);
    start_info(&boot, (struct platform_range){ram.base + BOOT_POOL_BYTES, PAGE_BYTES});
    start_cpus(&boot);
    add_all_ram(&boot, ram.base, BOOT_POOL_BYTES + PAGE_BYTES);
    add_devices(&boot);
    map_archive(&boot, &root);
    context_init(&boot.thread->context, (ennead_word)root.entry, (ennead_word)root.stack, ROOT_INFO_ADDRESS);
    sched_wake(boot.thread);
}

void kernel_start(void)
{
    cpu_init(&cpus[0], 0);
    make_root_task();
    cpu_join(&cpus[0]);
}

void kernel_start_cpu(unsigned id)
{
    cpu_init(&cpus[id], id);
    cpu_join(&cpus[id]);
}
