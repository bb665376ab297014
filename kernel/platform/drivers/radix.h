/*
 * Address spaces whose tables form a radix tree that hardware walks: levels of 512 entries of 64 bits, each table a
 * page of 4 KiB. radix.c has all functions of <arch/mmu.h> that read and write tables; a port that links it (the
 * boards' lists of drivers name it) offers what follows in <port/radix.h>, and its `struct arch_mmu` has the fields
 * `root`, `free`, `free_count`, `unlinked`, `cleared`, `hand` and `bare`. An entry of zero is empty.
 *
 *   RADIX_LEVELS          levels of tables, that of the root included
 *   RADIX_USER_ENTRIES    entries of the root that are the space's own, from the first on
 *   RADIX_PAGES_AROUND    pages, a power of two, that a fault on one of them enters together
 */
#ifndef PLATFORM_RADIX_H
#define PLATFORM_RADIX_H

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <platform/platform.h>

/* ---- entries as they lie in memory; `phys` is page-aligned; order n: of 1 << n bytes, 12 the least ---- */

/* The order of the largest page that the mapping may have. */
static inline unsigned radix_largest(const struct mmu_mapping *mapping);
/* Of an entry that reaches more than the smallest page. */
static inline bool radix_is_table(uint64_t entry);
static inline uint64_t radix_leaf(uint64_t phys, const struct mmu_mapping *mapping, unsigned order);
/* Of the smallest page, the entry that the one behind it has. */
static inline uint64_t radix_next_leaf(uint64_t leaf);
static inline uint64_t radix_table(uint64_t phys);
static inline uint64_t radix_address(uint64_t entry);

/*
 * Change an entry on the way to `va`. What was stored before is seen by walkers before the entry is; what the entry
 * was before may still be in TLBs, unless the hardware forbids that.
 */
static inline void radix_set(uint64_t *entry, uint64_t value, ennead_word va);
/* Fill an entry that is empty, of a page that nobody waits for: what radix_set() stores next is seen after it. */
static inline void radix_add(uint64_t *entry, uint64_t value)
{
    *(volatile uint64_t *)entry = value;
}
/* Empty an entry. The space is forgotten by this CPU and others after that, as far as they hold it. */
static inline void radix_clear(uint64_t *entry);
/* Complete a new space's root: the kernel's part of it, and what else the port has in `struct arch_mmu` for it. */
void radix_start_root(struct arch_mmu *mmu);

/* ---- this CPU's TLB ---- */

/* By what the TLB knows what it may hold of the space; 0: it holds nothing. */
static inline ennead_word radix_name(const struct arch_mmu *mmu);
/* Of what has that name: the page around `va`; all. Complete after radix_forgotten(). */
static inline void radix_forget_page(ennead_word name, ennead_word va, unsigned order);
static inline void radix_forget_space(ennead_word name);
static inline void radix_forgotten(void);

/* ---- what is entered ---- */

/* After a table, where walkers may remember that there was none and entering a page is not enough. */
static inline void radix_linked(const struct arch_mmu *mmu);

/* Before a page, if it may be executed and is in the window: what is at `phys` are instructions from now on. */
void radix_make_coherent(const struct arch_mmu *mmu, uint64_t phys, unsigned order);
/* After it: user mode finds it at `va`. `is_far`: it may be executed and is beyond the window. */
static inline void radix_entered(const struct arch_mmu *mmu, ennead_word va, unsigned order, bool is_far);

#endif
