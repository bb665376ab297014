/*
 * A TLB for each processor that never forgets unless it is told to, and remembers the tables on the way as well; and
 * who has which identifier. See model.h.
 *
 * While a space is loaded, a walker may take anything out of its tables at any time: an identifier is free of what its
 * last owner left only if all of it was forgotten while it was not loaded.
 */
#include "model.h"
#include <stdlib.h>
#include <string.h>

#define IDENTIFIERS  65536u
#define RECENT_COUNT 1024u

struct held {
    uint64_t va, value, entry;
    unsigned shift;
    bool is_leaf;
};

struct fenced {
    uint64_t va;
    moment at;
};

struct identity {
    uint64_t id, owner;
    bool may_hold;   /* something of its owner's */
    moment verified; /* against the tables as they were then */
    moment fenced;   /* all of it */
    struct held *held;
    unsigned held_count, held_max;
    struct fenced *pages;
    unsigned page_count, page_max;
};

struct recent {
    uint64_t va, phys, generation;
};

static struct processor {
    uint64_t root, id, generation;
    moment forgot;   /* something */
    moment returned; /* to user mode, with the tables as they were then */
    struct identity *identities[IDENTIFIERS];
    struct identity *list[IDENTIFIERS];
    unsigned count;
    struct recent recent[RECENT_COUNT]; /* uses that were found right */
} * processors[PLUGIN_CPUS_MAX];

static struct processor *processor(unsigned cpu)
{
    if (!processors[cpu]) {
        processors[cpu] = calloc(1, sizeof *processors[cpu]);
        processors[cpu]->generation = 1;
    }
    return processors[cpu];
}

static struct identity *identity(struct processor *p, uint64_t id)
{
    struct identity **found = &p->identities[id % IDENTIFIERS];

    if (!*found) {
        *found = calloc(1, sizeof **found);
        (*found)->id = id;
        p->list[p->count++] = *found;
        counts.identifiers++;
    }
    return *found;
}

static void *grow(void *array, unsigned count, unsigned *max, size_t size)
{
    if (count < *max)
        return array;
    *max = *max ? 2 * *max : 16;
    return realloc(array, *max * size);
}

/* ---- what is held ---- */

static struct held *find(const struct identity *identity, uint64_t va, unsigned shift)
{
    for (unsigned i = 0; i < identity->held_count; i++) {
        if (identity->held[i].va == va && identity->held[i].shift == shift)
            return &identity->held[i];
    }
    return NULL;
}

static void hold(struct identity *identity, const struct step *step)
{
    identity->held = grow(identity->held, identity->held_count, &identity->held_max, sizeof *identity->held);
    identity->held[identity->held_count++] =
        (struct held){step->va, step->value, step->entry, step->shift, step->is_leaf};
    *(step->is_leaf ? &counts.pages : &counts.tables) += 1;
}

static void drop(struct identity *identity, struct held *held)
{
    *held = identity->held[--identity->held_count];
}

/* ---- loading spaces ---- */

void tlb_load(unsigned cpu, uint64_t root, uint64_t id)
{
    tlb_load_owned(cpu, root, id, root);
}

void tlb_load_owned(unsigned cpu, uint64_t root, uint64_t id, uint64_t owner)
{
    struct processor *p = processor(cpu);

    p->root = root;
    p->id = id;
    p->generation++;
    if (root == 0)
        return;
    struct identity *owned = identity(p, id);
    if (owned->owner != owner) {
        counts.reuses += owned->owner != 0;
        if (owned->may_hold)
            report(REUSED, cpu, "identifier %llu: tables at 0x%llx, before at 0x%llx", (unsigned long long)id,
                   (unsigned long long)owner, (unsigned long long)owned->owner);
        owned->held_count = 0;
        owned->verified = 0;
    }
    owned->owner = owner;
    owned->may_hold |= !isa->has_soft_tlb;
}

uint64_t tlb_root(unsigned cpu)
{
    return processor(cpu)->root;
}

/* ---- forgetting ---- */

/* What was written before no barrier may not be seen yet: the walker takes again what is forgotten. */
static bool comes_back(unsigned cpu, const struct held *held)
{
    return isa->tables_want_barrier && !isa->fences_tables &&
           ram_word_written(cpu, held->entry) > cache_tables_seen(cpu);
}

static void fence_page(struct identity *identity, uint64_t va)
{
    for (unsigned i = 0; i < identity->page_count; i++) {
        if (identity->pages[i].va == va) {
            identity->pages[i].at = now;
            return;
        }
    }
    identity->pages = grow(identity->pages, identity->page_count, &identity->page_max, sizeof *identity->pages);
    identity->pages[identity->page_count++] = (struct fenced){va, now};
}

static void forget_in(unsigned cpu, struct identity *identity, uint64_t va)
{
    for (unsigned i = identity->held_count; i-- > 0;) {
        struct held *held = &identity->held[i];
        bool reaches = (va ^ held->va) >> held->shift == 0;
        if (reaches && (held->is_leaf || isa->page_forgets_tables) && !comes_back(cpu, held))
            drop(identity, held);
    }
    if (isa->fences_tables)
        fence_page(identity, va);
}

void tlb_forget_page(unsigned cpu, uint64_t id, uint64_t va)
{
    struct processor *p = processor(cpu);

    va &= ~((UINT64_C(1) << PAGE_LOG2) - 1);
    p->generation++;
    p->forgot = tick();
    if (id != ANY)
        forget_in(cpu, identity(p, id), va);
    for (unsigned i = 0; id == ANY && i < p->count; i++)
        forget_in(cpu, p->list[i], va);
}

static void forget_all_of(unsigned cpu, struct identity *identity, unsigned what)
{
    const struct processor *p = processor(cpu);

    for (unsigned i = identity->held_count; i-- > 0;) {
        struct held *held = &identity->held[i];
        if (what & (held->is_leaf ? FORGET_LEAVES : FORGET_TABLES) && !comes_back(cpu, held))
            drop(identity, held);
    }
    identity->fenced = now;
    identity->page_count = 0;
    if (what == FORGET_BOTH && (p->root == 0 || p->id != identity->id || isa->has_soft_tlb))
        identity->may_hold = false;
}

void tlb_forget(unsigned cpu, uint64_t id, unsigned what)
{
    struct processor *p = processor(cpu);

    p->generation++;
    p->forgot = tick();
    for (unsigned i = 0; i < p->count; i++) {
        if (id == ANY || p->list[i]->id == id)
            forget_all_of(cpu, p->list[i], what);
    }
}

/* ---- what software enters ---- */

void tlb_enter(unsigned cpu, uint64_t id, uint64_t va, uint64_t value)
{
    struct processor *p = processor(cpu);
    struct identity *owned = identity(p, id);
    struct held *before = find(owned, va, PAGE_LOG2);

    p->generation++;
    owned->may_hold = true;
    if (before && before->value != value)
        report(STALE_KEPT, cpu, "0x%llx of identifier %llu is entered twice", (unsigned long long)va,
               (unsigned long long)id);
    if (before)
        before->value = value;
    else
        hold(owned, &(struct step){.va = va, .value = value, .shift = PAGE_LOG2, .is_leaf = true});
}

/* ---- using ---- */

static moment seen_since(unsigned cpu, const struct identity *identity, const struct step *step)
{
    moment seen = identity->fenced;

    if (!isa->fences_tables)
        return cache_tables_seen(cpu);
    for (unsigned i = 0; step->is_leaf && i < identity->page_count; i++) {
        const struct fenced *page = &identity->pages[i];
        if ((page->va ^ step->va) >> step->shift == 0 && page->at > seen)
            seen = page->at;
    }
    return seen;
}

/* Nothing of the way is remembered otherwise than it is; what is not remembered is from here on. */
static void use_step(unsigned cpu, struct identity *identity, const struct step *step)
{
    struct held *held = find(identity, step->va, step->shift);

    if (held && held->value == step->value)
        return;
    if (held) {
        report(STALE_USED, cpu, "0x%llx of identifier %llu, %u bits: 0x%llx is held, 0x%llx is in the tables",
               (unsigned long long)step->va, (unsigned long long)identity->id, step->shift,
               (unsigned long long)held->value, (unsigned long long)step->value);
        held->value = step->value;
        return;
    }
    if (isa->tables_want_barrier && ram_word_written(cpu, step->entry) > seen_since(cpu, identity, step))
        report(NO_BARRIER, cpu, "the %s for 0x%llx of identifier %llu, at 0x%llx", step->is_leaf ? "page" : "table",
               (unsigned long long)step->va, (unsigned long long)identity->id, (unsigned long long)step->entry);
    hold(identity, step);
}

static void use_slowly(unsigned cpu, struct processor *p, uint64_t va, uint64_t phys)
{
    struct step steps[STEPS_MAX];
    unsigned count = p->root ? walk(p->root, va, steps) : 0;
    struct identity *owned = identity(p, p->id);

    if (count == 0 || !steps[count - 1].is_leaf) {
        report(STALE_USED, cpu, "0x%llx of identifier %llu: the tables have nothing there", (unsigned long long)va,
               (unsigned long long)p->id);
        return;
    }
    uint64_t page = walk_page(&steps[count - 1], va);
    if (phys != ANY && page != phys >> PAGE_LOG2 << PAGE_LOG2)
        report(STALE_USED, cpu, "0x%llx of identifier %llu: 0x%llx is used, 0x%llx is in the tables",
               (unsigned long long)va, (unsigned long long)p->id, (unsigned long long)phys, (unsigned long long)page);
    if (isa->has_soft_tlb && !find(owned, va >> PAGE_LOG2 << PAGE_LOG2, PAGE_LOG2))
        report(STALE_USED, cpu, "0x%llx of identifier %llu was not entered, or is forgotten", (unsigned long long)va,
               (unsigned long long)p->id);
    for (unsigned i = 0; i < count; i++)
        use_step(cpu, owned, &steps[i]);
}

void tlb_use(unsigned cpu, uint64_t va, uint64_t phys)
{
    struct processor *p = processor(cpu);
    struct recent *recent = &p->recent[va >> PAGE_LOG2 & (RECENT_COUNT - 1)];
    uint64_t page = va >> PAGE_LOG2, where = phys >> PAGE_LOG2;

    if (recent->generation == p->generation && recent->va == page && recent->phys == where)
        return;
    use_slowly(cpu, p, va, phys);
    *recent = (struct recent){page, where, p->generation};
}

/* ---- going to user mode ---- */

static bool is_in_tables(const struct held *held, uint64_t root)
{
    struct step steps[STEPS_MAX];
    unsigned count = walk(root, held->va, steps);

    for (unsigned i = 0; i < count; i++) {
        if (steps[i].shift == held->shift)
            return steps[i].value == held->value;
    }
    return false;
}

static void verify(unsigned cpu)
{
    struct processor *p = processor(cpu);
    struct identity *owned = p->root ? identity(p, p->id) : NULL;

    if (!owned || owned->verified == ram_tables)
        return;
    p->generation++;
    owned->verified = ram_tables;
    for (unsigned i = owned->held_count; i-- > 0;) {
        struct held *held = &owned->held[i];
        if (is_in_tables(held, p->root))
            continue;
        report(STALE_KEPT, cpu, "0x%llx of identifier %llu, %u bits, %s: 0x%llx is held", (unsigned long long)held->va,
               (unsigned long long)owned->id, held->shift, held->is_leaf ? "a page" : "a table",
               (unsigned long long)held->value);
        drop(owned, held);
    }
}

/* What others may have used until the operation ended that changed the tables they may not from here on. */
void tlb_return(unsigned cpu)
{
    struct processor *p = processor(cpu);

    if (isa->tables_want_barrier && !isa->fences_tables && p->forgot > cache_completed(cpu)) {
        report(NO_BARRIER, cpu, "what was to be forgotten may not be yet");
        p->forgot = 0;
    }
    verify(cpu);
    if (p->returned == ram_tables)
        return;
    p->returned = ram_tables;
    counts.returns++;
    for (unsigned other = 0; other < PLUGIN_CPUS_MAX; other++) {
        if (other != cpu && is_in_user_mode(other))
            verify(other);
    }
}
