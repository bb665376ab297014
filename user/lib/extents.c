/* Free ranges: see extents.h. */
#include <ennead/extents.h>

static void remove_at(struct extents *e, unsigned at)
{
    for (unsigned i = at; i + 1 < e->count; i++)
        e->free[i] = e->free[i + 1];
    e->count--;
}

static bool insert_at(struct extents *e, unsigned at, uint64_t base, uint64_t size)
{
    if (e->count == EXTENTS_MAX)
        return false;
    for (unsigned i = e->count; i > at; i--)
        e->free[i] = e->free[i - 1];
    e->free[at].base = base;
    e->free[at].size = size;
    e->count++;
    return true;
}

bool extents_take(struct extents *e, uint64_t size, uint64_t *base)
{
    for (unsigned i = 0; i < e->count; i++) {
        uint64_t start = e->free[i].base, end = start + e->free[i].size, at = (start + size - 1) & ~(size - 1);
        if (at < start || at > end || end - at < size)
            continue;
        /* The piece behind the block becomes an extent of its own; without room for it, look further. */
        if (at != start && end - at != size && !insert_at(e, i + 1, at + size, end - at - size))
            continue;
        if (at != start) {
            e->free[i].size = at - start;
        } else if (end - at == size) {
            remove_at(e, i);
        } else {
            e->free[i].base = at + size;
            e->free[i].size = end - at - size;
        }
        *base = at;
        return true;
    }
    return false;
}

bool extents_give(struct extents *e, uint64_t base, uint64_t size)
{
    unsigned at = 0;
    while (at < e->count && e->free[at].base < base)
        at++;
    bool joins_before = at > 0 && e->free[at - 1].base + e->free[at - 1].size == base;
    bool joins_after = at < e->count && base + size == e->free[at].base;
    if (joins_before) {
        e->free[at - 1].size += size + (joins_after ? e->free[at].size : 0);
        if (joins_after)
            remove_at(e, at);
        return true;
    }
    if (joins_after) {
        e->free[at].base = base;
        e->free[at].size += size;
        return true;
    }
    return insert_at(e, at, base, size);
}

uint64_t extents_total(const struct extents *e)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < e->count; i++)
        total += e->free[i].size;
    return total;
}
