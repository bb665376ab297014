/*
 * A component's memory: one block of RAM, seen by the root task as a whole and by the component in parts.
 *
 *   base                                                              base + memory
 *   | program, page by page as its ELF file says | start page | free ... | guard | stack |   UTCB page
 *
 * Offset n of the block is address base + n, so every part keeps its alignment.
 */
#include "root.h"
#include <ennead/text.h>
#include <space_client.h>

static uint64_t page_up(uint64_t value)
{
    return (value + root.page_bytes - 1) & ~(root.page_bytes - 1);
}

static uint8_t *view_at(const struct component *c, uint64_t address)
{
    return (uint8_t *)(uintptr_t)(c->view + (address - c->base));
}

static uint64_t stack_base(const struct component *c)
{
    return c->base + c->spec->memory - page_up(c->spec->stack);
}

static void copy_segments(const struct component *c, const uint8_t *file)
{
    memset((void *)(uintptr_t)c->view, 0, (size_t)c->spec->memory);
    for (unsigned i = 0; i < c->program.segment_count; i++) {
        const struct elf_segment *s = &c->program.segments[i];
        memcpy(view_at(c, s->address), file + s->file_offset, (size_t)s->file_size);
    }
}

static const char *too_big(const struct component *c, uint64_t bytes)
{
    static char text[128];
    text_format(text, sizeof text, "component %s: needs 'memory %lluK' at least (system line %u)", c->spec->name,
                (unsigned long long)(bytes + 1023) / 1024, c->spec->line);
    return text;
}

const char *load_program(struct component *c)
{
    static char text[160];
    size_t size;
    const uint8_t *file = archive_find(c->spec->program, &size);
    const char *wrong = "not in the boot archive; add it to the archive's files";
    if (file != NULL)
        wrong = elf_read(&c->program, file, size, archive_machine(), (size_t)root.page_bytes);
    if (wrong != NULL) {
        text_format(text, sizeof text, "component %s: program '%s': %s (system line %u)", c->spec->name,
                    c->spec->program, wrong, c->spec->line);
        return text;
    }
    const struct elf_segment *last = &c->program.segments[c->program.segment_count - 1];
    c->base = c->program.segments[0].address;
    c->start = page_up(last->address + last->memory_size);
    c->utcb = page_up(c->base + c->spec->memory);
    /* The start page and the guard page. */
    uint64_t needed = c->start - c->base + 2 * root.page_bytes + page_up(c->spec->stack);
    if (needed > c->spec->memory)
        return too_big(c, needed);
    copy_segments(c, file);
    return NULL;
}

/* The largest flexpage at `address` that is aligned and ends at or before `end`. */
static unsigned largest_order(uint64_t address, uint64_t view, uint64_t end)
{
    unsigned order = 0;
    while (((address | view) >> order & 1) == 0 && address + ((uint64_t)2 << order) <= end)
        order++;
    return order;
}

static enum ennead_error delegate(const struct component *c, uint64_t address, unsigned order, unsigned rights)
{
    uint32_t space = c->slots + SLOT_SPACE;
    struct ennead_item item = ennead_item_page(c->view + (address - c->base), order, 0, rights);
    enum ennead_error error = space_delegate(space, address, item);
    if (error == ENNEAD_NO_ENTRY) {
        error = space_grow(space, ENNEAD_TABLE_ENTRIES, 1);
        if (error == ENNEAD_OK)
            error = space_delegate(space, address, item);
    }
    return error;
}

/* Map [address, end) of the component's memory, both page-aligned. */
static enum ennead_error map_range(const struct component *c, uint64_t address, uint64_t end, unsigned rights)
{
    while (address < end) {
        unsigned order = largest_order(address, c->view + (address - c->base), end);
        enum ennead_error error = delegate(c, address, order, rights);
        if (error != ENNEAD_OK)
            return error;
        address += (uint64_t)1 << order;
    }
    return ENNEAD_OK;
}

enum ennead_error load_map(struct component *c)
{
    const unsigned data = ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE;
    enum ennead_error error = ENNEAD_OK;
    for (unsigned i = 0; i < c->program.segment_count && error == ENNEAD_OK; i++) {
        const struct elf_segment *s = &c->program.segments[i];
        error = map_range(c, s->address, page_up(s->address + s->memory_size), s->rights);
    }
    if (error == ENNEAD_OK)
        error = map_range(c, c->start, stack_base(c) - root.page_bytes, data);
    if (error == ENNEAD_OK)
        error = map_range(c, stack_base(c), c->base + c->spec->memory, data);
    return error;
}

struct ennead_start *load_start_page(const struct component *c)
{
    struct ennead_start *page = (struct ennead_start *)(void *)view_at(c, c->start);
    page->utcb = (ennead_word)c->utcb;
    page->abi_version = ENNEAD_ABI_VERSION;
    page->component = c->id;
    text_copy(page->name, sizeof page->name, c->spec->name);
    page->memory_base = c->start + root.page_bytes;
    page->memory_size = stack_base(c) - root.page_bytes - page->memory_base;
    page->heap_size = c->spec->heap;
    page->slot_end = ENNEAD_SLOTS_PER_PAGE;
    return page;
}

bool load_peek(const struct component *c, uint64_t address, ennead_word *value)
{
    if (address % sizeof *value != 0 || address < c->base || address - c->base > c->spec->memory - sizeof *value)
        return false;
    *value = *(const volatile ennead_word *)(const void *)view_at(c, address);
    return true;
}
