/*
 * Usable memory and the boot command line: checks of what the machine was given, the same for all boards. Owns
 * nothing but the copy of the root task's words.
 */
#include "memmap.h"

#define PAGE       UINT64_C(4096)
#define RANGES_MAX (sizeof(((struct platform_info *)0)->ram) / sizeof(struct platform_range))

static void insert(struct platform_info *info, unsigned at, uint64_t base, uint64_t size)
{
    if (info->ram_count == RANGES_MAX)
        boot_refuse("memory map: more than %u ranges: give the machine its memory in fewer pieces",
                    (unsigned)RANGES_MAX);
    for (unsigned i = info->ram_count++; i > at; i--)
        info->ram[i] = info->ram[i - 1];
    info->ram[at] = (struct platform_range){base, size};
}

static void erase(struct platform_info *info, unsigned at)
{
    info->ram_count--;
    for (unsigned i = at; i < info->ram_count; i++)
        info->ram[i] = info->ram[i + 1];
}

void memmap_add(struct platform_info *info, uint64_t base, uint64_t size)
{
    unsigned at = 0;

    if (size == 0)
        return;
    if (base + size < base)
        boot_refuse("memory map: the range at %llx with %llx bytes wraps around: fix the firmware's map",
                    (unsigned long long)base, (unsigned long long)size);
    while (at < info->ram_count && info->ram[at].base < base)
        at++;
    bool below = at > 0 && info->ram[at - 1].base + info->ram[at - 1].size > base;
    bool above = at < info->ram_count && base + size > info->ram[at].base;
    if (below || above)
        boot_refuse("memory map: the range at %llx with %llx bytes overlaps another: fix the firmware's map",
                    (unsigned long long)base, (unsigned long long)size);
    insert(info, at, base, size);
}

void memmap_finish(struct platform_info *info)
{
    for (unsigned i = info->ram_count; i-- > 0;) {
        struct platform_range *range = &info->ram[i];
        uint64_t start = (range->base + PAGE - 1) & ~(PAGE - 1);
        uint64_t end = (range->base + range->size) & ~(PAGE - 1);
        if (start >= end) {
            erase(info, i);
            continue;
        }
        *range = (struct platform_range){start, end - start};
    }
    if (info->ram_count == 0)
        boot_refuse("memory map: no usable memory in it: fix the firmware's map");
}

void memmap_remove(struct platform_info *info, uint64_t base, uint64_t size)
{
    uint64_t start = base & ~(PAGE - 1);
    uint64_t end = (base + size + PAGE - 1) & ~(PAGE - 1);

    for (unsigned i = info->ram_count; i-- > 0;) {
        uint64_t low = info->ram[i].base;
        uint64_t high = low + info->ram[i].size;
        if (end <= low || start >= high)
            continue;
        erase(info, i);
        if (end < high)
            insert(info, i, end, high - end);
        if (low < start)
            insert(info, i, low, start - low);
    }
}

void memmap_split(struct platform_info *info, uint64_t at)
{
    for (unsigned i = 0; i < info->ram_count; i++) {
        struct platform_range *range = &info->ram[i];
        if (at <= range->base || at - range->base >= range->size)
            continue;
        insert(info, i + 1, at, range->base + range->size - at);
        range->size = at - range->base;
        return;
    }
}

bool memmap_holds(const struct platform_info *info, uint64_t base, uint64_t size)
{
    for (unsigned i = 0; i < info->ram_count; i++) {
        const struct platform_range *range = &info->ram[i];
        if (base >= range->base && size <= range->size && base - range->base <= range->size - size)
            return true;
    }
    return false;
}

static bool starts_with(const char *word, unsigned length, const char *prefix, unsigned prefix_length)
{
    return length >= prefix_length && __builtin_memcmp(word, prefix, prefix_length) == 0;
}

/* One word of the kernel's; false if there is no such. */
static bool parse_word(struct boot_options *options, const char *word, unsigned length)
{
    unsigned value = 0;

    if (length == 7 && starts_with(word, length, "verbose", 7)) {
        options->verbose = true;
        return true;
    }
    if (length < 6 || length > 7 || !starts_with(word, length, "cpus=", 5))
        return false;
    for (unsigned i = 5; i < length; i++) {
        if (word[i] < '0' || word[i] > '9')
            return false;
        value = value * 10 + (unsigned)(word[i] - '0');
    }
    if (value == 0 || value > ENNEAD_CPUS_MAX)
        return false;
    options->cpus = value;
    return true;
}

void boot_options_parse(struct platform_info *info, struct boot_options *options, const char *line)
{
    static char root_words[sizeof(((struct ennead_boot_info *)0)->command_line)];
    char word[32];

    *options = (struct boot_options){.cpus = ENNEAD_CPUS_MAX};
    info->command_line = root_words;
    for (;;) {
        unsigned length = 0;
        while (*line == ' ')
            line++;
        while (line[length] != 0 && line[length] != ' ')
            length++;
        if (length == 0)
            return;
        if (length == 2 && line[0] == '-' && line[1] == '-')
            break;
        for (unsigned i = 0; i < sizeof(word); i++)
            word[i] = i < length && i + 1 < sizeof(word) ? line[i] : 0;
        if (!parse_word(options, line, length))
            boot_refuse("command line: '%s' is not understood: the kernel knows cpus=1..%u and verbose; "
                        "words for the root task stand behind --",
                        word, ENNEAD_CPUS_MAX);
        line += length;
    }
    line += 2;
    while (*line == ' ')
        line++;
    for (unsigned i = 0; line[i] != 0; i++) {
        if (i + 1 == sizeof(root_words))
            boot_refuse("command line: more than %u characters behind --: shorten it",
                        (unsigned)sizeof(root_words) - 1);
        root_words[i] = line[i];
    }
}
