/* The root task: start, boot of the system described, and its loop. */
#include "root.h"
#include <ennead/text.h>
#include <notification_client.h>
#include <pool_client.h>
#include <space_client.h>
#include <thread_client.h>

#define DESCRIPTION_FILE "system"
#define ROOT_TABLE_PAGES 8u
#define OWN_SLOTS        4u

struct root root;

_Noreturn void ennead_start(const struct ennead_boot_info *boot);

/* The first system calls: without message buffer known, so words in registers only. */
static void adopt_thread(const struct ennead_boot_info *boot)
{
    root.tcb.utcb = (ennead_word)boot->utcb_address;
    if (thread_set_tls(ENNEAD_ROOT_THREAD, (uintptr_t)&root.tcb) != ENNEAD_OK) {
        for (;;)
            __builtin_trap();
    }
}

static uint32_t io_slot(const char *name)
{
    const struct ennead_resource *resource = boot_resource(ENNEAD_RESOURCE_IO, name);
    return resource != NULL ? resource->slot : 0;
}

static uint64_t smallest_page(void)
{
    struct space_describe_out about;
    if (space_describe(ENNEAD_ROOT_SPACE, &about) != ENNEAD_OK || about.page_sizes == 0)
        root_refuse("the kernel does not describe its page sizes");
    return about.page_sizes & (0 - about.page_sizes);
}

static uint32_t first_free_slot(void)
{
    uint32_t next = ENNEAD_ROOT_FIRST_RESOURCE;
    for (uint32_t i = 0; i < root.boot->resource_count; i++) {
        if (root.boot->resources[i].slot >= next)
            next = root.boot->resources[i].slot + 1;
    }
    return next;
}

static void read_description(void)
{
    struct description_error error;
    size_t size;
    const uint8_t *text = archive_find(DESCRIPTION_FILE, &size);
    if (text == NULL)
        root_refuse("the boot archive holds no file '%s'; add a system description to it", DESCRIPTION_FILE);
    if (!description_parse(&root.description, (const char *)text, size, &error))
        root_refuse("system:%u: %s", error.line, error.text);
}

/* Enough slots for all that is described; growth goes in powers of two. */
static void grow_slots(uint32_t needed)
{
    struct space_describe_out about;
    enum ennead_error error = space_describe(ENNEAD_ROOT_SPACE, &about);
    uint64_t pages = 1;
    while (error == ENNEAD_OK && about.slots + pages * ENNEAD_SLOTS_PER_PAGE < needed)
        pages *= 2;
    if (error == ENNEAD_OK && about.slots < needed)
        error = space_grow(ENNEAD_ROOT_SPACE, ENNEAD_TABLE_SLOTS, pages);
    if (error != ENNEAD_OK)
        root_refuse("%u capability slots for %u components: %s; describe fewer", needed, root.description.count,
                    ennead_error_text(error));
}

/* Image, archive and the views of components lie far apart: without tables for all of them they take turns. */
static void grow_tables(void)
{
    if (space_grow(ENNEAD_ROOT_SPACE, ENNEAD_TABLE_PAGES, ROOT_TABLE_PAGES) != ENNEAD_OK)
        root_print("root: no memory for page tables; the start will be slow\n");
}

static void number_components(uint32_t slot)
{
    for (unsigned i = 0; i < root.description.count; i++) {
        root.components[i].spec = &root.description.components[i];
        root.components[i].id = i + 1;
        root.components[i].slots = slot + i * SLOT_COUNT;
    }
}

static void make_own_objects(uint32_t slot)
{
    root.endpoint = slot;
    root.clock_slot = slot + 1;
    root.incoming = slot + 2;
    root.log_slot = slot + 3;
    enum ennead_error error = pool_make(ENNEAD_ROOT_POOL, ENNEAD_TYPE_ENDPOINT, 0, root.endpoint);
    if (error == ENNEAD_OK)
        error = pool_make(ENNEAD_ROOT_POOL, ENNEAD_TYPE_NOTIFICATION, 0, root.clock_slot);
    if (error != ENNEAD_OK)
        root_refuse("the root task's pool is too small: %s", ennead_error_text(error));
}

static void start_components(void)
{
    for (unsigned i = 0; i < root.description.count; i++) {
        struct component *c = &root.components[i];
        const char *wrong = c->spec->manual ? NULL : component_start(c);
        if (wrong != NULL)
            root_refuse("%s; %lluK of RAM are free", wrong, (unsigned long long)ram_free() / 1024);
    }
}

static bool take(struct ennead_msg *msg)
{
    uint32_t id = msg->badge & ROOT_BADGE_COMPONENT;
    if (msg->status != ENNEAD_OK || id == 0 || id > root.description.count)
        return ennead_answer(msg, ENNEAD_DENIED), true;
    if ((msg->badge & ROOT_FACET_LOG) != 0)
        return log_take(msg);
    return (msg->badge & ROOT_FACET_FAULT) != 0 ? fault_take(msg) : process_take(msg);
}

_Noreturn void ennead_start(const struct ennead_boot_info *boot)
{
    root.boot = boot;
    adopt_thread(boot);
    root.debug_slot = io_slot("debug");
    root.power_slot = io_slot("power");
    if (boot->magic != ENNEAD_BOOT_MAGIC || boot->abi_version != ENNEAD_ABI_VERSION)
        root_refuse("kernel and root task speak different versions of the ABI; build both from one tree");
    root.page_bytes = smallest_page();
    root.next_view = boot->free_address;
    read_description();
    ram_init();
    uint32_t slot = first_free_slot();
    grow_slots(slot + OWN_SLOTS + root.description.count * SLOT_COUNT);
    grow_tables();
    make_own_objects(slot);
    number_components(slot + OWN_SLOTS);
    start_components();
    struct ennead_msg msg = {0};
    for (bool answered = false;; components_restart()) {
        ennead_window_caps(root.incoming, 1);
        msg = ennead_next(root.endpoint, answered, &msg);
        ennead_window_close();
        bool items = ENNEAD_TAG_ITEMS(msg.tag) != 0;
        answered = take(&msg);
        /* What nobody took must not stay in the window. */
        if (items)
            (void)!space_delete(ENNEAD_ROOT_SPACE, root.incoming);
    }
}
