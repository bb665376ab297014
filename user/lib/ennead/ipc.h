/*
 * Messages: fields, names, windows, items and the phases of the system call.
 *
 * Everything here is inline and folds away: a message of at most ENNEAD_MSG_REG_WORDS words never touches memory.
 * Invariant: a thread's receive window is closed but inside a stub that expects items and in a server's receive
 * phase, so that nothing arrives unasked.
 */
#ifndef ENNEAD_IPC_H
#define ENNEAD_IPC_H

#include <ennead/abi.h>
#include <ennead/port.h>
#include <stdbool.h>
#include <stddef.h>

/* Stubs and dispatch are laid out for success. */
#define ENNEAD_UNLIKELY(what) __builtin_expect_with_probability(!!(what), 0, 1.0)

#define ENNEAD_WORD_BITS (8u * sizeof(ennead_word))

/* Words of n fields, and of an array that holds them and at least the register words. */
#define ENNEAD_FIELDS(n) ((unsigned)((n)*ENNEAD_FIELD_WORDS))
#define ENNEAD_BUFFER(n) (ENNEAD_FIELDS(n) > ENNEAD_MSG_REG_WORDS ? ENNEAD_FIELDS(n) : ENNEAD_MSG_REG_WORDS)

/* Bytes in a message of type `data`: behind the fields and the register words; the same on every port. */
#define ENNEAD_DATA_WORD(fields) ((unsigned)ENNEAD_BUFFER(fields))
#define ENNEAD_DATA_BYTES        512u
#define ENNEAD_DATA_WORDS(bytes) ((unsigned)(((bytes) + sizeof(ennead_word) - 1) / sizeof(ennead_word)))

/* What a server's handler returns when it stored the reply right, to answer later. */
#define ENNEAD_DEFERRED ((enum ennead_error)0xffff)

/* A name in a message: three fields; shorter ones are filled up with zeroes, and the last byte is zero. */
#define ENNEAD_NAME_BYTES  24u
#define ENNEAD_NAME_FIELDS 3u
struct ennead_name {
    char text[ENNEAD_NAME_BYTES];
};

/* Loops over a message's words are written out: where they are not, the words go through memory. */
#define ENNEAD_UNROLLED _Pragma("GCC unroll 16")

static inline void ennead_put(ennead_word *words, unsigned field, uint64_t value)
{
    ENNEAD_UNROLLED
    for (unsigned k = 0; k < ENNEAD_FIELD_WORDS; k++)
        words[field * ENNEAD_FIELD_WORDS + k] = (ennead_word)(value >> (k * ENNEAD_WORD_BITS));
}

static inline ennead_word ennead_word_at(const struct ennead_msg *msg, unsigned index)
{
    return index < ENNEAD_MSG_REG_WORDS ? msg->w[index] : ennead_utcb()->words[index];
}

/* Field i of a message received. */
static inline uint64_t ennead_get(const struct ennead_msg *msg, unsigned field)
{
    uint64_t value = 0;
    ENNEAD_UNROLLED
    for (unsigned k = 0; k < ENNEAD_FIELD_WORDS; k++)
        value |= (uint64_t)ennead_word_at(msg, (unsigned)(field * ENNEAD_FIELD_WORDS) + k) << (k * ENNEAD_WORD_BITS);
    return value;
}

static inline void ennead_put_name(ennead_word *words, unsigned field, const char *name)
{
    bool ended = false;
    for (unsigned f = 0, n = 0; f < ENNEAD_NAME_FIELDS; f++) {
        uint64_t value = 0;
        for (unsigned byte = 0; byte < 8; byte++, n++) {
            ended = ended || n == ENNEAD_NAME_BYTES - 1 || name[n] == '\0';
            if (!ended)
                value |= (uint64_t)(uint8_t)name[n] << (8 * byte);
        }
        ennead_put(words, field + f, value);
    }
}

static inline struct ennead_name ennead_get_name(const struct ennead_msg *msg, unsigned field)
{
    struct ennead_name name;
    for (unsigned n = 0; n < ENNEAD_NAME_BYTES; n++)
        name.text[n] = (char)(ennead_get(msg, field + n / 8) >> (8 * (n % 8)));
    name.text[ENNEAD_NAME_BYTES - 1] = '\0';
    return name;
}

/*
 * Put the words that do not travel in registers where the kernel reads them. A message without any is sent by threads
 * without a buffer too, and before a thread knows where its buffer is.
 */
static inline void ennead_overflow(const ennead_word *words, unsigned count)
{
    if (count <= ENNEAD_MSG_REG_WORDS)
        return;
    struct ennead_utcb *utcb = ennead_utcb();
    ENNEAD_UNROLLED
    for (unsigned i = ENNEAD_MSG_REG_WORDS; i < count; i++)
        utcb->words[i] = words[i];
}

/* ---- data ---- */

/* Fill up the last word with zeroes, so that nothing of an earlier message is sent. */
static inline void ennead_pad_data(unsigned word, size_t bytes)
{
    uint8_t *data = (uint8_t *)&ennead_utcb()->words[word];
    while (bytes % sizeof(ennead_word))
        data[bytes++] = 0;
}

/* bytes <= ENNEAD_DATA_BYTES. */
static inline void ennead_put_data(unsigned word, const void *data, size_t bytes)
{
    uint8_t *to = (uint8_t *)&ennead_utcb()->words[word];
    const uint8_t *from = data;
    for (size_t i = 0; i < bytes; i++)
        to[i] = from[i];
    ennead_pad_data(word, bytes);
}

static inline const void *ennead_data(unsigned word)
{
    return &ennead_utcb()->words[word];
}

/* How many of the bytes announced are really in the message. */
static inline size_t ennead_data_bytes(const struct ennead_msg *msg, unsigned word, uint64_t announced)
{
    unsigned words = ENNEAD_TAG_WORDS(msg->tag);
    size_t most = words > word ? (words - word) * sizeof(ennead_word) : 0;
    return announced < most ? (size_t)announced : most;
}

static inline size_t ennead_get_data(const struct ennead_msg *msg, unsigned word, uint64_t announced, void *data,
                                     size_t capacity)
{
    size_t bytes = ennead_data_bytes(msg, word, announced);
    const uint8_t *from = ennead_data(word);
    for (size_t i = 0; i < bytes && i < capacity; i++)
        ((uint8_t *)data)[i] = from[i];
    return bytes < capacity ? bytes : capacity;
}

/* ---- items and windows ---- */

/* badge 0 keeps what the capability has; rights are at most those that it has. */
static inline struct ennead_item ennead_item_cap(uint32_t slot, unsigned rights, uint32_t badge)
{
    return (struct ennead_item){.kind = ENNEAD_ITEM_CAP, .rights = (uint8_t)rights, .badge = badge, .base = slot};
}

static inline struct ennead_item ennead_item_page(uint64_t address, unsigned order_log2, uint64_t offset,
                                                  unsigned rights)
{
    return (struct ennead_item){.kind = ENNEAD_ITEM_PAGE,
                                .rights = (uint8_t)rights,
                                .order_log2 = (uint8_t)order_log2,
                                .base = address,
                                .offset = offset};
}

/* Member by member, so that only what is not known yet is in memory before. */
static inline void ennead_put_item(unsigned index, struct ennead_item item)
{
    struct ennead_item *to = &ennead_utcb()->items[index];
    to->kind = item.kind;
    to->flags = item.flags;
    to->rights = item.rights;
    to->order_log2 = item.order_log2;
    to->badge = item.badge;
    to->base = item.base;
    to->offset = item.offset;
}

/* The first item of a message received; of kind NONE if there is none. */
static inline struct ennead_item ennead_get_item(const struct ennead_msg *msg)
{
    const struct ennead_item *from = &ennead_utcb()->items[0];
    return (struct ennead_item){.kind = ENNEAD_TAG_ITEMS(msg->tag) != 0 ? from->kind : (uint8_t)ENNEAD_ITEM_NONE,
                                .flags = from->flags,
                                .rights = from->rights,
                                .order_log2 = from->order_log2,
                                .badge = from->badge,
                                .base = from->base,
                                .offset = from->offset};
}

static inline void ennead_window_caps(uint32_t slot, uint32_t count)
{
    struct ennead_window *window = &ennead_utcb()->window;
    window->cap_base = slot;
    window->cap_count = count;
}

static inline void ennead_window_memory(uint64_t base, unsigned order_log2)
{
    struct ennead_window *window = &ennead_utcb()->window;
    window->mem_base = base;
    window->mem_order_log2 = order_log2;
}

static inline void ennead_window_close(void)
{
    struct ennead_window *window = &ennead_utcb()->window;
    window->cap_count = 0;
    window->mem_order_log2 = 0;
}

/* ---- phases ---- */

static inline ennead_word ennead_target(uint32_t slot, unsigned phases)
{
    return (ennead_word)slot << ENNEAD_TARGET_SHIFT | phases;
}

static inline struct ennead_msg ennead_call(uint32_t slot, uint32_t tag, const ennead_word *words)
{
    return ennead_ipc(ennead_target(slot, ENNEAD_CALL), tag, words);
}

/* The outcome of a call to a kernel object or a server. One of the two is 0 at least: a status comes with tag 0. */
static inline enum ennead_error ennead_outcome(const struct ennead_msg *msg)
{
    return (enum ennead_error)(msg->status | ENNEAD_TAG_LABEL(msg->tag));
}

static inline struct ennead_msg ennead_recv(uint32_t endpoint)
{
    const ennead_word none[ENNEAD_MSG_REG_WORDS] = {0};
    return ennead_ipc(ennead_target(endpoint, ENNEAD_RECV), 0, none);
}

static inline struct ennead_msg ennead_reply_recv(uint32_t endpoint, const struct ennead_msg *answer)
{
    return ennead_ipc(ennead_target(endpoint, ENNEAD_REPLY_RECV), answer->tag, answer->w);
}

/* Answer if `answered`, then receive: a server's loop. */
static inline struct ennead_msg ennead_next(uint32_t endpoint, bool answered, const struct ennead_msg *answer)
{
    return answered ? ennead_reply_recv(endpoint, answer) : ennead_recv(endpoint);
}

/* Keep the reply right held for later, in an empty slot; it is used once, by ennead_send() to that slot. */
static inline enum ennead_error ennead_store_reply(uint32_t slot)
{
    const ennead_word none[ENNEAD_MSG_REG_WORDS] = {0};
    return (enum ennead_error)ennead_ipc(ennead_target(slot, ENNEAD_STORE), 0, none).status;
}

static inline enum ennead_error ennead_send(uint32_t slot, uint32_t tag, const ennead_word *words)
{
    return (enum ennead_error)ennead_ipc(ennead_target(slot, ENNEAD_SEND), tag, words).status;
}

/* Turn a message into an answer without words: an error, or success. */
static inline void ennead_answer(struct ennead_msg *msg, enum ennead_error error)
{
    *msg = (struct ennead_msg){.tag = (uint32_t)error << 16};
}

#endif
