/*
 * The start page: what the root task hands to a component. It is also the control block of its first thread, so its
 * first word is the UTCB's address. It lies in the component's own memory, which may write it.
 */
#ifndef ENNEAD_START_H
#define ENNEAD_START_H

#include <ennead/ipc.h>

/* Page faults from here on are answered by the pager, up to the component's quota. */
#define ENNEAD_HEAP_BASE 0x20000000u
/* From here to ENNEAD_HEAP_BASE a component maps what it likes: devices, shared memory. */
#define ENNEAD_MAP_BASE 0x10000000u

#define ENNEAD_START_GRANTS  20u
#define ENNEAD_START_DEVICES 4u
#define ENNEAD_LAST_WORDS    96u

struct ennead_grant {
    char name[ENNEAD_NAME_BYTES];
    uint32_t slot;
    uint32_t type; /* enum ennead_type */
};

struct ennead_start_device {
    char name[ENNEAD_NAME_BYTES];
    uint64_t offset; /* of the first register in the region */
    uint64_t size;
    uint32_t region_slot;
    uint32_t irq_slot; /* 0: the device has no interrupt */
    uint32_t reg_shift;
    uint32_t clock_hz;
};

struct ennead_start {
    ennead_word utcb;
    uint32_t abi_version;
    uint32_t component; /* its number, which is its badge too */
    char name[ENNEAD_NAME_BYTES];
    uint32_t grant_count;
    uint32_t device_count;
    uint32_t free_slot; /* slots from here to slot_end are empty */
    uint32_t slot_end;
    uint64_t memory_base; /* RAM that the program does not fill, for use as it likes */
    uint64_t memory_size;
    uint64_t heap_size; /* at ENNEAD_HEAP_BASE, by the pager */
    struct ennead_grant grants[ENNEAD_START_GRANTS];
    struct ennead_start_device devices[ENNEAD_START_DEVICES];
    char last_words[ENNEAD_LAST_WORDS]; /* why it gave up; the root task prints it */
};

/* The calling component's. */
struct ennead_start *ennead_self(void);
/* The slot granted under that name, or 0. */
uint32_t ennead_find_grant(const char *name);
/* The slot granted under that name; gives up without it. */
uint32_t ennead_grant(const char *name);
/* The device granted under that name; gives up without it. */
const struct ennead_start_device *ennead_device(const char *name);

/* An empty slot, for good; gives up when there is none left. */
uint32_t ennead_new_slot(void);

/* Leave `text` and the error behind and fault: the root task reports it and buries the component. */
_Noreturn void ennead_give_up(const char *text, enum ennead_error error);
/* Give up unless `error` is ENNEAD_OK. */
void ennead_must(enum ennead_error error, const char *text);
const char *ennead_error_text(enum ennead_error error);

#endif
