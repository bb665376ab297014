/* Spaces: delegation by their manager, tables and maps inspected, deletion, and who hears of faults. */
#include "../harness/harness.h"

TEST(delegation_goes_where_the_field_says, CLAUSES("SPC-2"))
{
    uint32_t space = make_bare_space(), endpoint = make(ENNEAD_TYPE_ENDPOINT), weak = derive(space, READ | WRITE, 0);
    uint64_t mine = map_ram(0, 13, READ | WRITE), base, order, rights;
    CHECK_OK(give(space, 9, endpoint, WRITE, 3));
    CHECK_IS(type_in(space, 9), ENNEAD_TYPE_ENDPOINT);
    CHECK_IS(give(space, 9, endpoint, WRITE, 3), ENNEAD_OCCUPIED);
    CHECK_IS(give(space, 128, endpoint, WRITE, 0), ENNEAD_NO_SLOT);
    CHECK_IS(give(space, 0, endpoint, WRITE, 0), ENNEAD_NO_SLOT);
    CHECK_IS(give(space, UINT64_C(0x100000009), endpoint, WRITE, 0), ENNEAD_NO_SLOT);
    CHECK_IS(give(space, 10, new_slot(), WRITE, 0), ENNEAD_INVALID_CAP);
    CHECK_IS(give(weak, 10, endpoint, WRITE, 0), ENNEAD_DENIED);
    CHECK_IS(operate(space, ENNEAD_TYPE_SPACE, ENNEAD_SPACE_DELEGATE, 10, 0), ENNEAD_INVALID_ARG);
    CHECK_OK(give_item(space, OTHER_FREE, ennead_item_page(mine + 4096, 12, 0, READ)));
    CHECK_IS(give_item(space, OTHER_FREE, ennead_item_page(mine, 12, 0, READ)), ENNEAD_OCCUPIED);
    CHECK_IS(give_item(space, OTHER_FREE + 512, ennead_item_page(mine, 12, 0, READ)), ENNEAD_ALIGNMENT);
    CHECK_OK(space_map_info(space, 0, &base, &order, &rights));
    CHECK_IS(base, OTHER_FREE);
    CHECK_IS(order, 12);
    CHECK_IS(rights, READ);
}

TEST(delete_and_revoke_of_slots, CLAUSES("SPC-3"))
{
    uint32_t first = make(ENNEAD_TYPE_ENDPOINT), child = derive(first, ALL, 0), grandchild = derive(child, ALL, 0);
    uint32_t space = make_bare_space(), beside = derive(first, ALL, 0);
    CHECK_OK(give(space, 5, grandchild, ALL, 0));
    CHECK_OK(space_revoke(ENNEAD_ROOT_SPACE, child));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, grandchild), ENNEAD_TYPE_NONE);
    CHECK_IS(type_in(space, 5), ENNEAD_TYPE_NONE);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, child), ENNEAD_TYPE_ENDPOINT);
    CHECK_IS(space_delete(ENNEAD_ROOT_SPACE, grandchild), ENNEAD_NOT_FOUND);
    CHECK_IS(space_revoke(ENNEAD_ROOT_SPACE, grandchild), ENNEAD_NOT_FOUND);
    CHECK_IS(space_delete(space, 128), ENNEAD_RANGE);
    CHECK_IS(space_revoke(space, UINT64_MAX), ENNEAD_RANGE);
    CHECK_IS(space_delete(space, 0), ENNEAD_RANGE);
    CHECK_IS(space_delete(space, UINT64_C(1) << 32 | 5), ENNEAD_RANGE);
    CHECK_OK(give(space, 5, child, ALL, 0));
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, child));
    CHECK_IS(type_in(space, 5), ENNEAD_TYPE_NONE);
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, beside), ENNEAD_TYPE_ENDPOINT);
    CHECK_OK(space_delete(ENNEAD_ROOT_SPACE, beside));
    CHECK_IS(type_in(ENNEAD_ROOT_SPACE, first), ENNEAD_TYPE_ENDPOINT);
}

TEST(tables_can_be_inspected, CLAUSES("SPC-6"))
{
    uint32_t space = make_bare_space(), endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct space_slot_info_out own = slot_info(ENNEAD_ROOT_SPACE, endpoint), found;
    CHECK_OK(space_grow(space, ENNEAD_TABLE_SLOTS, 2));
    CHECK_OK(give(space, 130, endpoint, WRITE | READ, 9));
    CHECK_OK(space_slot_info(space, 3, &found));
    CHECK_IS(found.slot, 130);
    CHECK_IS(found.type, ENNEAD_TYPE_ENDPOINT);
    CHECK_IS(found.rights, WRITE | READ);
    CHECK_IS(found.badge, 9);
    CHECK_IS(found.depth, own.depth + 1);
    CHECK_OK(space_slot_info(space, 2, &found));
    CHECK_IS(found.type, ENNEAD_TYPE_NONE);
    CHECK_OK(space_slot_info(space, 131, &found));
    CHECK_IS(found.type, ENNEAD_TYPE_NONE);
    CHECK_IS(space_slot_info(space, 384, &found), ENNEAD_NOT_FOUND);
    CHECK_IS(space_slot_info(space, UINT64_MAX, &found), ENNEAD_NOT_FOUND);
}

TEST(maps_can_be_inspected, CLAUSES("SPC-7"))
{
    uint32_t space = make_bare_space();
    uint64_t mine = map_ram(0, 14, READ | WRITE), base, order, rights;
    CHECK_IS(space_map_info(space, 0, &base, &order, &rights), ENNEAD_NOT_FOUND);
    CHECK_OK(give_item(space, OTHER_FREE, ennead_item_page(mine, 14, 0, READ)));
    CHECK_OK(give_item(space, OTHER_FREE + 65536, ennead_item_page(mine, 12, 0, READ | WRITE)));
    CHECK_OK(space_map_info(space, OTHER_FREE + 8192, &base, &order, &rights));
    CHECK_IS(base, OTHER_FREE);
    CHECK_IS(order, 14);
    CHECK_IS(rights, READ);
    CHECK_OK(space_map_info(space, OTHER_FREE + 16384, &base, &order, &rights));
    CHECK_IS(base, OTHER_FREE + 65536);
    CHECK_IS(order, 12);
    CHECK_IS(rights, READ | WRITE);
    CHECK_IS(space_map_info(space, OTHER_FREE + 65536 + 4096, &base, &order, &rights), ENNEAD_NOT_FOUND);
}

TEST(handlers_are_set_and_cleared, CLAUSES("SPC-8", "OBJ-3"))
{
    uint32_t space = make_bare_space(), endpoint = make(ENNEAD_TYPE_ENDPOINT);
    struct ennead_item item = ennead_item_cap(endpoint, ALL, 0), none = {0};
    for (unsigned which = ENNEAD_HANDLER_PAGER; which <= ENNEAD_HANDLER_EXCEPTION; which++) {
        CHECK_OK(space_set_pager(space, which, item));
        CHECK_OK(space_set_pager(space, which, item));
        CHECK_OK(space_set_pager(space, which, none));
        CHECK_OK(space_set_pager(space, which, none));
        CHECK_IS(space_set_pager(space, which, ennead_item_cap(harness.pool, ALL, 0)), ENNEAD_TYPE);
        CHECK_IS(space_set_pager(space, which, ennead_item_cap(new_slot(), ALL, 0)), ENNEAD_INVALID_CAP);
    }
    CHECK_IS(space_set_pager(space, ENNEAD_HANDLER_EXCEPTION + 1, item), ENNEAD_INVALID_ARG);
    CHECK_IS(space_set_pager(space, UINT64_MAX, item), ENNEAD_INVALID_ARG);
    CHECK_IS(space_set_pager(derive(space, READ, 0), 0, item), ENNEAD_DENIED);
}

GROUP(spaces, RUN(delegation_goes_where_the_field_says), RUN(delete_and_revoke_of_slots), RUN(tables_can_be_inspected),
      RUN(maps_can_be_inspected), RUN(handlers_are_set_and_cleared));
