/* Who hears of the benchmark's faults: a page of its own for each page, and the next instruction for an exception. */
#include <ennead/start.h>
#include <region_client.h>

#define RAM_ORDER 16u

static void answer_page(struct ennead_msg *msg, unsigned order)
{
    uint64_t address = ennead_get(msg, 0) & ~(((uint64_t)1 << order) - 1);
    ennead_put_item(0, ennead_item_page(ENNEAD_MAP_BASE, order, address, ENNEAD_RIGHT_READ));
    *msg = (struct ennead_msg){.tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, 0, 1)};
}

static void answer_exception(struct ennead_msg *msg)
{
    ennead_word w[ENNEAD_BUFFER(2)] = {0};
    ennead_put(w, 0, ENNEAD_REGISTER_PC);
    ennead_put(w, 1, ennead_get(msg, 2) + ENNEAD_TRAP_BYTES);
    *msg = (struct ennead_msg){.tag = ENNEAD_TAG(ENNEAD_PROTOCOL_ANSWER, 0, ENNEAD_FIELDS(2), 0),
                               .w = {w[0], w[1], w[2], w[3]}};
}

static unsigned page_order(uint32_t ram)
{
    struct region_describe_out about = {0};
    ennead_must(region_describe(ram, &about), "asking for page sizes");
    return (unsigned)__builtin_ctzll(about.page_sizes);
}

int main(void)
{
    uint32_t endpoint = ennead_grant("pager"), ram = ennead_grant("ram");
    unsigned order = page_order(ram);
    ennead_must(region_map(ram, 0, RAM_ORDER, ENNEAD_RIGHT_READ, 0, ENNEAD_MAP_BASE, RAM_ORDER), "mapping its memory");
    struct ennead_msg msg = ennead_recv(endpoint);
    for (;;) {
        if (ENNEAD_TAG_OPERATION(msg.tag) == ENNEAD_FAULT_PAGE)
            answer_page(&msg, order);
        else
            answer_exception(&msg);
        msg = ennead_reply_recv(endpoint, &msg);
    }
}
