/*
 * Address spaces whose tables form a radix tree that hardware walks: levels of 512 entries of 64 bits, each table a
 * page of 4 KiB. radix.c has all functions of <arch/mmu.h> that read and write tables; a port that links it (the
 * boards' lists of drivers name it) offers what follows in <port/radix.h>, and its `struct arch_mmu` has the fields
 * `root`, `free`, `free_count` and `hand`. An entry of zero is empty.
 *
 *   RADIX_LEVELS          levels of tables, that of the root included
 *   RADIX_USER_ENTRIES    entries of the root that are the space's own, from the first on
 *   RADIX_LARGEST         the highest level that pages may be at; level 0 is the last
 */
#ifndef PLATFORM_RADIX_H
#define PLATFORM_RADIX_H

#include <arch/mmu.h>
#include <platform/platform.h>

/* Entries as they lie in memory; `phys` is page-aligned, `level` that of the table which the entry is in. */
static inline bool radix_is_leaf(uint64_t entry);
static inline uint64_t radix_leaf(uint64_t phys, const struct mmu_mapping *mapping, unsigned level);
static inline uint64_t radix_table(uint64_t phys);
static inline uint64_t radix_address(uint64_t entry);

/* The kernel's part of a new root. */
void radix_share_kernel(uint64_t *root);
/* From this CPU's TLB, if it may hold them: the page at `va`; all of the space's. */
void radix_forget_page(const struct arch_mmu *mmu, ennead_word va);
void radix_forget_space(const struct arch_mmu *mmu);
/* Before the page at `phys`, of `bytes`, may be executed through a new entry. Never beyond the window. */
void radix_make_coherent(const struct arch_mmu *mmu, uint64_t phys, uint64_t bytes);

#endif
