/*
 * The MMU: a cache of translations below a space's map, which is generic.
 *
 * `struct arch_mmu`, one in each space, is the port's, in <port/port.h>. Whatever it holds may be thrown away at
 * any time and is filled again from the map by faults. Where software fills the TLB, the port's handler of misses may
 * look into these tables without the lock, as a hardware walker does: what is taken out of them is used for something
 * else only after a shootdown, which a CPU answers outside that handler. All functions run with the kernel lock held
 * and interrupts off unless said otherwise. Physical addresses are 64-bit; user addresses are ennead_word.
 *
 * Constants from <port/port.h>:
 *   PORT_PAGE_LOG2      the smallest page
 *   PORT_USER_END       the first address past what user mode may map; a multiple of the largest table's reach
 *   PORT_PAGE_SIZES     bit n set: pages of 1 << n bytes exist
 *   PORT_TABLE_PATH     pages that a space's tables need at least
 *   PORT_NAMES_SPACES   mmu_is_at_hand() is false until a CPU's mmu_activate(), and again from mmu_forget_name() on
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <ennead/abi.h>
#include <port/port.h>
#include <stdbool.h>

/* The kernel's window: RAM below this physical address can be pool memory, and is always mapped in the kernel. */
uint64_t mmu_window_end(void);
/* Translate between physical addresses below mmu_window_end() and the kernel's. */
static inline void *phys_to_virt(uint64_t phys);
static inline uint64_t virt_to_phys(const void *virt);

/*
 * The part of the image that runs at boot alone: its physical address, how many bytes (0: none of it is given back),
 * and whether it is in the kernel's window then. kernel/boot_only.ld says what it is.
 */
uint64_t mmu_boot_only(uint64_t *bytes, bool *in_window);
/*
 * That part is memory as any other from now on, which the kernel does not execute. Each CPU calls it once, in no
 * particular order, before memory there is used.
 */
void mmu_release_boot_only(void);

/* A new space's cache, with `pages` zeroed pages of 4 KiB (at least PORT_TABLE_PATH) to keep tables in. */
void mmu_init_space(struct arch_mmu *mmu, void *tables, unsigned pages);
/* More table memory: `pages` zeroed pages. They stay the space's until it is gone. */
void mmu_add_tables(struct arch_mmu *mmu, void *tables, unsigned pages);
unsigned mmu_free_tables(const struct arch_mmu *mmu);

/*
 * Enter a translation for the page around `va` out of a mapping: [base, base + 1 << order_log2) is mapped to
 * `phys`, both multiples of the smallest page (not always of 1 << order_log2). The port takes the largest page
 * that fits, and of the smallest ones may enter some more around it, where nothing is. `rights` are ennead_right. Makes
 * instructions coherent where `rights` has EXECUTE and the page is in the window; RAM beyond it is made so by whoever
 * writes it, with what user mode has for that. False if no table was free: a step was made towards recycling another of
 * the space's, and nothing entered; the caller shoots the space down on other CPUs, whose walkers may still hold that
 * table, and lets the page fault again. Bounded: at most 1 KiB cleared or some dozens of entries looked at, and a page
 * made coherent.
 */
struct mmu_mapping {
    ennead_word base;
    uint64_t phys;
    uint8_t order_log2;
    uint8_t rights;
    uint8_t cache; /* enum ennead_cache */
};
bool mmu_fill(struct arch_mmu *mmu, ennead_word va, const struct mmu_mapping *mapping)
    __attribute__((warn_unused_result));

/*
 * Forget translations in [*va, last], from this CPU's TLB too; other CPUs' are the caller's to shoot down.
 * Does some dozens of steps at most, moves *va behind what is done, and returns true when all is: *va may be behind
 * `last` before that, with nothing left to do.
 */
bool mmu_drop(struct arch_mmu *mmu, ennead_word *va, ennead_word last);

/* Let this CPU use the space's translations; NULL: the kernel's alone. Cheap if it already does. */
void mmu_activate(struct arch_mmu *mmu);
/*
 * The same while a message passes, to another space than the one in use, which mmu_is_at_hand() says can be gone to at
 * once: it has what identifiers it needs. `cpu` is this one. `alone`, a constant: there is no other, so that nothing
 * needs to be looked up by its number, which is 0; false is always right.
 */
static inline bool mmu_is_at_hand(const struct cpu *cpu, const struct arch_mmu *mmu, bool alone);
static inline void mmu_switch(struct cpu *cpu, struct arch_mmu *mmu, bool alone);
/* The CPU with that number, which holds none of the space's translations, does not have it at hand. */
static inline void mmu_forget_name(struct arch_mmu *mmu, unsigned id);
/* Forget all that this CPU's TLB holds of user spaces. Callable without the lock. */
void mmu_flush_cpu(void);
/* The space is going away: nothing on this CPU may refer to its tables afterwards. */
void mmu_retire(struct arch_mmu *mmu);

#endif
