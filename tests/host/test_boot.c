/* What the kernel makes of memory and of a boot archive, right ones and wrong ones. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#define ARCHIVE_BYTES (4 * 4096u)

static uint8_t archive[ARCHIVE_BYTES];

static void put(size_t offset, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        archive[offset + i] = (uint8_t)(value >> 8 * i);
}

#define HEADER(field)  offsetof(struct ennead_archive_header, field)
#define FILE_AT(field) (sizeof(struct ennead_archive_header) + offsetof(struct ennead_archive_file, field))

static void sign(void)
{
    uint32_t sum = 0;
    put(HEADER(checksum), 0);
    for (unsigned i = 0; i < ARCHIVE_BYTES; i += 4)
        sum += archive[i] | (uint32_t)archive[i + 1] << 8 | (uint32_t)archive[i + 2] << 16 |
               (uint32_t)archive[i + 3] << 24;
    put(HEADER(checksum), sum);
}

static void make_archive(void)
{
    memset(archive, 0, sizeof archive);
    memcpy(archive, ENNEAD_ARCHIVE_MAGIC, 8);
    put(HEADER(size), ARCHIVE_BYTES);
    put(HEADER(file_count), 1);
    put(HEADER(root_address), 0x400000);
    put(HEADER(root_entry), 0x400010);
    put(HEADER(root_text), 4096);
    put(HEADER(root_data), 4096);
    put(HEADER(root_stack), 0x402000);
    memcpy(archive + FILE_AT(name), "root", 5);
    put(FILE_AT(offset), 4096);
    put(FILE_AT(size), 8192);
    sign();
}

static bool boots(uint64_t ram_bytes, uint64_t archive_bytes)
{
    struct host_config config = {.cpus = 1, .ram_bytes = ram_bytes, .archive = archive, .archive_bytes = archive_bytes};
    return host_boot(&config);
}

static void refused(const char *why)
{
    sign();
    assert_false(boots(16 << 20, ARCHIVE_BYTES));
    assert_non_null(strstr(host_message(), why));
    host_power_off();
}

static void a_right_archive_boots(void **state)
{
    (void)state;
    make_archive();
    assert_true(boots(16 << 20, ARCHIVE_BYTES));
    struct thread *thread = host_current(0);
    assert_int_equal(context_pc(&thread->context), 0x400010);
    assert_int_equal(context_read_reg(&thread->context, ENNEAD_REGISTER_SP), 0x402000);
    assert_true(host_fetch(0, 0x400010));
    assert_true(host_store(0, 0x401000, 1));
    host_power_off();
}

static void text_is_not_writable_and_data_not_executable(void **state)
{
    (void)state;
    make_archive();
    for (unsigned i = 0; i < 2; i++) {
        assert_true(boots(16 << 20, ARCHIVE_BYTES));
        assert_false(i ? host_fetch(0, 0x401000) : host_store(0, 0x400000, 1));
        host_power_off();
    }
}

static void too_little_memory_is_said(void **state)
{
    (void)state;
    make_archive();
    assert_false(boots(1 << 20, ARCHIVE_BYTES));
    assert_non_null(strstr(host_message(), "too little memory"));
    host_power_off();
}

static void bad_archives_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        uint32_t value;
        const char *why;
    } cases[] = {
        {0, 0x12345678, "not an Ennead archive"},
        {HEADER(size), ARCHIVE_BYTES + 4, "truncated"},
        {HEADER(size), 2, "truncated"},
        {HEADER(file_count), 65, "does not fit"},
        {HEADER(file_count), 0, "no file \"root\""},
        {FILE_AT(name), 0x41414141, "no file \"root\""},
        {FILE_AT(offset), 100, "outside the archive"},
        {FILE_AT(offset), 0x40000000, "outside the archive"},
        {FILE_AT(size), 0x10000, "outside the archive"},
        {HEADER(root_text), 100, "not whole pages"},
        {HEADER(root_text), 0, "not whole pages"},
        {HEADER(root_data), 0x100000, "not whole pages"},
        {HEADER(root_address), 0, "does not fit into user space"},
        {HEADER(root_address), 0xfffff000, "does not fit into user space"},
        {HEADER(root_entry), 0x500000, "outside its text"},
        {HEADER(root_address), 0x0e000000, "outside its text"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_archive();
        put(cases[i].offset, cases[i].value);
        refused(cases[i].why);
    }
}

static void a_damaged_archive_is_refused(void **state)
{
    (void)state;
    make_archive();
    archive[9000] ^= 1;
    assert_false(boots(16 << 20, ARCHIVE_BYTES));
    assert_non_null(strstr(host_message(), "checksum"));
    host_power_off();
}

static void an_image_over_the_kernels_own_addresses_is_refused(void **state)
{
    (void)state;
    static const uint32_t addresses[] = {0x0e000000, 0x0e010000, 0x10000000};
    for (unsigned i = 0; i < 3; i++) {
        make_archive();
        put(HEADER(root_address), addresses[i]);
        put(HEADER(root_entry), addresses[i]);
        refused("overlaps");
    }
}

static void the_root_task_learns_what_there_is(void **state)
{
    (void)state;
    make_archive();
    assert_true(boots(16 << 20, ARCHIVE_BYTES));
    struct thread *thread = host_current(0);
    struct entry *entry = map_find(thread->space, context_read_reg(&thread->context, 2));
    const struct ennead_boot_info *info = phys_to_virt(entry->phys);
    assert_int_equal(info->magic, ENNEAD_BOOT_MAGIC);
    assert_int_equal(info->cpus, 1);
    uint64_t ram = 0;
    for (unsigned i = 0; i < info->resource_count; i++) {
        assert_int_equal(space_slot(thread->space, info->resources[i].slot)->kind, NODE_CAP);
        if (info->resources[i].kind == ENNEAD_RESOURCE_RAM)
            ram += info->resources[i].size;
    }
    assert_int_equal(ram, (16u << 20) - ARCHIVE_BYTES - 512 * 1024 - 4096);
    host_power_off();
}

static void eight_cpus_run_eight_threads(void **state)
{
    struct host_config config = {.cpus = 8, .ram_bytes = 16 << 20};
    (void)state;
    CLAUSES("TIM-4");
    machine_on_with(&config);
    for (unsigned i = 1; i < 8; i++) {
        struct thread *thread = new_thread(ENNEAD_ROOT_SPACE);
        assert_int_equal(op(slot_of_thread(thread) + 1, ENNEAD_TYPE_SCHED_CONTEXT, ENNEAD_SCHED_CONFIGURE,
                            FIELDS(1000000, 1000000, i)),
                         ENNEAD_OK);
        host_advance_ns(0);
        assert_ptr_equal(host_current(i), thread);
    }
    machine_off(NULL);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_archive_boots),
        cmocka_unit_test(text_is_not_writable_and_data_not_executable),
        cmocka_unit_test(too_little_memory_is_said),
        cmocka_unit_test(bad_archives_are_refused),
        cmocka_unit_test(a_damaged_archive_is_refused),
        cmocka_unit_test(an_image_over_the_kernels_own_addresses_is_refused),
        cmocka_unit_test(the_root_task_learns_what_there_is),
        cmocka_unit_test(eight_cpus_run_eight_threads),
    };
    return RUN("boot", tests);
}
