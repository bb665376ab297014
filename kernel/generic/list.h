/*
 * Intrusive doubly linked circular lists. A head is a `struct list` too; an unlinked member points at nothing,
 * so membership can be asked for. Removing leaves zeroes behind: freed pool memory must stay clear.
 */
#ifndef GENERIC_LIST_H
#define GENERIC_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static inline void list_init(struct list *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

static inline bool list_linked(const struct list *member)
{
    return member->next != NULL;
}

static inline void list_insert_after(struct list *position, struct list *member)
{
    member->prev = position;
    member->next = position->next;
    position->next->prev = member;
    position->next = member;
}

static inline void list_push(struct list *head, struct list *member)
{
    list_insert_after(head, member);
}

static inline void list_append(struct list *head, struct list *member)
{
    struct list *last = head->prev;
    member->next = head;
    member->prev = last;
    last->next = member;
    head->prev = member;
}

static inline void list_remove(struct list *member)
{
    member->next->prev = member->prev;
    member->prev->next = member->next;
    member->next = NULL;
    member->prev = NULL;
}

/* The same for the first member behind a head, in memory that is cleared when it is freed: `prev` stays. */
static inline void list_remove_first(struct list *head, struct list *first)
{
    head->next = first->next;
    first->next->prev = head;
    first->next = NULL;
}

#endif
