/* Reading the device tree: see devicetree.h. Owns where the tree is. */
#include "devicetree.h"
#include "memmap.h"
#include "words.h"
#include <arch/mmu.h>
#include <libfdt.h>

#define PAGE UINT64_C(4096)

static const void *tree;

/* A number of `cells` big-endian words. */
static uint64_t number(const fdt32_t *at, int cells)
{
    uint64_t value = 0;
    for (int i = 0; i < cells; i++)
        value = value << 32 | fdt32_to_cpu(at[i]);
    return value;
}

bool devicetree_cell(int node, const char *property, unsigned i, uint32_t *value)
{
    int bytes;
    const fdt32_t *cells = fdt_getprop(tree, node, property, &bytes);
    if (!cells || (unsigned)bytes < 4 * (i + 1))
        return false;
    *value = fdt32_to_cpu(cells[i]);
    return true;
}

bool devicetree_number(int node, const char *property, uint64_t *value)
{
    int bytes;
    const fdt32_t *cells = fdt_getprop(tree, node, property, &bytes);
    if (!cells || (bytes != 4 && bytes != 8))
        return false;
    *value = number(cells, bytes / 4);
    return true;
}

int devicetree_compatible(int after, const char *compatible)
{
    return fdt_node_offset_by_compatible(tree, after, compatible);
}

int devicetree_of_type(int after, const char *type)
{
    return fdt_node_offset_by_prop_value(tree, after, "device_type", type, (int)__builtin_strlen(type) + 1);
}

int devicetree_top(const char *name)
{
    return fdt_subnode_offset(tree, 0, name);
}

bool devicetree_mentions(int node, const char *property, char between, const char *word)
{
    int bytes;
    const char *text = fdt_getprop(tree, node, property, &bytes);
    return text && words_have(text, (size_t)bytes, between, word);
}

/* Words of an address and of a size in the registers of `node`'s children. False: more than 64 bits. */
static bool cells_below(int node, int *address, int *size)
{
    uint32_t value;
    *address = devicetree_cell(node, "#address-cells", 0, &value) ? (int)value : 2;
    *size = devicetree_cell(node, "#size-cells", 0, &value) ? (int)value : 1;
    return *address >= 1 && *address <= 2 && *size >= 1 && *size <= 2;
}

/* An address of `node`'s children as one of its parent's. False: it has none there. */
static bool translate(int node, int parent, uint64_t *address)
{
    int bytes, own, theirs, sizes, ignored;
    const fdt32_t *at = fdt_getprop(tree, node, "ranges", &bytes);
    if (!at || !cells_below(node, &own, &sizes) || !cells_below(parent, &theirs, &ignored))
        return false;
    if (bytes == 0)
        return true;
    for (int words = own + theirs + sizes; bytes >= 4 * words; bytes -= 4 * words, at += words) {
        uint64_t base = number(at, own), size = number(at + own + theirs, sizes);
        if (*address >= base && *address - base < size) {
            *address = number(at + own, theirs) + (*address - base);
            return true;
        }
    }
    return false;
}

bool devicetree_registers(int node, unsigned i, struct platform_range *range)
{
    int bytes, cells, sizes, parent = fdt_parent_offset(tree, node);
    const fdt32_t *at = fdt_getprop(tree, node, "reg", &bytes);
    if (!at || !cells_below(parent, &cells, &sizes) || (unsigned)bytes < 4 * (i + 1) * (unsigned)(cells + sizes))
        return false;
    at += i * (unsigned)(cells + sizes);
    range->base = number(at, cells);
    range->size = number(at + cells, sizes);
    for (int above = fdt_parent_offset(tree, parent); above >= 0; above = fdt_parent_offset(tree, parent)) {
        if (!translate(parent, above, &range->base))
            return false;
        parent = above;
    }
    return true;
}

static void add_memory(struct platform_info *info)
{
    struct platform_range range;

    for (int node = devicetree_of_type(-1, "memory"); node >= 0; node = devicetree_of_type(node, "memory")) {
        for (unsigned i = 0; devicetree_registers(node, i, &range); i++)
            memmap_add(info, range.base, range.size);
    }
    memmap_finish(info);
}

static void remove_reserved(struct platform_info *info)
{
    int all = fdt_subnode_offset(tree, 0, "reserved-memory"), node;
    struct platform_range range;

    for (int i = 0; i < fdt_num_mem_rsv(tree); i++) {
        if (fdt_get_mem_rsv(tree, i, &range.base, &range.size) == 0)
            memmap_remove(info, range.base, range.size);
    }
    fdt_for_each_subnode(node, tree, all)
    {
        for (unsigned i = 0; devicetree_registers(node, i, &range); i++)
            memmap_remove(info, range.base, range.size);
    }
}

static void find_archive(struct platform_info *info, int chosen)
{
    uint64_t start, end;

    if (!devicetree_number(chosen, "linux,initrd-start", &start) ||
        !devicetree_number(chosen, "linux,initrd-end", &end) || end <= start)
        return;
    info->archive = (struct platform_range){start, end - start};
    if (!memmap_holds(info, start, end - start))
        boot_refuse("the boot archive at %llx with %llx bytes is not in memory: give the machine more",
                    (unsigned long long)start, (unsigned long long)(end - start));
    if (start % PAGE != 0)
        boot_refuse("the boot archive at %llx does not start on a page: use another loader", (unsigned long long)start);
}

static void check_header(uint64_t phys, uint64_t reach)
{
    const void *at = phys_to_virt(phys);
    if (phys >= reach || fdt_check_header(at) != 0 || fdt_totalsize(at) > reach - phys)
        boot_refuse("no device tree at %llx: use a loader that hands one over", (unsigned long long)phys);
}

uint64_t devicetree_pack(uint64_t phys, uint64_t reach, void *to, uint32_t capacity)
{
    check_header(phys, reach);
    const void *from = phys_to_virt(phys);
    uint32_t structure = fdt_off_dt_struct(from) + fdt_size_dt_struct(from);
    uint32_t strings = fdt_off_dt_strings(from) + fdt_size_dt_strings(from);
    uint32_t used = structure > strings ? structure : strings;
    if (used > capacity || used > fdt_totalsize(from))
        return phys;
    __builtin_memcpy(to, from, used);
    for (unsigned i = 0; i < 4; i++)
        ((uint8_t *)to)[4 + i] = (uint8_t)(used >> (24 - 8 * i)); /* the header's second word, big-endian */
    return virt_to_phys(to);
}

const char *devicetree_open(struct platform_info *info, uint64_t phys, uint64_t reach)
{
    check_header(phys, reach);
    tree = phys_to_virt(phys);
    add_memory(info);
    remove_reserved(info);
    int chosen = fdt_subnode_offset(tree, 0, "chosen");
    find_archive(info, chosen);
    uint64_t base = phys & ~(PAGE - 1);
    info->dtb = (struct platform_range){base, (phys + fdt_totalsize(tree) - base + PAGE - 1) & ~(PAGE - 1)};
    memmap_remove(info, info->dtb.base, info->dtb.size);
    const char *line = fdt_getprop(tree, chosen, "bootargs", NULL);
    return line ? line : "";
}
