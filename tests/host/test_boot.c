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
    memcpy(archive + 4096 + 0x18, "the text", 8);
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
    uint64_t value;
    assert_true(host_load(0, 0x400018, &value));
    assert_memory_equal(&value, "the text", 8);
    assert_true(host_store(0, 0x401000, 1));
    host_power_off();
}

static void an_image_may_begin_at_the_first_page_that_can_be_mapped(void **state)
{
    (void)state;
    make_archive();
    put(HEADER(root_address), 0x1000);
    put(HEADER(root_entry), 0x1010);
    put(HEADER(root_stack), 0x3000);
    sign();
    assert_true(boots(16 << 20, ARCHIVE_BYTES));
    assert_int_equal(context_pc(&host_current(0)->context), 0x1010);
    host_power_off();
}

static void a_part_of_three_pages_is_whole(void **state)
{
    (void)state;
    make_archive();
    put(HEADER(root_text), 3 * 4096);
    put(HEADER(root_data), 0);
    put(FILE_AT(size), 3 * 4096);
    memcpy(archive + 3 * 4096 + 0x18, "the last", 8);
    sign();
    assert_true(boots(16 << 20, ARCHIVE_BYTES));
    uint64_t value;
    assert_true(host_load(0, 0x402018, &value));
    assert_memory_equal(&value, "the last", 8);
    host_power_off();
}

static void an_empty_file_at_the_end_is_inside(void **state)
{
    (void)state;
    make_archive();
    put(FILE_AT(offset), ARCHIVE_BYTES);
    put(FILE_AT(size), 0);
    refused("not whole pages");
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
    assert_non_null(strstr(host_message(), "too little memory: 1008 KiB are free, 2048 KiB are needed"));
    host_power_off();
}

/* As much of everything as there may be: files, bytes of one, and as little memory. */
static void the_limits_themselves_boot(void **state)
{
    (void)state;
    make_archive();
    size_t last = sizeof(struct ennead_archive_header) + 63 * sizeof(struct ennead_archive_file);
    assert_true(last + sizeof(struct ennead_archive_file) <= 8192);
    memcpy(archive + last, archive + FILE_AT(name), sizeof(struct ennead_archive_file));
    memset(archive + FILE_AT(name), 'x', 4);
    put(HEADER(file_count), 64);
    put(last + offsetof(struct ennead_archive_file, offset), 8192);
    put(last + offsetof(struct ennead_archive_file, size), ARCHIVE_BYTES - 8192);
    sign();
    assert_true(boots((2 << 20) + ARCHIVE_BYTES, ARCHIVE_BYTES));
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
        {FILE_AT(size), ARCHIVE_BYTES - 4096 + 1, "outside the archive"}, /* it begins at 4096 */
        {HEADER(root_text), 100, "not whole pages"},
        {HEADER(root_text), 0, "not whole pages"},
        {HEADER(root_data), 0x100000, "not whole pages"},
        {HEADER(root_rodata), 4096, "not whole pages"}, /* a page more than the file has */
        {HEADER(root_address), 0, "does not fit into user space"},
        {HEADER(root_address), 0xfffff000, "does not fit into user space"},
        {HEADER(root_entry), 0x500000, "outside its text"},
        {HEADER(root_entry), 0x401000, "outside its text"}, /* just behind it */
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

static const struct ennead_boot_info *boot_info(void)
{
    struct thread *thread = host_current(0);
    struct entry *entry = map_find(thread->space, context_read_reg(&thread->context, 2));
    return phys_to_virt(entry->phys);
}

static const char long_line[] =
    "a command line that is longer than the place for it, and that goes on for a while: "
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 "
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789";

/* Two ranges of RAM below the window's end and one above, one range that is empty, a device tree, a serial port. */
static void rich_board(struct platform_info *board)
{
    board->ram[0] = (struct platform_range){0x10000, 0x100000};
    board->ram[1] = (struct platform_range){0x200000, 0x400000};
    board->ram[2] = (struct platform_range){0x800000, 0x700000};
    board->ram[3] = (struct platform_range){0xf00000, 0};
    board->ram_count = 4;
    board->dtb = (struct platform_range){0x700000, 0x2000};
    board->command_line = long_line;
    board->devices[0] = (struct ennead_device){.compatible = "ns16550a", .base = 8, .size = 8, .irq = 4, .resource = 1};
    board->devices_count = 1;
}

static unsigned op_of(unsigned slot, unsigned operation)
{
    return op(slot, ENNEAD_TYPE_REGION, operation, FIELDS(0, 4));
}

static void what_the_board_has_becomes_resources(void **state)
{
    struct host_config config = {.cpus = 1, .ram_bytes = 16 << 20, .window_bytes = 8 << 20, .board = rich_board};
    (void)state;
    CLAUSES("REG-5", "REG-6");
    machine_on_with(&config);
    const struct ennead_boot_info *info = boot_info();
    static const struct {
        unsigned kind;
        uint64_t base, size;
    } expected[] = {{ENNEAD_RESOURCE_RAM, 0x10000, 0x100000},
                    {ENNEAD_RESOURCE_RAM, 0x200000 + 512 * 1024 + 4096, 0x400000 - 512 * 1024 - 4096},
                    {ENNEAD_RESOURCE_RAM, 0x800000, 0x700000},
                    {ENNEAD_RESOURCE_DEVICE, 16 << 20, 1 << 20},
                    {ENNEAD_RESOURCE_IO, 0, 16},
                    {ENNEAD_RESOURCE_IO, 0, 8},
                    {ENNEAD_RESOURCE_IO, 0, 8},
                    {ENNEAD_RESOURCE_DTB, 0x700000, 0x2000},
                    {ENNEAD_RESOURCE_ARCHIVE, 0, 0x4000}};
    assert_int_equal(info->resource_count, sizeof expected / sizeof expected[0]);
    for (unsigned i = 0; i < info->resource_count; i++) {
        assert_int_equal(info->resources[i].kind, expected[i].kind);
        assert_int_equal(info->resources[i].base, expected[i].base);
        assert_int_equal(info->resources[i].size, expected[i].size);
    }
    assert_string_equal(info->resources[info->devices[0].resource].name, "ports");
    assert_string_equal(info->devices[0].compatible, "ns16550a");
    assert_int_equal(info->device_count, 1);
    size_t kept = sizeof info->command_line - 1;
    assert_true(kept < strlen(long_line));
    assert_memory_equal(info->command_line, long_line, kept);
    assert_int_equal(info->command_line[kept], 0);
    /* RAM that the kernel does not reach can be mapped, but neither be read by it nor become a pool. */
    unsigned above = slot_of(ENNEAD_RESOURCE_RAM, 2);
    window(new_slot(), 1, 0, 0);
    assert_int_equal(op_of(above, ENNEAD_REGION_MAKE_POOL), ENNEAD_TYPE);
    assert_int_equal(op_of(above, ENNEAD_REGION_LOAD), ENNEAD_TYPE);
    assert_int_equal(op_of(above, ENNEAD_REGION_STORE), ENNEAD_TYPE);
    map_page(above, 0, 0x30000000, 12, 7);
    assert_true(host_store(0, 0x30000000, 1));
    assert_int_equal(op_of(slot_of(ENNEAD_RESOURCE_DTB, 0), ENNEAD_REGION_MAKE_POOL), ENNEAD_TYPE);
    machine_off(NULL);
}

#define BOOT_ONLY_AT 0xf00000u

static void board_with_boot_only_memory(struct platform_info *board)
{
    board->ram[0] = (struct platform_range){0x100000, BOOT_ONLY_AT - 0x100000};
    board->ram_count = 1;
}

/* Is memory there the root task's? */
static bool has_ram_at(uint64_t base)
{
    const struct ennead_boot_info *info = boot_info();
    for (unsigned i = 0; i < info->resource_count; i++)
        if (info->resources[i].kind == ENNEAD_RESOURCE_RAM && info->resources[i].base == base)
            return true;
    return false;
}

static void what_runs_at_boot_alone_is_given_back_unless_a_processor_may_come_yet(void **state)
{
    (void)state;
    struct host_config config = {.cpus = 2,
                                 .ram_bytes = 16 << 20,
                                 .board = board_with_boot_only_memory,
                                 .boot_only = BOOT_ONLY_AT,
                                 .boot_only_bytes = 0x10000};
    machine_on_with(&config);
    assert_true(has_ram_at(BOOT_ONLY_AT));
    assert_int_equal(host_released_boot_only(), 2);
    machine_off(NULL);
    config.cpu_comes_late = true;
    machine_on_with(&config);
    assert_int_equal(boot_info()->cpus, 2);
    assert_false(has_ram_at(BOOT_ONLY_AT));
    assert_int_equal(host_released_boot_only(), 0);
    machine_off(NULL);
}

static struct platform_range archive_at;

static void odd_board(struct platform_info *board)
{
    board->archive = archive_at;
}

static void a_misplaced_archive_is_refused(void **state)
{
    (void)state;
    static const struct {
        struct platform_range range;
        const char *why;
    } cases[] = {
        {{0, 0}, "no boot archive"},
        {{0x100, 0x4000}, "put it at 0x100,"},
        {{(16 << 20) - 0x1000, 0x4000}, "where the kernel cannot use it"},
        {{0, 40}, "not an Ennead archive"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct host_config config = {.cpus = 1, .ram_bytes = 16 << 20, .board = odd_board};
        archive_at = cases[i].range;
        assert_false(host_boot(&config));
        assert_non_null(strstr(host_message(), cases[i].why));
        host_power_off();
    }
}

/* An archive that says it is smaller than its own header, or than its table of files. */
static void an_archive_that_is_too_short_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t size, files;
        const char *why;
    } cases[] = {{8, 1, "truncated"}, {ARCHIVE_BYTES - 2, 1, "truncated"}, {128, 64, "does not fit"}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_archive();
        memset(archive + 128, 0, sizeof archive - 128); /* so that the sum is the same over any size */
        put(HEADER(size), cases[i].size);
        put(HEADER(file_count), cases[i].files);
        sign();
        assert_false(boots(16 << 20, ARCHIVE_BYTES));
        assert_non_null(strstr(host_message(), cases[i].why));
        host_power_off();
    }
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
        cmocka_unit_test(an_image_may_begin_at_the_first_page_that_can_be_mapped),
        cmocka_unit_test(a_part_of_three_pages_is_whole),
        cmocka_unit_test(an_empty_file_at_the_end_is_inside),
        cmocka_unit_test(text_is_not_writable_and_data_not_executable),
        cmocka_unit_test(too_little_memory_is_said),
        cmocka_unit_test(the_limits_themselves_boot),
        cmocka_unit_test(bad_archives_are_refused),
        cmocka_unit_test(a_damaged_archive_is_refused),
        cmocka_unit_test(an_image_over_the_kernels_own_addresses_is_refused),
        cmocka_unit_test(the_root_task_learns_what_there_is),
        cmocka_unit_test(what_the_board_has_becomes_resources),
        cmocka_unit_test(what_runs_at_boot_alone_is_given_back_unless_a_processor_may_come_yet),
        cmocka_unit_test(a_misplaced_archive_is_refused),
        cmocka_unit_test(an_archive_that_is_too_short_is_refused),
        cmocka_unit_test(eight_cpus_run_eight_threads),
    };
    return RUN("boot", tests);
}
