/*
 * The flattened device tree that firmware hands over, read by libfdt. For board code, before kernel_start(). What is
 * wrong with it ends in boot_refuse(). Nodes are libfdt's offsets, negative if there is none.
 */
#ifndef PLATFORM_DEVICETREE_H
#define PLATFORM_DEVICETREE_H

#include <platform/platform.h>

/*
 * Check the tree at `phys`, whose first `reach` bytes at most are in the window, and fill info->dtb, ram (all memory
 * but what is reserved and the tree itself) and archive (/chosen linux,initrd-start and -end; it stays in ram). Returns
 * the boot command line.
 */
const char *devicetree_open(struct platform_info *info, uint64_t phys, uint64_t reach);
/*
 * Before that: copy what the tree at `phys` really uses to a place of whole pages in the window, if it fits, so that
 * its loader's room for more, in the middle of memory, is free. Returns where the tree is now.
 */
uint64_t devicetree_pack(uint64_t phys, uint64_t reach, void *to, uint32_t capacity);
/* The next node behind `after` (-1: the first) that is compatible; of that device_type. */
int devicetree_compatible(int after, const char *compatible);
int devicetree_of_type(int after, const char *type);
/* A child of the root. */
int devicetree_top(const char *name);
/* Range i of the node's registers as the CPU sees it, through the `ranges` of all its parents. */
bool devicetree_registers(int node, unsigned i, struct platform_range *range);
/* Cell i of a property; its only 64-bit number. */
bool devicetree_cell(int node, const char *property, unsigned i, uint32_t *value);
bool devicetree_number(int node, const char *property, uint64_t *value);
/* Is the word in the text of the property? Between two words is that character, or, in a list, a string's end. */
bool devicetree_mentions(int node, const char *property, char between, const char *word);

#endif
