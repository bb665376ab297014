/* A component's start, its grants and its end. */
#include <ennead/start.h>
#include <ennead/text.h>

int main(void);
_Noreturn void ennead_start(struct ennead_start *page);

static struct ennead_start *start_page;

_Noreturn void ennead_start(struct ennead_start *page)
{
    start_page = page;
    if (page->abi_version != ENNEAD_ABI_VERSION)
        ennead_give_up("the kernel speaks another version of the ABI", ENNEAD_OK);
    main();
    ennead_give_up("main returned", ENNEAD_OK);
}

struct ennead_start *ennead_self(void)
{
    return start_page;
}

uint32_t ennead_find_grant(const char *name)
{
    for (uint32_t i = 0; i < start_page->grant_count; i++) {
        if (text_equal(start_page->grants[i].name, name))
            return start_page->grants[i].slot;
    }
    return 0;
}

uint32_t ennead_grant(const char *name)
{
    uint32_t slot = ennead_find_grant(name);
    if (slot == 0) {
        char text[ENNEAD_LAST_WORDS];
        text_format(text, sizeof text, "its description grants no '%s'", name);
        ennead_give_up(text, ENNEAD_OK);
    }
    return slot;
}

const struct ennead_start_device *ennead_device(const char *name)
{
    for (uint32_t i = 0; i < start_page->device_count; i++) {
        if (text_equal(start_page->devices[i].name, name))
            return &start_page->devices[i];
    }
    ennead_give_up("its description grants no such device", ENNEAD_OK);
}

uint32_t ennead_new_slot(void)
{
    if (start_page->free_slot >= start_page->slot_end)
        ennead_give_up("no capability slot is left", ENNEAD_NO_SLOT);
    return start_page->free_slot++;
}

_Noreturn void ennead_give_up(const char *text, enum ennead_error error)
{
    if (error == ENNEAD_OK)
        text_copy(start_page->last_words, sizeof start_page->last_words, text);
    else
        text_format(start_page->last_words, sizeof start_page->last_words, "%s: %s", text, ennead_error_text(error));
    for (;;)
        __builtin_trap();
}

void ennead_must(enum ennead_error error, const char *text)
{
    if (error != ENNEAD_OK)
        ennead_give_up(text, error);
}
