/*
 * The system call's place in a context, for ports whose `struct arch_context` has the fields `target`, `tag`, `words`,
 * `status`, `badge` and `full`. <port/port.h> includes this behind that structure; see <arch/context.h> for what each
 * means.
 */
#ifndef ARCH_CONTEXT_CALL_H
#define ARCH_CONTEXT_CALL_H

static inline ennead_word context_target(const struct arch_context *context)
{
    return context->target;
}

static inline uint32_t context_tag(const struct arch_context *context)
{
    return context->tag;
}

static inline ennead_word context_word(const struct arch_context *context, unsigned i)
{
    return context->words[i];
}

static inline void context_set_word(struct arch_context *context, unsigned i, ennead_word value)
{
    context->words[i] = value;
}

static inline void context_set_result(struct arch_context *context, uint32_t status, uint32_t badge, uint32_t tag)
{
    context->status = status;
    context->badge = badge;
    context->tag = tag;
    context->full = false;
}

#endif
