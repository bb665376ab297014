/*
 * Open Firmware's tree, flattened: see of_client.h. The client interface is IEEE 1275's, the format that of the
 * Devicetree Specification 0.4. Owns the memory of the tree.
 */
#include "of_client.h"
#include <arch/mmu.h>
#include <ppc/ppc.h>
#include <stddef.h>

#define TREE_BYTES  0x20000u
#define NAMES_BYTES 0x4000u
#define NAME_BYTES  64u /* the standard has 32, and QEMU longer ones */
#define PATH_BYTES  256u
#define DEPTH_MAX   16u
#define HEADER      40u
#define RESERVED    16u /* the list of reserved memory: only its end */
#define MAGIC       0xd00dfeedu
#define BEGIN_NODE  1u
#define END_NODE    2u
#define PROPERTY    3u
#define END         9u

_Alignas(4096) static uint8_t tree[TREE_BYTES];
static char names[NAMES_BYTES];
static uint32_t at, names_at;

/* The service's first answer; -1 if there is none of that name. Arguments are addresses below 4 GiB, and numbers. */
static uint32_t call(const char *service, unsigned count, const uint32_t *arguments)
{
    uint32_t block[8] = {ppc_be32((uint32_t)virt_to_phys(service)), ppc_be32(count), ppc_be32(1)};

    for (unsigned i = 0; i < count; i++)
        block[3 + i] = ppc_be32(arguments[i]);
    block[3 + count] = UINT32_MAX;
    ppc_hcall(H_QEMU_CLIENT, virt_to_phys(block), 0, 0, 0, NULL);
    return ppc_be32(block[3 + count]);
}

static uint32_t phys(const void *virt)
{
    return (uint32_t)virt_to_phys(virt);
}

static void need(uint32_t bytes)
{
    if (bytes > TREE_BYTES - at || names_at > NAMES_BYTES - NAME_BYTES)
        boot_refuse("the firmware's device tree has more than %u bytes: give the machine less", TREE_BYTES);
}

static void put(uint32_t word)
{
    need(4);
    *(uint32_t *)(tree + at) = ppc_be32(word);
    at += 4;
}

/* Up to the next whole word; what follows is zero. */
static void close(uint32_t bytes)
{
    at += (bytes + 3) & ~3u;
}

static void add_property(uint32_t node, const char *name)
{
    uint32_t length = call("getproplen", 2, (uint32_t[]){node, phys(name)});

    if (length > TREE_BYTES)
        return;
    put(PROPERTY);
    put(length);
    put(names_at);
    need(length + 4);
    call("getprop", 4, (uint32_t[]){node, phys(name), phys(tree + at), length});
    close(length);
    for (unsigned i = 0; i == 0 || name[i - 1] != 0; i++)
        names[names_at++] = name[i];
}

static void add_properties(uint32_t node)
{
    static char name[2][NAME_BYTES];
    unsigned next = 0;

    name[1][0] = 0;
    while (call("nextprop", 3, (uint32_t[]){node, phys(name[1 - next]), phys(name[next])}) == 1) {
        name[next][NAME_BYTES - 1] = 0;
        add_property(node, name[next]);
        next = 1 - next;
    }
}

/* A node's name is what its path ends in. */
static void begin_node(uint32_t node)
{
    static char path[PATH_BYTES];
    uint32_t length = call("package-to-path", 3, (uint32_t[]){node, phys(path), PATH_BYTES - 1}), start = 0, bytes = 0;

    path[length < PATH_BYTES ? length : 0] = 0;
    for (unsigned i = 0; path[i] != 0; i++)
        start = path[i] == '/' ? i + 1 : start;
    put(BEGIN_NODE);
    need(PATH_BYTES);
    for (; path[start + bytes] != 0; bytes++)
        tree[at + bytes] = (uint8_t)path[start + bytes];
    close(bytes + 1);
    add_properties(node);
}

/* Children before siblings. */
static void add_nodes(void)
{
    uint32_t above[DEPTH_MAX], node = call("peer", 1, (uint32_t[]){0});
    unsigned depth = 0;

    for (;;) {
        begin_node(node);
        uint32_t next = call("child", 1, &node);
        if (next != 0 && depth < DEPTH_MAX) {
            above[depth++] = node;
            node = next;
            continue;
        }
        put(END_NODE);
        while (depth > 0 && (next = call("peer", 1, &node)) == 0) {
            put(END_NODE);
            node = above[--depth];
        }
        if (depth == 0)
            return;
        node = next;
    }
}

uint64_t of_client_flatten(void)
{
    at = HEADER + RESERVED;
    add_nodes();
    put(END);
    uint32_t structure_end = at;
    need(names_at);
    __builtin_memcpy(tree + at, names, names_at);
    const uint32_t header[HEADER / 4] = {
        MAGIC,    structure_end + names_at,         HEADER + RESERVED, structure_end, HEADER, 17, 16, 0,
        names_at, structure_end - HEADER - RESERVED};
    at = 0;
    for (unsigned i = 0; i < HEADER / 4; i++)
        put(header[i]);
    return virt_to_phys(tree);
}
